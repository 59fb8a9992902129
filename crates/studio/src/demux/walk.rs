//! Boxes inside boxes: their heads, by ISO/IEC 14496-12 4.2. What is inside is mp4-atom's business.

use mp4_atom::Atom;

use crate::error::StudioError;

/// Kind, length of the head, and length of the whole box (none: to the end of the file) of the box
/// that begins here. None when there is no whole head or the length is impossible.
pub(super) fn header(bytes: &[u8]) -> Option<([u8; 4], u64, Option<u64>)> {
    let size = u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?);
    let kind = bytes.get(4..8)?.try_into().ok()?;
    match size {
        0 => Some((kind, 8, None)),
        1 => {
            let size = u64::from_be_bytes(bytes.get(8..16)?.try_into().ok()?);
            (size >= 16).then_some((kind, 16, Some(size)))
        }
        2..=7 => None,
        _ => Some((kind, 8, Some(u64::from(size)))),
    }
}

/// The boxes that `body` holds, up to the first that is cut short.
pub(super) fn boxes(body: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = body;
    std::iter::from_fn(move || {
        let (kind, head, size) = header(rest)?;
        let size = size.map_or(rest.len(), |size| {
            usize::try_from(size).unwrap_or(usize::MAX)
        });
        let (this, after) = rest.split_at_checked(size)?;
        rest = after;
        Some((kind, &this[head as usize..]))
    })
}

/// The first box of a kind, by its path.
pub(super) fn find<'a>(body: &'a [u8], path: &[&[u8; 4]]) -> Option<&'a [u8]> {
    path.iter().try_fold(body, |body, want| {
        boxes(body).find_map(|(kind, body)| (kind == **want).then_some(body))
    })
}

/// The content of the first box of a kind, if it is there and readable.
pub(super) fn read<A: Atom>(body: &[u8]) -> Option<A> {
    let mut body = find(body, &[&<[u8; 4]>::from(A::KIND)])?;
    A::decode_body(&mut body).ok()
}

/// Whether an MP4 or MOV can begin with this box.
pub(super) fn may_begin_a_file(kind: &[u8]) -> bool {
    const FIRST: [&[u8]; 7] = [
        b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot",
    ];
    FIRST.contains(&kind)
}

/// What a file is that is no MP4, from its first bytes.
pub(super) fn not_mp4(head: &[u8]) -> StudioError {
    let codec = match head {
        [0x1a, 0x45, 0xdf, 0xa3, ..] => "WebM or Matroska",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'A', b'V', b'I', ..] => "AVI",
        [b'O', b'g', b'g', b'S', ..] => "Ogg",
        [b'F', b'L', b'V', ..] => "Flash video",
        [b'G', b'I', b'F', b'8', ..] => "an animated GIF",
        [0, 0, 1, 0xba | 0xb3, ..] => "MPEG program stream",
        [0x47, ..] => "MPEG transport stream",
        _ => return StudioError::bad_video("it is no video file that we know"),
    };
    StudioError::NeedsFfmpeg {
        codec: codec.to_owned(),
    }
}

/// What people call the codec behind a sample entry's four letters.
pub(super) fn codec_name(code: &str) -> &str {
    match code {
        "hvc1" | "hev1" | "dvh1" | "dvhe" => "HEVC (H.265)",
        "av01" => "AV1",
        "vp08" => "VP8",
        "vp09" => "VP9",
        "mp4v" => "MPEG-4 part 2",
        "jpeg" | "mjpa" | "mjpb" => "Motion JPEG",
        "apch" | "apcn" | "apcs" | "apco" | "ap4h" | "ap4x" => "ProRes",
        other => other,
    }
}

/// Four letters fit to be shown: what is not printable becomes `?`.
pub(super) fn printable(kind: [u8; 4]) -> String {
    kind.iter()
        .map(|b| {
            if b.is_ascii_graphic() {
                char::from(*b)
            } else {
                '?'
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_that_points_past_its_parent_ends_the_walk() {
        let body = b"\0\0\0\x09freeX\0\0\0\x63moov";
        let found: Vec<_> = boxes(body).collect();
        assert_eq!(found, [(*b"free", &b"X"[..])]);
    }

    #[test]
    fn impossible_lengths_are_no_boxes() {
        assert_eq!(header(b"\0\0\0\x07moov"), None);
        assert_eq!(header(b"\0\0\0\x01moov\0\0\0\0\0\0\0\x0f"), None);
        assert_eq!(
            header(b"\0\0\0\x01moov\0\0\0\0\0\0\0\x10"),
            Some((*b"moov", 16, Some(16)))
        );
        assert_eq!(header(b"\0\0\0\x00mdat"), Some((*b"mdat", 8, None)));
    }
}
