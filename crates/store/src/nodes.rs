//! The running processes: who is alive, and who inherits the tasks of the dead. Ownership itself is
//! `claim`'s, the fence `commit`'s.

use framewright_core::clock::Millis;
use framewright_core::id::{NodeId, TaskId};

use crate::db::{Stmt, Tx, TxError, args};
use crate::error::StoreError;
use crate::rows::to_json;
use crate::store::Store;

/// Lets go of tasks so that anyone may claim them at once. A task that its owner was decoding,
/// rendering or joining for when it died gets one more death on its count.
macro_rules! release {
    ($now:literal) => {
        concat!(
            "UPDATE tasks SET owner = NULL, not_before = ",
            $now,
            ", deaths = deaths + CASE WHEN (SELECT n.heavy FROM nodes n WHERE n.id = tasks.owner) \
             LIKE '%\"' || id || '\"%' THEN 1 ELSE 0 END WHERE owner "
        )
    };
}

impl Store {
    /// Makes a node known. Its id is new, so that nothing of an earlier process is its own.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be written.
    pub async fn register_node(&self, node: &NodeId, now: Millis) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO nodes (id, started, heartbeat) VALUES ($1, $2, $2)";
        let time = self.node_time(now).await?;
        self.execute(Stmt::new("node", SQL, args![node, time]).rows(1))
            .await
            .map(drop)
    }

    /// Renews a node. `false`: it was declared dead meanwhile, its tasks are another's, and it must
    /// stop.
    ///
    /// # Errors
    /// [`StoreError`]; the node is then as it was before, as far as anyone knows.
    pub async fn heartbeat(&self, node: &NodeId, now: Millis) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE nodes SET heartbeat = $1 WHERE id = $2 AND dead = 0";
        let time = self.node_time(now).await?;
        let changed = self
            .execute(Stmt::new("heartbeat", SQL, args![time, node]))
            .await?;
        Ok(changed == 1)
    }

    /// Notes for which tasks the node decodes, renders or joins from now on: if it dies over them,
    /// each has one death more. Polls, submits and downloads are not noted.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be written.
    pub async fn note_heavy(&self, node: &NodeId, tasks: &[TaskId]) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE nodes SET heavy = $1 WHERE id = $2";
        let list: Vec<&str> = tasks.iter().map(TaskId::as_str).collect();
        self.execute(Stmt::new("heavy", SQL, args![to_json(&list), node]))
            .await
            .map(drop)
    }

    /// A node leaves in good order: it is dead from now on, and its tasks and deliveries are free. No
    /// death is counted.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be written; its time to live then does the same.
    pub async fn retire_node(&self, node: &NodeId, now: Millis) -> Result<(), StoreError> {
        const LEAVE: &str = "UPDATE nodes SET dead = 1, heavy = '[]' WHERE id = $1";
        const RELEASE: &str = concat!(release!("$1"), "= $2");
        let tx = Tx(vec![
            Stmt::new("leave", LEAVE, args![node]),
            Stmt::new("release", RELEASE, args![now, node]),
            free_deliveries_of_the_dead(),
        ]);
        let done = self.db().write(tx).await;
        done.map(drop).map_err(TxError::into_store_error)
    }

    /// Declares nodes dead whose last heartbeat is older than `ttl`, then frees up to `limit` of the
    /// tasks of dead nodes. Returns how many: call again while that is `limit`.
    ///
    /// Dead first, in a Tx of its own that is on disk before any task moves: from then on the node's
    /// renewals change nothing, so it stops; its commits are fenced by the epoch of the next claim.
    ///
    /// # Errors
    /// [`StoreError`]; calling again goes on where it stopped.
    pub async fn take_over_dead(
        &self,
        now: Millis,
        ttl: Millis,
        limit: usize,
    ) -> Result<u64, StoreError> {
        const DECLARE: &str = "UPDATE nodes SET dead = 1 WHERE dead = 0 AND heartbeat < $1";
        const RELEASE: &str = concat!(
            release!("$1"),
            "IS NOT NULL AND id IN (SELECT t.id FROM nodes n JOIN tasks t ON t.owner = n.id \
             WHERE n.dead = 1 LIMIT $2)"
        );
        let time = self.node_time(now).await?;
        self.execute(Stmt::new("declare dead", DECLARE, args![time - ttl]))
            .await?;
        let tx = Tx(vec![
            Stmt::new("release", RELEASE, args![now, limit]),
            free_deliveries_of_the_dead(),
        ]);
        let done = self.db().write(tx).await;
        let done = done.map_err(TxError::into_store_error)?;
        Ok(done.first().map_or(0, |released| released.changed))
    }
}

/// A delivery whose sender died is due again at once: it may be sent twice, with the same id.
fn free_deliveries_of_the_dead() -> Stmt {
    const SQL: &str = "UPDATE deliveries SET owner = NULL \
        WHERE status = 'pending' AND owner IS NOT NULL \
        AND owner IN (SELECT id FROM nodes WHERE dead = 1)";
    Stmt::new("free deliveries", SQL, args![])
}
