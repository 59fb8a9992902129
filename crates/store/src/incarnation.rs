//! The life of the database: one goes on over every start, and a restore begins another. What was
//! written in an earlier life may be behind what has happened since: a task that looks untouched may
//! have been bought. What follows from that is the engine's business.

use framewright_core::clock::Millis;
use framewright_core::task::Task;

use crate::db::{Db, Query, Stmt, Tx, TxError, args};
use crate::error::StoreError;
use crate::rows::Cells;
use crate::store::Store;

/// Added to the number of every lease. Names of outputs hold it, and those of the lost time between
/// backup and restore may still be in storage: no owner made so many claims in it.
const EPOCHS: i64 = 1_000_000;

/// What becomes of tasks that nobody had begun when the backup was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// They are made where a provider can tell a repeated request, and end as of unknown outcome
    /// elsewhere: they may have been bought in the time that is lost.
    Doubted,
    /// The operator knows that nothing was bought since: they are made.
    Queued,
}

/// The present life of a database that was restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incarnation {
    /// Later than everything of the life before, epoch ms.
    pub since: Millis,
    pub resume: Resume,
}

impl Incarnation {
    /// Whether a task of the former life may have been bought without a trace here. `attempts` are the
    /// moments at which those that are known were made.
    pub fn doubts(&self, task: &Task, mut attempts: impl Iterator<Item = Millis>) -> bool {
        let untouched = attempts.all(|made| made >= self.since);
        task.created < self.since && !(self.resume == Resume::Queued && untouched)
    }
}

const SINCE: &str = "incarnation_since";
const RESUME: &str = "incarnation_resumes_queued";

/// The statements that begin another life, after the latest moment of the one before.
pub(crate) fn begins(latest: Millis, resume: Resume) -> Vec<Stmt> {
    const TASKS: &str = "UPDATE tasks SET owner = NULL, epoch = epoch + $1";
    const DELIVERIES: &str = "UPDATE deliveries SET owner = NULL, epoch = epoch + $1 \
        WHERE status = 'pending'";
    const NODES: &str = "UPDATE nodes SET dead = 1 WHERE dead = 0";
    const META: &str = "INSERT INTO meta (name, value) VALUES ($1, $2) \
        ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    let meta = |name, value: i64| Stmt::new("incarnation", META, args![name, value.to_string()]);
    vec![
        Stmt::new("leases", TASKS, args![EPOCHS]),
        Stmt::new("delivery leases", DELIVERIES, args![EPOCHS]),
        Stmt::new("former nodes", NODES, args![]),
        meta(SINCE, latest + 1),
        meta(RESUME, i64::from(resume == Resume::Queued)),
    ]
}

/// The present life, where it is not the first.
///
/// # Errors
/// [`StoreError`] where it cannot be read.
pub(crate) async fn read(db: &Db) -> Result<Option<Incarnation>, StoreError> {
    const SQL: &str = "SELECT name, value FROM meta WHERE name IN ($1, $2)";
    let mut answers = db.read(vec![Query::new(SQL, args![SINCE, RESUME])]).await?;
    let (mut since, mut resume) = (None, Resume::Doubted);
    for row in answers.pop().unwrap_or_default() {
        let mut cells = Cells::of("meta", row);
        let name = cells.text("name")?;
        let value = cells.text("value")?;
        match name == SINCE {
            true => since = value.parse().ok(),
            false if value == "1" => resume = Resume::Queued,
            false => {}
        }
    }
    Ok(since.map(|since| Incarnation { since, resume }))
}

impl Store {
    /// Begins another life, for a database that was put back by other means than `restore`. No server
    /// may run over it; this store still believes what it did.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be written.
    pub async fn mark_restored(&self, resume: Resume) -> Result<(), StoreError> {
        const LATEST: &str = "SELECT COALESCE((SELECT MAX(created) FROM tasks), 0), \
            COALESCE((SELECT MAX(created) FROM attempts), 0)";
        let row = self.row(LATEST, args![]).await?.unwrap_or_default();
        let mut cells = Cells::of("tasks", row);
        let latest = cells.int("created")?.max(cells.int("created")?);
        let tx = Tx(begins(latest.max(self.now()), resume));
        let done = self.db().write(tx).await;
        done.map(drop).map_err(TxError::into_store_error)
    }
}
