//! Whether this node may still believe that its tasks are its own. Asked right before each paid
//! send, so that a node that was paused past its lease sends nothing.

use std::sync::atomic::{AtomicI64, Ordering};

use framewright_core::clock::{Millis, SECOND};
use framewright_core::crash::of_lease;

/// How often the node says that it lives.
pub(crate) fn heartbeat() -> Millis {
    of_lease(10 * SECOND)
}

/// How long others wait for that before they take its tasks, by store time.
pub(crate) fn ttl() -> Millis {
    of_lease(TTL)
}

const TTL: Millis = 30 * SECOND;

/// How long a heartbeat is trusted, counted from before it was sent: less than the TTL, so that this
/// node stops before another begins.
const TRUST: Millis = 25 * SECOND;

/// Until when, in uptime, the last heartbeat is trusted.
pub(crate) struct Trust(AtomicI64);

impl Trust {
    /// Trusts nothing yet.
    pub fn none() -> Self {
        Self(AtomicI64::new(Millis::MIN))
    }

    /// A heartbeat was written that was begun at this uptime.
    pub fn renew(&self, begun: Millis) {
        self.0.fetch_max(begun + of_lease(TRUST), Ordering::SeqCst);
    }

    /// Whether a paid request may leave at this uptime.
    pub fn holds(&self, uptime: Millis) -> bool {
        uptime < self.0.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::{TRUST, TTL, Trust};

    #[test]
    fn trust_ends_before_the_lease_does() {
        let trust = Trust::none();
        assert!(!trust.holds(0));
        trust.renew(100);
        assert!(trust.holds(100 + TRUST - 1));
        assert!(!trust.holds(100 + TRUST));
        const { assert!(TRUST < TTL) };
    }

    #[test]
    fn an_older_heartbeat_does_not_shorten_trust() {
        let trust = Trust::none();
        trust.renew(5_000);
        trust.renew(1_000);
        assert!(trust.holds(5_000 + TRUST - 1));
    }
}
