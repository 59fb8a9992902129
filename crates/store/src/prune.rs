//! Retention: rows whose time is over go, then the blobs that no row names any more. The row always
//! goes first: no row ever names a missing blob, and a blob left over by a crash is swept.

use framewright_core::clock::{DAY, Millis};
use framewright_core::crash::crash_point;
use framewright_core::id::TaskId;
use futures_util::StreamExt as _;

use crate::blobs::{BlobError, Blobs};
use crate::db::{Done, Query, Row, Stmt, Tx, TxError, args};
use crate::error::StoreError;
use crate::rows::{BadCell, Cells};
use crate::store::Store;

/// A task is kept at least this long after its end, and so is its idempotency key.
const AFTER_END: Millis = DAY;

/// How long an attempt of unknown outcome, not yet settled by the operator, keeps its task.
const UNSETTLED: Millis = 30 * DAY;

/// A blob that no row names may still be on its way to its row; after this it is not.
const ORPHAN_AGE: Millis = DAY;

/// How long a dead node stays listed.
const DEAD_NODES: Millis = DAY;

/// What went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    pub tasks: u64,
    pub uploads: u64,
    pub blobs: u64,
}

/// What a sweep did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub blobs: u64,
    /// Where the next call goes on; none at the end. A directory has no order to go on in: there the
    /// limit should be well above the number stored.
    pub next: Option<String>,
}

/// Whether a task may go at `$1`, with `$2` = a day and `$3` = 30 days before it: ended and its time
/// over; nothing owed, watched, unsettled; and no open child that may yet name its outputs.
macro_rules! may_go {
    () => {
        "t.expires <= $1 AND t.open = 0 AND t.finished <= $2 \
         AND NOT EXISTS (SELECT 1 FROM deliveries d \
             WHERE d.task = t.id AND d.status = 'pending') \
         AND NOT EXISTS (SELECT 1 FROM attempts a \
             WHERE a.task = t.id AND a.status = 'unknown' AND t.finished > $3) \
         AND NOT EXISTS (SELECT 1 FROM tasks c WHERE c.parent = t.id AND c.open = 1)"
    };
}

const PRUNABLE: &str = concat!(
    "SELECT t.id FROM tasks t WHERE ",
    may_go!(),
    " ORDER BY t.expires LIMIT $4"
);

const TASK: &str = "task";

impl Store {
    /// Removes up to `limit` tasks and as many uploads whose retention is over, with their blobs.
    ///
    /// # Errors
    /// [`PruneError`]; what went before it is gone, the rest goes at the next call.
    pub async fn prune(
        &self,
        blobs: &Blobs,
        now: Millis,
        limit: usize,
    ) -> Result<Pruned, PruneError> {
        let mut pruned = Pruned::default();
        for task in self.prunable(now, limit).await? {
            if let Some(names) = self.remove_task(&task, now).await? {
                pruned.tasks += 1;
                pruned.blobs += self.remove_blobs(blobs, names).await?;
            }
        }
        let names = self.remove_uploads(now, limit).await?;
        pruned.uploads = names.len() as u64;
        pruned.blobs += self.remove_blobs(blobs, names).await?;
        self.forget_dead_nodes(now).await?;
        Ok(pruned)
    }

