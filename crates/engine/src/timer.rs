//! Telling time and waiting, by one clock. In tests the clock is moved by hand and every wait ends
//! when it comes by; nothing here sleeps for its own sake.

use std::sync::Arc;

use framewright_core::clock::{Clock, MINUTE, Millis};
use futures_util::future::BoxFuture;

/// No wait is slept in one piece longer than this, so that a wall clock which was set forward is
/// noticed.
const LONGEST_NAP: Millis = MINUTE;

/// Something that can wait.
pub trait Timer: Send + Sync {
    /// Ends when the uptime of the clock has risen by `span` ms.
    fn wait(&self, span: Millis) -> BoxFuture<'static, ()>;
}

/// The timer of a real process.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealTimer;

impl Timer for RealTimer {
    fn wait(&self, span: Millis) -> BoxFuture<'static, ()> {
        let span = std::time::Duration::from_millis(u64::try_from(span).unwrap_or(0));
        Box::pin(tokio::time::sleep(span))
    }
}

/// The clock and the timer that goes by it. Cheap to clone.
#[derive(Clone)]
pub struct Times {
    clock: Arc<dyn Clock>,
    timer: Arc<dyn Timer>,
}

impl Times {
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, timer: Arc<dyn Timer>) -> Self {
        Self { clock, timer }
    }

    /// The wall clock, for what is stored and shown.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.clock.now()
    }

    /// The clock that never falls, for leases and for the pace of loops.
    #[must_use]
    pub fn uptime(&self) -> Millis {
        self.clock.uptime()
    }

    /// Waits `span` ms of uptime.
    pub async fn wait(&self, span: Millis) {
        if span > 0 {
            self.timer.wait(span).await;
        }
    }

    /// Waits `span` ms, or less: a caller with a wall-clock time in mind looks again afterwards.
    pub async fn nap(&self, span: Millis) {
        self.wait(span.min(LONGEST_NAP)).await;
    }
}
