//! How much there is to do, for metrics and whoever watches over the server. A count of the moment;
//! nothing decides by it.

use framewright_core::clock::Millis;

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
    /// Attempts whose outcome is unknown, those given up included: the operator settles them.
    pub unknown_attempts: i64,
    /// Webhooks still to be delivered.
    pub pending_deliveries: i64,
    /// When the one that is due longest became due.
    pub oldest_due_delivery: Option<Millis>,
}

/// Owned and unowned apart: each half is served by its partial index, however many tasks are closed.
const OPEN: &str = "SELECT status, COUNT(*), MIN(created) FROM ( \
        SELECT status, created FROM tasks WHERE open = 1 AND owner IS NULL \
        UNION ALL \
        SELECT status, created FROM tasks WHERE owner IS NOT NULL) AS open_tasks \
    GROUP BY status ORDER BY status";
const UNKNOWN: &str = "SELECT COUNT(*) FROM attempts \
    WHERE status = 'unknown' AND status IN ('intent', 'accepted', 'abandoned', 'unknown')";
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
        let queries = [OPEN, UNKNOWN, PENDING].map(|sql| Query::new(sql, args![]));
        let mut answers = self.db().read(queries.into()).await?.into_iter();
        let mut next = || answers.next().unwrap_or_default();
        let mut census = Census::default();
        for row in next() {
            census.count_tasks(row)?;
        }
        for row in next() {
            census.unknown_attempts = Cells::of("attempts", row).int("count")?;
        }
        for row in next() {
            let mut cells = Cells::of("deliveries", row);
            census.pending_deliveries = cells.int("count")?;
            census.oldest_due_delivery = cells.maybe_int("due")?;
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
}

#[cfg(test)]
mod tests {
    use super::{OPEN, PENDING, UNKNOWN};
    use crate::sqlite::plans::assert_indexed;

    #[test]
    fn a_census_looks_only_at_what_is_open() {
        assert_indexed(OPEN, &["tasks"], &["tasks_waiting", "tasks_owned"]);
        assert_indexed(UNKNOWN, &["attempts"], &["attempts_permits"]);
        let waiting = ["deliveries_waiting", "deliveries_leased"];
        assert_indexed(PENDING, &["deliveries"], &waiting);
    }
}
