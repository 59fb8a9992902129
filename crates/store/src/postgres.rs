//! PostgreSQL behind the [`Db`](crate::db::Db) seam: a pool of connections, a Tx as one transaction
//! whose statements go out together, reads over one snapshot. Knows no table.
//!
//! Statements are unnamed and typed by their arguments, and every setting is local to its
//! transaction, so that a pooler in transaction mode may stand between.

mod cells;
mod dump;
mod faults;
mod load;
mod schema;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime, Timeouts,
};
use framewright_core::clock::Millis;
use framewright_core::crash::crash_point;
use futures_util::future::join_all;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::timeout;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::db::{Done, Expect, Query, Row, Stats, Stmt, Tx, TxError};
use crate::error::StoreError;
use crate::rows::Cells;
use cells::{Typed, typed};
use faults::{away, describe, is_serialisation};

pub(crate) use load::{Load, LoadFault};
pub(crate) use schema::SchemaFault;

/// Connections of one process. Statements are short; more would only queue inside the server.
const CONNECTIONS: usize = 16;

/// How long a caller waits for a free connection, and for a new one.
const WAIT: Duration = Duration::from_secs(5);

/// How long one statement may take, as in [`BEGIN`].
const STATEMENT: Duration = Duration::from_secs(30);

/// How long sent bytes may stay unacknowledged before the connection is given up: a server whose
/// machine is gone says nothing.
const UNACKNOWLEDGED: Duration = Duration::from_secs(20);

/// How often a Tx is tried again that the server broke off to end a deadlock.
const TRIES: u32 = 5;

/// Local to the transaction. The commit is on disk when it returns, whatever the server's default.
/// A node that stops in the middle, or is cut off there, holds its locks no longer than its own
/// statements may wait for others': those who take its tasks over need the same rows.
const BEGIN: &str = "BEGIN; SET LOCAL synchronous_commit = on; SET LOCAL lock_timeout = '5s'; \
    SET LOCAL statement_timeout = '30s'; SET LOCAL idle_in_transaction_session_timeout = '5s'";

const BEGIN_SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
    SET LOCAL statement_timeout = '30s'; SET LOCAL idle_in_transaction_session_timeout = '60s'";

/// A database on a server.
pub(crate) struct Postgres {
    pool: Pool,
    counters: Counters,
}

#[derive(Default)]
struct Counters {
    commits: AtomicU64,
    rows: AtomicU64,
}

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenFault {
    #[error("its URL is not one: {0}")]
    Url(tokio_postgres::Error),
    #[error("it cannot be reached: {0}")]
    Reach(StoreError),
    #[error(transparent)]
    Schema(#[from] SchemaFault),
    #[error("no pool of connections can be made: {0}")]
    Pool(#[from] deadpool_postgres::BuildError),
}

impl Postgres {
    /// Connects and brings the schema up to date where `upgrade` allows it.
    ///
    /// # Errors
    /// [`OpenFault`].
    pub async fn open(
        url: &SecretString,
        upgrade: crate::migrations::Upgrade,
    ) -> Result<Self, OpenFault> {
        let postgres = Self::connect(url)?;
        let connection = postgres.connection().await.map_err(OpenFault::Reach)?;
        schema::migrate(connection, upgrade).await?;
        Ok(postgres)
    }

    /// A pool that connects when it is first asked to.
    fn connect(url: &SecretString) -> Result<Self, OpenFault> {
        let mut config: Config = url.expose_secret().parse().map_err(OpenFault::Url)?;
        config.tcp_user_timeout(UNACKNOWLEDGED);
        config.keepalives_idle(UNACKNOWLEDGED);
        let manager = manager(config);
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .runtime(Runtime::Tokio1)
            .timeouts(Timeouts::wait_millis(
                u64::try_from(WAIT.as_millis()).unwrap_or(u64::MAX),
            ))
            .create_timeout(Some(WAIT))
            .build()?;
        Ok(Self {
            pool,
            counters: Counters::default(),
        })
    }

    async fn connection(&self) -> Result<Object, StoreError> {
        self.pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) => away(&error),
            other => StoreError::Away(other.to_string().into()),
        })
    }

    /// Runs a Tx; when this returns `Ok` it is on the server's disk.
    pub async fn write(&self, tx: Tx) -> Result<Vec<Done>, TxError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.try_write(&tx).await {
                Err(Fault::Serialisation(_)) if tries < TRIES => {}
                Err(Fault::Serialisation(error)) => return Err(TxError::Failed(describe(&error))),
                Err(Fault::Tx(error)) => return Err(error),
                Ok(done) => {
                    self.count(&tx, &done);
                    return Ok(done);
                }
            }
        }
    }

    fn count(&self, tx: &Tx, done: &[Done]) {
        let written = tx.0.iter().zip(done);
        let written = written.filter(|(stmt, _)| !stmt.sql.postgres.starts_with("SELECT"));
        let rows: u64 = written.map(|(_, done)| done.changed).sum();
        self.counters.commits.fetch_add(1, Ordering::Relaxed);
        self.counters.rows.fetch_add(rows, Ordering::Relaxed);
    }

    async fn try_write(&self, tx: &Tx) -> Result<Vec<Done>, Fault> {
        let connection =
            Open::begin(self.connection().await.map_err(TxError::Failed)?, BEGIN).await?;
        let done = match statements(connection.client(), tx).await {
            Ok(done) => done,
            Err(fault) => {
                connection.end("ROLLBACK").await.unwrap_or_default();
                return Err(fault);
            }
        };
        crash_point("K2");
        match connection.end("COMMIT").await {
            Ok(()) => Ok(done),
            // The server refused it: nothing was written.
            Err(error) if error.as_db_error().is_some() => Err(error.into()),
            Err(error) => Err(TxError::Unknown(error.to_string().into()).into()),
        }
    }

    /// Reads a few rows by an index. It has no transaction that a limit of the server's could be local
    /// to: the limit is kept here, and the connection closed with what it may still send.
    pub async fn point(&self, query: Query) -> Result<Vec<Row>, StoreError> {
        let connection = self.connection().await?;
        let asked = timeout(STATEMENT, ask(&connection, query.sql, &query.args)).await;
        let Ok(rows) = asked else {
            drop(Object::take(connection));
            return Err(StoreError::Busy);
        };
        rows.map(|done| done.rows).map_err(|error| describe(&error))
    }

    /// The server's clock, epoch ms.
    pub async fn time(&self) -> Result<Millis, StoreError> {
        const SQL: &str = "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::bigint";
        let rows = self.point(Query::new(SQL, Vec::new())).await?;
        let row = rows.into_iter().next().unwrap_or_default();
        Ok(Cells::of("clock", row).int("time")?)
    }

    /// Reads over one snapshot.
    pub async fn read(&self, queries: Vec<Query>) -> Result<Vec<Vec<Row>>, StoreError> {
        let connection = Open::begin(self.connection().await?, BEGIN_SNAPSHOT).await;
        let connection = connection.map_err(|error| describe(&error))?;
        let asked = queries
            .iter()
            .map(|query| ask(connection.client(), query.sql, &query.args));
        let answers: Result<Vec<_>, _> = join_all(asked).await.into_iter().collect();
        // Nothing was written: how it ends decides nothing.
        connection.end("ROLLBACK").await.unwrap_or_default();
        let answers = answers.map_err(|error| describe(&error))?;
        Ok(answers.into_iter().map(|done| done.rows).collect())
    }

    pub fn stats(&self) -> Stats {
        let commits = self.counters.commits.load(Ordering::Relaxed);
        Stats {
            fsyncs: commits,
            transactions: commits,
            rows_written: self.counters.rows.load(Ordering::Relaxed),
        }
    }
}

