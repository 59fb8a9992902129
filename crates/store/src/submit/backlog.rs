//! How many tasks the server as a whole has not finished: counted at most every two seconds, and in
//! between from what this process took in. Not exact over several nodes, and it need not be.

use std::sync::atomic::{AtomicI64, Ordering};

use framewright_core::clock::{Millis, SECOND};

use crate::db::args;
use crate::error::StoreError;
use crate::rows::Cells;
use crate::store::Store;

/// How long a count is used; no answer of the server is older than this.
const FRESH_FOR: Millis = 2 * SECOND;

#[derive(Default)]
pub(crate) struct Backlog {
    count: AtomicI64,
    /// When it was counted, by the store's clock; 0: never.
    counted: AtomicI64,
}

impl Backlog {
    /// Whether `cap` tasks or more are unfinished.
    pub async fn is_full(&self, store: &Store, cap: i64) -> Result<bool, StoreError> {
        let now = store.now();
        let counted = self.counted.load(Ordering::Relaxed);
        // Also when the clock went back: a count from the future would never age.
        let fresh = counted > 0 && (counted..counted + FRESH_FOR).contains(&now);
        // While it is full each look counts anew, or a freed place would stay unseen.
        if !fresh || self.count.load(Ordering::Relaxed) >= cap {
            self.recount(store, now).await?;
        }
        Ok(self.count.load(Ordering::Relaxed) >= cap)
    }

    /// A submit of this process was committed.
    pub fn one_more(&self) {
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    /// One row per account, so the sum is cheap however many tasks there are.
    async fn recount(&self, store: &Store, now: Millis) -> Result<(), StoreError> {
        const SQL: &str = "SELECT CAST(COALESCE(SUM(unfinished), 0) AS BIGINT) FROM accounts";
        if let Some(row) = store.row(SQL, args![]).await? {
            let count = Cells::of("accounts", row).int("unfinished")?;
            self.count.store(count, Ordering::Relaxed);
            self.counted.store(now, Ordering::Relaxed);
        }
        Ok(())
    }
}
