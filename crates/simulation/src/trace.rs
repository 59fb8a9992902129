//! What happened in a run, line by line, and the hash over it: two runs of one seed must agree.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use crate::clock::elapsed;

/// The lines of a run. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Trace(Arc<Mutex<Vec<String>>>);

impl Trace {
    /// Notes what a host did, with the time.
    pub fn note(&self, what: &str) {
        self.lines().push(format!("{:>9} {what}", elapsed()));
    }

    /// Notes what the runner did, which stands outside of the hosts.
    pub fn note_at(&self, at: i64, what: &str) {
        self.lines().push(format!("{at:>9} {what}"));
    }

    /// All lines so far.
    #[must_use]
    pub fn all(&self) -> Vec<String> {
        self.lines().clone()
    }

    /// SHA-256 over the lines, lower-case hex.
    #[must_use]
    pub fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.lines().join("\n")))
    }

    fn lines(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
