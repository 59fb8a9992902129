//! Leases due tasks that nobody owns: round robin over the accounts of each lane, an epoch each, and
//! the whole work with them. Says nothing about what is to be done with them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use framewright_core::clock::Millis;
use framewright_core::id::{NodeId, TaskId};
use framewright_core::task::{Need, Task};
use framewright_core::work::Work;

use crate::commit::CommitError;
use crate::db::{Row, Stmt, Tx, TxError, args};
use crate::error::StoreError;
use crate::rows::{Cells, task};
use crate::store::Store;

/// The right to change a task, until another claim of it raises the epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct Lease<T> {
    pub work: T,
    pub node: NodeId,
    /// The fence: every commit names it, and one that names an older one changes nothing.
    pub epoch: i64,
    /// Nodes that died while they decoded, rendered or joined for this task.
    pub deaths: i64,
}

/// What a node can take on now.
#[derive(Clone, Debug)]
pub struct ClaimAsk {
    pub node: NodeId,
    pub now: Millis,
    pub need: Need,
    /// The lanes (providers) this node has, each with how many tasks it can take. Tasks of other
    /// lanes are left to the nodes that have them.
    pub lanes: Vec<(String, usize)>,
}

/// Whose turn it is, per need and lane: the account that was served last. In memory: a node that
/// forgets it starts a new round.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<(Need, String), String>>);

impl Turns {
    fn after(&self, need: Need, lane: &str) -> String {
        let turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (need, lane.to_owned());
        turns.get(&key).cloned().unwrap_or_default()
    }

    /// The last served is the last of the round among those that were served most.
    fn served(&self, need: Need, lane: &str, after: &str, tasks: &[&Task]) {
        let mut counts = BTreeMap::<&str, usize>::new();
        for task in tasks {
            *counts.entry(task.account.as_str()).or_default() += 1;
        }
        let last = counts
            .iter()
            .max_by_key(|(account, count)| (**count, Reverse(**account > after), **account));
        if let Some((account, _)) = last {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            turns.insert((need, lane.to_owned()), (*account).to_owned());
        }
    }
}

/// One lane's claim. The recursion steps from account to account along the index, so that it costs
/// one descent per waiting account however many tasks each of them has; then each account's oldest
/// due tasks are placed 1, 2, … and taken place by place, starting after the account served last.
const CLAIM: &str = concat!(
    "WITH RECURSIVE waiting(account) AS ( \
         SELECT MIN(account) FROM tasks \
         WHERE open = 1 AND owner IS NULL AND need = $1 AND lane = $2 \
         UNION ALL \
         SELECT (SELECT MIN(t.account) FROM tasks t \
             WHERE t.open = 1 AND t.owner IS NULL AND t.need = $1 AND t.lane = $2 \
             AND t.account > w.account) \
         FROM waiting w WHERE w.account IS NOT NULL \
     ), ready AS ( \
         SELECT t.id, t.account, \
             ROW_NUMBER() OVER (PARTITION BY t.account ORDER BY t.not_before, t.id) AS place \
         FROM waiting w JOIN tasks t ON t.id IN ( \
             SELECT d.id FROM tasks d \
             WHERE d.open = 1 AND d.owner IS NULL AND d.need = $1 AND d.lane = $2 \
             AND d.account = w.account AND d.not_before <= $3 \
             ORDER BY d.not_before, d.id LIMIT $4) \
     ) \
     UPDATE tasks SET owner = $5, epoch = epoch + 1 \
     WHERE id IN ( \
         SELECT id FROM ready \
         ORDER BY place, CASE WHEN account > $6 THEN 0 ELSE 1 END, account LIMIT $4) \
     AND owner IS NULL AND EXISTS (SELECT 1 FROM nodes n WHERE n.id = $5 AND n.dead = 0) RETURNING ",
    task::task_columns!(),
    ", epoch, deaths"
);

