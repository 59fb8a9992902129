//! What vendors publish to check their signatures with, kept for a day: the one place of it. Not the
//! checking, which is each provider's own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use framewright_core::clock::{DAY, MINUTE, Millis};
use framewright_providers::{Provider, ProviderKey};

/// How long an answer is used.
const KEPT: Millis = DAY;

/// The least time between two questions to one vendor, whoever asks for them: anybody can post what
/// no key verifies.
const BETWEEN: Millis = MINUTE;

/// A provider, its origin and a key's name: some vendors' secrets belong to the account.
type Place = (String, String, String);

/// The last answer of each place.
#[derive(Default)]
pub(crate) struct SigningKeys {
    places: Mutex<HashMap<Place, Arc<tokio::sync::Mutex<Held>>>>,
}

/// One vendor's answer.
#[derive(Default)]
struct Held {
    keys: Option<Bytes>,
    /// Uptime of the last answer.
    learnt: Option<Millis>,
    /// Uptime of the last question, answered or not.
    asked: Option<Millis>,
}

impl SigningKeys {
    /// The keys as they are known, asked for where they are older than a day. None where the vendor
    /// publishes none, or could not be asked.
    pub async fn known(
        &self,
        provider: &Arc<dyn Provider>,
        key: &ProviderKey,
        uptime: Millis,
    ) -> Option<Bytes> {
        let place = self.place(provider, key);
        let mut held = place.lock().await;
        if held.learnt.is_none_or(|learnt| uptime >= learnt + KEPT) {
            held.keys = None;
            held.ask(provider, key, uptime).await;
        }
        held.keys.clone()
    }

    /// The keys asked for once more, where that is allowed by now and brought others than before.
    pub async fn newer(
        &self,
        provider: &Arc<dyn Provider>,
        key: &ProviderKey,
        uptime: Millis,
    ) -> Option<Bytes> {
        let place = self.place(provider, key);
        let mut held = place.lock().await;
        let before = held.keys.clone()?;
        held.ask(provider, key, uptime).await;
        held.keys.clone().filter(|keys| *keys != before)
    }

    fn place(
        &self,
        provider: &Arc<dyn Provider>,
        key: &ProviderKey,
    ) -> Arc<tokio::sync::Mutex<Held>> {
        let place = (
            provider.name().to_owned(),
            provider.origin().to_owned(),
            key.name.clone(),
        );
        // An entry is inserted whole or not at all.
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.entry(place).or_default().clone()
    }
}

impl Held {
    /// Asks, unless that was just done. Without an answer what is known stays.
    async fn ask(&mut self, provider: &Arc<dyn Provider>, key: &ProviderKey, uptime: Millis) {
        if self.asked.is_some_and(|asked| uptime < asked + BETWEEN) {
            return;
        }
        self.asked = Some(uptime);
        match provider.signing_keys(key).await {
            Ok(keys) => {
                self.keys = keys;
                self.learnt = Some(uptime);
            }
            Err(error) => {
                tracing::warn!(provider.name = provider.name(), %error,
                    "could not ask for a vendor's signing keys");
            }
        }
    }
}
