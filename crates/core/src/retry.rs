//! When to try again: the one place where waits grow. Pure: the caller stores the due time, nobody
//! loops or sleeps.

use crate::clock::{MINUTE, Millis, SECOND};

/// A wait that doubles from `first` to `cap`, then spreads by up to `jitter` of itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    pub first: Millis,
    pub cap: Millis,
    /// 0 to 1: the share of the wait that chance may add or take.
    pub jitter: f64,
}

/// For a provider that is busy, sheds load or cannot be reached.
pub const SUBMIT: Backoff = Backoff {
    first: SECOND,
    cap: MINUTE,
    jitter: 0.2,
};

/// For polls that did not get an answer.
pub const POLL: Backoff = Backoff {
    first: 2 * SECOND,
    cap: MINUTE,
    jitter: 0.2,
};

/// For a download that broke off.
pub const COLLECT: Backoff = Backoff {
    first: SECOND,
    cap: 30 * SECOND,
    jitter: 0.2,
};

/// For our own store, when it does not answer.
pub const STORE: Backoff = Backoff {
    first: 100,
    cap: 10 * SECOND,
    jitter: 0.2,
};

/// The bounds a provider's `Retry-After` is clamped to.
pub const RETRY_AFTER: (Millis, Millis) = (SECOND, 5 * MINUTE);

impl Backoff {
    /// The wait before try number `tries + 1`, where `tries` were made; `chance` is 0 to 1.
    #[must_use]
    pub fn wait(&self, tries: u32, chance: f64) -> Millis {
        let doubled = self.first.saturating_mul(1_i64 << tries.min(30));
        spread(doubled.min(self.cap), self.jitter, chance)
    }
}

/// `wait` moved by up to `jitter` of itself either way; `chance` is 0 to 1.
#[must_use]
pub fn spread(wait: Millis, jitter: f64, chance: f64) -> Millis {
    (wait as f64 * (1.0 + jitter * (2.0 * chance - 1.0))) as Millis
}

#[cfg(test)]
mod tests {
    use super::{Backoff, SUBMIT};

    #[test]
    fn waits_double_up_to_their_cap() {
        let plain = Backoff {
            jitter: 0.0,
            ..SUBMIT
        };
        let waits: Vec<_> = (0..8).map(|tries| plain.wait(tries, 0.5)).collect();
        assert_eq!(
            waits,
            [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]
        );
        assert_eq!(plain.wait(u32::MAX, 0.5), 60_000);
    }

    #[test]
    fn chance_moves_a_wait_by_its_jitter_at_most() {
        assert_eq!(SUBMIT.wait(0, 0.0), 800);
        assert_eq!(SUBMIT.wait(0, 1.0), 1_200);
    }
}