/// The same where several nodes claim at once: what another has in its hands is stepped over, not
/// waited for. Written with LATERAL, which SQLite lacks, and without which PostgreSQL would look
/// through the table.
const CLAIM_AMONG_OTHERS: &str = concat!(
    "WITH RECURSIVE waiting(account) AS ( \
         SELECT MIN(account) FROM tasks \
         WHERE open = 1 AND owner IS NULL AND need = $1 AND lane = $2 \
         UNION ALL \
         SELECT (SELECT MIN(t.account) FROM tasks t \
             WHERE t.open = 1 AND t.owner IS NULL AND t.need = $1 AND t.lane = $2 \
             AND t.account > w.account) \
         FROM waiting w WHERE w.account IS NOT NULL \
     ), ready AS ( \
         SELECT t.id, w.account, t.place FROM waiting w CROSS JOIN LATERAL ( \
             SELECT x.id, ROW_NUMBER() OVER (ORDER BY x.not_before, x.id) AS place FROM ( \
                 SELECT d.id, d.not_before FROM tasks d \
                 WHERE d.open = 1 AND d.owner IS NULL AND d.need = $1 AND d.lane = $2 \
                 AND d.account = w.account AND d.not_before <= $3 \
                 ORDER BY d.not_before, d.id LIMIT $4 FOR UPDATE SKIP LOCKED) x) t \
         WHERE w.account IS NOT NULL \
     ) \
     UPDATE tasks SET owner = $5, epoch = epoch + 1 \
     WHERE id IN ( \
         SELECT id FROM ready \
         ORDER BY place, CASE WHEN account > $6 THEN 0 ELSE 1 END, account LIMIT $4) \
     AND owner IS NULL AND EXISTS (SELECT 1 FROM nodes n WHERE n.id = $5 AND n.dead = 0) \
     RETURNING ",
    task::task_columns!(),
    ", epoch, deaths"
);

const CLAIM_ONE: &str = concat!(
    "UPDATE tasks SET owner = $1, epoch = epoch + 1 \
     WHERE id = $2 AND open = 1 AND owner IS NULL AND not_before <= $3 \
     AND EXISTS (SELECT 1 FROM nodes n WHERE n.id = $1 AND n.dead = 0) RETURNING ",
    task::task_columns!(),
    ", epoch, deaths"
);

impl Store {
    /// Leases due tasks. A node that was declared dead gets none.
    ///
    /// # Errors
    /// [`StoreError`]; after [`StoreError::Unknown`] the tasks may be owned by this node without its
    /// knowing: [`Self::owned`] names them.
    pub async fn claim(&self, ask: &ClaimAsk) -> Result<Vec<Lease<Work>>, StoreError> {
        let lanes: Vec<_> = ask.lanes.iter().filter(|(_, limit)| *limit > 0).collect();
        if lanes.is_empty() {
            return Ok(Vec::new());
        }
        let after: Vec<String> = lanes
            .iter()
            .map(|(lane, _)| self.turns().after(ask.need, lane))
            .collect();
        let statements = lanes.iter().zip(&after).map(|((lane, limit), after)| {
            let need = ask.need.word();
            let args = args![need, lane, ask.now, *limit, &ask.node, after];
            Stmt::new("claim", CLAIM, args).among_others(CLAIM_AMONG_OTHERS)
        });
        let done = self.db().write(Tx(statements.collect())).await;
        let mut leases = Vec::new();
        let done = done.map_err(TxError::into_store_error)?;
        for (((lane, _), after), done) in lanes.iter().zip(&after).zip(done) {
            let claimed = self.read_leases(done.rows, &ask.node)?;
            let tasks: Vec<&Task> = claimed.iter().map(|lease| &lease.work).collect();
            self.turns().served(ask.need, lane, after, &tasks);
            leases.extend(claimed);
        }
        self.with_work(leases).await
    }

    /// Leases one task if it is due and nobody owns it.
    ///
    /// # Errors
    /// [`StoreError`] as for [`Self::claim`].
    pub async fn claim_one(
        &self,
        node: &NodeId,
        id: &TaskId,
        now: Millis,
    ) -> Result<Option<Lease<Work>>, StoreError> {
        let tx = Tx(vec![Stmt::new("claim", CLAIM_ONE, args![node, id, now])]);
        let done = self.db().write(tx).await;
        let mut done = done.map_err(TxError::into_store_error)?;
        let rows = done.pop().unwrap_or_default().rows;
        let leases = self.read_leases(rows, node)?;
        Ok(self.with_work(leases).await?.pop())
    }

    /// Tasks that nobody owns and whose queue deadline is past, of any lane: what no permit ever came
    /// for, or whose provider is gone. Read beside the writer: they are looked for seldom, and the
    /// rows that wait may be many.
    ///
    /// # Errors
    /// [`StoreError`] where they cannot be read.
    pub async fn overdue(&self, now: Millis, limit: usize) -> Result<Vec<TaskId>, StoreError> {
        const SQL: &str = "SELECT id FROM tasks WHERE open = 1 AND owner IS NULL \
            AND status = 'queued' AND queue_deadline <= $1 LIMIT $2";
        let query = crate::db::Query::new(SQL, args![now, limit]);
        let rows = self.db().read(vec![query]).await?.pop().unwrap_or_default();
        rows.into_iter()
            .map(|row| Ok(TaskId::stored(Cells::of("tasks", row).text("id")?)))
            .collect()
    }

