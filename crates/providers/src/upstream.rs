//! What every provider over HTTP has: its settings at the vendor, its keys, and the calls to its
//! origin with their meaning for the purchase. Not a protocol: paths, bodies and codes are the
//! adapter's.

mod links;
mod upload;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use framewright_core::clock::{Clock, HOUR, MINUTE, Millis, SECOND};
use framewright_outbound::{Answer, CallLimits, Origin, Outbound, Request};
use memchr::memmem;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::call::{poll_lost, submit_lost};
use crate::draft::Draft;
use crate::models::Models;
use crate::provider::{Pace, PollError, ProviderKey, SubmitError};
use crate::registry::{Context, InputFiles, SettingsError};

pub use self::upload::extension;

/// The name of a key that the config gives without one.
const ONLY_KEY: &str = "default";

/// Jobs in flight of a key whose limit neither config nor adapter names.
const IN_FLIGHT: u32 = 4;

/// The longest that a paid request may take, from the lookup to the end of the answer: megabytes of
/// inputs go with some.
const LISTEN: Duration = Duration::from_secs(120);

/// What an adapter says for all its instances; each can be set otherwise in the config.
#[derive(Clone, Copy, Debug)]
pub struct Usual {
    /// Where the vendor's API is; empty where each operator has an own one.
    pub base_url: &'static str,
    pub poll_every_ms: Millis,
    /// Jobs in one poll; not a setting: the wire decides.
    pub batch: usize,
    /// Polls a second with one key, where the vendor counts them.
    pub polls_per_second: Option<u32>,
}

/// The settings that all providers over HTTP have in common.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Common {
    base_url: Option<String>,
    /// The one key; or `keys`.
    key: Option<SecretString>,
    #[serde(default)]
    keys: Vec<KeySetting>,
    max_in_flight: Option<u32>,
    poll_every_ms: Option<Millis>,
    /// Per node: an operator of several nodes sets each node's share.
    polls_per_second: Option<u32>,
    /// From acceptance to giving a job up.
    deadline_minutes: Option<u32>,
    #[serde(default)]
    models: BTreeMap<String, String>,
}

