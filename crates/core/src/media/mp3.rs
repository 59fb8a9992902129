//! Duration and shape of an MP3 file, from its frame headers (ISO/IEC 11172-3, 2.4). Not a decoder.

use super::audio::Audio;
use super::read::{be16, be32, slice};
use super::wav::span;
use super::{Format, MediaProblem};

/// Bit rates of layer III in kbit/s, by index; 0 and 15 are not used here.
const KBITS_V1: [u32; 15] = [
    0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320,
];
const KBITS_V2: [u32; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

/// Sample rates of MPEG-1, by index; version 2 has half of them, 2.5 a quarter.
const RATES_V1: [u32; 3] = [44_100, 48_000, 32_000];

/// What one frame header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    /// Length of the whole frame.
    pub(super) bytes: usize,
    samples: u64,
    sample_rate_hz: u32,
    channels: u16,
    /// Bytes between the header and the audio, where an encoder leaves its tag.
    side_info: usize,
}

impl Frame {
    /// The frame that begins here, if one does; layer III only, free format left out.
    pub(super) fn at(bytes: &[u8], at: usize) -> Option<Self> {
        let [0xff, b, c, d] = *slice(bytes, at, 4)? else {
            return None;
        };
        let version = b >> 3 & 3;
        if b & 0xe0 != 0xe0 || b >> 1 & 3 != 1 || version == 1 {
            return None;
        }
        let first = version == 3;
        let kbits = if first { KBITS_V1 } else { KBITS_V2 }
            .get(usize::from(c >> 4))
            .copied();
        let kbits = kbits.filter(|kbits| *kbits > 0)?;
        let rate = *RATES_V1.get(usize::from(c >> 2 & 3))?;
        let rate = rate >> [2, 0, 1, 0][usize::from(version)];
        let mono = d >> 6 == 3;
        let samples: u32 = if first { 1152 } else { 576 };
        let length = samples / 8 * kbits * 1000 / rate + u32::from(c >> 1 & 1);
        Some(Self {
            bytes: super::read::index(length),
            samples: samples.into(),
            sample_rate_hz: rate,
            channels: if mono { 1 } else { 2 },
            side_info: match (first, mono) {
                (true, false) => 32,
                (true, true) | (false, false) => 17,
                (false, true) => 9,
            },
        })
    }
}

/// Measures the file: by the encoder's own count where it left one, else by walking the frames.
pub(super) fn mp3(bytes: &[u8], total: u64) -> Result<Audio, MediaProblem> {
    let silent = MediaProblem::Broken {
        format: Format::Mp3,
        what: "it has no MP3 frames",
    };
    let (start, frame) = first_frame(bytes, after_tags(bytes)).ok_or(silent)?;
    let samples = match tagged_samples(bytes, start, frame) {
        Some(samples) => samples,
        None => walked_samples(bytes, start, total),
    };
    Ok(Audio {
        format: Format::Mp3,
        duration: span(samples, frame.sample_rate_hz),
        sample_rate_hz: frame.sample_rate_hz,
        channels: frame.channels,
    })
}

/// Past the ID3v2 tags at the start (ID3v2.4, 3.1), of which some programs write several.
fn after_tags(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(&[b'I', b'D', b'3', _, _, flags, a, b, c, d]) = slice(bytes, at, 10) {
        let size = [a, b, c, d]
            .iter()
            .fold(0usize, |sum, byte| sum << 7 | usize::from(byte & 0x7f));
        let footer = if flags & 0x10 != 0 { 10 } else { 0 };
        at += 10 + size + footer;
    }
    at
}

/// The first place from `from` on where a frame begins and another follows it.
fn first_frame(bytes: &[u8], from: usize) -> Option<(usize, Frame)> {
    (from..bytes.len().saturating_sub(3)).find_map(|at| {
        let frame = Frame::at(bytes, at)?;
        followed(bytes, at + frame.bytes).then_some((at, frame))
    })
}

/// Whether a frame may end here: before another frame, a closing tag, or the end.
fn followed(bytes: &[u8], next: usize) -> bool {
    let rest = bytes.get(next..).unwrap_or_default();
    let closing = rest.starts_with(b"TAG") || rest.starts_with(b"APETAGEX");
    rest.len() < 4 || closing || Frame::at(bytes, next).is_some()
}

/// What the encoder's tag in the first frame counts, minus its padding; that frame has no sound.
fn tagged_samples(bytes: &[u8], start: usize, frame: Frame) -> Option<u64> {
    let tag = start + 4 + frame.side_info;
    let frames = match slice(bytes, tag, 4)? {
        b"Xing" | b"Info" => be32(bytes, tag + 8).filter(|_| bytes[tag + 7] & 1 == 1)?,
        _ if slice(bytes, start + 36, 4)? == b"VBRI" => be32(bytes, start + 50)?,
        _ => return None,
    };
    let samples = u64::from(frames) * frame.samples;
    Some(samples.saturating_sub(padding(bytes, tag).unwrap_or(0)))
}

/// The silence an encoder adds before and after, as LAME and its kin write it behind a full tag.
fn padding(bytes: &[u8], tag: usize) -> Option<u64> {
    let full = slice(bytes, tag, 4)? != b"VBRI" && bytes.get(tag + 7)? & 0x0f == 0x0f;
    let encoder = tag + 120;
    if !full || !matches!(slice(bytes, encoder, 4)?, b"LAME" | b"Lavc" | b"Lavf") {
        return None;
    }
    let packed = u32::from(be16(bytes, encoder + 21)?) << 8 | u32::from(*bytes.get(encoder + 23)?);
    Some(u64::from(packed >> 12) + u64::from(packed & 0xfff))
}

/// Adds up the frames. Where only a part of the file was passed, the rest is taken to be like it.
fn walked_samples(bytes: &[u8], start: usize, total: u64) -> u64 {
    let (mut at, mut samples) = (start, 0u64);
    while let Some((here, frame)) = first_frame(bytes, at) {
        samples += frame.samples;
        at = here + frame.bytes;
    }
    let seen = at.saturating_sub(start) as u64;
    let there = total.saturating_sub(start as u64);
    match total > bytes.len() as u64 && seen > 0 {
        true => u64::try_from(u128::from(samples) * u128::from(there) / u128::from(seen))
            .unwrap_or(u64::MAX),
        false => samples,
    }
}