    /// Removes blobs older than a day that no row names, and what a crash left half written, looking
    /// at no more than `limit` behind the one that the last call ended at.
    ///
    /// # Errors
    /// [`PruneError`]; what went before it is gone.
    pub async fn sweep(
        &self,
        blobs: &Blobs,
        now: Millis,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Swept, PruneError> {
        let mut removed = blobs.sweep_desk(now).await?;
        let (mut seen, mut last) = (0, None);
        let mut listed = std::pin::pin!(blobs.list_after(after).take(limit));
        while let Some(meta) = listed.next().await {
            let meta = meta?;
            (seen, last) = (seen + 1, Some(meta.key.clone()));
            if meta.modified < now - ORPHAN_AGE {
                removed += self.remove_blobs(blobs, vec![meta.key]).await?;
            }
        }
        Ok(Swept {
            blobs: removed,
            next: last.filter(|_| seen == limit && blobs.is_ordered()),
        })
    }

    async fn prunable(&self, now: Millis, limit: usize) -> Result<Vec<TaskId>, StoreError> {
        let args = args![now, now - AFTER_END, now - UNSETTLED, limit];
        let mut answers = self.db().read(vec![Query::new(PRUNABLE, args)]).await?;
        let rows = answers.pop().unwrap_or_default();
        rows.into_iter()
            .map(|row| Ok(TaskId::stored(Cells::of("tasks", row).text("id")?)))
            .collect()
    }

    /// All rows of a task in one Tx, if it may still go; the names of the blobs they named. Its
    /// credit entries stay: the book outlives what it tells of.
    async fn remove_task(
        &self,
        task: &TaskId,
        now: Millis,
    ) -> Result<Option<Vec<String>>, StoreError> {
        const DELETE: &str = concat!(
            "DELETE FROM tasks WHERE id = (SELECT t.id FROM tasks t WHERE ",
            may_go!(),
            " AND t.id = $4)"
        );
        let of_task = |sql| Stmt::new("rows of the task", sql, args![task]);
        let guard = args![now, now - AFTER_END, now - UNSETTLED, task];
        let tx = Tx(vec![
            Stmt::new(TASK, DELETE, guard).rows(1),
            of_task("DELETE FROM outputs WHERE task = $1 RETURNING blob"),
            of_task("DELETE FROM inputs WHERE task = $1 RETURNING blob"),
            of_task("DELETE FROM answers WHERE task = $1"),
            of_task("DELETE FROM attempt_slots WHERE task = $1"),
            of_task("DELETE FROM attempts WHERE task = $1"),
            of_task(
                "DELETE FROM delivery_attempts WHERE delivery IN \
                 (SELECT id FROM deliveries WHERE task = $1)",
            ),
            of_task("DELETE FROM deliveries WHERE task = $1"),
            of_task("DELETE FROM task_events WHERE task = $1"),
            of_task("DELETE FROM idempotency WHERE task = $1"),
        ]);
        match self.db().write(tx).await {
            Ok(done) => {
                crash_point("K19");
                Ok(Some(names(done)?))
            }
            Err(TxError::Unmet(TASK)) => Ok(None),
            Err(other) => Err(other.into_store_error()),
        }
    }

    async fn remove_uploads(&self, now: Millis, limit: usize) -> Result<Vec<String>, StoreError> {
        const SQL: &str = "DELETE FROM uploads WHERE id IN \
            (SELECT id FROM uploads WHERE expires <= $1 ORDER BY expires LIMIT $2) RETURNING blob";
        let tx = Tx(vec![Stmt::new("uploads", SQL, args![now, limit])]);
        let done = self.db().write(tx).await;
        Ok(names(done.map_err(TxError::into_store_error)?)?)
    }

    /// Removes those of the blobs that no row names: a child shares the output it continues, an input
    /// may share an upload.
    async fn remove_blobs(&self, blobs: &Blobs, names: Vec<String>) -> Result<u64, PruneError> {
        const SQL: &str = "SELECT (SELECT COUNT(*) FROM inputs WHERE blob = $1) \
            + (SELECT COUNT(*) FROM outputs WHERE blob = $1) \
            + (SELECT COUNT(*) FROM uploads WHERE blob = $1)";
        let mut removed = 0;
        for name in names {
            let row = self.row(SQL, args![&name]).await?.unwrap_or_default();
            let named = Cells::of("blobs", row)
                .int("named")
                .map_err(StoreError::from)?;
            if named == 0 {
                blobs.delete(&name).await?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    async fn forget_dead_nodes(&self, now: Millis) -> Result<(), StoreError> {
        const SQL: &str = "DELETE FROM nodes WHERE dead = 1 AND heartbeat < $1 \
            AND NOT EXISTS (SELECT 1 FROM tasks t WHERE t.owner = nodes.id)";
        let stmt = Stmt::new("dead nodes", SQL, args![now - DEAD_NODES]);
        self.execute(stmt).await.map(drop)
    }
}

/// Why retention stopped half way.
#[derive(Debug, thiserror::Error)]
pub enum PruneError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Blob(#[from] BlobError),
}

fn names(done: Vec<Done>) -> Result<Vec<String>, BadCell> {
    let rows = done.into_iter().flat_map(|done| done.rows);
    rows.map(|row: Row| Cells::of("blobs", row).text("blob"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::PRUNABLE;
    use crate::sqlite::plans::assert_indexed;

    #[test]
    fn what_may_go_is_found_along_its_expiry() {
        let tables = ["t ", "d ", "a ", "c "];
        assert_indexed(PRUNABLE, &tables, &["tasks_expiring (expires<?)"]);
    }
}
