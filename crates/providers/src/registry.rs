//! From a kind's word in the config to a provider, and the providers that are configured. The one
//! line per kind is in `Registry::shipped`; nothing else lists them, and a program that embeds the
//! server may add its own.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use framewright_core::clock::Clock;
use framewright_outbound::Outbound;

use crate::provider::Provider;

/// Where a provider inside this process finds the media of a task.
#[async_trait]
pub trait InputFiles: Send + Sync {
    /// A local file with the bytes of this blob.
    ///
    /// # Errors
    /// When the blob is not there or cannot be brought here.
    async fn path(&self, blob: &str) -> std::io::Result<PathBuf>;
}

/// What a provider may need at its making.
#[derive(Clone)]
pub struct Context {
    pub outbound: Outbound,
    pub inputs: Arc<dyn InputFiles>,
    pub clock: Arc<dyn Clock>,
    /// A directory for files of providers inside this process; each takes a subdirectory of its
    /// name. On the same file system for the life of the data directory.
    pub scratch: PathBuf,
    /// Scheme, host and prefix that upstreams can call back to.
    pub public_url: Option<String>,
}

/// Makes a provider of one kind from its name and its own config table.
pub type Make = Arc<
    dyn Fn(&str, &toml::Table, &Context) -> Result<Arc<dyn Provider>, SettingsError> + Send + Sync,
>;

/// Why a provider could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("provider `{provider}`: unknown kind `{kind}`; known kinds: {known}")]
    UnknownKind {
        provider: String,
        kind: String,
        known: String,
    },
    /// The kind refused its table; says which setting and what it may be.
    #[error("provider `{provider}`: {why}")]
    Setting { provider: String, why: String },
    #[error("provider `{provider}`: prepare its directory")]
    Scratch {
        provider: String,
        source: std::io::Error,
    },
}

/// The kinds of providers by their words.
#[derive(Clone, Default)]
pub struct Registry {
    kinds: BTreeMap<&'static str, Make>,
}

impl Registry {
    /// No kind at all.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Every kind that this program brings.
    #[must_use]
    pub fn shipped() -> Self {
        Self::empty().with("preview", crate::preview::make)
    }

    /// Adds a kind, or replaces the one of that word.
    #[must_use]
    pub fn with<M>(mut self, word: &'static str, make: M) -> Self
    where
        M: Fn(&str, &toml::Table, &Context) -> Result<Arc<dyn Provider>, SettingsError>
            + Send
            + Sync
            + 'static,
    {
        self.kinds.insert(word, Arc::new(make));
        self
    }

    /// The known words, in order.
    pub fn words(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.kinds.keys().copied()
    }

    /// Makes the provider `name` of the kind `kind` from its table (without the `kind` entry).
    ///
    /// # Errors
    /// [`SettingsError`], for the operator.
    pub fn make(
        &self,
        kind: &str,
        name: &str,
        table: &toml::Table,
        context: &Context,
    ) -> Result<Arc<dyn Provider>, SettingsError> {
        let make = self
            .kinds
            .get(kind)
            .ok_or_else(|| SettingsError::UnknownKind {
                provider: name.to_owned(),
                kind: kind.to_owned(),
                known: self.words().collect::<Vec<_>>().join(", "),
            })?;
        make(name, table, context)
    }
}

/// The configured providers by name.
#[derive(Clone, Default)]
pub struct Providers {
    by_name: BTreeMap<String, Arc<dyn Provider>>,
}

impl Providers {
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Provider>> {
        self.by_name.get(name)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Provider>> {
        self.by_name.values()
    }
}

impl FromIterator<Arc<dyn Provider>> for Providers {
    fn from_iter<I: IntoIterator<Item = Arc<dyn Provider>>>(providers: I) -> Self {
        let by_name = providers
            .into_iter()
            .map(|provider| (provider.name().to_owned(), provider))
            .collect();
        Self { by_name }
    }
}
