//! Connections that only read, each behind a lock that is held for one read. Not a pool of threads:
//! a point read runs where the caller stands, everything longer on the runtime's blocking threads.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use super::connection::{OpenFault, open_reader};
use super::run::run;
use crate::db::{Query, Row};
use crate::error::StoreError;

/// The reader connections of one database file.
pub(super) struct Readers {
    connections: Vec<Mutex<Connection>>,
    /// Where the next caller starts looking, so that callers spread over the connections.
    turn: AtomicUsize,
}

impl Readers {
    pub fn open(file: &Path, count: usize) -> Result<Self, OpenFault> {
        let open = |_| Ok(Mutex::new(open_reader(file)?));
        Ok(Self {
            connections: (0..count.max(1))
                .map(open)
                .collect::<Result<_, OpenFault>>()?,
            turn: AtomicUsize::new(0),
        })
    }

    /// A read of a few rows by an index, on the caller's own thread.
    ///
    /// This blocks an async thread on purpose, and it is safe because the time is bounded and small:
    /// - nothing waits: a free connection is taken with `try_lock` or the read goes elsewhere;
    /// - a reader of a WAL database waits for no writer and makes none wait;
    /// - the statement is prepared, and touches the few pages of one or two index descents. From the
    ///   page cache that is about 5 µs; a cold page costs one disk read each, still far below the
    ///   100 µs that a task may take between two awaits. A hop to another thread and back costs more
    ///   than the read: it is what would halve the rate of /fetch.
    pub async fn point(this: &Arc<Self>, query: Query) -> Result<Vec<Row>, StoreError> {
        if let Some(connection) = this.free() {
            return Ok(run(&connection, query.sql, &query.args)?.rows);
        }
        let mut answers = Self::read(this, vec![query]).await?;
        Ok(answers.pop().unwrap_or_default())
    }

    /// Reads over one snapshot, on a blocking thread.
    pub async fn read(this: &Arc<Self>, queries: Vec<Query>) -> Result<Vec<Vec<Row>>, StoreError> {
        let readers = Arc::clone(this);
        tokio::task::spawn_blocking(move || readers.snapshot(&queries))
            .await
            .map_err(|_| StoreError::Stopped("the runtime is shutting down".into()))?
    }

    /// The same where the caller stands.
    #[cfg(feature = "simulation")]
    pub fn read_here(&self, queries: &[Query]) -> Result<Vec<Vec<Row>>, StoreError> {
        self.snapshot(queries)
    }

    fn snapshot(&self, queries: &[Query]) -> Result<Vec<Vec<Row>>, StoreError> {
        let connection = self.free_or_next();
        let transaction = connection.unchecked_transaction()?;
        queries
            .iter()
            .map(|query| Ok(run(&transaction, query.sql, &query.args)?.rows))
            .collect()
    }

    /// For blocking threads only: waits where none is free.
    pub fn free_or_next(&self) -> MutexGuard<'_, Connection> {
        self.free().unwrap_or_else(|| self.next_when_free())
    }

    fn free(&self) -> Option<MutexGuard<'_, Connection>> {
        let start = self.turn.fetch_add(1, Ordering::Relaxed);
        let count = self.connections.len();
        (0..count).find_map(|step| self.connections[(start + step) % count].try_lock().ok())
    }

    /// For blocking threads only. A reader that panicked left nothing behind that a later read could
    /// see: its transaction went with it.
    fn next_when_free(&self) -> MutexGuard<'_, Connection> {
        let start = self.turn.fetch_add(1, Ordering::Relaxed);
        self.connections[start % self.connections.len()]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::Full,
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
                Self::Busy
            }
            _ => Self::Refused(error.to_string()),
        }
    }
}