    /// Every open task this node owns, as the rows say: what a claim of unknown outcome took.
    ///
    /// # Errors
    /// [`StoreError`] where they cannot be read.
    pub async fn owned(&self, node: &NodeId) -> Result<Vec<Lease<Work>>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            task::task_columns!(),
            ", epoch, deaths FROM tasks WHERE owner = $1"
        );
        let query = crate::db::Query::new(SQL, args![node]);
        let rows = self.db().read(vec![query]).await?.pop().unwrap_or_default();
        let leases = self.read_leases(rows, node)?;
        self.with_work(leases).await
    }

    /// Fresh rows for a task this node owns: wishes, and answers filed meanwhile. What the rows do
    /// not hold is kept as the lease has it.
    ///
    /// # Errors
    /// [`CommitError::Lost`] where the lease is no longer this one.
    pub async fn reload(&self, lease: &Lease<Work>) -> Result<Lease<Work>, CommitError> {
        const SQL: &str = concat!(
            "SELECT ",
            task::task_columns!(),
            ", epoch, deaths FROM tasks WHERE id = $1 AND owner = $2 AND epoch = $3"
        );
        let args = args![&lease.work.task.id, &lease.node, lease.epoch];
        let rows = self.db().point(SQL, args).await?;
        let leases = self.read_leases(rows, &lease.node)?;
        let fresh = self.with_work(leases).await?.pop();
        let mut fresh = fresh.ok_or(CommitError::Lost)?;
        fresh.work.memory.clone_from(&lease.work.memory);
        Ok(fresh)
    }

    /// Tasks of this node with wishes that it has not seen.
    ///
    /// # Errors
    /// [`StoreError`] where they cannot be read.
    pub async fn nudged(&self, node: &NodeId) -> Result<Vec<TaskId>, StoreError> {
        const SQL: &str = "SELECT id FROM tasks \
            WHERE owner = $1 AND owner IS NOT NULL AND nudge > nudge_seen";
        let rows = self.db().point(SQL, args![node]).await?;
        rows.into_iter()
            .map(|row| Ok(TaskId::stored(Cells::of("tasks", row).text("id")?)))
            .collect()
    }

    fn read_leases(&self, rows: Vec<Row>, node: &NodeId) -> Result<Vec<Lease<Task>>, StoreError> {
        let mut leases = Vec::with_capacity(rows.len());
        for row in rows {
            let mut cells = Cells::of("tasks", row);
            match task::read(&mut cells, self.seal()) {
                Ok(work) => leases.push(Lease {
                    work,
                    node: node.clone(),
                    epoch: cells.int("epoch")?,
                    deaths: cells.int("deaths")?,
                }),
                // One row that cannot be read must not keep the others from being worked on.
                Err(StoreError::Cell(bad)) => tracing::error!(
                    table = bad.table, row = %bad.row, column = bad.column,
                    "a task cannot be read and is left alone: {bad}"
                ),
                Err(error) => return Err(error),
            }
        }
        Ok(leases)
    }

    async fn with_work(&self, leases: Vec<Lease<Task>>) -> Result<Vec<Lease<Work>>, StoreError> {
        let (tasks, rights): (Vec<_>, Vec<_>) = leases
            .into_iter()
            .map(|lease| (lease.work, (lease.node, lease.epoch, lease.deaths)))
            .unzip();
        let works = self.works(tasks).await?;
        let join = |(work, (node, epoch, deaths))| Lease {
            work,
            node,
            epoch,
            deaths,
        };
        Ok(works.into_iter().zip(rights).map(join).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{CLAIM, CLAIM_ONE};
    use crate::sqlite::plans::assert_indexed;

    #[test]
    fn a_claim_never_looks_through_the_table() {
        let tables = ["tasks", "t ", "d ", "n "];
        let accounts = "tasks_waiting (need=? AND lane=? AND account>?)";
        let oldest = "tasks_waiting (need=? AND lane=? AND account=? AND not_before<?)";
        assert_indexed(CLAIM, &tables, &[accounts, oldest]);
        assert_indexed(CLAIM_ONE, &tables, &["sqlite_autoindex_tasks_1"]);
    }
}
