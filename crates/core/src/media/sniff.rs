//! Format by magic bytes, with a reason for every format that is known and not accepted.

use super::read::slice;
use super::{Format, MediaProblem, mp3};

const IMAGES: &str = "JPEG, PNG, WEBP or BMP";
const SOUNDS: &str = "WAV or MP3";
const VIDEOS: &str = "MP4";
const THE_FILE: &str = "a link to the file itself";

/// One way a file may begin: bytes at an offset.
struct Magic {
    at: usize,
    bytes: &'static [u8],
    verdict: Result<Format, MediaProblem>,
}

const fn is(at: usize, bytes: &'static [u8], format: Format) -> Magic {
    Magic {
        at,
        bytes,
        verdict: Ok(format),
    }
}

const fn not(at: usize, bytes: &'static [u8], found: &'static str, instead: &'static str) -> Magic {
    Magic {
        at,
        bytes,
        verdict: Err(MediaProblem::NotAccepted { found, instead }),
    }
}

/// The first row that matches decides.
const TABLE: &[Magic] = &[
    is(0, b"\xff\xd8\xff", Format::Jpeg),
    is(0, b"\x89PNG\r\n\x1a\n", Format::Png),
    is(0, b"ID3", Format::Mp3),
    not(0, b"GIF8", "a GIF image", IMAGES),
    not(0, b"II*\0", "a TIFF image", IMAGES),
    not(0, b"MM\0*", "a TIFF image", IMAGES),
    not(0, b"\xff\x0a", "a JPEG XL image", IMAGES),
    not(4, b"JXL ", "a JPEG XL image", IMAGES),
    not(4, b"jP  ", "a JPEG 2000 image", IMAGES),
    not(0, b"8BPS", "a Photoshop file", IMAGES),
    not(0, b"%PDF", "a PDF file", IMAGES),
    not(0, b"OggS", "an Ogg file", SOUNDS),
    not(0, b"fLaC", "a FLAC file", SOUNDS),
    not(0, b"FORM", "an AIFF file", SOUNDS),
    not(0, b"FLV\x01", "a Flash video", VIDEOS),
    not(
        0,
        b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
        "a Windows Media file",
        VIDEOS,
    ),
    not(0, b"\0\0\x01\xba", "an MPEG program stream", VIDEOS),
    not(0, b"PK\x03\x04", "a ZIP archive", THE_FILE),
    not(0, b"\x1f\x8b", "a gzip archive", THE_FILE),
    is(4, b"moov", Format::QuickTime),
    is(4, b"mdat", Format::QuickTime),
    is(4, b"wide", Format::QuickTime),
];

/// Which format the file has, from its first bytes; [`super::HEAD_BYTES`] are enough.
///
/// # Errors
/// [`MediaProblem::NotAccepted`] for what is known and refused, [`MediaProblem::Unknown`] otherwise.
pub fn sniff(head: &[u8]) -> Result<Format, MediaProblem> {
    let row = TABLE
        .iter()
        .find(|row| slice(head, row.at, row.bytes.len()) == Some(row.bytes));
    if let Some(row) = row {
        return row.verdict;
    }
    riff(head)
        .or_else(|| ftyp(head))
        .or_else(|| ebml(head))
        .or_else(|| bmp(head))
        .or_else(|| mpeg_audio(head))
        .or_else(|| markup(head))
        .unwrap_or(Err(MediaProblem::Unknown))
}

type Verdict = Option<Result<Format, MediaProblem>>;

fn refused(found: &'static str, instead: &'static str) -> Verdict {
    Some(Err(MediaProblem::NotAccepted { found, instead }))
}

fn riff(head: &[u8]) -> Verdict {
    let family = slice(head, 0, 4)?;
    if family != b"RIFF" && family != b"RF64" {
        return None;
    }
    match slice(head, 8, 4)? {
        b"WAVE" => Some(Ok(Format::Wav)),
        b"WEBP" => Some(Ok(Format::Webp)),
        b"AVI " => refused("an AVI file", VIDEOS),
        _ => None,
    }
}

/// ISO base media by its brands (ISO/IEC 14496-12, 4.3): the same box holds films and photographs.
fn ftyp(head: &[u8]) -> Verdict {
    if slice(head, 4, 4)? != b"ftyp" {
        return None;
    }
    let size = super::read::index(super::read::be32(head, 0)?).min(head.len());
    let major = slice(head, 8, 4)?;
    let mut brands = head.get(16..size).unwrap_or_default().chunks_exact(4);
    match major {
        b"avif" | b"avis" => refused("an AVIF image", IMAGES),
        b"mif1" | b"msf1" if brands.any(|brand| brand == b"avif") => {
            refused("an AVIF image", IMAGES)
        }
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => {
            refused("a HEIC image, as phones take them", IMAGES)
        }
        b"M4A " | b"M4B " | b"F4A " => refused("an M4A audio file", SOUNDS),
        b"crx " => refused("a camera raw image", IMAGES),
        b"qt  " => Some(Ok(Format::QuickTime)),
        _ => Some(Ok(Format::Mp4)),
    }
}

