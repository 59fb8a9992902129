//! One running server: store, engine, API and listener, wired together and stopped in order. The
//! command line runs one; the demo and the tests run one inside their own process.

pub(crate) mod accounts;
pub(crate) mod blobs;
mod own_urls;
mod parts;
mod prepared;
mod providers;
mod settings;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context as _;
use framewright_core::clock::{Clock, Millis};
use framewright_engine::{Drained, EngineHandle, RealTimer, Timer};
use framewright_outbound::Outbound;
use framewright_providers::Registry;
use framewright_store::{AccountRow, Store, StoreError};
use secrecy::SecretString;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    app::accounts::FIRST_ACCOUNT,
    clock::SystemClock,
    config::Config,
    listener::{self, Listener},
    telemetry::Lines,
};

pub use self::blobs::Credentials;
pub use self::prepared::Prepared;
pub use self::providers::{PREVIEW_ONLY, check, describe};

/// What a server is started with.
pub struct AppOptions {
    pub config: Config,
    /// Only providers that cost nothing, and users' URLs may lead to this machine.
    pub sandbox: bool,
    /// The kinds of providers that the configuration may name.
    pub registry: Registry,
    /// Seals the server's keys; a file in the data directory when none.
    pub master_key: Option<SecretString>,
    /// Of the bucket; the role of the machine when empty.
    pub credentials: Credentials,
    pub clock: Arc<dyn Clock>,
    /// Waits by that clock.
    pub timer: Arc<dyn Timer>,
    /// For the count of lost log lines.
    pub lines: Option<Lines>,
}

impl AppOptions {
    /// A server of the shipped kinds in real time.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config,
            sandbox: false,
            registry: Registry::shipped(),
            master_key: None,
            credentials: Credentials::new(),
            clock: Arc::new(SystemClock),
            timer: Arc::new(RealTimer),
            lines: None,
        }
    }
}

/// A server that accepts requests.
pub struct App {
    store: Store,
    outbound: Outbound,
    engine: EngineHandle,
    address: SocketAddr,
    base_url: String,
    drain: CancellationToken,
    grace: Duration,
    new_credits: u32,
    serving: JoinHandle<()>,
    /// Cancelled when the listener is gone, however it went.
    unserved: CancellationToken,
}

/// Why a server that nobody stopped has to stop.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("the database cannot be written any more: {0}; nothing acknowledged is lost, restart")]
    Store(Arc<str>),
    #[error("this process was taken for dead (was it paused?) and its tasks went to another")]
    TakenForDead,
    #[error("the listener ended")]
    Listener,
}

impl App {
    /// Opens the data directory, starts the engine, and accepts requests once this returns.
    ///
    /// # Errors
    /// Whatever keeps the server from starting, with what to do about it.
    pub async fn start(options: AppOptions) -> anyhow::Result<Self> {
        Prepared::open(options).await?.serve()
    }

    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Scheme, address and prefix for a client on this machine, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Its store, beside the running server.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The account that a server starts with, made at the first start.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn first_account(&self) -> Result<AccountRow, StoreError> {
        accounts::ensure(&self.store, self.new_credits, FIRST_ACCOUNT).await
    }

    /// Its way out, for a client that lives in the same process.
    #[must_use]
    pub fn outbound(&self) -> &Outbound {
        &self.outbound
    }

    /// Its engine, for what it counts.
    #[must_use]
    pub fn engine(&self) -> &EngineHandle {
        &self.engine
    }

    /// Cancelled, it makes the server refuse new work; [`App::stop`] does the rest.
    #[must_use]
    pub fn drain(&self) -> &CancellationToken {
        &self.drain
    }

    /// Ends well when the drain is asked for, and with the reason when the server cannot go on.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn run(&self) -> Result<(), Fault> {
        tokio::select! {
            biased;
            () = self.drain.cancelled() => Ok(()),
            why = self.store.stopped() => Err(Fault::Store(why)),
            () = self.engine.died() => Err(Fault::TakenForDead),
            () = self.unserved.cancelled() => Err(Fault::Listener),
        }
    }

    /// Refuses new requests, finishes those in progress, gives tasks back to the store, all within
    /// the configured grace.
    pub async fn stop(self) -> Drained {
        self.drain.cancel();
        let grace = Millis::try_from(self.grace.as_millis()).unwrap_or(Millis::MAX);
        let (drained, served) = tokio::join!(self.engine.drain(grace), self.serving);
        if let Err(error) = served {
            tracing::error!(%error, "the listener did not end well");
        }
        drained
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the app owns its listener and awaits its end"
)]
fn spawn(serving: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    tokio::spawn(serving)
}

async fn bind(config: &Config) -> anyhow::Result<Listener> {
    let server = &config.server;
    let tls = match (&server.tls_cert, &server.tls_key) {
        (Some(cert), Some(key)) => Some(listener::tls::acceptor(cert, key)?),
        _ => None,
    };
    let options = listener::Options {
        limits: settings::connection_limits(&config.limits),
        tls,
        path_prefix: server.path_prefix.clone(),
        trusted_proxies: server.trusted_proxies.clone(),
    };
    Listener::bind(server.listen, options)
        .await
        .with_context(|| {
            format!(
                "cannot listen on {}; stop what holds that port or choose another with --listen",
                server.listen
            )
        })
}

fn base_url(config: &Config, address: SocketAddr) -> String {
    let scheme = if config.server.tls_cert.is_some() {
        "https"
    } else {
        "http"
    };
    format!("{scheme}://{address}{}", config.server.path_prefix)
}
