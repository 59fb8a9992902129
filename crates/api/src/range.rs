//! The `Range` header of a request for a file (RFC 9110, 14): one range of bytes. Several at once are
//! not served: they cost much and no player asks for them.

use std::ops::Range;

/// What a `Range` header asks for, of a file of so many bytes.
#[derive(Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The whole file: no header, or one that is to be ignored because it cannot be read.
    All,
    /// These bytes; never empty.
    Part(Range<u64>),
    /// Nothing that the file has, or several parts.
    Impossible,
}

/// Reads the header's value.
#[must_use]
pub fn wanted(header: Option<&str>, length: u64) -> Wanted {
    let Some(list) = header.and_then(|value| value.trim().strip_prefix("bytes=")) else {
        return Wanted::All;
    };
    if list.contains(',') {
        return Wanted::Impossible;
    }
    match bounds(list.trim()) {
        None => Wanted::All,
        Some((Some(first), last)) => part(first, last, length),
        Some((None, last)) => suffix(last, length),
    }
}

/// `first-last`, `first-` or `-count`; none where it is no range at all.
fn bounds(text: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (first, last) = text.split_once('-')?;
    let number = |digits: &str| match digits {
        "" => Some(None),
        _ if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            // More digits than fit mean a place beyond every file.
            Some(Some(digits.parse().unwrap_or(u64::MAX)))
        }
        _ => None,
    };
    let bounds = (number(first)?, number(last)?);
    let reversed = matches!(bounds, (Some(first), Some(last)) if first > last);
    (bounds != (None, None) && !reversed).then_some(bounds)
}

fn part(first: u64, last: Option<u64>, length: u64) -> Wanted {
    let end = last.map_or(length, |last| last.saturating_add(1).min(length));
    match first < end {
        true => Wanted::Part(first..end),
        false => Wanted::Impossible,
    }
}

fn suffix(count: Option<u64>, length: u64) -> Wanted {
    match count.unwrap_or(0).min(length) {
        0 => Wanted::Impossible,
        count => Wanted::Part(length - count..length),
    }
}

#[cfg(test)]
mod tests {
    use super::{Wanted, wanted};

    #[test]
    fn one_range_is_served_as_far_as_the_file_goes() {
        for (header, part) in [
            ("bytes=0-0", 0..1),
            ("bytes=0-", 0..10),
            ("bytes=9-99", 9..10),
            ("bytes=-3", 7..10),
            ("bytes=-99999999999999999999", 0..10),
        ] {
            assert_eq!(wanted(Some(header), 10), Wanted::Part(part), "{header}");
        }
    }

    #[test]
    fn what_the_file_does_not_have_and_many_ranges_are_refused() {
        for header in [
            "bytes=10-",
            "bytes=-0",
            "bytes=0-,0-",
            "bytes=99999999999999999999-",
        ] {
            assert_eq!(wanted(Some(header), 10), Wanted::Impossible, "{header}");
        }
        assert_eq!(wanted(Some("bytes=0-"), 0), Wanted::Impossible);
    }

    #[test]
    fn a_header_that_is_no_range_is_ignored() {
        for header in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=5-2",
            "lines=0-1",
        ] {
            assert_eq!(wanted(Some(header), 10), Wanted::All, "{header}");
        }
        assert_eq!(wanted(None, 10), Wanted::All);
    }
}
