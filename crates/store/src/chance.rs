//! The one source of randomness of the store: passed in, so that a simulation can repeat itself. Must
//! be a cryptographic generator: nonces and keys come from it.

use std::sync::{Mutex, PoisonError};

use rand::RngCore;

pub(crate) struct Chance(Mutex<Box<dyn RngCore + Send>>);

impl Chance {
    pub fn new(rng: Box<dyn RngCore + Send>) -> Self {
        Self(Mutex::new(rng))
    }

    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.with(|rng| rng.fill_bytes(&mut bytes));
        bytes
    }

    pub fn with<T>(&self, draw: impl FnOnce(&mut dyn RngCore) -> T) -> T {
        let mut rng = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        draw(&mut **rng)
    }
}
