//! Keys found lately, so that a client that polls costs no look-up. A revoked key or a suspended
//! account is noticed within two seconds, on every node (design invariant 15).

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use framewright_core::clock::{Millis, SECOND};
use framewright_store::KeyDigest;

use super::Caller;

/// How long a found key is believed.
const FRESH_MS: Millis = 2 * SECOND;

/// Keys remembered; when so many are in use at once, all are forgotten and found again.
const MAX_KEYS: usize = 10_000;

#[derive(Default)]
pub(super) struct Cache {
    keys: RwLock<HashMap<KeyDigest, (Caller, Millis)>>,
}

/// What the cache knows of a key.
pub(super) enum Found {
    /// Valid a moment ago.
    Fresh(Caller),
    /// Valid when it was last looked up, too long ago.
    Stale,
    Never,
}

impl Cache {
    pub(super) fn find(&self, digest: &KeyDigest, now: Millis) -> Found {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        match keys.get(digest) {
            Some((caller, at)) if now - at < FRESH_MS => Found::Fresh(Caller::clone(caller)),
            Some(_) => Found::Stale,
            None => Found::Never,
        }
    }

    /// Remembers what a look-up found; only valid keys take room.
    pub(super) fn keep(&self, digest: &KeyDigest, found: Option<Caller>, now: Millis) {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        match found {
            Some(caller) => {
                if keys.len() >= MAX_KEYS {
                    keys.clear();
                }
                keys.insert(digest.clone(), (caller, now));
            }
            None => {
                keys.remove(digest);
            }
        }
    }
}
