//! Reading `Retry-After` (RFC 9110, 10.2.3): seconds or a date. How long to wait is the caller's policy.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::RETRY_AFTER;

/// When a server asked us to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// After this long.
    In(Duration),
    /// At this time.
    At(SystemTime),
}

impl RetryAfter {
    /// Reads the header; none when it is absent or means nothing.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        match text.parse() {
            Ok(seconds) => Some(Self::In(Duration::from_secs(seconds))),
            Err(_) => httpdate::parse_http_date(text).ok().map(Self::At),
        }
    }

    /// The wait from `now`, in ms since 1970; zero for a time that has passed. Clamp it: the number
    /// is the server's.
    pub fn wait(self, now_ms: u64) -> Duration {
        match self {
            Self::In(wait) => wait,
            Self::At(time) => {
                let now = SystemTime::UNIX_EPOCH + Duration::from_millis(now_ms);
                time.duration_since(now).unwrap_or_default()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<RetryAfter> {
        let value = http::HeaderValue::from_str(text).expect("the tests write valid values");
        RetryAfter::of(&HeaderMap::from_iter([(RETRY_AFTER, value)]))
    }

    #[test]
    fn seconds_and_dates_are_read_and_nonsense_is_not() {
        assert_eq!(read("120"), Some(RetryAfter::In(Duration::from_secs(120))));
        for nonsense in ["", "-1", "soon", "1e3"] {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
        let date = read("Thu, 01 Jan 1970 00:01:00 GMT").expect("a date in the usual form");
        assert_eq!(date.wait(15_000), Duration::from_secs(45));
        assert_eq!(date.wait(90_000), Duration::ZERO);
    }
}
