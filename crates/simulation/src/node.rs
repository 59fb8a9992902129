//! A node as a host: the engine of the product over its own handle on the database, its own clock and
//! the simulated network. Each life of it starts from nothing but what is in the database and on the
//! shelf of blobs.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use framewright_core::address::{Allow, range};
use framewright_core::change::Rules;
use framewright_core::clock::{DAY, Millis};
use framewright_core::id::AccountId;
use framewright_core::task::Task;
use framewright_engine::{
    Callback, Engine, EngineHandle, Hop, Metrics, OnCallback, OwnFile, OwnUrlError, OwnUrls, Parts,
    RealTimer, Routes, Rule, Settings, Times,
};
use framewright_outbound::{Outbound, OutboundConfig};
use framewright_providers::registry::{Context, InputFiles};
use framewright_providers::{Configured, Providers};
use framewright_store::{Blobs, OpenMode, Store, StoreOptions};
use framewright_testkit::ledger::provider;
use http::StatusCode;
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::clock::HostClock;
use crate::database::Database;
use crate::gate::Gate;
use crate::http::{Answer, Asked};
use crate::network::Network;
use crate::shelf::Shelf;
use crate::trace::Trace;

/// Where callbacks are sent to: no host, the vendors reach the nodes in turn.
const PUBLIC_URL: &str = "http://nodes";

/// What is the same for all nodes and lives of a run.
pub struct Ground {
    pub seed: u64,
    pub folder: PathBuf,
    pub shelf: Arc<Shelf>,
    /// Name, class word and origin of every vendor.
    pub vendors: Vec<(String, &'static str, String)>,
    pub calm_at: Millis,
    pub trace: Trace,
}

/// One node, through all of its lives.
pub struct Node {
    pub name: String,
    pub number: u64,
    pub skew: Millis,
    pub standing: Gate,
    pub link: Gate,
    pub loss: f64,
    pub lives: AtomicU64,
    pub ground: Arc<Ground>,
}

impl Ground {
    /// A handle on the database.
    ///
    /// # Errors
    /// When it does not open.
    pub async fn store(
        &self,
        mode: OpenMode,
        clock: HostClock,
        chance: u64,
        way: Database,
    ) -> Result<Store, framewright_store::OpenError> {
        let options = StoreOptions {
            data_dir: self.folder.clone(),
            database: None,
            mode,
            readers: 1,
            master_key: None,
            clock: Arc::new(clock),
            rng: Box::new(StdRng::seed_from_u64(self.seed ^ chance)),
        };
        Store::simulated(options, Arc::new(way)).await
    }

    /// Blobs, which all nodes share.
    #[must_use]
    pub fn blobs(&self) -> Blobs {
        Blobs::over(self.shelf.clone(), &self.folder.join("blobs"))
    }
}

impl Node {
    /// One life, until the host goes or the other nodes have declared this one dead.
    ///
    /// # Errors
    /// When the host's port cannot be had: a mistake of the run itself.
    pub async fn live(self: Arc<Self>) -> std::io::Result<()> {
        let life = self.lives.fetch_add(1, Ordering::SeqCst);
        let chance = (self.number << 32) ^ (life << 16);
        self.ground.trace.note(&format!("{} starts", self.name));
        let store = self
            .ground
            .store(OpenMode::Beside, self.clock(), chance, self.way(chance))
            .await;
        let Ok(store) = store else {
            // A process that finds no database ends, and is started again.
            return Ok(());
        };
        let engine = Engine::start(self.parts(store, chance));
        let callbacks = engine.callbacks();
        tokio::select! {
            biased;
            () = engine.died() => self.ground.trace.note(&format!("{} was declared dead", self.name)),
            served = crate::http::serve(move |asked| called_back(callbacks.clone(), asked)) => served?,
        }
        end(engine);
        Ok(())
    }

    fn clock(&self) -> HostClock {
        HostClock { skew: self.skew }
    }

    fn way(&self, chance: u64) -> Database {
        Database {
            name: self.name.clone(),
            standing: self.standing.clone(),
            link: self.link.clone(),
            calm_at: self.ground.calm_at,
            loss: self.loss,
            chance: Mutex::new(StdRng::seed_from_u64(self.ground.seed ^ chance ^ 1)),
            trace: self.ground.trace.clone(),
        }
    }

