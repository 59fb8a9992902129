//! The one framing fault that hyper repairs instead of refusing: a request with both
//! Content-Length and Transfer-Encoding. hyper drops the length and closes afterwards, as RFC 9112
//! 6.1 allows; but a proxy before us may have believed the length, and then the rest of the body
//! is somebody else's request. So such a head is refused before hyper sees it. Obs-fold, bare CR,
//! two lengths, bad chunk sizes and the like are refused by hyper itself.

use memchr::{memchr, memmem};

/// What the bytes of a head have shown so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The head has not ended.
    Incomplete,
    /// Nothing ambiguous.
    Clear,
    /// Both lengths.
    Ambiguous,
}

/// Reads the heads of an HTTP/1 connection as they arrive.
#[derive(Debug, Default)]
pub(super) struct HeadScan {
    /// The beginning of a head that came in pieces; empty in the usual case of one read.
    carried: Vec<u8>,
}

impl HeadScan {
    /// Takes the next bytes of a head. After `Clear` or `Ambiguous` the next call starts a new one.
    ///
    /// `limit` is the size at which hyper refuses the head anyway: what is longer is not kept.
    pub(super) fn push(&mut self, bytes: &[u8], limit: usize) -> Verdict {
        if self.carried.is_empty()
            && let Some(verdict) = judge_complete(bytes)
        {
            return verdict;
        }
        let room = limit.saturating_sub(self.carried.len());
        self.carried
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
        let Some(verdict) = judge_complete(&self.carried) else {
            return Verdict::Incomplete;
        };
        self.carried = Vec::new();
        verdict
    }
}

/// `None` when the head has not ended within `bytes`.
fn judge_complete(bytes: &[u8]) -> Option<Verdict> {
    // hyper also takes bare LF as a line end, so both spellings end a head here.
    let end = match memmem::find(bytes, b"\r\n\r\n") {
        Some(end) => end,
        None => memmem::find(bytes, b"\n\n").or_else(|| memmem::find(bytes, b"\n\r\n"))?,
    };
    Some(judge(&bytes[..end]))
}

fn judge(head: &[u8]) -> Verdict {
    let (mut length, mut coding) = (false, false);
    let mut rest = head;
    while let Some(newline) = memchr(b'\n', rest) {
        rest = &rest[newline + 1..];
        length |= starts_field(rest, b"content-length");
        coding |= starts_field(rest, b"transfer-encoding");
    }
    if length && coding {
        Verdict::Ambiguous
    } else {
        Verdict::Clear
    }
}

/// Whether a line begins with the field `name`, in any case, up to its colon.
fn starts_field(line: &[u8], name: &[u8]) -> bool {
    line.len() > name.len()
        && line[name.len()] == b':'
        && line[..name.len()].eq_ignore_ascii_case(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\ncontent-length: 3\r\n\
        Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n";

    #[test]
    fn a_head_with_both_lengths_is_ambiguous_in_either_order() {
        let swapped = b"POST / HTTP/1.1\nTRANSFER-ENCODING: chunked\nContent-Length: 3\n\n";
        assert_eq!(HeadScan::default().push(BOTH, 16_384), Verdict::Ambiguous);
        assert_eq!(
            HeadScan::default().push(swapped, 16_384),
            Verdict::Ambiguous
        );
    }

    #[test]
    fn a_head_that_comes_byte_by_byte_is_judged_like_a_whole_one() {
        let mut scan = HeadScan::default();
        let end = BOTH.len() - b"0\r\n\r\n".len();
        for byte in &BOTH[..end - 1] {
            assert_eq!(scan.push(&[*byte], 16_384), Verdict::Incomplete);
        }
        assert_eq!(scan.push(&BOTH[end - 1..end], 16_384), Verdict::Ambiguous);
    }

    #[test]
    fn one_length_and_names_inside_values_are_clear() {
        let one =
            b"POST / HTTP/1.1\r\nContent-Length: 3\r\nX: transfer-encoding: chunked\r\n\r\nabc";
        assert_eq!(HeadScan::default().push(one, 16_384), Verdict::Clear);
    }

    #[test]
    fn an_endless_head_is_not_kept_beyond_the_limit() {
        let mut scan = HeadScan::default();
        for _ in 0..100 {
            assert_eq!(scan.push(&[b'a'; 1_000], 8_192), Verdict::Incomplete);
        }
        assert_eq!(scan.carried.len(), 8_192);
    }
}
