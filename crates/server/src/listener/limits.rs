//! What one connection may take of time, room and number. Values only: who holds the clock to
//! them is `watch`, who counts is `census`.

use std::time::Duration;

/// The limits of the accept loop and of each connection. Set by `[limits]` of the configuration.
#[derive(Debug, Clone)]
pub struct Limits {
    /// A connection that has sent nothing at all is closed after this long; a TLS handshake has
    /// the same time.
    pub first_byte: Duration,
    /// From the first byte of a request to the end of its head.
    pub header: Duration,
    /// Without a request in progress, and for a reader that takes none of our answer.
    pub idle: Duration,
    /// How long a request body may take before the pace counts.
    pub body_grace: Duration,
    /// The slowest pace at which a body may arrive on average after its grace, in bytes a second.
    pub body_pace: u64,
    /// Bytes of a request head, request line included. At least 8192, which is hyper's floor.
    pub header_bytes: usize,
    /// Header fields of one request.
    pub headers: usize,
    /// Open connections in all; beyond it new ones wait in the kernel's queue.
    pub connections: usize,
    /// Open connections of one address (IPv6: one /64); beyond it new ones are closed at once.
    pub connections_per_address: usize,
    /// Requests in progress on one HTTP/2 connection.
    pub streams: u32,
}

impl Default for Limits {
    /// The values of `config.default.toml`, for listeners that are started without one.
    fn default() -> Self {
        Self {
            first_byte: Duration::from_secs(10),
            header: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            body_grace: Duration::from_secs(10),
            body_pace: 16 * 1024,
            header_bytes: 16 * 1024,
            headers: 100,
            connections: 10_000,
            connections_per_address: 1_000,
            streams: 100,
        }
    }
}

impl Limits {
    /// How often a connection's deadlines are looked at: half of the shortest one, so that a
    /// deadline is overrun by at most that.
    pub(super) fn tick(&self) -> Duration {
        self.first_byte.min(self.header).min(self.idle) / 2
    }
}
