//! Running one statement on a connection: binding, stepping, reading cells. Nothing here begins or
//! ends a transaction.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ToSql};

use crate::db::{Done, Row, Val};

impl ToSql for Val {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// Runs a statement to its end and returns what it did. A statement that returns rows counts those;
/// any other counts the rows it changed.
pub(super) fn run(connection: &Connection, sql: &str, args: &[Val]) -> rusqlite::Result<Done> {
    let mut statement = connection.prepare_cached(sql)?;
    debug_assert!(
        numbered_in_order(&statement),
        "parameters out of order: {sql}"
    );
    for (index, value) in (1..).zip(args) {
        statement.raw_bind_parameter(index, value)?;
    }
    let columns = statement.column_count();
    if columns == 0 {
        let changed = statement.raw_execute()?;
        return Ok(Done {
            changed: changed as u64,
            rows: Vec::new(),
        });
    }
    let mut rows = Vec::new();
    let mut cursor = statement.raw_query();
    while let Some(row) = cursor.next()? {
        rows.push(read_row(row, columns)?);
    }
    Ok(Done {
        changed: rows.len() as u64,
        rows,
    })
}

pub(super) fn read_row(row: &rusqlite::Row<'_>, columns: usize) -> rusqlite::Result<Row> {
    (0..columns)
        .map(|column| {
            Ok(match row.get_ref(column)? {
                ValueRef::Null => Val::Null,
                ValueRef::Integer(number) => Val::Int(number),
                ValueRef::Real(number) => Val::Real(number),
                ValueRef::Text(text) => Val::Text(std::str::from_utf8(text)?.to_owned()),
                ValueRef::Blob(bytes) => Val::Blob(bytes.to_vec()),
            })
        })
        .collect()
}

/// SQLite numbers `$n` by first appearance, PostgreSQL by n: they must agree.
fn numbered_in_order(statement: &CachedStatement<'_>) -> bool {
    (1..=statement.parameter_count())
        .all(|index| statement.parameter_name(index) == Some(&format!("${index}")))
}
