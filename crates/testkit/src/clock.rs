//! A clock that a test moves.

use std::sync::atomic::{AtomicI64, Ordering};

use framewright_core::clock::{Clock, Millis};

/// Wall clock and uptime in one; both move together.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    #[must_use]
    pub fn at(now: Millis) -> Self {
        Self(AtomicI64::new(now))
    }

    /// Moves it forward.
    pub fn advance(&self, by: Millis) {
        self.0.fetch_add(by, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Millis {
        self.0.load(Ordering::SeqCst)
    }

    fn uptime(&self) -> Millis {
        self.now()
    }
}
