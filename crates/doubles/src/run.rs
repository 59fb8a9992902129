//! Doubles that run: each on a free port of loopback with its ledger in one directory, and the
//! control address beside them. For tests in the same process; the program `doubles` is this and
//! nothing else.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinSet;

use crate::till::Purchase;
use crate::tls::{Tls, TlsError};
use crate::world::{Recorded, Shared, World};
use crate::{callback, control, front, registry, serve, tls};

/// Why doubles could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("there is no double named `{0}`")]
    Unknown(String),
    #[error("open the ledger or the port of `{name}`")]
    Io {
        name: String,
        source: std::io::Error,
    },
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// Running doubles; they stop when dropped.
pub struct Doubles {
    worlds: BTreeMap<&'static str, Shared>,
    control: String,
    certificate: Option<String>,
    serving: JoinSet<()>,
}

impl Doubles {
    /// Starts the doubles of these names, ledgers in `dir`.
    ///
    /// # Errors
    /// [`StartError`]: a name that no double has, a ledger that cannot be read, no port.
    pub async fn start(dir: &Path, names: &[&str]) -> Result<Self, StartError> {
        Self::start_with(dir, names, None).await
    }

    /// The same over TLS, as `https://localhost`, with a [`Doubles::certificate`] to trust. The
    /// control address stays plain.
    ///
    /// # Errors
    /// As [`Doubles::start`], and where no certificate can be made.
    pub async fn start_tls(dir: &Path, names: &[&str]) -> Result<Self, StartError> {
        Self::start_with(dir, names, Some(tls::make()?)).await
    }

    async fn start_with(dir: &Path, names: &[&str], tls: Option<Tls>) -> Result<Self, StartError> {
        let mut serving = JoinSet::new();
        let mut worlds = BTreeMap::new();
        for name in names {
            let double =
                registry::find(name).ok_or_else(|| StartError::Unknown((*name).to_owned()))?;
            let io = |source| StartError::Io {
                name: double.name.to_owned(),
                source,
            };
            let (listener, base) = listen(tls.is_some()).await.map_err(io)?;
            let world = Arc::new(World::open(double, dir, base).map_err(io)?);
            let acceptor = tls.as_ref().map(|tls| tls.acceptor.clone());
            let (tell, sold) = unbounded_channel();
            let router = front::router(&world, tell);
            serving.spawn(serve::serve(listener, acceptor, router));
            serving.spawn(callback::by_itself(Arc::clone(&world), sold));
            worlds.insert(double.name, world);
        }
        let (listener, control) = listen(false).await.map_err(|source| StartError::Io {
            name: "control".into(),
            source,
        })?;
        serving.spawn(serve::serve(
            listener,
            None,
            control::router(worlds.clone()),
        ));
        Ok(Self {
            worlds,
            control,
            certificate: tls.map(|tls| tls.certificate),
            serving,
        })
    }

    /// The certificate that they serve with, in PEM; none without TLS.
    #[must_use]
    pub fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// Base URLs by name, `control` among them.
    #[must_use]
    pub fn urls(&self) -> BTreeMap<String, String> {
        let doubles = self.worlds.iter();
        let mut urls: BTreeMap<_, _> = doubles
            .map(|(name, world)| ((*name).to_owned(), world.base().to_owned()))
            .collect();
        urls.insert("control".into(), self.control.clone());
        urls
    }

    /// One running double.
    ///
    /// # Panics
    /// When none of that name was started: the test is wrong.
    #[must_use]
    pub fn world(&self, name: &str) -> &Shared {
        let world = self.worlds.get(name);
        world.unwrap_or_else(|| panic!("the double `{name}` was not started"))
    }

    /// The base URL of a double.
    ///
    /// # Panics
    /// As [`Doubles::world`].
    #[must_use]
    pub fn url(&self, name: &str) -> &str {
        self.world(name).base()
    }

    /// Takes a [`crate::script::Change`] in, as JSON.
    ///
    /// # Panics
    /// As [`Doubles::world`], and when it is no change.
    pub fn script(&self, name: &str, change: Value) {
        let change = serde_json::from_value(change);
        let change = change.unwrap_or_else(|error| panic!("not a change of a script: {error}"));
        self.world(name).change(change);
    }

    /// The ledger of a double, oldest first.
    ///
    /// # Panics
    /// As [`Doubles::world`].
    #[must_use]
    pub fn purchases(&self, name: &str) -> Vec<Purchase> {
        self.world(name).purchases()
    }

    /// Every request that a double saw, oldest first.
    ///
    /// # Panics
    /// As [`Doubles::world`].
    #[must_use]
    pub fn requests(&self, name: &str) -> Vec<Recorded> {
        self.world(name).requests()
    }

    /// Serves until one of them ends, which none does by itself.
    pub async fn serve(mut self) {
        self.serving.join_next().await;
    }
}

/// A free port of loopback and its base URL.
async fn listen(tls: bool) -> std::io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    let base = match tls {
        true => format!("https://localhost:{port}"),
        false => format!("http://127.0.0.1:{port}"),
    };
    Ok((listener, base))
}
