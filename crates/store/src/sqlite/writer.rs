//! The one thread that writes. Whatever waits is taken as a group, with one COMMIT and so one fsync
//! for all of it. A group is written without savepoints first, since nearly every Tx goes through;
//! where one does not, the group begins again with each Tx in a savepoint of its own, so that the
//! refused one alone is undone. Knows no table and decides nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use framewright_core::crash::{crash_point, die, is_due};
use rusqlite::{Connection, ErrorCode};
use tokio::sync::{mpsc, oneshot, watch};

use super::connection::OpenFault;
use super::run::run;
use crate::db::{Done, Expect, Stats, Tx, TxError};
use crate::error::StoreError;

/// Tx that may wait for the writer; callers beyond it wait for a place.
const QUEUE: usize = 4_096;

/// The most Tx in one group: bounds how long the first of them waits for the last.
const GROUP: usize = 256;

type Outcome = Result<Vec<Done>, TxError>;

/// A Tx and where its outcome goes.
struct Job {
    tx: Tx,
    reply: oneshot::Sender<Outcome>,
}

#[derive(Default)]
struct Counters {
    fsyncs: AtomicU64,
    transactions: AtomicU64,
    rows: AtomicU64,
}

/// The handle: sends a Tx and waits for its outcome. Dropping it ends the thread after what waits.
pub(crate) struct Writer {
    way: Way,
    counters: Arc<Counters>,
    stopped: watch::Receiver<Option<Arc<str>>>,
}

/// Where a Tx is written.
enum Way {
    Thread(mpsc::Sender<Job>),
    /// Where the caller stands: in a simulation, which has one thread.
    #[cfg(feature = "simulation")]
    Here(std::sync::Mutex<WriterThread>),
}

impl Writer {
    pub fn start(connection: Connection) -> Result<Self, OpenFault> {
        let (jobs, waiting) = mpsc::channel(QUEUE);
        Self::made(connection, |thread| {
            std::thread::Builder::new()
                .name("store-writer".to_owned())
                .spawn(move || thread.work(waiting))?;
            Ok(Way::Thread(jobs))
        })
    }

    /// A writer without a thread of its own.
    #[cfg(feature = "simulation")]
    pub fn here(connection: Connection) -> Result<Self, OpenFault> {
        Self::made(connection, |thread| Ok(Way::Here(thread.into())))
    }

    fn made(
        connection: Connection,
        way: impl FnOnce(WriterThread) -> Result<Way, OpenFault>,
    ) -> Result<Self, OpenFault> {
        let counters = Arc::new(Counters::default());
        let (stop, stopped) = watch::channel(None);
        let way = way(WriterThread {
            connection,
            counters: Arc::clone(&counters),
            stop,
        })?;
        Ok(Self {
            way,
            counters,
            stopped,
        })
    }

    pub async fn write(&self, tx: Tx) -> Outcome {
        match &self.way {
            Way::Thread(jobs) => self.send(jobs, tx).await,
            #[cfg(feature = "simulation")]
            Way::Here(thread) => {
                let thread = thread
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                let mut outcomes = thread.write_group(&[tx]);
                outcomes.pop().expect("a group of one has one outcome")
            }
        }
    }

    /// One channel send and one reply: there is no other hop between a caller and the disk.
    async fn send(&self, jobs: &mpsc::Sender<Job>, tx: Tx) -> Outcome {
        let (reply, outcome) = oneshot::channel();
        if jobs.send(Job { tx, reply }).await.is_err() {
            return Err(TxError::Failed(self.why_stopped()));
        }
        outcome.await.unwrap_or_else(|_| {
            // A writer that stopped has answered its last group before: this Tx was still waiting.
            // One that is gone without a word died somewhere in the middle.
            let stopped = self.stopped.borrow().is_some();
            Err(if stopped {
                TxError::Failed(self.why_stopped())
            } else {
                TxError::Unknown("the writer is gone".into())
            })
        })
    }

    pub fn stats(&self) -> Stats {
        Stats {
            fsyncs: self.counters.fsyncs.load(Ordering::Relaxed),
            transactions: self.counters.transactions.load(Ordering::Relaxed),
            rows_written: self.counters.rows.load(Ordering::Relaxed),
        }
    }

    pub async fn stopped(&self) -> Arc<str> {
        let mut stopped = self.stopped.clone();
        let reason = stopped.wait_for(Option::is_some).await;
        reason
            .ok()
            .and_then(|reason| reason.clone())
            .unwrap_or_else(|| "the writer is gone".into())
    }

