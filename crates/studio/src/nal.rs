//! The few facts about H.264 byte streams that a container needs: where units begin, and what a
//! sequence parameter set says of the picture. Not a decoder: slices stay closed.

use crate::error::StudioError;
use crate::frame::Size;

/// `nal_unit_type` of a sequence parameter set (H.264 table 7-1).
pub(crate) const SPS: u8 = 7;
/// `nal_unit_type` of a picture parameter set.
pub(crate) const PPS: u8 = 8;

/// The type of a unit (its first byte's low five bits); 0 for an empty one.
pub(crate) fn kind(nal: &[u8]) -> u8 {
    nal.first().map_or(0, |b| b & 0x1f)
}

/// A unit without its Annex B start code.
pub(crate) fn without_start_code(unit: &[u8]) -> &[u8] {
    let zeros = unit.iter().take_while(|b| **b == 0).count();
    match unit.get(zeros) {
        Some(1) if zeros >= 2 => &unit[zeros + 1..],
        _ => unit,
    }
}

/// The units of an Annex B stream, without start codes.
pub(crate) fn units(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = start_code(stream).map(|at| &stream[at + 3..]);
    std::iter::from_fn(move || {
        let here = rest?;
        let end = start_code(here);
        rest = end.map(|at| &here[at + 3..]);
        Some(&here[..end.unwrap_or(here.len())])
    })
}

/// Where the next 00 00 01 is.
fn start_code(bytes: &[u8]) -> Option<usize> {
    bytes.windows(3).position(|three| three == [0, 0, 1])
}

/// Turns one length-prefixed MP4 sample into Annex B, appended to `out`.
///
/// # Errors
/// [`StudioError::Malformed`] when a length points past the sample.
pub(crate) fn to_annex_b(
    mut sample: &[u8],
    length_size: u8,
    out: &mut Vec<u8>,
) -> Result<(), StudioError> {
    let prefix = usize::from(length_size.clamp(1, 4));
    while !sample.is_empty() {
        let (nal, rest) = split_first(sample, prefix)
            .ok_or_else(|| StudioError::bad_video("a frame is cut short"))?;
        push_annex_b(nal, out);
        sample = rest;
    }
    Ok(())
}

/// Appends one unit with a start code.
pub(crate) fn push_annex_b(nal: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&[0, 0, 0, 1]);
    out.extend_from_slice(nal);
}

fn split_first(sample: &[u8], prefix: usize) -> Option<(&[u8], &[u8])> {
    let (length, rest) = sample.split_at_checked(prefix)?;
    let length = length
        .iter()
        .fold(0usize, |sum, b| sum << 8 | usize::from(*b));
    rest.split_at_checked(length)
}

/// What a sequence parameter set says of the picture (H.264 7.3.2.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sps {
    pub profile: u8,
    /// 1 is 4:2:0, the only one we read ourselves.
    pub chroma_format: u32,
    pub bit_depth: u32,
    /// False when fields may appear (interlaced).
    pub progressive: bool,
    /// After cropping.
    pub size: Size,
    /// Samples use 0..=255 instead of 16..=235 (VUI `video_full_range_flag`).
    pub full_range: bool,
}

impl Sps {
    /// Reads a unit with its one-byte header. None when it is cut short or nonsensical.
    pub(crate) fn parse(nal: &[u8]) -> Option<Self> {
        let payload = unescape(nal.get(1..)?);
        let mut bits = Bits {
            bytes: &payload,
            at: 0,
        };
        let profile = bits.take(8)? as u8;
        bits.take(16)?; // constraint flags and level: the avcC repeats them
        bits.ue()?; // seq_parameter_set_id
        let (chroma_format, bit_depth) = high_profile_fields(&mut bits, profile)?;
        skip_order_fields(&mut bits)?;
        let (size, progressive) = picture_size(&mut bits, chroma_format)?;
        let full_range = full_range(&mut bits).unwrap_or(false);
        Some(Self {
            profile,
            chroma_format,
            bit_depth,
            progressive,
            size,
            full_range,
        })
    }

    /// Why our own decoder does not read such a stream; none when it does.
    pub(crate) fn beyond_us(&self) -> Option<&'static str> {
        if self.chroma_format != 1 {
            Some("H.264 with chroma other than 4:2:0")
        } else if self.bit_depth != 8 {
            Some("H.264 with more than 8 bits")
        } else if !self.progressive {
            Some("interlaced H.264")
        } else {
            None
        }
    }
}

/// `chroma_format_idc` and the larger bit depth, which only the High family writes.
fn high_profile_fields(bits: &mut Bits<'_>, profile: u8) -> Option<(u32, u32)> {
    const HIGH_FAMILY: [u8; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];
    if !HIGH_FAMILY.contains(&profile) {
        return Some((1, 8));
    }
    let chroma_format = bits.ue()?;
    if chroma_format == 3 {
        bits.take(1)?; // separate_colour_plane_flag
    }
    let depth = 8 + bits.ue()?.max(bits.ue()?);
    bits.take(1)?; // qpprime_y_zero_transform_bypass_flag
    if bits.take(1)? == 1 {
        for list in 0..if chroma_format == 3 { 12 } else { 8 } {
            if bits.take(1)? == 1 {
                skip_scaling_list(bits, if list < 6 { 16 } else { 64 })?;
            }
        }
    }
    Some((chroma_format, depth))
}

fn skip_scaling_list(bits: &mut Bits<'_>, length: u32) -> Option<()> {
    let (mut last, mut next) = (8i64, 8i64);
    for _ in 0..length {
        if next != 0 {
            next = (last + bits.se()?).rem_euclid(256);
        }
        last = if next == 0 { last } else { next };
    }
    Some(())
}

