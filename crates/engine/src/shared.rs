//! What every part of the engine holds in common: the handles it was given, and the few things of
//! this node that are not in the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use framewright_core::attempt::Attempt;
use framewright_core::change::Rules;
use framewright_core::clock::Millis;
use framewright_core::id::NodeId;
use framewright_core::task::Task;
use framewright_core::work::Work;
use framewright_outbound::Outbound;
use framewright_providers::{OnUnknown, Provider, ProviderKey, Providers};
use framewright_store::{Blobs, Store};
use tokio::sync::{Notify, watch};

use crate::board::Board;
use crate::chance::Chance;
use crate::circuit::Circuits;
use crate::heavy::Heavy;
use crate::metrics::Metrics;
use crate::own_urls::OwnUrls;
use crate::poll::Pollers;
use crate::routes::Routes;
use crate::settings::Settings;
use crate::signing_keys::SigningKeys;
use crate::supervisor::{Supervisor, blocking, caught};
use crate::timer::Times;
use crate::trust::Trust;

/// Makes the body that /fetch answers: a webhook has the same bytes.
pub type Render = Arc<dyn Fn(&Task, Millis) -> Bytes + Send + Sync>;

/// The engine's common ground.
pub(crate) struct Shared {
    pub node: NodeId,
    pub store: Store,
    pub blobs: Blobs,
    pub times: Times,
    pub chance: Chance,
    pub providers: Providers,
    pub routes: Routes,
    pub outbound: Outbound,
    pub render: Render,
    pub own: Arc<dyn OwnUrls>,
    pub rules: Rules,
    pub settings: Settings,
    pub metrics: Arc<Metrics>,
    pub supervisor: Supervisor,
    pub trust: Trust,
    pub board: Arc<Board>,
    pub pollers: Pollers,
    pub heavy: Heavy,
    /// Somebody knows that there is work: look now.
    pub hurry: Notify,
    /// A delivery was committed that is due: look now.
    pub owed: Notify,
    /// Counts what this node has written of tasks and deliveries, for whoever waits for it.
    pub written: watch::Sender<u64>,
    /// Whether others have declared this node dead.
    pub dead: watch::Sender<bool>,
    pub circuits: Circuits,
    pub signing_keys: SigningKeys,
    pub turn: AtomicUsize,
    /// This node may own tasks that no driver of it drives: they are to be looked for.
    pub astray: AtomicBool,
}

impl Shared {
    /// The provider and key that an attempt names, where the config names them today, at the
    /// origin where the attempt was opened: a secret is sent nowhere else.
    pub fn asked(&self, attempt: &Attempt) -> Option<(Arc<dyn Provider>, ProviderKey)> {
        let provider = self.providers.at(&attempt.provider, &attempt.origin)?;
        let keys = provider.keys();
        let key = keys.iter().find(|key| key.name == attempt.key_name)?;
        Some((provider.clone(), key.clone()))
    }

    /// Whether a task is of a life before the last restore, and may have been bought since without a
    /// trace here.
    pub fn doubts(&self, work: &Work) -> bool {
        let made = work.attempts.iter().map(|attempt| attempt.created);
        let life = self.store.incarnation();
        life.is_some_and(|life| life.doubts(&work.task, made))
    }

    /// Polled to the end of its jobs, and asked for nothing new.
    pub fn is_retired(&self, provider: &str) -> bool {
        let configured = self.providers.configured(provider);
        configured.is_some_and(|configured| configured.retired)
    }

    /// Providers whose operator wants lost requests made anew.
    pub fn resubmits(&self) -> Vec<String> {
        let names = self.providers.iter().map(|provider| provider.name());
        names
            .filter(|name| {
                let configured = self.providers.configured(name);
                configured.is_some_and(|c| c.on_unknown == OnUnknown::Resubmit)
            })
            .map(str::to_owned)
            .collect()
    }

    /// The provider's key of this name, or its keys in turn where any will do.
    pub fn key(&self, provider: &Arc<dyn Provider>, named: Option<&str>) -> Option<ProviderKey> {
        let keys = provider.keys();
        if let Some(name) = named {
            return keys.iter().find(|key| key.name == name).cloned();
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        keys.get(turn.checked_rem(keys.len())?).cloned()
    }

    /// Where the provider may call back for this attempt, where that is of use.
    pub fn callback_url(&self, attempt: &Attempt) -> Option<String> {
        let base = self.settings.public_url.as_ref()?;
        let provider = self.providers.at(&attempt.provider, &attempt.origin)?;
        provider
            .called_back()
            .then(|| format!("{base}/callbacks/{}/{}", attempt.provider, attempt.nonce))
    }

    /// Runs work that computes or reads a file for long, off the threads that serve requests. None
    /// where it panicked.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        match self.settings.one_thread {
            true => caught(async { work() }).await,
            false => blocking(work).await,
        }
    }

    pub fn wrote(&self) {
        self.written.send_modify(|count| *count += 1);
    }
}
