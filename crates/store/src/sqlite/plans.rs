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

/// Fails where an index is not used as named, or a table is read from end to end other than over one
/// of these indexes.
pub(crate) fn assert_indexed(sql: &str, tables: &[&str], indexes: &[&str]) {
    let plan = plan(sql);
    let uses = |line: &String, index: &&str| line.contains(&format!("INDEX {index}"));
    for line in &plan {
        let scanned = tables
            .iter()
            .any(|table| line.starts_with(&format!("SCAN {table}")));
        let over_index = indexes.iter().any(|index| uses(line, index));
        assert!(!scanned || over_index, "{plan:#?}");
    }
    for index in indexes {
        let used = plan.iter().any(|line| uses(line, index));
        assert!(used, "{index} is not used: {plan:#?}");
    }
}