/// Matroska and WebM differ only in the document type inside the first element (RFC 8794).
fn ebml(head: &[u8]) -> Verdict {
    if slice(head, 0, 4)? != b"\x1a\x45\xdf\xa3" {
        return None;
    }
    let first = &head[..head.len().min(64)];
    match first.windows(4).any(|window| window == b"webm") {
        true => Some(Ok(Format::Webm)),
        false => Some(Ok(Format::Matroska)),
    }
}

/// Two letters are little evidence, so the reserved zeros and the header's size must fit too.
fn bmp(head: &[u8]) -> Verdict {
    let dib = super::read::le32(head, 14)?;
    let fits = slice(head, 0, 2)? == b"BM" && slice(head, 6, 4)? == [0; 4];
    (fits && matches!(dib, 12 | 40 | 52 | 56 | 64 | 108 | 124)).then_some(Ok(Format::Bmp))
}

/// An MP3 without a tag begins with a frame, and its next frame begins where the first one says.
fn mpeg_audio(head: &[u8]) -> Verdict {
    // A sync word with layer bits of zero is AAC in ADTS, which the MP3 reader refuses.
    let adts = matches!(slice(head, 0, 2)?, [0xff, 0xf0 | 0xf1 | 0xf8 | 0xf9]);
    if adts {
        return refused("an AAC file", SOUNDS);
    }
    let frame = mp3::Frame::at(head, 0)?;
    let next = frame.bytes;
    (head.len() < next + 4 || mp3::Frame::at(head, next).is_some()).then_some(Ok(Format::Mp3))
}

/// What a link gives when it leads to a page about the file.
fn markup(head: &[u8]) -> Verdict {
    let text = head
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(head)
        .trim_ascii_start();
    let begins = |word: &[u8]| {
        text.get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    if begins(b"<!doctype html") || begins(b"<html") {
        return refused("a web page", THE_FILE);
    }
    if begins(b"<svg") || begins(b"<?xml") || begins(b"<!doctype svg") {
        return refused("an SVG or XML file", IMAGES);
    }
    (begins(b"{") || begins(b"[")).then_some(Err(MediaProblem::NotAccepted {
        found: "a JSON text",
        instead: THE_FILE,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_accepted_format_is_known_by_its_first_bytes() {
        let heads: [(&[u8], Format); 12] = [
            (b"\xff\xd8\xff\xe0", Format::Jpeg),
            (b"\x89PNG\r\n\x1a\n....", Format::Png),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Format::Webp),
            (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", Format::Bmp),
            (b"RIFF\x10\0\0\0WAVEfmt ", Format::Wav),
            (b"ID3\x04\0\0", Format::Mp3),
            (b"\xff\xfb\x90\x00", Format::Mp3),
            (b"\0\0\0\x14ftypisom\0\0\0\0isom", Format::Mp4),
            (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", Format::QuickTime),
            (b"\0\0\0\x08wide\0\0\0\0mdat", Format::QuickTime),
            (
                b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska",
                Format::Matroska,
            ),
            (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", Format::Webm),
        ];
        for (head, format) in heads {
            assert_eq!(sniff(head), Ok(format));
        }
    }

    #[test]
    fn what_is_refused_is_called_by_its_name() {
        let heads: [(&[u8], &str); 9] = [
            (b"GIF89a", "is a GIF image; send JPEG, PNG, WEBP or BMP"),
            (
                b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
                "is a HEIC image, as phones take them; send JPEG, PNG, WEBP or BMP",
            ),
            (
                b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif",
                "is an AVIF image; send JPEG, PNG, WEBP or BMP",
            ),
            (
                b"\0\0\0\x14ftypM4A \0\0\0\0M4A ",
                "is an M4A audio file; send WAV or MP3",
            ),
            (b"\xff\xf1\x50\x80", "is an AAC file; send WAV or MP3"),
            (
                b"  <!DOCTYPE html><html>",
                "is a web page; send a link to the file itself",
            ),
            (
                b"<svg xmlns=",
                "is an SVG or XML file; send JPEG, PNG, WEBP or BMP",
            ),
            (
                b"{\"error\":1}",
                "is a JSON text; send a link to the file itself",
            ),
            (
                b"hello",
                "is not an image, audio or video file that this server knows",
            ),
        ];
        for (head, text) in heads {
            assert_eq!(
                sniff(head).map_err(|problem| problem.to_string()),
                Err(text.to_owned())
            );
        }
    }

    #[test]
    fn a_file_of_another_family_is_refused_with_both_names() {
        let problem = super::super::sniff_as(super::super::Family::Image, b"ID3\x04\0\0");
        let text = problem.expect_err("sound is no image").to_string();
        assert_eq!(
            text,
            "is an MP3 file; an image (JPEG, PNG, WEBP or BMP) is wanted here"
        );
    }
}
