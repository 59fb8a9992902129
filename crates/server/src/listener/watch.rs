//! The deadlines of one connection: what it is waiting for, and until when. Not a timer wheel: a
//! request only stores two numbers, and one slow tick per connection reads them, so that the
//! limits cost a busy connection nothing that can be measured.

use std::{
    sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use super::limits::Limits;

/// No deadline.
const NEVER: u64 = u64::MAX;

/// Shared by the socket (which sees bytes), the service (which sees requests) and the connection's
/// own loop (which waits for [`Watch::expired`]).
#[derive(Debug)]
pub(super) struct Watch {
    opened: Instant,
    header: Duration,
    idle: Duration,
    tick: Duration,
    /// Requests whose answer has not been written out yet.
    in_flight: AtomicU32,
    /// A request head has begun to arrive and has not ended.
    in_head: AtomicBool,
    /// Speaks HTTP/2: frames that are no request must not look like the start of a head.
    http2: AtomicBool,
    /// When to close for want of a request, in milliseconds after `opened`. Counts only while
    /// nothing is in flight.
    request_due: AtomicU64,
    /// When to close because the peer takes none of our bytes.
    write_due: AtomicU64,
}

impl Watch {
    /// A connection that has just been accepted.
    pub(super) fn new(limits: &Limits) -> Self {
        let watch = Self {
            opened: Instant::now(),
            header: limits.header,
            idle: limits.idle,
            tick: limits.tick(),
            in_flight: AtomicU32::new(0),
            in_head: AtomicBool::new(false),
            http2: AtomicBool::new(false),
            request_due: AtomicU64::new(NEVER),
            write_due: AtomicU64::new(NEVER),
        };
        watch
            .request_due
            .store(watch.after(limits.first_byte), Relaxed);
        watch
    }

    /// Bytes came in. True when they are (part of) the head of an HTTP/1 request.
    pub(super) fn bytes_arrived(&self, bytes: &[u8]) -> bool {
        if self.in_flight.load(Relaxed) > 0 || self.http2.load(Relaxed) {
            return false;
        }
        if self.in_head.load(Relaxed) {
            return true;
        }
        // The client's preface (RFC 9113, 3.4); no HTTP/1 request may use the method PRI.
        if bytes.starts_with(b"PRI ") {
            self.http2.store(true, Relaxed);
            self.request_due.store(self.after(self.idle), Relaxed);
            return false;
        }
        self.in_head.store(true, Relaxed);
        self.request_due.store(self.after(self.header), Relaxed);
        true
    }

    /// A request's head is complete.
    pub(super) fn request_started(&self) {
        self.in_flight.fetch_add(1, Relaxed);
        self.in_head.store(false, Relaxed);
    }

    /// The last byte of an answer was handed to the connection, or the request was given up.
    pub(super) fn request_ended(&self) {
        self.request_due.store(self.after(self.idle), Relaxed);
        self.in_flight.fetch_sub(1, Relaxed);
    }

    /// Whether no request is in progress.
    pub(super) fn is_at_rest(&self) -> bool {
        self.in_flight.load(Relaxed) == 0
    }

    /// The peer's window is full.
    pub(super) fn write_blocked(&self) {
        if self.write_due.load(Relaxed) == NEVER {
            self.write_due.store(self.after(self.idle), Relaxed);
        }
    }

    /// The peer took bytes.
    pub(super) fn write_moved(&self) {
        self.write_due.store(NEVER, Relaxed);
    }

    /// Returns when a deadline has passed, at most one tick late.
    pub(super) async fn expired(&self) {
        loop {
            let now = self.after(Duration::ZERO);
            let waiting = self.is_at_rest();
            let due = self.write_due.load(Relaxed);
            let due = if waiting {
                due.min(self.request_due.load(Relaxed))
            } else {
                due
            };
            if due <= now {
                return;
            }
            sleep(self.tick.min(Duration::from_millis(due - now))).await;
        }
    }

    /// Now plus `span`, as milliseconds since the connection was opened.
    fn after(&self, span: Duration) -> u64 {
        (self.opened.elapsed() + span).as_millis() as u64
    }
}
