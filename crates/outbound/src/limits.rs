//! Every bound on an outbound request, by name.

use std::time::Duration;

/// The longest a name may take to resolve, all tries together.
pub(crate) const DNS: Duration = Duration::from_secs(5);

/// The longest that TCP and TLS may take, all addresses of a name together.
pub(crate) const CONNECT: Duration = Duration::from_secs(10);

/// The most addresses a name may have. One more and the whole name is refused: a real host needs
/// a handful, and each is judged and may be dialled.
pub(crate) const MAX_ANSWERS: usize = 32;

/// The most addresses of a name that are dialled, in the order answered.
pub(crate) const MAX_DIALLED: usize = 4;

/// The most headers an answer may have.
pub(crate) const MAX_HEADERS: usize = 100;

/// The most bytes the head of an answer may have; also the read buffer of a connection.
pub(crate) const MAX_HEAD_BYTES: usize = 64 * 1024;

/// How long an unused connection to a configured origin is kept.
pub(crate) const POOL_IDLE: Duration = Duration::from_secs(20);

/// The most unused connections kept per configured origin.
pub(crate) const POOL_SIZE: usize = 64;

/// The bounds of a download.
#[derive(Debug, Clone, Copy)]
pub struct GetLimits {
    /// The most bytes of body; one more ends the download.
    pub max_bytes: u64,
    /// From the first lookup to the last byte, redirects included.
    pub total: Duration,
    /// The longest silence: before the head of an answer, and between two pieces of its body.
    pub stall: Duration,
    /// The most redirects followed. Guarded downloads only; a trusted one follows none.
    pub hops: u8,
}

impl GetLimits {
    /// At most `max_bytes` in at most `total`, 30 s of silence, 3 redirects.
    pub fn new(max_bytes: u64, total: Duration) -> Self {
        Self {
            max_bytes,
            total,
            stall: Duration::from_secs(30),
            hops: 3,
        }
    }
}

/// The bounds of one webhook post.
#[derive(Debug, Clone, Copy)]
pub struct PostLimits {
    /// From the first lookup to the last byte that is read.
    pub total: Duration,
    /// The most bytes of the answer's body that are read; the rest is cut off.
    pub read: usize,
}

impl Default for PostLimits {
    /// 15 s in all, 16 KiB read.
    fn default() -> Self {
        Self {
            total: Duration::from_secs(15),
            read: 16 * 1024,
        }
    }
}

/// The bounds of one call to a configured origin.
#[derive(Debug, Clone, Copy)]
pub struct CallLimits {
    /// From the first lookup to the last byte of the answer.
    pub total: Duration,
    /// The most bytes the answer's body may have; one more is an error.
    pub max_bytes: usize,
}

impl Default for CallLimits {
    /// 60 s in all, 1 MiB of answer.
    fn default() -> Self {
        Self {
            total: Duration::from_secs(60),
            max_bytes: 1024 * 1024,
        }
    }
}
