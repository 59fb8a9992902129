//! The seam between the verbs of this crate and a database: statements, values and rows as plain
//! data. Knows no table. SQLite and PostgreSQL stand behind it and take the same `$n` SQL.

use std::sync::Arc;

use framewright_core::clock::Millis;
use futures_util::stream::BoxStream;

use crate::error::StoreError;
use crate::postgres::Postgres;
use crate::sqlite::Sqlite;

/// One cell, as both databases can hold it: booleans are 0 and 1, moments are milliseconds, JSON and
/// ids are text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Val {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

/// One row, in the order of its SELECT or RETURNING list.
pub(crate) type Row = Vec<Val>;

/// What a statement must have done for its Tx to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expect {
    Any,
    /// So many rows changed or, where the statement returns rows, came back.
    Rows(u64),
}

/// One statement of a Tx. `$1`, `$2`, … must first appear in that order: SQLite numbers them by
/// first appearance.
#[derive(Clone, Debug)]
pub(crate) struct Stmt {
    /// Names the statement in errors, and tells callers which expectation was not met.
    pub name: &'static str,
    pub sql: Sql,
    pub args: Vec<Val>,
    pub expect: Expect,
}

/// The text of a statement. Where several processes write at once it may have to take a lock that
/// SQLite's single writer does not need.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sql {
    /// None: nothing to do there.
    pub sqlite: Option<&'static str>,
    pub postgres: &'static str,
}

impl Stmt {
    pub fn new(name: &'static str, sql: &'static str, args: Vec<Val>) -> Self {
        Self {
            name,
            sql: Sql {
                sqlite: Some(sql),
                postgres: sql,
            },
            args,
            expect: Expect::Any,
        }
    }

    /// The text where several processes write at once.
    pub fn among_others(mut self, sql: &'static str) -> Self {
        self.sql.postgres = sql;
        self
    }

    /// A statement that only several processes need; where there is one it did nothing.
    pub fn only_among_others(name: &'static str, sql: &'static str, args: Vec<Val>) -> Self {
        let mut stmt = Self::new(name, sql, args);
        stmt.sql.sqlite = None;
        stmt
    }

    /// Makes the Tx depend on this statement touching exactly `count` rows.
    pub fn rows(mut self, count: u64) -> Self {
        self.expect = Expect::Rows(count);
        self
    }
}

/// A write as a value: all of its statements or none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tx(pub Vec<Stmt>);

/// What one statement of a committed Tx did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Done {
    pub changed: u64,
    pub rows: Vec<Row>,
}

/// One read.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub sql: &'static str,
    pub args: Vec<Val>,
}

impl Query {
    pub fn new(sql: &'static str, args: Vec<Val>) -> Self {
        Self { sql, args }
    }
}

/// Rows of one table, read for a backup.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub table: &'static str,
    pub columns: Vec<String>,
    /// At least one, at most [`ROWS`].
    pub rows: Vec<Row>,
}

/// Rows of one batch.
pub(crate) const ROWS: usize = 500;

/// Why a Tx has no outcome to show.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum TxError {
    /// An expectation was not met; nothing of the Tx was written.
    #[error("the statement {0} touched another number of rows than expected")]
    Unmet(&'static str),
    /// The database refused or could not take it; nothing of the Tx was written.
    #[error(transparent)]
    Failed(StoreError),
    /// The COMMIT failed: it may be written or not. Ask by the id that was chosen beforehand.
    #[error("the outcome of a commit is unknown: {0}")]
    Unknown(Arc<str>),
}

impl TxError {
    /// For writes whose caller has nothing to ask by.
    pub fn into_store_error(self) -> StoreError {
        match self {
            Self::Failed(error) => error,
            Self::Unmet(name) => StoreError::Refused(format!("{name}: rows not as expected")),
            Self::Unknown(detail) => StoreError::Unknown(detail),
        }
    }
}

/// What the writer has done since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Group commits that wrote something: each is at least one fsync of the log. Over PostgreSQL,
    /// commits that waited for its log.
    pub fsyncs: u64,
    /// Committed transactions, several of which share one fsync.
    pub transactions: u64,
    /// Rows inserted, changed or removed by them.
    pub rows_written: u64,
}

/// The database behind the store.
pub(crate) enum Db {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Db {
    /// Runs a Tx; when this returns `Ok` it is on disk.
    pub async fn write(&self, tx: Tx) -> Result<Vec<Done>, TxError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.write(tx).await,
            Self::Postgres(postgres) => postgres.write(tx).await,
        }
    }

    /// Reads at most a few rows by an index, as cheaply as can be: for requests.
    pub async fn point(&self, sql: &'static str, args: Vec<Val>) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.point(Query { sql, args }).await,
            Self::Postgres(postgres) => postgres.point(Query { sql, args }).await,
        }
    }

    /// Runs reads over one snapshot, away from the threads that answer requests: for pages, scans
    /// and whole tasks.
    pub async fn read(&self, queries: Vec<Query>) -> Result<Vec<Vec<Row>>, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.read(queries).await,
            Self::Postgres(postgres) => postgres.read(queries).await,
        }
    }

    /// Reads all rows of these tables over one snapshot, however long that takes.
    pub async fn dump(
        &self,
        tables: Vec<&'static str>,
    ) -> Result<BoxStream<'static, Result<Batch, StoreError>>, StoreError> {
        match self {
            Self::Sqlite(sqlite) => Ok(sqlite.dump(tables)),
            Self::Postgres(postgres) => postgres.dump(tables).await,
        }
    }

    /// The time by which several nodes judge each other: the server's; `now` where there is one node.
    pub async fn time(&self, now: Millis) -> Result<Millis, StoreError> {
        match self {
            Self::Sqlite(_) => Ok(now),
            Self::Postgres(postgres) => postgres.time().await,
        }
    }

    pub fn stats(&self) -> Stats {
        match self {
            Self::Sqlite(sqlite) => sqlite.stats(),
            Self::Postgres(postgres) => postgres.stats(),
        }
    }

    /// Returns once the database takes no more writes, with the reason.
    pub async fn stopped(&self) -> Arc<str> {
        match self {
            Self::Sqlite(sqlite) => sqlite.stopped().await,
            // A server that is away comes back: only SQLite's file can be past writing to.
            Self::Postgres(_) => std::future::pending().await,
        }
    }
}

impl From<i64> for Val {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u32> for Val {
    fn from(value: u32) -> Self {
        Self::Int(value.into())
    }
}

impl From<u8> for Val {
    fn from(value: u8) -> Self {
        Self::Int(value.into())
    }
}

impl From<u64> for Val {
    /// Lengths in bytes: none comes near the end of the range.
    fn from(value: u64) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Val {
    fn from(value: usize) -> Self {
        Self::from(value as u64)
    }
}

impl From<bool> for Val {
    fn from(value: bool) -> Self {
        Self::Int(value.into())
    }
}

impl From<&str> for Val {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Val {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&String> for Val {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}

impl From<Vec<u8>> for Val {
    fn from(value: Vec<u8>) -> Self {
        Self::Blob(value)
    }
}

impl<T: Into<Val>> From<Option<T>> for Val {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

macro_rules! ids_as_cells {
    ($($id:ident),*) => {
        $(impl From<&framewright_core::id::$id> for Val {
            fn from(id: &framewright_core::id::$id) -> Self {
                Self::from(id.as_str())
            }
        })*
    };
}

ids_as_cells!(
    TaskId, AccountId, KeyId, AttemptId, NodeId, DeliveryId, UploadId
);

/// The arguments of a statement, in order.
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Val::from($value)),*] };
}

pub(crate) use args;
