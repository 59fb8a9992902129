//! Who asks: from a request's headers to a key and its account. Not the making or storing of keys'
//! rows, and not what a request may do (each handler says).

mod cache;
mod credential;
mod limits;
pub(crate) mod peer;

use std::sync::Arc;

use framewright_core::clock::Clock;
use framewright_store::{KeyRow, Store};
use http::request::Parts;

use self::cache::{Cache, Found};
use self::limits::Limits;
use crate::error::ApiError;
use crate::parts::ApiSettings;

/// The caller of a request: a key that is not revoked, of an account that is not suspended.
pub(crate) type Caller = Arc<KeyRow>;

/// What is remembered between requests.
pub(crate) struct Auth {
    cache: Cache,
    limits: Limits,
    clock: Arc<dyn Clock>,
}

impl Auth {
    pub(crate) fn new(settings: &ApiSettings, clock: Arc<dyn Clock>) -> Self {
        Self {
            cache: Cache::default(),
            limits: Limits::new(settings.key_rate, settings.failed_auth_rate, &clock),
            clock,
        }
    }

    /// The caller.
    ///
    /// # Errors
    /// `Unauthorized` for no key, an unknown or revoked one and a suspended account; `TooMany` where
    /// the key asks or the address guesses too often; `Store` where the key cannot be looked up.
    pub(crate) async fn caller(
        &self,
        head: &Parts,
        store: &Store,
        settings: &ApiSettings,
    ) -> Result<Caller, ApiError> {
        let text = credential::read(&head.headers).ok_or(ApiError::Unauthorized)?;
        let digest = store.digest(text).ok_or(ApiError::Unauthorized)?;
        let now = self.clock.uptime();
        let caller = match self.cache.find(&digest, now) {
            Found::Fresh(caller) => caller,
            found => {
                if matches!(found, Found::Never) {
                    self.limits.stranger(peer::address(head, settings))?;
                }
                let row = store
                    .find_key(&digest)
                    .await?
                    .filter(is_usable)
                    .map(Arc::new);
                self.cache.keep(&digest, row.clone(), now);
                row.ok_or(ApiError::Unauthorized)?
            }
        };
        self.limits.request(&caller)?;
        Ok(caller)
    }
}

fn is_usable(row: &KeyRow) -> bool {
    row.revoked.is_none() && !row.account.suspended
}
