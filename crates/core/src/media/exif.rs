//! The one fact of an EXIF block that moves pixels: the orientation. Everything else is skipped.

use super::read::{be16, be32, index, le16, le32};

/// How a stored picture has to be turned to stand upright (EXIF 2.32, tag 0x0112): 1 as it is, 2 and
/// 4 mirrored, 3 by half a turn, 5 to 8 with width and height exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Orientation(u8);

impl Orientation {
    /// As stored.
    pub const UPRIGHT: Self = Self(1);

    /// From the EXIF number; upright for anything but 1 to 8, as viewers do.
    pub fn new(number: u16) -> Self {
        match number {
            1..=8 => Self(number.to_le_bytes()[0]),
            _ => Self::UPRIGHT,
        }
    }

    /// The EXIF number, 1 to 8.
    pub fn number(self) -> u8 {
        self.0
    }

    /// Whether width and height change places.
    pub fn swaps_axes(self) -> bool {
        self.0 >= 5
    }
}

/// The tag number of the orientation.
const ORIENTATION: u16 = 0x0112;

/// Reads the orientation out of a TIFF structure; upright when there is none or it is broken,
/// because a picture is worth more than its metadata.
pub(super) fn orientation(tiff: &[u8]) -> Orientation {
    find(tiff).map_or(Orientation::UPRIGHT, Orientation::new)
}

/// Reads a number in the block's own byte order.
type Reader<T> = fn(&[u8], usize) -> Option<T>;

/// Looks through the first directory only: the tag stands there, and a chain could be a loop.
fn find(tiff: &[u8]) -> Option<u16> {
    let (u16_at, u32_at): (Reader<u16>, Reader<u32>) = match tiff.get(..4)? {
        b"II*\0" => (le16, le32),
        b"MM\0*" => (be16, be32),
        _ => return None,
    };
    let directory = index(u32_at(tiff, 4)?);
    let entries = usize::from(u16_at(tiff, directory)?);
    let first = directory.checked_add(2)?;
    (0..entries)
        .map_while(|entry| first.checked_add(entry * 12))
        .map_while(|at| u16_at(tiff, at).map(|tag| (tag, at)))
        .find(|(tag, _)| *tag == ORIENTATION)
        .and_then(|(_, at)| u16_at(tiff, at + 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_byte_orders_are_read_and_broken_blocks_are_upright() {
        let little = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0";
        let big = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0";
        assert_eq!(orientation(little).number(), 6);
        assert_eq!(orientation(big).number(), 8);
        for cut in 0..big.len() - 3 {
            assert_eq!(orientation(&big[..cut]), Orientation::UPRIGHT);
        }
        assert_eq!(orientation(b"II*\0\xff\xff\xff\xff"), Orientation::UPRIGHT);
        assert_eq!(Orientation::new(9), Orientation::UPRIGHT);
    }
}
