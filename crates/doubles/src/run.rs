//! Doubles that run: each on a free port of loopback with its ledger in one directory, and the
//! control address beside them. For tests in the same process; the program `doubles` is this and
//! nothing else.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::till::Purchase;
use crate::world::{Recorded, Shared, World};
use crate::{control, front, registry, serve};

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
}

/// Running doubles; they stop when dropped.
pub struct Doubles {
    worlds: BTreeMap<&'static str, Shared>,
    control: String,
    serving: JoinSet<()>,
}

impl Doubles {
    /// Starts the doubles of these names, ledgers in `dir`.
    ///
    /// # Errors
    /// [`StartError`]: a name that no double has, a ledger that cannot be read, no port.
    pub async fn start(dir: &Path, names: &[&str]) -> Result<Self, StartError> {
        let mut serving = JoinSet::new();
        let mut worlds = BTreeMap::new();
        for name in names {
            let double =
                registry::find(name).ok_or_else(|| StartError::Unknown((*name).to_owned()))?;
            let io = |source| StartError::Io {
                name: double.name.to_owned(),
                source,
            };
            let (listener, base) = listen().await.map_err(io)?;
            let world = Arc::new(World::open(double, dir, base).map_err(io)?);
            serving.spawn(serve::serve(listener, front::router(&world)));
            worlds.insert(double.name, world);
        }
        let (listener, control) = listen().await.map_err(|source| StartError::Io {
            name: "control".into(),
            source,
        })?;
        serving.spawn(serve::serve(listener, control::router(worlds.clone())));
        Ok(Self {
            worlds,
            control,
            serving,
        })
    }

    /// Starts every double there is.
    ///
    /// # Errors
    /// As [`Doubles::start`].
    pub async fn start_all(dir: &Path) -> Result<Self, StartError> {
        let names: Vec<&str> = registry::ALL.iter().map(|double| double.name).collect();
        Self::start(dir, &names).await
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

async fn listen() -> std::io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let base = format!("http://{}", listener.local_addr()?);
    Ok((listener, base))
}
