//! For tests: how SQLite means to run a statement over the real schema.

use rusqlite::Connection;

use crate::migrations::{Upgrade, migrate};

/// The lines of the plan of a statement.
pub(crate) fn plan(sql: &str) -> Vec<String> {
    let mut connection = Connection::open_in_memory().expect("a database in memory");
    migrate(&mut connection, Upgrade::Yes).expect("the schema");
    let explain = format!("EXPLAIN QUERY PLAN {sql}");
    let mut statement = connection.prepare(&explain).expect("a good statement");
    let lines = statement.raw_query().mapped(|row| row.get(3));
    lines.collect::<Result<_, _>>().expect("a plan")
}

/// Fails where the plan reads a table from end to end, or sorts its rows; `index` must be used.
pub(crate) fn assert_indexed(sql: &str, tables: &[&str], index: &str) {
    let plan = plan(sql);
    for line in &plan {
        for table in tables {
            let whole = format!("SCAN {table}");
            let over_index = line.contains("USING") && line.contains(index);
            assert!(!line.starts_with(&whole) || over_index, "{plan:#?}");
        }
    }
    assert!(
        plan.iter().any(|line| line.contains(index)),
        "{index} is not used: {plan:#?}"
    );
}
