//! Lets go of what retention no longer holds, a little at a time. What may go is the store's rule.

use std::sync::Arc;

use framewright_core::clock::{HOUR, Millis};
use framewright_core::crash::shortened;
use framewright_store::PruneError;

use crate::shared::Shared;

/// Tasks pruned in one step, so that requests are not kept waiting behind it.
const BATCH: usize = 200;

/// Blobs looked at in one round for such as no row names.
const SWEPT: usize = 10_000;

/// From the end of one sweep over all blobs to the next: what it looks for is a day old.
const SWEEP_EVERY: Millis = HOUR;

/// Prunes until the engine stops.
pub(crate) async fn run(shared: Arc<Shared>) {
    let mut sweep = Sweep::default();
    loop {
        shared
            .times
            .wait(shortened(shared.settings.prune_every_ms))
            .await;
        if let Err(error) = round(&shared, &mut sweep).await {
            shared.metrics.store_fault();
            tracing::warn!(%error, "could not prune");
        }
    }
}

/// How far the sweep is.
#[derive(Default)]
struct Sweep {
    after: Option<String>,
    due: Millis,
}

async fn round(shared: &Shared, sweep: &mut Sweep) -> Result<(), PruneError> {
    loop {
        let now = shared.times.now();
        let pruned = shared.store.prune(&shared.blobs, now, BATCH).await?;
        if pruned.tasks < BATCH as u64 {
            break;
        }
    }
    let now = shared.times.now();
    if now < sweep.due {
        return Ok(());
    }
    let after = sweep.after.as_deref();
    let swept = shared.store.sweep(&shared.blobs, now, after, SWEPT).await?;
    if swept.blobs > 0 {
        tracing::info!(blobs = swept.blobs, "took away blobs that no row names");
    }
    if swept.next.is_none() {
        sweep.due = now + SWEEP_EVERY;
    }
    sweep.after = swept.next;
    Ok(())
}