    fn why_stopped(&self) -> StoreError {
        let reason = self.stopped.borrow().clone();
        StoreError::Stopped(reason.unwrap_or_else(|| "the writer is gone".into()))
    }
}

/// What went wrong with a whole group.
enum GroupFault {
    /// A Tx was refused that stood in no savepoint: its neighbours are to be written without it.
    Mixed,
    /// Nothing of it was written.
    NotWritten(StoreError),
    /// The COMMIT failed.
    Unknown(Arc<str>),
}

/// How one Tx of a group is written.
type WriteOne = fn(&WriterThread, &Tx) -> Result<Outcome, GroupFault>;

struct WriterThread {
    connection: Connection,
    counters: Arc<Counters>,
    stop: watch::Sender<Option<Arc<str>>>,
}

impl WriterThread {
    fn work(self, mut waiting: mpsc::Receiver<Job>) {
        let mut group = Vec::with_capacity(GROUP);
        while waiting.blocking_recv_many(&mut group, GROUP) > 0 {
            let (txs, replies): (Vec<_>, Vec<_>) =
                group.drain(..).map(|job| (job.tx, job.reply)).unzip();
            for (reply, outcome) in replies.into_iter().zip(self.write_group(&txs)) {
                // A caller that went away does not undo its Tx.
                drop(reply.send(outcome));
            }
            if self.stop.borrow().is_some() {
                return;
            }
        }
    }

    /// Writes a group; the outcomes stand in the order of the Tx.
    fn write_group(&self, txs: &[Tx]) -> Vec<Outcome> {
        let mut tried = self.try_group(txs, Self::bare);
        if let Err(GroupFault::Mixed) = tried {
            tried = self.try_group(txs, Self::guarded);
        }
        tried.unwrap_or_else(|fault| txs.iter().map(|_| Err(fault.verdict())).collect())
    }

    /// One way to write a group; nothing of it is left where that fails.
    fn try_group(&self, txs: &[Tx], one: WriteOne) -> Result<Vec<Outcome>, GroupFault> {
        self.in_transaction(txs, one).inspect_err(|_| {
            // Where SQLite has rolled back by itself this fails, and that is what was wanted.
            drop(self.execute("ROLLBACK"));
        })
    }

    fn in_transaction(&self, txs: &[Tx], one: WriteOne) -> Result<Vec<Outcome>, GroupFault> {
        self.execute("BEGIN IMMEDIATE")
            .map_err(|error| self.not_written(&error))?;
        let mut outcomes = Vec::with_capacity(txs.len());
        let mut rows = 0;
        for tx in txs {
            let before = self.connection.total_changes();
            let outcome = one(self, tx)?;
            if outcome.is_ok() {
                rows += self.connection.total_changes() - before;
            }
            outcomes.push(outcome);
            crash_point("K23");
        }
        crash_point("K2");
        self.execute("COMMIT")
            .map_err(|error| self.unknown(&error))?;
        self.count(&outcomes, rows);
        if is_due("K22") {
            self.die_in_checkpoint();
        }
        Ok(outcomes)
    }

    /// For the crash suite: dies at some moment of a checkpoint. SQLite lets nobody in between its
    /// steps, so a second thread ends the process; the process id, never the same twice, spreads the
    /// moments over the first milliseconds.
    fn die_in_checkpoint(&self) {
        let moment = Duration::from_micros(u64::from(std::process::id()) * 37 % 4_000);
        let (begin, begun) = std::sync::mpsc::channel();
        let end = std::thread::spawn(move || {
            begun.recv().unwrap_or_default();
            // Nobody sends a second time: this waits its time out.
            begun.recv_timeout(moment).unwrap_or_default();
            die("K22");
        });
        begin.send(()).unwrap_or_default();
        drop(self.execute("PRAGMA wal_checkpoint(TRUNCATE)"));
        drop(end.join());
    }

    fn count(&self, outcomes: &[Outcome], rows: u64) {
        let written = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        let add = |counter: &AtomicU64, by: u64| counter.fetch_add(by, Ordering::Relaxed);
        add(&self.counters.fsyncs, u64::from(rows > 0));
        add(&self.counters.transactions, written as u64);
        add(&self.counters.rows, rows);
    }