    fn parts(&self, store: Store, chance: u64) -> Parts {
        let clock = Arc::new(self.clock());
        let outbound = self.outbound();
        let providers = self.providers(&outbound);
        Parts {
            store,
            blobs: self.ground.blobs(),
            times: Times::new(clock, Arc::new(RealTimer)),
            rng: Box::new(StdRng::seed_from_u64(self.ground.seed ^ chance ^ 2)),
            routes: Routes::new(rules(&self.ground), providers.clone()),
            providers,
            outbound,
            render: Arc::new(|task: &Task, _now| render(task).into()),
            own: Arc::new(NoOwnUrls),
            rules: Rules::default(),
            settings: Settings {
                look_every_ms: 2_000,
                prune_every_ms: DAY,
                public_url: Some(PUBLIC_URL.into()),
                one_thread: true,
                ..Settings::default()
            },
            metrics: Arc::new(Metrics::new()),
        }
    }

    fn outbound(&self) -> Outbound {
        let config = OutboundConfig {
            allow: Allow {
                ranges: vec![range("192.168.0.0/16").expect("a range")],
                own_ports: Vec::new(),
            },
            ..OutboundConfig::default()
        };
        let network = Network {
            gate: self.standing.clone(),
        };
        Outbound::over(Arc::new(network), config).expect("the default configuration is sound")
    }

    fn providers(&self, outbound: &Outbound) -> Providers {
        let context = Context {
            outbound: outbound.clone(),
            inputs: Arc::new(NoInputs),
            clock: Arc::new(self.clock()),
            scratch: self.ground.folder.clone(),
            public_url: Some(PUBLIC_URL.into()),
        };
        let made = self.ground.vendors.iter().map(|(name, class, origin)| {
            let table = toml::toml! { poll_every_ms = 2000 };
            let mut table = table;
            table.insert("class".into(), (*class).into());
            table.insert("base_url".into(), origin.clone().into());
            let made = provider::make(name, &table, &context);
            Configured::from(made.expect("the settings are right"))
        });
        made.collect()
    }
}

/// A task of the type `a+e` is sold by vendor a, and where that cannot be had, by vendor e.
fn rules(ground: &Ground) -> Vec<Rule> {
    let types = ground.vendors.iter().map(|(name, ..)| name.clone());
    let both = std::iter::once("a+e".to_owned());
    let rule = |task_type: String| Rule {
        hops: task_type.split('+').map(hop).collect(),
        task_type: Some(task_type),
        ..Rule::default()
    };
    types.chain(both).map(rule).collect()
}

fn hop(provider: &str) -> Hop {
    Hop {
        provider: provider.to_owned(),
        upstream_model: "m".into(),
    }
}

/// The body that /fetch would give; the percentage is the clients' to watch.
#[must_use]
pub fn render(task: &Task) -> String {
    format!(
        "{{\"task_id\":\"{}\",\"status\":\"{}\",\"stored\":{}}}",
        task.id,
        task.status.word(),
        task.stored
    )
}

async fn called_back(take: OnCallback, asked: Asked) -> Answer {
    let path = asked.uri.path().strip_prefix("/callbacks/");
    let Some((provider, nonce)) = path.and_then(|path| path.split_once('/')) else {
        return Answer::status(StatusCode::NOT_FOUND);
    };
    let callback = Callback {
        provider: provider.to_owned(),
        nonce: nonce.to_owned(),
        headers: asked.headers.clone(),
        body: asked.body.clone(),
    };
    Answer::status(match take(callback).await {
        Ok(true) => StatusCode::OK,
        Ok(false) => StatusCode::NOT_FOUND,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    })
}

/// The process ends: what still runs of the engine goes with the host's next life.
fn end(engine: EngineHandle) {
    drop(engine);
}

/// No URL is ours.
struct NoOwnUrls;

#[async_trait]
impl OwnUrls for NoOwnUrls {
    async fn find(
        &self,
        _account: &AccountId,
        _url: &str,
        _now: Millis,
    ) -> Result<Option<OwnFile>, OwnUrlError> {
        Ok(None)
    }
}

/// The tasks are text alone.
struct NoInputs;

#[async_trait]
impl InputFiles for NoInputs {
    async fn path(&self, blob: &str) -> std::io::Result<PathBuf> {
        Err(std::io::Error::other(format!("no input {blob} was made")))
    }
}
