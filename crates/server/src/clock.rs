//! The process's clock: the only place that asks the system for the time.

use std::time::{SystemTime, UNIX_EPOCH};

use framewright_core::clock::{Clock, Millis};
use rustix::time::{ClockId, clock_gettime};

/// On Linux the monotonic clock stands still while the machine sleeps; a lease does not.
#[cfg(any(target_os = "linux", target_os = "android"))]
const UPTIME: ClockId = ClockId::Boottime;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const UPTIME: ClockId = ClockId::Monotonic;

/// Time as the system tells it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is what the others are told to use"
    )]
    fn now(&self) -> Millis {
        // Before 1970 only when the machine has no clock at all; then any moment is as wrong.
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
    }

    fn uptime(&self) -> Millis {
        let time = clock_gettime(UPTIME);
        time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wall_clock_is_in_this_century_and_uptime_does_not_fall() {
        let clock = SystemClock;
        assert!((1_700_000_000_000..4_000_000_000_000).contains(&clock.now()));
        let before = clock.uptime();
        assert!(before > 0 && clock.uptime() >= before);
    }
}
