//! Named places where a test makes the process die, to prove what a crash there leaves behind, and
//! named faults that a test plants, to prove that its checker sees them. Nothing of the product:
//! without the feature `crash-points` both are empty inlined functions.
//!
//! Armed by the environment: `CRASH_AT=K2:3` aborts at the third time that point `K2` is reached,
//! with no destructor run and nothing flushed, as `kill -9` would; `CRASH_AT=K2:3:stop` stops the
//! whole process there instead, until somebody sends it SIGCONT; `TWIN=no-fence` plants that fault.

/// Dies here if this point is armed and its turn has come.
#[cfg(not(feature = "crash-points"))]
#[inline(always)]
pub fn crash_point(_point: &'static str) {}

/// Whether this broken twin of the code is to run in the place of the sound one.
#[cfg(not(feature = "crash-points"))]
#[inline(always)]
#[must_use]
pub fn twin(_fault: &'static str) -> bool {
    false
}

/// Whether the process is to die now, for a place that has something to do before it does: it calls
/// [`die`] then.
#[cfg(not(feature = "crash-points"))]
#[inline(always)]
#[must_use]
pub fn is_due(_point: &'static str) -> bool {
    false
}

/// Dies here, after [`is_due`].
#[cfg(not(feature = "crash-points"))]
#[inline(always)]
pub fn die(_point: &'static str) {}

/// A wait of minutes, or the part of it that a test has time for (`SHORTEN=60` for a sixtieth).
#[cfg(not(feature = "crash-points"))]
#[inline(always)]
#[must_use]
pub fn shortened(wait: crate::clock::Millis) -> crate::clock::Millis {
    wait
}

/// A span of a node's lease, or the part of it that a test has time for (`LEASE_SHORTEN=5` for a
/// fifth). Apart from [`shortened`]: a lease is measured in the time of a busy machine.
#[cfg(not(feature = "crash-points"))]
#[inline(always)]
#[must_use]
pub fn of_lease(span: crate::clock::Millis) -> crate::clock::Millis {
    span
}

#[cfg(feature = "crash-points")]
pub use armed::{crash_point, describe_with, die, is_due, of_lease, shortened, twin};

#[cfg(feature = "crash-points")]
mod armed {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    use crate::clock::Millis;

    /// What `CRASH_AT` said, and how often the point was reached.
    struct Armed {
        point: String,
        hit: u64,
        /// Stops there instead of dying.
        stops: bool,
        reached: AtomicU64,
    }

    static ARMED: OnceLock<Option<Armed>> = OnceLock::new();
    static DESCRIBE: OnceLock<Box<dyn Fn() -> String + Send + Sync>> = OnceLock::new();

    /// Gives the text printed beside the point when it fires, such as the tasks in flight. Called on
    /// the thread that is about to die: it must not wait for that thread. The first call counts.
    pub fn describe_with(describe: impl Fn() -> String + Send + Sync + 'static) {
        drop(DESCRIBE.set(Box::new(describe)));
    }

    /// Dies here if this point is armed and its turn has come.
    pub fn crash_point(point: &'static str) {
        if is_due(point) {
            die(point);
        }
    }

    /// Whether this point is armed and its turn has come; counts as reaching it.
    #[must_use]
    pub fn is_due(point: &'static str) -> bool {
        let armed = ARMED.get_or_init(from_environment).as_ref();
        armed.is_some_and(|armed| {
            armed.point == point && armed.reached.fetch_add(1, Ordering::SeqCst) + 1 == armed.hit
        })
    }

    /// Dies with nothing flushed, or stops until it is told to go on.
    pub fn die(point: &'static str) {
        let seen = DESCRIBE.get().map(|describe| describe());
        eprintln!("crash point {point} {}", seen.unwrap_or_default());
        let armed = ARMED.get().and_then(Option::as_ref);
        if armed.is_some_and(|armed| armed.stops) {
            return stop();
        }
        std::process::abort();
    }

    /// Every thread of this process stands still when this returns, or soon after it.
    fn stop() {
        let process = std::process::id().to_string();
        let sent = std::process::Command::new("kill")
            .args(["-STOP", &process])
            .status();
        assert!(
            sent.is_ok_and(|sent| sent.success()),
            "could not stop itself"
        );
    }

    /// The part of a wait of minutes that a test has time for.
    #[must_use]
    pub fn shortened(wait: Millis) -> Millis {
        static BY: OnceLock<Option<Millis>> = OnceLock::new();
        wait / divisor(&BY, "SHORTEN")
    }

    /// The part of a span of a lease that a test has time for.
    #[must_use]
    pub fn of_lease(span: Millis) -> Millis {
        static BY: OnceLock<Option<Millis>> = OnceLock::new();
        span / divisor(&BY, "LEASE_SHORTEN")
    }

    fn divisor(read: &OnceLock<Option<Millis>>, variable: &str) -> Millis {
        let by = read.get_or_init(|| std::env::var(variable).ok()?.parse().ok());
        by.unwrap_or(1).max(1)
    }

    /// Whether `TWIN` names this fault.
    #[must_use]
    pub fn twin(fault: &'static str) -> bool {
        static TWIN: OnceLock<Option<String>> = OnceLock::new();
        let planted = TWIN.get_or_init(|| std::env::var("TWIN").ok());
        planted.as_deref() == Some(fault)
    }

    /// `K2:3`, `K2:3:stop`, or `K2` for the first hit. Text that is none of these is an error of the
    /// test and says so.
    fn from_environment() -> Option<Armed> {
        let text = std::env::var("CRASH_AT").ok()?;
        let (named, stops) = match text.strip_suffix(":stop") {
            Some(named) => (named, true),
            None => (text.as_str(), false),
        };
        let (point, hit) = named.split_once(':').unwrap_or((named, "1"));
        let Ok(hit) = hit.parse() else {
            eprintln!("CRASH_AT={text} is not POINT, POINT:HIT or POINT:HIT:stop");
            std::process::abort();
        };
        Some(Armed {
            point: point.to_owned(),
            hit,
            stops,
            reached: AtomicU64::new(0),
        })
    }
}
