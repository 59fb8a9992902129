//! Time as a host of the simulation has it: the simulation's own, read by a wall clock that is wrong
//! by as much as the seed says. Waiting is tokio's, whose clock the simulation holds.

use framewright_core::clock::{Clock, Millis};

/// The wall clock at the start of every run.
pub const START: Millis = 1_800_000_000_000;

/// Milliseconds since the run began; 0 outside of the hosts, before it begins.
#[must_use]
pub fn elapsed() -> Millis {
    let elapsed = turmoil::sim_elapsed().unwrap_or_default();
    Millis::try_from(elapsed.as_millis()).unwrap_or(Millis::MAX)
}

/// A host's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct HostClock {
    /// How far its wall clock is ahead of the others', ms.
    pub skew: Millis,
}

impl Clock for HostClock {
    fn now(&self) -> Millis {
        START + elapsed() + self.skew
    }

    fn uptime(&self) -> Millis {
        elapsed()
    }
}
