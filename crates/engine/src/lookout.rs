//! Looking at the whole store now and then: what is open there, for whoever watches, and whether it
//! answers at all. Decides nothing about a task.

use std::sync::Arc;

use framewright_core::clock::{Millis, SECOND};

use crate::shared::Shared;
use crate::trust::heartbeat;

/// Between two looks at what is open.
const EVERY: Millis = 10 * SECOND;

/// After a look that the store did not answer.
const RETRY: Millis = SECOND;

/// Looks until the engine stops.
pub(crate) async fn run(shared: Arc<Shared>) {
    loop {
        look(&shared).await;
        shared.times.wait(EVERY).await;
    }
}

/// The same on a node that owns nothing and so writes no heartbeats: it is ready for requests as
/// long as their store answers.
pub(crate) async fn attend(shared: Arc<Shared>) {
    loop {
        let begun = shared.times.uptime();
        let pause = match look(&shared).await {
            true => {
                shared.trust.renew(begun);
                heartbeat()
            }
            false => RETRY,
        };
        shared.times.wait(pause).await;
    }
}

/// Whether the store answered.
async fn look(shared: &Shared) -> bool {
    match shared.store.census().await {
        Ok(census) => {
            shared.metrics.open(&census, shared.times.now());
            true
        }
        Err(error) => {
            shared.metrics.store_fault();
            tracing::warn!(%error, "could not look at what is open");
            false
        }
    }
}