/// Why one try of a Tx did not commit.
enum Fault {
    /// The server broke it off for the sake of others: nothing was written, and it may be tried
    /// again.
    Serialisation(tokio_postgres::Error),
    Tx(TxError),
}

impl From<TxError> for Fault {
    fn from(error: TxError) -> Self {
        Self::Tx(error)
    }
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        match is_serialisation(&error) {
            true => Self::Serialisation(error),
            false => Self::Tx(TxError::Failed(describe(&error))),
        }
    }
}

/// All statements in one flight. The first that did not do what was expected, or failed, decides:
/// those behind it fail as its consequence.
async fn statements(connection: &Object, tx: &Tx) -> Result<Vec<Done>, Fault> {
    let asked =
        tx.0.iter()
            .map(|stmt| ask(connection, stmt.sql.postgres, &stmt.args));
    let mut all = Vec::with_capacity(tx.0.len());
    for (stmt, done) in tx.0.iter().zip(join_all(asked).await) {
        all.push(met(stmt, done?)?);
    }
    Ok(all)
}

fn met(stmt: &Stmt, done: Done) -> Result<Done, TxError> {
    match stmt.expect {
        Expect::Rows(count) if done.changed != count => Err(TxError::Unmet(stmt.name)),
        _ => Ok(done),
    }
}

/// Runs one statement to its end.
async fn ask(
    connection: &Object,
    sql: &str,
    args: &[crate::db::Val],
) -> Result<Done, tokio_postgres::Error> {
    let args: Vec<Typed<'_>> = args.iter().map(typed).collect();
    let stream = connection.query_typed_raw(sql, args).await?;
    cells::collect(stream).await
}

/// A connection with a transaction open. One that is not ended (its caller went away, or its end
/// failed) never goes back to the pool: it is closed, and the server rolls back.
struct Open(Option<Object>);

impl Open {
    async fn begin(connection: Object, how: &str) -> Result<Self, tokio_postgres::Error> {
        let open = Self(Some(connection));
        open.client().batch_execute(how).await?;
        Ok(open)
    }

    fn client(&self) -> &Object {
        self.0
            .as_ref()
            .expect("it is taken out by `end` and `drop` alone")
    }

    async fn end(mut self, how: &str) -> Result<(), tokio_postgres::Error> {
        self.client().batch_execute(how).await?;
        drop(self.0.take());
        Ok(())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(Object::take(connection));
        }
    }
}

/// TLS where the URL allows it, but for a socket of this machine: it has no name to certify.
fn manager(config: Config) -> Manager {
    let settings = ManagerConfig {
        recycling_method: RecyclingMethod::Fast,
    };
    let local = |host: &Host| matches!(host, Host::Unix(_));
    let plain = config.get_ssl_mode() == SslMode::Disable || config.get_hosts().iter().any(local);
    match plain {
        true => Manager::from_config(config, NoTls, settings),
        false => Manager::from_config(config, MakeRustlsConnect::new(tls()), settings),
    }
}

/// The public authorities; whether TLS is used is the URL's word (`sslmode`).
fn tls() -> rustls::ClientConfig {
    let roots = rustls::RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has cipher suites for the default versions")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

#[cfg(test)]
mod tests;
