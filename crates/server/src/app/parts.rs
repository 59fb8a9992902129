//! The wiring: what the engine and the API are made of, and the values that cross between them,
//! which do not know each other.

use std::{collections::BTreeMap, io, path::PathBuf, sync::Arc};

use async_trait::async_trait;
use framewright_api as api;
use framewright_core::clock::Millis;
use framewright_engine::{self as engine, EngineHandle, Metrics, OwnUrls, Render, Routes, Times};
use framewright_outbound::{Outbound, OutboundConfig};
use framewright_providers::{Context, InputFiles, Providers};
use framewright_store::{
    Blobs, DirectoryFault, LinkKeys, OpenError, OpenMode, Store, StoreOptions,
};
use futures_util::FutureExt as _;
use rand::{RngCore, SeedableRng, rngs::StdRng};
use tokio_util::sync::CancellationToken;

use super::{AppOptions, blobs, own_urls::Links, providers, settings};
use crate::telemetry;

/// What both sides stand on.
pub(super) struct Ground {
    pub(super) store: Store,
    pub(super) outbound: Outbound,
    blobs: Blobs,
    providers: Providers,
    routes: Routes,
    metrics: Arc<Metrics>,
    own_port: u16,
}

impl Ground {
    /// Opens the store and makes the providers.
    pub(super) async fn open(options: &AppOptions, own_port: u16) -> anyhow::Result<Self> {
        let config = &options.config;
        let store = open_store(options).await?;
        let blobs = blobs::open(config, &options.credentials, &config.server.data)?;
        let outbound = Outbound::new(OutboundConfig {
            allow: settings::allow(config, options.sandbox, own_port),
            dns: config.outbound.dns,
            ..OutboundConfig::default()
        })?;
        let context = Context {
            outbound: outbound.clone(),
            inputs: Arc::new(LocalInputs {
                blobs: blobs.clone(),
                links: store.links().clone(),
                public_url: settings::public_url(config),
            }),
            clock: Arc::clone(&options.clock),
            scratch: config.server.data.join("scratch"),
            public_url: settings::public_url(config),
        };
        let providers = providers::make(config, &options.registry, &context)?;
        if options.sandbox {
            providers::refuse_paid(&providers)?;
        }
        let routes = Routes::new(providers::rules(config, &providers)?, providers.clone());
        let metrics = Arc::new(Metrics::default());
        Ok(Self {
            store,
            outbound,
            blobs,
            providers,
            routes,
            metrics,
            own_port,
        })
    }

    /// Everything that the engine is made of.
    pub(super) fn engine_parts(&self, options: &AppOptions) -> anyhow::Result<engine::Parts> {
        Ok(engine::Parts {
            store: self.store.clone(),
            blobs: self.blobs.clone(),
            times: Times::new(Arc::clone(&options.clock), Arc::clone(&options.timer)),
            rng: rng(),
            providers: self.providers.clone(),
            routes: self.routes.clone(),
            outbound: self.outbound.clone(),
            render: self.render(),
            own: self.own_urls(options),
            rules: settings::rules(&options.config),
            settings: settings::engine(&options.config),
            metrics: Arc::clone(&self.metrics),
        })
    }

    /// Everything that the API is made of.
    pub(super) fn api_parts(
        &self,
        options: &AppOptions,
        engine: &EngineHandle,
        drain: CancellationToken,
    ) -> api::ApiParts {
        let config = &options.config;
        let allow = settings::allow(config, options.sandbox, self.own_port);
        api::ApiParts {
            store: self.store.clone(),
            blobs: self.blobs.clone(),
            links: Arc::new(self.store.links().clone()),
            clock: Arc::clone(&options.clock),
            rng: rng(),
            route: self.route(),
            callback: callbacks(engine),
            hurry: engine.hurrier(),
            metrics_text: self.metrics_text(options),
            readiness: self.readiness(options, engine),
            drain,
            settings: settings::api(config, allow),
        }
    }

    /// The body that /fetch answers, for webhooks.
    fn render(&self) -> Render {
        let links = self.store.links().clone();
        Arc::new(move |task, now| api::render(task, &links, now))
    }