/// `log2_max_frame_num` to `gaps_in_frame_num_value_allowed_flag`.
fn skip_order_fields(bits: &mut Bits<'_>) -> Option<()> {
    bits.ue()?;
    match bits.ue()? {
        0 => {
            bits.ue()?;
        }
        1 => {
            bits.take(1)?;
            bits.ue()?;
            bits.ue()?;
            for _ in 0..bits.ue()?.min(255) {
                bits.ue()?;
            }
        }
        _ => {}
    }
    bits.ue()?; // max_num_ref_frames
    bits.take(1)?;
    Some(())
}

fn picture_size(bits: &mut Bits<'_>, chroma_format: u32) -> Option<(Size, bool)> {
    let across = bits.ue()?.checked_add(1)?;
    let down = bits.ue()?.checked_add(1)?;
    let progressive = bits.take(1)? == 1;
    let rows = if progressive { 1 } else { 2 };
    if !progressive {
        bits.take(1)?; // mb_adaptive_frame_field_flag
    }
    bits.take(1)?; // direct_8x8_inference_flag
    let (mut width, mut height) = (across.checked_mul(16)?, down.checked_mul(16 * rows)?);
    if bits.take(1)? == 1 {
        let unit_x = if matches!(chroma_format, 1 | 2) { 2 } else { 1 };
        let unit_y = if chroma_format == 1 { 2 } else { 1 } * rows;
        let across = bits.ue()?.checked_add(bits.ue()?)?.checked_mul(unit_x)?;
        let down = bits.ue()?.checked_add(bits.ue()?)?.checked_mul(unit_y)?;
        width = width.checked_sub(across)?;
        height = height.checked_sub(down)?;
    }
    (width > 0 && height > 0).then_some((Size { width, height }, progressive))
}

/// `video_full_range_flag`, where the VUI gets that far.
fn full_range(bits: &mut Bits<'_>) -> Option<bool> {
    const EXTENDED_SAR: u32 = 255;
    if bits.take(1)? == 0 {
        return Some(false);
    }
    if bits.take(1)? == 1 && bits.take(8)? == EXTENDED_SAR {
        bits.take(32)?;
    }
    if bits.take(1)? == 1 {
        bits.take(1)?; // overscan_appropriate_flag
    }
    if bits.take(1)? == 0 {
        return Some(false);
    }
    bits.take(3)?; // video_format
    Some(bits.take(1)? == 1)
}

/// Removes the emulation prevention bytes (00 00 03 -> 00 00).
fn unescape(nal: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(nal.len());
    let mut zeros = 0;
    for &byte in nal {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        out.push(byte);
    }
    out
}

/// Reads bits, most significant first; every read fails past the end.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            let byte = *self.bytes.get(self.at / 8)?;
            value = value << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }

    /// Unsigned Exp-Golomb (H.264 9.1), up to 32 bits.
    fn ue(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.take(1)? == 0 {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        ((1u32 << zeros) - 1).checked_add(self.take(zeros)?)
    }

    /// Signed Exp-Golomb.
    fn se(&mut self) -> Option<i64> {
        let code = i64::from(self.ue()?);
        Some(if code % 2 == 1 {
            (code + 1) / 2
        } else {
            -(code / 2)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// x264, High, 320 x 240 (from the mp4-atom test of `avc1`).
    const HIGH_320X240: [u8; 24] = [
        0x67, 0x64, 0x00, 0x0D, 0xAC, 0xD9, 0x41, 0x41, 0xFA, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10,
        0x00, 0x00, 0x03, 0x03, 0x20, 0xF1, 0x42, 0x99, 0x60,
    ];

    #[test]
    fn a_parameter_set_of_another_encoder_gives_its_size() {
        let sps = Sps::parse(&HIGH_320X240).expect("a whole parameter set");
        assert_eq!(
            sps.size,
            Size {
                width: 320,
                height: 240
            }
        );
        assert_eq!((sps.profile, sps.bit_depth, sps.chroma_format), (100, 8, 1));
        assert_eq!(sps.beyond_us(), None);
    }

    #[test]
    fn a_parameter_set_cut_short_is_none() {
        for length in 0..8 {
            assert_eq!(Sps::parse(&HIGH_320X240[..length]), None);
        }
    }

    #[test]
    fn a_length_that_points_past_the_sample_is_refused() {
        let mut out = Vec::new();
        assert!(to_annex_b(&[0, 0, 0, 2, 0x65, 1], 4, &mut out).is_ok());
        assert_eq!(out, [0, 0, 0, 1, 0x65, 1]);
        assert!(to_annex_b(&[0, 0, 0, 3, 0x65, 1], 4, &mut out).is_err());
        assert!(to_annex_b(&[0, 0], 4, &mut out).is_err());
    }

    #[test]
    fn units_lie_between_start_codes() {
        let stream = [0, 0, 0, 1, 0x67, 5, 0, 0, 1, 0x68, 0, 0, 0, 1, 0x65, 9];
        let found: Vec<_> = units(&stream).map(kind).collect();
        assert_eq!(found, [7, 8, 5]);
        assert_eq!(units(&[1, 2, 3]).count(), 0);
    }

    #[test]
    fn start_codes_of_both_lengths_come_off() {
        assert_eq!(without_start_code(&[0, 0, 0, 1, 0x67]), [0x67]);
        assert_eq!(without_start_code(&[0, 0, 1, 0x67]), [0x67]);
        assert_eq!(without_start_code(&[0x67, 0, 0, 1]), [0x67, 0, 0, 1]);
    }
}
