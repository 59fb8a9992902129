//! The loop that makes tasks move: claim, next, act, apply, owe, commit. The only part that awaits
//! the world; what may follow from what is core's, every row is the store's.
//!
//! One [`Engine`] per process. It is a node among others: it owns what it claimed, says so every ten
//! seconds, and lets go when told.

mod act;
mod board;
mod callbacks;
mod chance;
mod circuit;
mod claim;
mod collect;
mod deliver;
mod driver;
mod heartbeat;
mod heavy;
mod inputs;
mod lookout;
mod metrics;
mod news;
mod open;
mod owe;
mod own_urls;
mod poll;
mod post;
mod prune_loop;
mod resolve;
mod routes;
mod schedule;
mod settings;
mod shared;
mod signing_keys;
mod sink;
mod submit;
mod supervisor;
mod timer;
mod trust;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use framewright_core::change::Rules;
use framewright_core::clock::Millis;
use framewright_core::crash::crash_point;
use framewright_core::id::NodeId;
use framewright_core::retry::STORE;
use framewright_outbound::Outbound;
use framewright_providers::Providers;
use framewright_store::{Blobs, Store, StoreError};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rand::RngCore;
use tokio::sync::{Notify, watch};

pub use callbacks::Callback;
pub use metrics::Metrics;
pub use own_urls::{OwnFile, OwnUrlError, OwnUrls};
pub use routes::{Extending, Hop, NoRoute, Opening, Routes, Rule};
pub use settings::Settings;
pub use shared::Render;
pub use timer::{RealTimer, Timer, Times};

use crate::board::Board;
use crate::chance::Chance;
use crate::circuit::Circuits;
use crate::heavy::Heavy;
use crate::poll::Pollers;
use crate::shared::Shared;
use crate::signing_keys::SigningKeys;
use crate::supervisor::Supervisor;
use crate::trust::Trust;

/// Everything that an engine is made of.
pub struct Parts {
    pub store: Store,
    pub blobs: Blobs,
    pub times: Times,
    /// A cryptographic generator: node ids and nonces come from it.
    pub rng: Box<dyn RngCore + Send>,
    pub providers: Providers,
    pub routes: Routes,
    pub outbound: Outbound,
    /// Makes the body that /fetch answers.
    pub render: Render,
    /// Reads URLs of our own uploads and results.
    pub own: Arc<dyn OwnUrls>,
    pub rules: Rules,
    pub settings: Settings,
    pub metrics: Arc<Metrics>,
}

/// The engine of a process.
pub struct Engine;

/// A running engine.
pub struct EngineHandle {
    shared: Arc<Shared>,
}

/// Takes callbacks, for whoever cannot hold the handle.
pub type OnCallback =
    Arc<dyn Fn(Callback) -> BoxFuture<'static, Result<bool, StoreError>> + Send + Sync>;

/// How a drain ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// Everything was finished or given back.
    Whole,
    /// The grace was over first. What still ran is taken over as after a crash.
    CutShort,
}

impl Engine {
    /// The engine of a node that answers clients and leaves the work to others: it takes callbacks,
    /// owns no task and is no node among those that do. Must be called within a tokio runtime.
    #[must_use]
    pub fn attend(parts: Parts) -> EngineHandle {
        let shared = Arc::new(shared(parts));
        shared
            .supervisor
            .keep("attend", with(shared.clone(), lookout::attend));
        EngineHandle { shared }
    }

    /// Starts the loops of a node under a fresh id. Must be called within a tokio runtime.
    #[must_use]
    pub fn start(parts: Parts) -> EngineHandle {
        let shared = Arc::new(shared(parts));
        let all = &shared.supervisor;
        let part = || shared.clone();
        all.keep("heartbeat", with(part(), heartbeat::run));
        all.keep("limits", with(part(), limits));
        all.keep("claim", with(part(), claim::run));
        all.keep("lookout", with(part(), lookout::run));
        all.keep("prune", with(part(), prune_loop::run));
        all.keep_to_its_end("deliver", with(part(), deliver::run));
        EngineHandle { shared }
    }
}

/// A maker of the same loop over the same ground, for as often as it has to be started.
fn with<F>(shared: Arc<Shared>, run: fn(Arc<Shared>) -> F) -> impl Fn() -> F {
    move || run(shared.clone())
}

