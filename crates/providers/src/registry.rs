//! From a kind's word in the config to a provider, and the providers that are configured. The one
//! line per kind is in `Registry::shipped`; nothing else lists them, and a program that embeds the
//! server may add its own.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use framewright_core::clock::{Clock, Millis};
use framewright_outbound::Outbound;
use serde::Deserialize;

use crate::provider::Provider;

/// Where a provider inside this process finds the media of a task.
#[async_trait]
pub trait InputFiles: Send + Sync {
    /// A local file with the bytes of this blob.
    ///
    /// # Errors
    /// When the blob is not there or cannot be brought here.
    async fn path(&self, blob: &str) -> std::io::Result<PathBuf>;

    /// A link to this blob that an upstream can fetch for a day, where the server has a public URL.
    fn link(&self, _blob: &str, _now: Millis) -> Option<String> {
        None
    }
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
        Self::empty()
            .with("apiframe", crate::apiframe::make)
            .with("fal", crate::fal::make)
            .with("kling", crate::kling::make)
            .with("legnext", crate::legnext::make)
            .with("midjourney_proxy", crate::midjourney_proxy::make)
            .with("preview", crate::preview::make)
            .with("replicate", crate::replicate::make)
            .with("runway", crate::runway::make)
            .with("wan", crate::wan::make)
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
    ) -> Result<Configured, SettingsError> {
        let make = self
            .kinds
            .get(kind)
            .ok_or_else(|| SettingsError::UnknownKind {
                provider: name.to_owned(),
                kind: kind.to_owned(),
                known: self.words().collect::<Vec<_>>().join(", "),
            })?;
        let mut table = table.clone();
        let standing = Standing::take(name, &mut table)?;
        let at = |base_url: &String| {
            let mut table = table.clone();
            table.insert("base_url".to_owned(), base_url.clone().into());
            make(name, &table, context)
        };
        Ok(Configured {
            provider: make(name, &table, context)?,
            former: standing
                .former_base_urls
                .iter()
                .map(at)
                .collect::<Result<_, _>>()?,
            retired: standing.retired,
            on_unknown: standing.on_unknown,
        })
    }
}

/// What to do for a slot whose paid request may have been taken, when all that can be asked was
/// asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnUnknown {
    /// The slot fails: bought at most once.
    #[default]
    Fail,
    /// A new request is sent: it may be bought twice, which the operator chose.
    Resubmit,
}

/// The settings that every kind has and no adapter reads.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Standing {
    former_base_urls: Vec<String>,
    retired: bool,
    on_unknown: OnUnknown,
}

impl Standing {
    /// Takes these settings out of a provider's table.
    fn take(name: &str, table: &mut toml::Table) -> Result<Self, SettingsError> {
        let words = ["former_base_urls", "retired", "on_unknown"];
        let taken = words
            .into_iter()
            .filter_map(|word| Some((word.to_owned(), table.remove(word)?)));
        let taken: toml::Table = taken.collect();
        taken.try_into().map_err(|error| SettingsError::Setting {
            provider: name.to_owned(),
            why: error.to_string(),
        })
    }
}

/// A provider as it stands in the config.
#[derive(Clone)]
pub struct Configured {
    pub provider: Arc<dyn Provider>,
    /// The same at the base URLs it had before: for jobs that were bought there, and for nothing new.
    pub former: Vec<Arc<dyn Provider>>,
    /// Polled to the end of its jobs, never asked for new ones.
    pub retired: bool,
    pub on_unknown: OnUnknown,
}

impl From<Arc<dyn Provider>> for Configured {
    fn from(provider: Arc<dyn Provider>) -> Self {
        Self {
            provider,
            former: Vec::new(),
            retired: false,
            on_unknown: OnUnknown::Fail,
        }
    }
}

/// The configured providers by name.
#[derive(Clone, Default)]
pub struct Providers {
    by_name: BTreeMap<String, Configured>,
}

impl Providers {
    /// The provider as it is reached today.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Provider>> {
        self.by_name
            .get(name)
            .map(|configured| &configured.provider)
    }

    /// All that the config says of it.
    #[must_use]
    pub fn configured(&self, name: &str) -> Option<&Configured> {
        self.by_name.get(name)
    }

    /// The provider at an origin that the config names, today's or a former one: a secret is sent
    /// nowhere else.
    #[must_use]
    pub fn at(&self, name: &str, origin: &str) -> Option<&Arc<dyn Provider>> {
        let configured = self.by_name.get(name)?;
        std::iter::once(&configured.provider)
            .chain(&configured.former)
            .find(|provider| provider.origin() == origin)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Provider>> {
        self.by_name.values().map(|configured| &configured.provider)
    }
}

impl FromIterator<Configured> for Providers {
    fn from_iter<I: IntoIterator<Item = Configured>>(providers: I) -> Self {
        let by_name = providers
            .into_iter()
            .map(|configured| (configured.provider.name().to_owned(), configured))
            .collect();
        Self { by_name }
    }
}

impl FromIterator<Arc<dyn Provider>> for Providers {
    fn from_iter<I: IntoIterator<Item = Arc<dyn Provider>>>(providers: I) -> Self {
        providers.into_iter().map(Configured::from).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{OnUnknown, Standing};

    #[test]
    fn the_settings_of_every_kind_leave_the_table_to_the_adapter() {
        let mut table = toml::toml! {
            retired = true
            on_unknown = "resubmit"
            base_url = "https://now.example"
        };
        let standing = Standing::take("x", &mut table).expect("they are right");
        assert!(standing.retired && standing.on_unknown == OnUnknown::Resubmit);
        assert_eq!(table.keys().collect::<Vec<_>>(), ["base_url"]);
    }

    #[test]
    fn a_wrong_word_is_said_with_the_providers_name() {
        let mut table = toml::toml! { on_unknown = "again" };
        let error = Standing::take("mine", &mut table).err().expect("refused");
        let text = error.to_string();
        assert!(text.contains("mine") && text.contains("resubmit"), "{text}");
    }
}
