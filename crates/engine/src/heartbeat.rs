//! Saying that this node lives, stopping when others have declared it dead, and taking over the
//! tasks of nodes that no longer say so.

use std::sync::Arc;

use framewright_core::clock::{Millis, SECOND};
use framewright_core::retry::STORE;

use crate::shared::Shared;
use crate::trust::{heartbeat, ttl};

/// After a heartbeat that could not be written.
const RETRY: Millis = SECOND;

/// Tasks moved from a dead node in one step.
const BATCH: usize = 500;

/// Runs until the engine stops or the node is declared dead.
pub(crate) async fn run(shared: Arc<Shared>) {
    register(&shared).await;
    take_over(&shared).await;
    shared.hurry.notify_one();
    let mut pause = heartbeat();
    loop {
        shared.times.wait(pause).await;
        match beat(&shared).await {
            Beat::Alive => {
                pause = heartbeat();
                take_over(&shared).await;
            }
            Beat::Unknown => pause = RETRY,
            Beat::Dead => return die(&shared),
        }
    }
}

enum Beat {
    Alive,
    Dead,
    /// The store did not answer: trust runs out by itself.
    Unknown,
}

async fn register(shared: &Shared) {
    for tries in 0.. {
        let begun = shared.times.uptime();
        match shared
            .store
            .register_node(&shared.node, shared.times.now())
            .await
        {
            Ok(()) => return shared.trust.renew(begun),
            Err(error) => {
                shared.metrics.store_fault();
                tracing::warn!(%error, "could not register this node yet");
            }
        }
        shared
            .times
            .wait(STORE.wait(tries, shared.chance.share()))
            .await;
    }
}

async fn beat(shared: &Shared) -> Beat {
    let begun = shared.times.uptime();
    match shared
        .store
        .heartbeat(&shared.node, shared.times.now())
        .await
    {
        Ok(true) => {
            shared.trust.renew(begun);
            Beat::Alive
        }
        Ok(false) => Beat::Dead,
        Err(error) => {
            shared.metrics.store_fault();
            tracing::warn!(%error, "could not write a heartbeat");
            Beat::Unknown
        }
    }
}

fn die(shared: &Shared) {
    tracing::error!(node.id = %shared.node, "other nodes declared this one dead; it stops");
    shared.dead.send_replace(true);
    shared.supervisor.stop();
}

/// Nodes of a former process over the same data directory were declared dead when the store was
/// opened; others are after their time to live, by the store's time.
async fn take_over(shared: &Shared) {
    loop {
        match shared
            .store
            .take_over_dead(shared.times.now(), ttl(), BATCH)
            .await
        {
            Ok(0) => return,
            Ok(tasks) => {
                tracing::info!(tasks, "took over tasks of a dead node");
                shared.hurry.notify_one();
            }
            Err(error) => {
                shared.metrics.store_fault();
                tracing::warn!(%error, "could not take over the tasks of dead nodes");
                return;
            }
        }
    }
}