    /// One Tx of a group in which all are expected to go through.
    fn bare(&self, tx: &Tx) -> Result<Outcome, GroupFault> {
        match self.statements(tx) {
            Ok(done) => Ok(Ok(done)),
            Err(Refusal::Sqlite(error)) if self.is_everybodys(&error) => {
                Err(self.not_written(&error))
            }
            Err(_) => Err(GroupFault::Mixed),
        }
    }

    /// One Tx in its savepoint: what is wrong with it is its own trouble, what is wrong with the
    /// disk is everybody's.
    fn guarded(&self, tx: &Tx) -> Result<Outcome, GroupFault> {
        let fault = |error: rusqlite::Error| self.not_written(&error);
        self.execute("SAVEPOINT tx").map_err(fault)?;
        match self.statements(tx) {
            Ok(done) => {
                self.execute("RELEASE tx").map_err(fault)?;
                Ok(Ok(done))
            }
            Err(Refusal::Unmet(name)) => {
                self.undo().map_err(fault)?;
                Ok(Err(TxError::Unmet(name)))
            }
            Err(Refusal::Sqlite(error)) if self.is_everybodys(&error) => {
                Err(self.not_written(&error))
            }
            Err(Refusal::Sqlite(error)) => {
                self.undo().map_err(fault)?;
                Ok(Err(TxError::Failed(error.into())))
            }
        }
    }

    fn statements(&self, tx: &Tx) -> Result<Vec<Done>, Refusal> {
        let mut all = Vec::with_capacity(tx.0.len());
        for statement in &tx.0 {
            let done = match statement.sql.sqlite {
                Some(sql) => run(&self.connection, sql, &statement.args)?,
                None => Done::default(),
            };
            match statement.expect {
                Expect::Rows(count) if done.changed != count => {
                    return Err(Refusal::Unmet(statement.name));
                }
                _ => all.push(done),
            }
        }
        Ok(all)
    }

    /// Whether an error ended the transaction itself or comes from below SQL.
    fn is_everybodys(&self, error: &rusqlite::Error) -> bool {
        self.connection.is_autocommit() || is_disk(error)
    }

    fn undo(&self) -> rusqlite::Result<()> {
        self.execute("ROLLBACK TO tx")?;
        self.execute("RELEASE tx")
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.raw_execute().map(drop)
    }

    fn not_written(&self, error: &rusqlite::Error) -> GroupFault {
        GroupFault::NotWritten(match self.stop_on(error) {
            Some(reason) => StoreError::Stopped(reason),
            None => describe(error),
        })
    }

    /// A full disk at COMMIT too: frames may be in the log already, so only the rows can tell.
    fn unknown(&self, error: &rusqlite::Error) -> GroupFault {
        let reason = self.stop_on(error);
        GroupFault::Unknown(reason.unwrap_or_else(|| error.to_string().into()))
    }

    /// After a fault of the disk other than fullness nothing that this process believes about the
    /// file is sure (a failed fsync may have dropped pages that a second one reports as written), so
    /// it must not write again.
    fn stop_on(&self, error: &rusqlite::Error) -> Option<Arc<str>> {
        if !is_disk(error) || is_full(error) {
            return None;
        }
        let reason: Arc<str> = error.to_string().into();
        tracing::error!(error = %reason, "the database cannot be written any more; the process must end");
        self.stop.send_replace(Some(Arc::clone(&reason)));
        Some(reason)
    }
}

/// Why a Tx was not taken.
enum Refusal {
    Unmet(&'static str),
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl GroupFault {
    fn verdict(&self) -> TxError {
        match self {
            Self::NotWritten(error) => TxError::Failed(error.clone()),
            // Nothing of it is written. Of no group in the end: with savepoints none is mixed.
            Self::Mixed => TxError::Failed(StoreError::Busy),
            Self::Unknown(detail) => TxError::Unknown(Arc::clone(detail)),
        }
    }
}

/// A fault below SQL: of the disk, the file system or the file itself.
fn is_disk(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::ReadOnly
                | ErrorCode::CannotOpen
        )
    )
}

/// Fullness, which goes by itself. Growing the shared index of the log on a full disk is reported as
/// an IO error; the index holds nothing that must last.
fn is_full(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
        || code == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE)
}

fn describe(error: &rusqlite::Error) -> StoreError {
    if is_full(error) {
        return StoreError::Full;
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
        _ => StoreError::Refused(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
