//! Brings a PostgreSQL database to the schema of this binary, and refuses one that is too new for it.
//! The schema itself is in `migrations/postgres/`, one file per version, the same versions as SQLite's.

use deadpool_postgres::Object;
use framewright_core::crash::crash_point;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error};

use super::Open;
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

/// Long enough for the first of many nodes that start together to finish. Local to the transaction,
/// like everything that is set here: a pooler may stand between.
const BEGIN: &str = "BEGIN; SET LOCAL synchronous_commit = on; SET LOCAL lock_timeout = '60s'; \
    SET LOCAL statement_timeout = '10min'; SET LOCAL idle_in_transaction_session_timeout = '60s'";

/// Brings the schema to [`VERSION`] in one transaction, under a lock.
///
/// # Errors
/// [`SchemaFault`] where the schema is too new, or older and `upgrade` forbids it.
pub(super) async fn migrate(connection: Object, upgrade: Upgrade) -> Result<(), SchemaFault> {
    let open = Open::begin(connection, BEGIN).await?;
    // Where it fails the connection is closed, and the server rolls back.
    locked(open.client(), upgrade).await?;
    Ok(open.end("COMMIT").await?)
}

async fn locked(client: &Client, upgrade: Upgrade) -> Result<(), SchemaFault> {
    client.batch_execute(LOCK).await?;
    client.batch_execute(META).await?;
    let found = meta(client, "version").await?.unwrap_or(0);
    let oldest = meta(client, "oldest_binary").await?.unwrap_or(0);
    if oldest > VERSION {
        return Err(SchemaFault::TooNew { found, oldest });
    }
    if found > 0 && found < VERSION && upgrade == Upgrade::OnlyEmpty {
        return Err(SchemaFault::Behind { found });
    }
    if found < VERSION {
        bring_up(client, found).await?;
    }
    Ok(())
}

/// Makes the schema of `version` within the transaction that `client` has open; false where there is a
/// schema already.
///
/// # Errors
/// [`SchemaFault`] where the database does not take it.
pub(super) async fn make(client: &Client, version: i64) -> Result<bool, SchemaFault> {
    client.batch_execute(LOCK).await?;
    client.batch_execute(META).await?;
    if meta(client, "version").await?.is_some() {
        return Ok(false);
    }
    for (_, sql) in (1..)
        .zip(FILES)
        .take_while(|(number, _)| *number <= version)
    {
        client.batch_execute(sql).await?;
    }
    Ok(true)
}

/// Brings the schema up from a version, within the transaction that `client` has open.
///
/// # Errors
/// Of the database; nothing of it stands then.
pub(super) async fn bring_up(client: &Client, found: i64) -> Result<(), Error> {
    for (version, sql) in (1..).zip(FILES) {
        if version > found {
            client.batch_execute(sql).await?;
            crash_point("K20");
        }
    }
    set_meta(client, "version", VERSION).await?;
    set_meta(client, "oldest_binary", OLDEST_BINARY).await
}

async fn meta(client: &Client, name: &'static str) -> Result<Option<i64>, SchemaFault> {
    let sql = "SELECT value FROM meta WHERE name = $1";
    let rows = client.query_typed(sql, &[(&name, Type::TEXT)]).await?;
    let value: Option<String> = rows.first().map(|row| row.try_get(0)).transpose()?;
    let number = value.map(|value| value.parse()).transpose();
    number.map_err(|_| SchemaFault::Meta { name })
}

async fn set_meta(client: &Client, name: &str, value: i64) -> Result<(), Error> {
    let sql = "INSERT INTO meta (name, value) VALUES ($1, $2) \
               ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    let value = value.to_string();
    let args: [(&(dyn ToSql + Sync), Type); 2] = [(&name, Type::TEXT), (&value, Type::TEXT)];
    client.query_typed(sql, &args).await.map(drop)
}