    /// Whether a request can be served, before it is accepted.
    fn route(&self) -> api::Route {
        let routes = self.routes.clone();
        Arc::new(move |spec| match routes.route(spec) {
            Ok(opening) => Ok(api::Opening {
                lane: opening.lane,
                price: opening.price,
            }),
            Err(refusal) => Err(api::NoRoute {
                public: refusal.public,
            }),
        })
    }

    fn own_urls(&self, options: &AppOptions) -> Arc<dyn OwnUrls> {
        Arc::new(Links::new(self.store.clone(), &options.config))
    }

    fn metrics_text(&self, options: &AppOptions) -> Arc<dyn Fn() -> String + Send + Sync> {
        let (metrics, lines) = (Arc::clone(&self.metrics), options.lines.clone());
        let store = self.store.clone();
        // The engine's text ends with the mark of the end, so it comes last.
        Arc::new(move || telemetry::metrics_text(lines.as_ref(), &store.stats()) + &metrics.text())
    }

    fn readiness(
        &self,
        options: &AppOptions,
        engine: &EngineHandle,
    ) -> Arc<dyn Fn() -> api::Readiness + Send + Sync> {
        let details = self.details(options);
        let (holds, resting) = (engine.trusted(), engine.resting());
        Arc::new(move || {
            let mut details = details.clone();
            for name in resting() {
                let why = "it does not answer submits; new ones wait until it does";
                details.insert(format!("provider {name}"), why.to_owned());
            }
            api::Readiness {
                ready: holds(),
                details,
            }
        })
    }

    fn details(&self, options: &AppOptions) -> BTreeMap<String, String> {
        let names: Vec<_> = self
            .providers
            .iter()
            .map(|provider| provider.name())
            .collect();
        let role = options.config.server.role.word().to_owned();
        let mut details = BTreeMap::from([
            ("providers".to_owned(), names.join(", ")),
            ("role".to_owned(), role),
        ]);
        if options.config.provider.is_empty() {
            details.insert("preview".to_owned(), providers::PREVIEW_ONLY.to_owned());
        }
        if options.sandbox {
            let text = "paid providers are refused; URLs may lead to this machine";
            details.insert("sandbox".to_owned(), text.to_owned());
        }
        details
    }
}

/// Hands providers' callbacks to the engine.
fn callbacks(engine: &EngineHandle) -> api::OnCallback {
    let take = engine.callbacks();
    Arc::new(
        move |api::Callback {
                  provider,
                  nonce,
                  headers,
                  body,
                  ..
              }| {
            let taking = take(engine::Callback {
                provider,
                nonce,
                headers,
                body,
            });
            let verdict = |taken| match taken {
                true => api::Verdict::Taken,
                false => api::Verdict::Refused,
            };
            async move { taking.await.map(verdict) }.boxed()
        },
    )
}

/// A generator seeded by the system, for ids and secrets.
fn rng() -> Box<dyn RngCore + Send> {
    Box::new(StdRng::from_os_rng())
}

async fn open_store(options: &AppOptions) -> anyhow::Result<Store> {
    let data = options.config.server.data.clone();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let opening = Store::open(StoreOptions {
        data_dir: data.clone(),
        database: options.config.server.database.clone(),
        mode: OpenMode::Serve,
        readers: threads + 2,
        master_key: options.master_key.clone(),
        clock: Arc::clone(&options.clock),
        rng: rng(),
    });
    let store = opening.await.map_err(|error| {
        let advice = match &error {
            OpenError::Directory(DirectoryFault::Held { .. }) => {
                " (stop the server that holds it, or name another directory with --data)"
            }
            _ => "",
        };
        anyhow::Error::new(error).context(format!("cannot serve from {}{advice}", data.display()))
    })?;
    store.judge_nodes_by_database();
    Ok(store)
}

/// Where providers find the media of a task: on this machine's disk, or by a link of ours.
struct LocalInputs {
    blobs: Blobs,
    links: LinkKeys,
    public_url: Option<String>,
}

#[async_trait]
impl InputFiles for LocalInputs {
    async fn path(&self, blob: &str) -> io::Result<PathBuf> {
        let path = self.blobs.local_path(blob).await;
        path.map_err(io::Error::other)
    }

    fn link(&self, blob: &str, now: Millis) -> Option<String> {
        api::input_link(&self.links, self.public_url.as_deref()?, blob, now)
    }
}