fn shared(parts: Parts) -> Shared {
    let names = parts.providers.iter().map(|provider| provider.name());
    parts.metrics.expect(names);
    let chance = Chance::new(parts.rng);
    let node = chance.with(|rng| NodeId::fresh(parts.times.now(), rng));
    let supervisor = Supervisor::new(parts.times.clone(), parts.metrics.clone());
    let pollers = Pollers::new(
        supervisor.clone(),
        parts.times.clone(),
        parts.metrics.clone(),
    );
    Shared {
        node,
        store: parts.store,
        blobs: parts.blobs,
        times: parts.times,
        chance,
        providers: parts.providers,
        routes: parts.routes,
        outbound: parts.outbound,
        render: parts.render,
        own: parts.own,
        rules: parts.rules,
        settings: parts.settings,
        pollers,
        metrics: parts.metrics,
        supervisor,
        trust: Trust::none(),
        heavy: Heavy::new(),
        board: Arc::new(Board::default()),
        hurry: Notify::new(),
        owed: Notify::new(),
        written: watch::Sender::new(0),
        dead: watch::Sender::new(false),
        circuits: Circuits::default(),
        signing_keys: SigningKeys::default(),
        turn: AtomicUsize::new(0),
        astray: AtomicBool::new(false),
    }
}

fn is_ready(shared: &Shared) -> bool {
    shared.trust.holds(shared.times.uptime()) && !shared.supervisor.is_stopping()
}

/// Tells the store how many upstream jobs each provider key may have, once.
async fn limits(shared: Arc<Shared>) {
    for provider in shared.providers.iter() {
        for key in provider.keys() {
            let most = key.max_in_flight as usize;
            for tries in 0.. {
                match shared
                    .store
                    .set_limit(provider.name(), &key.name, most)
                    .await
                {
                    Ok(()) => break,
                    Err(error) => {
                        shared.metrics.store_fault();
                        tracing::warn!(%error, "could not set the limit of a provider key yet");
                    }
                }
                shared
                    .times
                    .wait(STORE.wait(tries, shared.chance.share()))
                    .await;
            }
        }
    }
    shared.hurry.notify_one();
}

impl EngineHandle {
    /// Something was submitted in this process: look at once.
    pub fn hurry(&self) {
        self.shared.hurry.notify_one();
    }

    /// The same, for whoever cannot hold the handle.
    #[must_use]
    pub fn hurrier(&self) -> Arc<dyn Fn() + Send + Sync> {
        let shared = self.shared.clone();
        Arc::new(move || shared.hurry.notify_one())
    }

    /// Takes a provider's callback; false where no job waits for it, or its signature is wrong.
    #[must_use]
    pub fn callbacks(&self) -> OnCallback {
        let shared = self.shared.clone();
        Arc::new(move |callback| callbacks::take(shared.clone(), callback).boxed())
    }

    /// Counts what this node has committed. A reader that looks at the store and then waits for a
    /// change misses nothing.
    #[must_use]
    pub fn written(&self) -> watch::Receiver<u64> {
        self.shared.written.subscribe()
    }

    /// This process's name among the nodes.
    #[must_use]
    pub fn node(&self) -> &NodeId {
        &self.shared.node
    }

    /// Whether this node is trusted to send, which it is as long as its heartbeats are written; for
    /// one that only attends, whether the store has answered of late.
    #[must_use]
    pub fn readiness(&self) -> bool {
        is_ready(&self.shared)
    }

    /// [`Self::readiness`], for whoever cannot hold the handle.
    #[must_use]
    pub fn trusted(&self) -> Arc<dyn Fn() -> bool + Send + Sync> {
        let shared = self.shared.clone();
        Arc::new(move || is_ready(&shared))
    }

    /// The providers that this node asks for nothing new, since they do not answer submits; for
    /// whoever cannot hold the handle.
    #[must_use]
    pub fn resting(&self) -> Arc<dyn Fn() -> Vec<String> + Send + Sync> {
        let shared = self.shared.clone();
        Arc::new(move || shared.circuits.open())
    }

    /// Everything counted, in the text format of Prometheus.
    #[must_use]
    pub fn metrics_text(&self) -> String {
        self.shared.metrics.text()
    }

    /// Ends when other nodes have declared this one dead: the process should end too.
    pub async fn died(&self) {
        let mut dead = self.shared.dead.subscribe();
        if dead.wait_for(|dead| *dead).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Claims nothing more, lets paid requests and webhook tries that are under way reach their
    /// answer, gives back the rest, all within `grace` ms.
    pub async fn drain(self, grace: Millis) -> Drained {
        let shared = &self.shared;
        shared.supervisor.stop();
        crash_point("K21");
        let whole = tokio::select! {
            biased;
            () = shared.supervisor.ended() => true,
            () = shared.times.wait(grace) => false,
        };
        for provider in shared.providers.iter() {
            provider.stop().await;
        }
        if let Err(error) = shared
            .store
            .retire_node(&shared.node, shared.times.now())
            .await
        {
            tracing::warn!(%error, "could not give back this node's tasks; others will take them");
            return Drained::CutShort;
        }
        match whole {
            true => Drained::Whole,
            false => Drained::CutShort,
        }
    }
}
