//! Brings a SQLite file to the schema of this binary, and refuses one that is too new for it. The
//! schema itself is in `migrations/sqlite/`, one file per version, never edited once released.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::sqlite::OpenFault;

/// The files in order; the first makes version 1.
const FILES: [&str; 1] = [include_str!("../migrations/sqlite/0001_first.sql")];

/// The version of the schema that this binary was written for.
pub(crate) const VERSION: i64 = FILES.len() as i64;

/// The oldest version whose binaries may still run beside this schema. Add in release N, drop in
/// N + 1: this rises only when something was dropped.
pub(crate) const OLDEST_BINARY: i64 = 1;

/// `meta` is not part of a version: it is what says which one there is.
const META: &str =
    "CREATE TABLE IF NOT EXISTS meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT";

/// Why a schema cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SchemaFault {
    #[error(
        "the database was written by a newer version (schema {found}, which binaries from schema \
         {oldest} on can use; this one has {VERSION}): start the newer binary"
    )]
    TooNew { found: i64, oldest: i64 },
    #[error(
        "the database has schema {found}, this binary has {VERSION}: start the server once, it \
         brings the database up to date"
    )]
    Behind { found: i64 },
    #[error("the cell {name} of the table meta holds {value:?}, which is no number")]
    Meta { name: &'static str, value: String },
    #[error(transparent)]
    Database(#[from] OpenFault),
}

impl From<rusqlite::Error> for SchemaFault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

/// Whether an existing older schema may be brought up to date, or only an empty file filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upgrade {
    Yes,
    OnlyEmpty,
}

/// Makes the schema of `version` in an empty file.
///
/// # Errors
/// [`SchemaFault`] where the file does not take it.
pub(crate) fn make(connection: &mut Connection, version: i64) -> Result<(), SchemaFault> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.execute_batch(META)?;
    for (_, sql) in (1..)
        .zip(FILES)
        .take_while(|(number, _)| *number <= version)
    {
        tx.execute_batch(sql)?;
    }
    set_meta(&tx, "version", version)?;
    set_meta(&tx, "oldest_binary", OLDEST_BINARY)?;
    Ok(tx.commit()?)
}

/// Brings the schema to [`VERSION`] in one transaction: a crash leaves the old one or the new.
/// Processes that start at the same time wait for each other at the write lock.
///
/// # Errors
/// [`SchemaFault`] where the schema is too new, or older and `upgrade` forbids it.
pub(crate) fn migrate(connection: &mut Connection, upgrade: Upgrade) -> Result<(), SchemaFault> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.execute_batch(META)?;
    let found = meta(&tx, "version")?.unwrap_or(0);
    let oldest = meta(&tx, "oldest_binary")?.unwrap_or(0);
    if oldest > VERSION {
        return Err(SchemaFault::TooNew { found, oldest });
    }
    if found >= VERSION {
        return Ok(());
    }
    if found > 0 && upgrade == Upgrade::OnlyEmpty {
        return Err(SchemaFault::Behind { found });
    }
    for (version, sql) in (1..).zip(FILES) {
        if version > found {
            tx.execute_batch(sql)?;
            framewright_core::crash::crash_point("K20");
        }
    }
    set_meta(&tx, "version", VERSION)?;
    set_meta(&tx, "oldest_binary", OLDEST_BINARY)?;
    Ok(tx.commit()?)
}

fn meta(connection: &Connection, name: &'static str) -> Result<Option<i64>, SchemaFault> {
    let value: Option<String> = connection
        .query_row("SELECT value FROM meta WHERE name = $1", [name], |row| {
            row.get(0)
        })
        .optional()?;
    value
        .map(|value| value.parse().map_err(|_| SchemaFault::Meta { name, value }))
        .transpose()
}

fn set_meta(connection: &Connection, name: &str, value: i64) -> Result<(), SchemaFault> {
    let sql = "INSERT INTO meta (name, value) VALUES ($1, $2) \
               ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    connection.execute(sql, (name, value.to_string()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{SchemaFault, Upgrade, VERSION, meta, migrate, set_meta};
    use rusqlite::Connection;

    fn empty() -> Connection {
        Connection::open_in_memory().expect("a database in memory")
    }

    #[test]
    fn an_empty_file_gets_the_schema_and_a_second_start_changes_nothing() {
        let mut db = empty();
        migrate(&mut db, Upgrade::OnlyEmpty).expect("the schema");
        let writes = db.total_changes();
        migrate(&mut db, Upgrade::Yes).expect("it is there already");
        assert_eq!(db.total_changes(), writes);
        assert_eq!(meta(&db, "version").expect("a version"), Some(VERSION));
    }

    #[test]
    fn a_binary_older_than_the_oldest_allowed_is_refused_and_a_newer_schema_alone_is_not() {
        let mut db = empty();
        migrate(&mut db, Upgrade::Yes).expect("the schema");
        set_meta(&db, "version", VERSION + 1).expect("written");
        migrate(&mut db, Upgrade::Yes).expect("an added column harms nobody");
        set_meta(&db, "oldest_binary", VERSION + 1).expect("written");
        assert!(matches!(
            migrate(&mut db, Upgrade::Yes),
            Err(SchemaFault::TooNew { .. })
        ));
    }

    #[test]
    fn the_schema_refuses_a_terminal_task_without_its_end() {
        let mut db = empty();
        migrate(&mut db, Upgrade::Yes).expect("the schema");
        let insert = |status: &str, finished: Option<i64>, stored: i64| {
            db.execute(
                "INSERT INTO tasks (id, account, task_type, spec, base_url, status, progress, price, \
                 stored, lane, need, nudge, nudge_seen, cancel_asked, not_before, queue_deadline, \
                 open, created, finished, expires, version) VALUES (hex(randomblob(8)), 'a', 't', \
                 '{}', '', $1, 0, 0, $2, '', 'permit', 0, 0, 0, 0, 0, 1, 0, $3, $3, 0)",
                (status, stored, finished),
            )
        };
        insert("queued", None, 0).expect("a queued task");
        insert("finished", Some(1), 1).expect("a finished task");
        insert("finished", None, 1).expect_err("finished without its time");
        insert("finished", Some(1), 0).expect_err("finished without an output");
        insert("running", Some(1), 0).expect_err("running with an end");
        insert("failed", Some(1), 0).expect_err("failed without a reason");
    }
}
