//! The terminal webhook owed to one URL: when it is tried, and when it is given up. Not the sending
//! (the engine's) and not the progress posts, which are owed to nobody.

use crate::clock::{HOUR, MINUTE, Millis, SECOND};
use crate::id::DeliveryId;
use crate::retry::spread;

/// Waits before try 1, 2, …: the example schedule of Standard Webhooks 1.0, ten tries over 75 h.
pub const SCHEDULE: [Millis; 10] = [
    0,
    5 * SECOND,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
];

const JITTER: f64 = 0.2;

/// A receiver that is slow or says 429 is not tried again sooner than this.
const OVERLOAD_PENALTY: Millis = MINUTE;

/// A delivery as it is born, in the Tx that ends its task.
#[derive(Clone, PartialEq, Eq)]
pub struct NewDelivery {
    pub id: DeliveryId,
    pub url: String,
    /// Sent as `x-webhook-secret`.
    pub secret: Option<String>,
    /// The bytes of every try.
    pub body: Vec<u8>,
    pub due: Millis,
}

impl std::fmt::Debug for NewDelivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewDelivery")
            .field("id", &self.id)
            .field("due", &self.due)
            .finish()
    }
}

/// What one HTTP try came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TryOutcome {
    /// The receiver answered. `retry_after` is what it asked for, in milliseconds.
    Answered {
        status: u16,
        retry_after: Option<Millis>,
    },
    /// No answer in time.
    TimedOut,
    /// No connection, a broken one, or an address that is refused.
    Unreachable,
}

/// What follows from a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    Delivered,
    Again { at: Millis },
    Dead { why: &'static str },
}

/// Decides what follows try number `tries` (1 for the first); `chance` is 0 to 1.
#[must_use]
pub fn after_try(outcome: &TryOutcome, tries: u32, now: Millis, chance: f64) -> Next {
    match outcome {
        TryOutcome::Answered {
            status: 200..=299, ..
        } => Next::Delivered,
        TryOutcome::Answered { status: 410, .. } => Next::Dead {
            why: "the receiver answered 410",
        },
        _ => match SCHEDULE.get(tries as usize) {
            None => Next::Dead {
                why: "every try of the schedule failed",
            },
            Some(base) => Next::Again {
                at: now + wait(*base, outcome, chance),
            },
        },
    }
}

/// The schedule's wait with jitter; a receiver under load gets at least the penalty, and its
/// `Retry-After` counts between once and twice the schedule's wait.
fn wait(base: Millis, outcome: &TryOutcome, chance: f64) -> Millis {
    let floor = match outcome {
        TryOutcome::TimedOut
        | TryOutcome::Answered {
            status: 429 | 502 | 504,
            ..
        } => base.max(OVERLOAD_PENALTY),
        _ => base,
    };
    match outcome {
        TryOutcome::Answered {
            retry_after: Some(asked),
            ..
        } => (*asked).clamp(floor, floor.saturating_mul(2)),
        _ => spread(floor, JITTER, chance),
    }
}

#[cfg(test)]
mod tests {
    use super::{Next, SCHEDULE, TryOutcome, after_try};
    use crate::clock::{HOUR, MINUTE, SECOND};

    fn refused(status: u16, retry_after: Option<i64>) -> TryOutcome {
        TryOutcome::Answered {
            status,
            retry_after,
        }
    }

    #[test]
    fn the_schedule_spans_seventy_five_hours() {
        assert_eq!(
            SCHEDULE.iter().sum::<i64>(),
            75 * HOUR + 35 * MINUTE + 5 * SECOND
        );
    }

    #[test]
    fn two_hundreds_deliver_and_410_stops() {
        assert_eq!(after_try(&refused(204, None), 1, 0, 0.5), Next::Delivered);
        assert!(matches!(
            after_try(&refused(410, None), 1, 0, 0.5),
            Next::Dead { .. }
        ));
    }

    #[test]
    fn a_redirect_is_a_failure_and_waits_its_turn() {
        assert_eq!(
            after_try(&refused(302, None), 2, 100, 0.5),
            Next::Again {
                at: 100 + 5 * MINUTE
            }
        );
    }

    #[test]
    fn the_tenth_failure_is_the_last() {
        assert!(matches!(
            after_try(&TryOutcome::Unreachable, 9, 0, 0.5),
            Next::Again { .. }
        ));
        assert!(matches!(
            after_try(&TryOutcome::Unreachable, 10, 0, 0.5),
            Next::Dead { .. }
        ));
    }

    #[test]
    fn retry_after_is_clamped_and_load_is_given_a_minute() {
        assert_eq!(
            after_try(&refused(429, Some(1)), 1, 0, 0.5),
            Next::Again { at: MINUTE }
        );
        assert_eq!(
            after_try(&refused(503, Some(HOUR)), 1, 0, 0.5),
            Next::Again { at: 10 * SECOND }
        );
        assert_eq!(
            after_try(&TryOutcome::TimedOut, 1, 0, 0.5),
            Next::Again { at: MINUTE }
        );
    }
}
