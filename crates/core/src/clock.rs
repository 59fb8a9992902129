//! Time as a value that is passed in. Not a timer: nothing here waits.

/// Milliseconds: since the Unix epoch for a moment, plain for a span.
pub type Millis = i64;

pub const SECOND: Millis = 1_000;
pub const MINUTE: Millis = 60 * SECOND;
pub const HOUR: Millis = 60 * MINUTE;
pub const DAY: Millis = 24 * HOUR;

/// Where time comes from. The process has one; a test moves its own.
pub trait Clock: Send + Sync {
    /// The wall clock, for what is stored and shown. It may jump.
    fn now(&self) -> Millis;

    /// Milliseconds since some fixed moment, never falling, counting suspended time too: for
    /// leases and trust windows, which a paused machine must not outlive unawares.
    fn uptime(&self) -> Millis;
}
