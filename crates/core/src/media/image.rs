//! Size, orientation and transparency of an image, from its head. Not a decoder.

use super::exif::{Orientation, orientation};
use super::read::{be16, be32, index, le16, le24, le32, slice};
use super::{Family, Format, MediaProblem, sniff_as};

/// What the head of an image says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Image {
    /// Its format.
    pub format: Format,
    /// Width as stored, in pixels, at least 1.
    pub width: u32,
    /// Height as stored, in pixels, at least 1.
    pub height: u32,
    /// How to turn it upright.
    pub orientation: Orientation,
    /// Whether pixels may be transparent.
    pub alpha: bool,
}

impl Image {
    /// Width and height as seen, after turning it upright.
    pub fn upright_size(&self) -> (u32, u32) {
        match self.orientation.swaps_axes() {
            true => (self.height, self.width),
            false => (self.width, self.height),
        }
    }

    /// How many pixels a decoder will make of it.
    pub fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// What a format's head told, before it is judged.
struct Found {
    width: u32,
    height: u32,
    orientation: Orientation,
    alpha: bool,
}

impl Found {
    fn new(width: u32, height: u32, alpha: bool) -> Self {
        Self {
            width,
            height,
            orientation: Orientation::UPRIGHT,
            alpha,
        }
    }
}

/// Reads the head of an image. Pass the whole file: an orientation may stand at its end.
///
/// # Errors
/// As [`sniff_as`], and [`MediaProblem::Broken`] when the size cannot be found or is zero.
pub fn image(bytes: &[u8]) -> Result<Image, MediaProblem> {
    let format = sniff_as(Family::Image, bytes)?;
    let found = match format {
        Format::Jpeg => jpeg(bytes),
        Format::Png => png(bytes),
        Format::Webp => webp(bytes),
        _ => bmp(bytes),
    };
    let broken = |what| MediaProblem::Broken { format, what };
    let found = found.ok_or(broken("its header is damaged or cut off"))?;
    if found.width == 0 || found.height == 0 {
        return Err(broken("it has no width or no height"));
    }
    let Found {
        width,
        height,
        orientation,
        alpha,
    } = found;
    Ok(Image {
        format,
        width,
        height,
        orientation,
        alpha,
    })
}

/// Walks the segments to the frame header (ITU-T T.81, B.1), past any number of metadata segments.
fn jpeg(bytes: &[u8]) -> Option<Found> {
    let mut at = 2;
    let mut turned = Orientation::UPRIGHT;
    loop {
        while bytes.get(at + 1) == Some(&0xff) {
            at += 1; // fill bytes may stand before any marker
        }
        let [0xff, marker] = *slice(bytes, at, 2)? else {
            return None;
        };
        let length = usize::from(be16(bytes, at + 2)?);
        match marker {
            // Every start of frame but the three codes in their midst that mean something else.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let height = u32::from(be16(bytes, at + 5)?);
                let found = Found::new(u32::from(be16(bytes, at + 7)?), height, false);
                return Some(Found {
                    orientation: turned,
                    ..found
                });
            }
            0xe1 => {
                let segment = slice(bytes, at + 4, length.checked_sub(2)?)?;
                if let Some(tiff) = segment.strip_prefix(b"Exif\0\0") {
                    turned = orientation(tiff);
                }
            }
            0xda | 0xd9 => return None, // the picture begins or ends without a frame header
            _ => {}
        }
        at += 2 + length.max(2);
    }
}

/// Header, then the chunks before the pixels for transparency and orientation (PNG 3, 11.2-11.3).
fn png(bytes: &[u8]) -> Option<Found> {
    if slice(bytes, 12, 4)? != b"IHDR" {
        return None;
    }
    let alpha_channel = matches!(*bytes.get(25)?, 4 | 6);
    let mut found = Found::new(be32(bytes, 16)?, be32(bytes, 20)?, alpha_channel);
    let mut at = 33;
    while let (Some(length), Some(name)) = (be32(bytes, at), slice(bytes, at + 4, 4)) {
        let length = index(length);
        match name {
            b"tRNS" => found.alpha = true,
            b"eXIf" => {
                let tiff = slice(bytes, at + 8, length).unwrap_or_default();
                found.orientation = orientation(tiff);
            }
            _ => {}
        }
        let Some(next) = at.checked_add(length).and_then(|end| end.checked_add(12)) else {
            break;
        };
        at = next;
    }
    Some(found)
}

/// The three kinds of WebP (RFC 9649, 2.5 to 2.7) differ in their first chunk.
fn webp(bytes: &[u8]) -> Option<Found> {
    let body = 20;
    match slice(bytes, 12, 4)? {
        b"VP8 " => {
            if slice(bytes, body + 3, 3)? != b"\x9d\x01\x2a" {
                return None;
            }
            let side = |at| le16(bytes, at).map(|value| u32::from(value & 0x3fff));
            Some(Found::new(side(body + 6)?, side(body + 8)?, false))
        }
        b"VP8L" => {
            if *bytes.get(body)? != 0x2f {
                return None;
            }
            let bits = le32(bytes, body + 1)?;
            let alpha = bits >> 28 & 1 == 1;
            Some(Found::new(
                (bits & 0x3fff) + 1,
                (bits >> 14 & 0x3fff) + 1,
                alpha,
            ))
        }
        b"VP8X" => {
            let alpha = *bytes.get(body)? & 0x10 != 0;
            let found = Found::new(
                le24(bytes, body + 4)? + 1,
                le24(bytes, body + 7)? + 1,
                alpha,
            );
            Some(Found {
                orientation: webp_orientation(bytes),
                ..found
            })
        }
        _ => None,
    }
}

/// The EXIF chunk, which stands after the pixels.
fn webp_orientation(bytes: &[u8]) -> Orientation {
    let mut at = 12;
    while let (Some(name), Some(length)) = (slice(bytes, at, 4), le32(bytes, at + 4)) {
        let length = index(length);
        if name == b"EXIF" {
            let block = slice(bytes, at + 8, length).unwrap_or_default();
            // Some writers keep the prefix that only JPEG needs.
            return orientation(block.strip_prefix(b"Exif\0\0").unwrap_or(block));
        }
        let Some(next) = at
            .checked_add(length)
            .and_then(|end| end.checked_add(8 + length % 2))
        else {
            break;
        };
        at = next;
    }
    Orientation::UPRIGHT
}

/// The old header has 16-bit sides; in the others a negative height means top to bottom.
fn bmp(bytes: &[u8]) -> Option<Found> {
    if le32(bytes, 14)? == 12 {
        return Some(Found::new(
            le16(bytes, 18)?.into(),
            le16(bytes, 20)?.into(),
            false,
        ));
    }
    let side = |at| le32(bytes, at).map(|value| value.cast_signed().unsigned_abs());
    let has_mask = le32(bytes, 14)? >= 56;
    let alpha = has_mask && le32(bytes, 66)? != 0;
    Some(Found::new(side(18)?, side(22)?, alpha))
}
