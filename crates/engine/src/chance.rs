//! The process's randomness, passed in once and shared. Not for secrets of clients: those are the
//! store's.

use std::sync::{Mutex, PoisonError};

use framewright_core::clock::Millis;
use rand::{Rng, RngCore};

/// A shared random number generator.
pub(crate) struct Chance(Mutex<Box<dyn RngCore + Send>>);

impl Chance {
    pub fn new(rng: Box<dyn RngCore + Send>) -> Self {
        Self(Mutex::new(rng))
    }

    /// Runs `with` on the generator; keep it short.
    pub fn with<T>(&self, with: impl FnOnce(&mut dyn RngCore) -> T) -> T {
        // A panic while drawing leaves a generator that still draws.
        let mut rng = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        with(&mut **rng)
    }

    /// 0 to 1, for jitter.
    pub fn share(&self) -> f64 {
        self.with(|rng| rng.random::<f64>())
    }

    /// 0 up to `span`, for spreading a herd.
    pub fn within(&self, span: Millis) -> Millis {
        (self.share() * span.max(0) as f64) as Millis
    }

    /// 128 random bits as lower-case hex.
    pub fn nonce(&self) -> String {
        let mut bytes = [0; 16];
        self.with(|rng| rng.fill_bytes(&mut bytes));
        hex::encode(bytes)
    }
}
