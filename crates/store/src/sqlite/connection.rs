//! How a connection is opened and set, and what refuses a database file. Not the schema: that is
//! `migrations`.

use std::path::Path;
use std::time::Duration;

use framewright_core::crash::twin;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

/// Versions up to 3.51.2 can corrupt a WAL database that two connections write or checkpoint at once
/// (the WAL-reset bug); commands of the operator write beside the server.
const OLDEST_SQLITE: i32 = 3_051_003;

/// How long a writer waits for another process that holds the write lock.
const BUSY_WAIT: Duration = Duration::from_secs(5);

/// The same for a reader, which waits for nobody but a process that recovers the log after a crash;
/// short, because it may stand on a thread that answers requests.
const READER_BUSY_WAIT: Duration = Duration::from_millis(100);

/// Statements kept prepared per connection: more than the crate has.
const STATEMENTS: usize = 160;

/// Pages (4 KiB) in the log before a commit also copies them into the file. Four times the default:
/// a hot page then goes to the file once for many commits.
const CHECKPOINT_PAGES: i64 = 4_000;

/// Why a database file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenFault {
    #[error("SQLite {0} can corrupt a database written by two connections; 3.51.3 is needed")]
    TooOld(&'static str),
    #[error("the database does not take the setting {setting}: it answered {answer}")]
    Setting {
        setting: &'static str,
        answer: String,
    },
    #[error("the writer thread could not be started")]
    Thread(#[from] std::io::Error),
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

/// Opens the connection that writes, creating the file where there is none.
///
/// # Errors
/// [`OpenFault`] where the file cannot be opened or cannot promise durability.
pub(crate) fn open_writer(file: &Path) -> Result<Connection, OpenFault> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(OpenFault::TooOld(rusqlite::version()));
    }
    let connection = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    harden(&connection)?;
    demand(&connection, "journal_mode", "WAL", "wal")?;
    // FULL, not NORMAL: NORMAL may lose the last commits on power loss, and a 200 says "on disk".
    if twin("not-synced") {
        demand(&connection, "synchronous", "OFF", "0")?;
    } else {
        demand(&connection, "synchronous", "FULL", "2")?;
    }
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    // Savepoints keep copies of pages aside; in memory, or each group would touch a temporary file.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -32_000)?;
    Ok(connection)
}

/// Opens a connection that only reads.
pub(super) fn open_reader(file: &Path) -> Result<Connection, OpenFault> {
    // Read-write, because a reader of a WAL database may have to rebuild its shared index; the
    // pragma is what forbids it to write.
    let connection = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    harden(&connection)?;
    connection.busy_timeout(READER_BUSY_WAIT)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -4_000)?;
    Ok(connection)
}

/// Settings against hostile or damaged files: functions in the schema are not trusted, the schema
/// cannot be written by statements, and nothing is mapped (a mapped file turns a read error into a
/// signal).
fn harden(connection: &Connection) -> Result<(), OpenFault> {
    connection.busy_timeout(BUSY_WAIT)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}

/// Sets a pragma and reads it back: SQLite answers a refused setting with the old value, not with an
/// error (WAL on a network file system, for one).
fn demand(
    connection: &Connection,
    setting: &'static str,
    value: &str,
    wanted: &str,
) -> Result<(), OpenFault> {
    connection.pragma_update(None, setting, value)?;
    let answer = connection.pragma_query_value(None, setting, |row| {
        row.get_ref(0).map(|cell| match cell {
            rusqlite::types::ValueRef::Integer(number) => number.to_string(),
            other => other.as_str().unwrap_or_default().to_owned(),
        })
    })?;
    if answer == wanted {
        Ok(())
    } else {
        Err(OpenFault::Setting { setting, answer })
    }
}

#[cfg(test)]
mod tests {
    use super::open_writer;

    #[test]
    fn the_writer_syncs_every_commit_and_maps_nothing() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let connection = open_writer(&dir.path().join("x.db")).expect("it opens");
        let value = |name: &str| -> i64 {
            connection
                .pragma_query_value(None, name, |row| row.get(0))
                .expect("a pragma")
        };
        assert_eq!(value("synchronous"), 2);
        assert_eq!(value("mmap_size"), 0);
    }
}
