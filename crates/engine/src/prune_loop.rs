//! Lets go of what retention no longer holds, a little at a time. What may go is the store's rule.

use std::sync::Arc;

use framewright_store::PruneError;

use crate::shared::Shared;

/// Tasks pruned in one step, so that requests are not kept waiting behind it.
const BATCH: usize = 200;

/// Blobs looked at in one round for such as no row names.
const SWEPT: usize = 10_000;

/// Prunes until the engine stops.
pub(crate) async fn run(shared: Arc<Shared>) {
    loop {
        shared.times.wait(shared.settings.prune_every_ms).await;
        if let Err(error) = round(&shared).await {
            shared.metrics.store_fault();
            tracing::warn!(%error, "could not prune");
        }
    }
}

async fn round(shared: &Shared) -> Result<(), PruneError> {
    loop {
        let now = shared.times.now();
        let pruned = shared.store.prune(&shared.blobs, now, BATCH).await?;
        if pruned.tasks < BATCH as u64 {
            break;
        }
    }
    let swept = shared
        .store
        .sweep(&shared.blobs, shared.times.now(), SWEPT)
        .await?;
    if swept > 0 {
        tracing::info!(blobs = swept, "took away blobs that no row names");
    }
    Ok(())
}
