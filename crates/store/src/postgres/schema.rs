//! Brings a PostgreSQL database to the schema of this binary, and refuses one that is too new for it.
//! The schema itself is in `migrations/postgres/`, one file per version, the same versions as SQLite's.

use deadpool_postgres::Object;
use framewright_core::crash::crash_point;
use tokio_postgres::{Error, Transaction};

use crate::migrations::{OLDEST_BINARY, Upgrade, VERSION};

/// The files in order; the first makes version 1.
const FILES: [&str; VERSION as usize] = [include_str!("../../migrations/postgres/0001_first.sql")];

/// Held for the length of a migration: nodes that start together wait for the first of them. The
/// number is arbitrary and this program's own.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7304923650081)";

const META: &str =
    "CREATE TABLE IF NOT EXISTS meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)";

/// Why a schema cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SchemaFault {
    #[error(
        "it was written by a newer version (schema {found}, which binaries from schema {oldest} on \
         can use; this one has {VERSION}): start the newer binary"
    )]
    TooNew { found: i64, oldest: i64 },
    #[error(
        "it has schema {found}, this binary has {VERSION}: start a server once, it brings the \
         database up to date"
    )]
    Behind { found: i64 },
    #[error("the cell {name} of the table meta holds no number")]
    Meta { name: &'static str },
    #[error("its schema could not be read or made: {0:?}")]
    Database(#[from] Error),
}

/// Brings the schema to [`VERSION`] in one transaction, under a lock.
///
/// # Errors
/// [`SchemaFault`] where the schema is too new, or older and `upgrade` forbids it.
pub(super) async fn migrate(connection: &mut Object, upgrade: Upgrade) -> Result<(), SchemaFault> {
    let connection: &mut tokio_postgres::Client = connection;
    let tx = connection.transaction().await?;
    tx.batch_execute(LOCK).await?;
    tx.batch_execute(META).await?;
    let found = meta(&tx, "version").await?.unwrap_or(0);
    let oldest = meta(&tx, "oldest_binary").await?.unwrap_or(0);
    if oldest > VERSION {
        return Err(SchemaFault::TooNew { found, oldest });
    }
    if found > 0 && found < VERSION && upgrade == Upgrade::OnlyEmpty {
        return Err(SchemaFault::Behind { found });
    }
    if found < VERSION {
        bring_up(&tx, found).await?;
    }
    Ok(tx.commit().await?)
}

async fn bring_up(tx: &Transaction<'_>, found: i64) -> Result<(), Error> {
    for (version, sql) in (1..).zip(FILES) {
        if version > found {
            tx.batch_execute(sql).await?;
            crash_point("K20");
        }
    }
    set_meta(tx, "version", VERSION).await?;
    set_meta(tx, "oldest_binary", OLDEST_BINARY).await
}

async fn meta(tx: &Transaction<'_>, name: &'static str) -> Result<Option<i64>, SchemaFault> {
    let row = tx
        .query_opt("SELECT value FROM meta WHERE name = $1", &[&name])
        .await?;
    let value: Option<String> = row.map(|row| row.try_get(0)).transpose()?;
    let number = value.map(|value| value.parse()).transpose();
    number.map_err(|_| SchemaFault::Meta { name })
}

async fn set_meta(tx: &Transaction<'_>, name: &str, value: i64) -> Result<(), Error> {
    let sql = "INSERT INTO meta (name, value) VALUES ($1, $2) \
               ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    tx.execute(sql, &[&name, &value.to_string()])
        .await
        .map(drop)
}
