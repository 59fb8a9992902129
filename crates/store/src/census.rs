//! How much there is to do, for metrics and whoever watches over the server. A count of the moment;
//! nothing decides by it.

use framewright_core::clock::{MINUTE, Millis};

use crate::db::{Query, Row, args};
use crate::error::StoreError;
use crate::rows::Cells;
use crate::store::Store;

/// What is open now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Open tasks by status word; a terminal one is open while a job of it still runs upstream.
    pub open_tasks: Vec<(String, i64)>,
    /// When the oldest task that is not terminal was submitted.
    pub oldest_unfinished: Option<Millis>,
    /// Open tasks that are due and that nobody has taken for a while: no node has their provider, or
    /// none works.
    pub orphaned_tasks: i64,
    /// Attempts whose outcome is unknown, those given up included: the operator settles them.
    pub unknown_attempts: i64,
    /// Attempts whose task has ended while their upstream job runs on.
    pub abandoned_attempts: i64,
    /// Webhooks still to be delivered.
    pub pending_deliveries: i64,
    /// When the one that is due longest became due.
    pub oldest_due_delivery: Option<Millis>,
}

/// Due for so long and taken by nobody, a task is an orphan: many looks of many nodes.
const ORPHAN_AFTER: Millis = MINUTE;

/// Owned and unowned apart: each half is served by its partial index, however many tasks are closed.
const OPEN: &str = "SELECT status, COUNT(*), MIN(created) FROM ( \
        SELECT status, created FROM tasks WHERE open = 1 AND owner IS NULL \
        UNION ALL \
        SELECT status, created FROM tasks WHERE owner IS NOT NULL) AS open_tasks \
    GROUP BY status ORDER BY status";
/// What waits for a permit may wait for hours; what needs an owner or its inputs is taken at the next
/// look of any node.
const ORPHANED: &str = "SELECT COUNT(*) FROM tasks \
    WHERE need IN ('owner', 'inputs') AND open = 1 AND owner IS NULL AND not_before < $1";
const ATTEMPTS: &str = "SELECT status, COUNT(*) FROM attempts WHERE status IN ('abandoned', 'unknown') \
    AND status IN ('intent', 'accepted', 'abandoned', 'unknown') GROUP BY status";
const PENDING: &str = "SELECT COUNT(*), MIN(due) FROM ( \
        SELECT due FROM deliveries WHERE status = 'pending' AND owner IS NULL \
        UNION ALL \
        SELECT due FROM deliveries WHERE status = 'pending' AND owner IS NOT NULL) AS pending";

impl Store {
    /// Counts what is open, over one snapshot.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    pub async fn census(&self) -> Result<Census, StoreError> {
        let mut queries = [OPEN, ATTEMPTS, PENDING]
            .map(|sql| Query::new(sql, args![]))
            .to_vec();
        queries.push(Query::new(ORPHANED, args![self.now() - ORPHAN_AFTER]));
        let mut answers = self.db().read(queries).await?.into_iter();
        let mut next = || answers.next().unwrap_or_default();
        let mut census = Census::default();
        for row in next() {
            census.count_tasks(row)?;
        }
        for row in next() {
            census.count_attempts(row)?;
        }
        for row in next() {
            let mut cells = Cells::of("deliveries", row);
            census.pending_deliveries = cells.int("count")?;
            census.oldest_due_delivery = cells.maybe_int("due")?;
        }
        for row in next() {
            census.orphaned_tasks = Cells::of("tasks", row).int("count")?;
        }
        Ok(census)
    }
}

impl Census {
    fn count_tasks(&mut self, row: Row) -> Result<(), StoreError> {
        let mut cells = Cells::of("tasks", row);
        let status = cells.text("status")?;
        let count = cells.int("count")?;
        let oldest = cells.int("created")?;
        if matches!(status.as_str(), "queued" | "running" | "storing") {
            let so_far = self.oldest_unfinished.unwrap_or(i64::MAX);
            self.oldest_unfinished = Some(so_far.min(oldest));
        }
        self.open_tasks.push((status, count));
        Ok(())
    }

    fn count_attempts(&mut self, row: Row) -> Result<(), StoreError> {
        let mut cells = Cells::of("attempts", row);
        let of_status = match cells.text("status")?.as_str() {
            "unknown" => &mut self.unknown_attempts,
            _ => &mut self.abandoned_attempts,
        };
        *of_status = cells.int("count")?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{ATTEMPTS, OPEN, ORPHANED, PENDING};
    use crate::sqlite::plans::assert_indexed;

    #[test]
    fn a_census_looks_only_at_what_is_open() {
        assert_indexed(OPEN, &["tasks"], &["tasks_waiting", "tasks_owned"]);
        assert_indexed(ATTEMPTS, &["attempts"], &["attempts_permits"]);
        assert_indexed(ORPHANED, &["tasks"], &["tasks_waiting"]);
        let waiting = ["deliveries_waiting", "deliveries_leased"];
        assert_indexed(PENDING, &["deliveries"], &waiting);
    }
}