/// The names of `Common`'s fields: what is taken out of a table before the adapter reads the rest.
const COMMON: [&str; 8] = [
    "base_url",
    "key",
    "keys",
    "max_in_flight",
    "poll_every_ms",
    "polls_per_second",
    "deadline_minutes",
    "models",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeySetting {
    name: String,
    secret: SecretString,
    max_in_flight: Option<u32>,
}

/// One configured account or service at a vendor.
pub struct Upstream {
    name: String,
    origin: Origin,
    origin_text: String,
    /// The path of the base URL, without a slash at its end; mostly empty.
    prefix: String,
    keys: Vec<ProviderKey>,
    pace: Pace,
    pub models: Models,
    pub inputs: Arc<dyn InputFiles>,
    pub clock: Arc<dyn Clock>,
    /// Whether vendors can reach this server, and so call back.
    pub reachable: bool,
    outbound: Outbound,
}

impl Upstream {
    /// Reads the common settings from a provider's table and leaves the rest to `Own`, the adapter's
    /// settings, which must refuse unknown ones.
    ///
    /// # Errors
    /// [`SettingsError::Setting`] with what is wrong.
    pub fn read<Own: DeserializeOwned>(
        name: &str,
        table: &toml::Table,
        context: &Context,
        usual: Usual,
        models: Models,
    ) -> Result<(Self, Own), SettingsError> {
        let wrong = |why: String| SettingsError::Setting {
            provider: name.to_owned(),
            why,
        };
        let mut own = table.clone();
        let taken = COMMON
            .into_iter()
            .filter_map(|word| Some((word.to_owned(), own.remove(word)?)));
        let common = taken.collect::<toml::Table>().try_into::<Common>();
        let common = common.map_err(|error| wrong(error.to_string()))?;
        let own = own
            .try_into::<Own>()
            .map_err(|error| wrong(error.to_string()))?;
        let upstream = Self::new(name, common, context, usual, models).map_err(wrong)?;
        Ok((upstream, own))
    }

    fn new(
        name: &str,
        common: Common,
        context: &Context,
        usual: Usual,
        models: Models,
    ) -> Result<Self, String> {
        let base_url = common.base_url.as_deref().unwrap_or(usual.base_url);
        let origin = Origin::of(base_url).map_err(|error| format!("base_url {error}"))?;
        let poll_every_ms = common.poll_every_ms.unwrap_or(usual.poll_every_ms);
        if !(SECOND / 10..=HOUR).contains(&poll_every_ms) {
            return Err("poll_every_ms must be from 100 to 3600000".to_owned());
        }
        let polls_per_second = common.polls_per_second.or(usual.polls_per_second);
        if polls_per_second == Some(0) {
            return Err("polls_per_second must be at least 1".to_owned());
        }
        let deadline = common.deadline_minutes.map(|m| Millis::from(m) * MINUTE);
        Ok(Self {
            name: name.to_owned(),
            origin_text: origin.to_string(),
            origin,
            prefix: prefix(base_url),
            keys: keys(&common)?,
            pace: Pace {
                first_poll_ms: poll_every_ms,
                poll_every_ms,
                batch: usual.batch,
                polls_per_second,
                deadline_ms: deadline.unwrap_or(2 * HOUR),
            },
            models: models.with(common.models),
            inputs: Arc::clone(&context.inputs),
            clock: Arc::clone(&context.clock),
            reachable: context.public_url.is_some(),
            outbound: context.outbound.clone(),
        })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn origin(&self) -> &str {
        &self.origin_text
    }

    pub fn keys(&self) -> &[ProviderKey] {
        &self.keys
    }

    pub fn pace(&self) -> Pace {
        self.pace
    }

    pub fn now(&self) -> Millis {
        self.clock.now()
    }

    /// A path of the vendor's API, under the base URL's own path.
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    /// Sends a paid request, and listens long: an answer that nobody waited for is a purchase of
    /// unknown outcome. Any answer is the adapter's to read.
    ///
    /// # Errors
    /// [`SubmitError::NotSent`] or [`SubmitError::Unknown`] where there is no answer.
    pub async fn buy(&self, request: Request) -> Result<Answer, SubmitError> {
        let request = request.limits(CallLimits {
            total: LISTEN,
            ..CallLimits::default()
        });
        let answer = self.outbound.trusted().call(&self.origin, request).await;
        let answer = answer.map_err(|error| submit_lost(&error))?;
        Ok(self.without_secrets(answer))
    }

    /// Sends a free request: a poll, a query, a cancel, an upload.
    ///
    /// # Errors
    /// [`PollError::NoAnswer`] where there is no answer.
    pub async fn ask(&self, request: Request) -> Result<Answer, PollError> {
        self.ask_at(&self.origin, request).await
    }

    /// Sends a free request to another origin that the config names. It must carry no key.
    ///
    /// # Errors
    /// As [`Upstream::ask`].
    pub async fn ask_at(&self, origin: &Origin, request: Request) -> Result<Answer, PollError> {
        let answer = self.outbound.trusted().call(origin, request).await;
        let answer = answer.map_err(|error| poll_lost(&error))?;
        Ok(self.without_secrets(answer))
    }

    /// Some vendors repeat a key in what they say against it. What they say is stored, logged and in
    /// part shown: no secret comes as far as that.
    fn without_secrets(&self, answer: Answer) -> Answer {
        let told = |body: Bytes, secret: &str| {
            if memmem::find(&body, secret.as_bytes()).is_none() {
                return body;
            }
            let text = String::from_utf8_lossy(&body);
            text.replace(secret, "[key]").into()
        };
        let secrets = self.keys.iter().map(|key| key.secret.expose_secret());
        let body = secrets.fold(answer.body, told);
        Answer { body, ..answer }
    }

    /// The body of a prepared request with its inputs filled in.
    ///
    /// # Errors
    /// [`SubmitError::NotSent`] where the prepared text or an input cannot be read here.
    pub async fn filled(&self, prepared: &str) -> Result<(Draft, Bytes), SubmitError> {
        self.filled_with(prepared, []).await
    }

    /// The same with members that only the submit knows, such as where to call back; they are the
    /// same at every resend.
    ///
    /// # Errors
    /// As [`Upstream::filled`].
    pub async fn filled_with(
        &self,
        prepared: &str,
        members: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> Result<(Draft, Bytes), SubmitError> {
        let mut draft = Draft::read(prepared).map_err(|error| SubmitError::NotSent {
            detail: error.to_string(),
        })?;
        for (name, value) in members {
            draft.body[name] = value;
        }
        let body = draft.filled(&*self.inputs).await;
        let body = body.map_err(|error| SubmitError::NotSent {
            detail: error.to_string(),
        })?;
        Ok((draft, body))
    }
}

fn prefix(base_url: &str) -> String {
    let path = url::Url::parse(base_url).map(|url| url.path().to_owned());
    path.unwrap_or_default().trim_end_matches('/').to_owned()
}

fn keys(common: &Common) -> Result<Vec<ProviderKey>, String> {
    let usual = common.max_in_flight.unwrap_or(IN_FLIGHT);
    let only = common.key.iter().map(|secret| ProviderKey {
        name: ONLY_KEY.to_owned(),
        secret: secret.clone(),
        max_in_flight: usual,
    });
    let named = common.keys.iter().map(|key| ProviderKey {
        name: key.name.clone(),
        secret: key.secret.clone(),
        max_in_flight: key.max_in_flight.unwrap_or(usual),
    });
    let keys: Vec<_> = only.chain(named).collect();
    for (at, key) in keys.iter().enumerate() {
        if key.name.is_empty() || key.secret.expose_secret().is_empty() {
            return Err("a key needs a name and a secret".to_owned());
        }
        if !key
            .secret
            .expose_secret()
            .bytes()
            .all(|b| b.is_ascii_graphic())
        {
            return Err(format!(
                "the secret of key {:?} must be visible ASCII characters",
                key.name
            ));
        }
        if key.max_in_flight == 0 {
            return Err("max_in_flight must be at least 1".to_owned());
        }
        if keys[..at].iter().any(|other| other.name == key.name) {
            return Err(format!("two keys have the name {:?}", key.name));
        }
    }
    match keys.is_empty() {
        true => {
            Err("it needs `key = \"env:NAME\"`, or `keys = [{ name = …, secret = … }]`".to_owned())
        }
        false => Ok(keys),
    }
}

#[cfg(test)]
mod tests;
