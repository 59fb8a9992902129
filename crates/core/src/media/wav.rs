//! Duration and shape of a WAV file, exactly, from its chunks. Not a decoder.

use std::time::Duration;

use super::audio::Audio;
use super::read::{index, le16, le32, slice};
use super::{Format, MediaProblem};

/// A written length that means "not known when the header was written".
const UNKNOWN_LENGTHS: [u32; 2] = [0, u32::MAX];

/// Sample formats that a plain reader understands: PCM, float, A-law, mu-law.
const CODECS: [u16; 4] = [1, 3, 6, 7];

/// The tag that says the real one stands in the extension.
const EXTENSIBLE: u16 = 0xfffe;

/// What the `fmt ` chunk says.
struct Layout {
    channels: u16,
    sample_rate_hz: u32,
    block_bytes: u16,
}

/// Reads the chunks up to the samples; `total` is the file's length in bytes.
pub(super) fn wav(bytes: &[u8], total: u64) -> Result<Audio, MediaProblem> {
    let broken = |what| MediaProblem::Broken {
        format: Format::Wav,
        what,
    };
    let mut layout = None;
    let mut at = 12;
    while let (Some(name), Some(length)) = (slice(bytes, at, 4), le32(bytes, at + 4)) {
        let body = at + 8;
        match (name, layout.as_ref()) {
            (b"fmt ", _) => layout = Some(read_layout(bytes, body)?),
            (b"data", Some(layout)) => return Ok(measure(layout, length, body, total)),
            (b"data", None) => return Err(broken("its samples come before their description")),
            _ => {}
        }
        let length = index(length);
        let next = body
            .checked_add(length)
            .and_then(|end| end.checked_add(length % 2));
        at = next.ok_or(broken("a chunk is longer than any file"))?;
    }
    Err(broken("it has no samples"))
}

fn read_layout(bytes: &[u8], at: usize) -> Result<Layout, MediaProblem> {
    let broken = |what| MediaProblem::Broken {
        format: Format::Wav,
        what,
    };
    let cut = broken("its description is cut off");
    let mut codec = le16(bytes, at).ok_or(cut)?;
    if codec == EXTENSIBLE {
        codec = le16(bytes, at + 24).ok_or(cut)?;
    }
    if !CODECS.contains(&codec) {
        return Err(broken("its samples are compressed; save it as PCM"));
    }
    let layout = Layout {
        channels: le16(bytes, at + 2).ok_or(cut)?,
        sample_rate_hz: le32(bytes, at + 4).ok_or(cut)?,
        block_bytes: le16(bytes, at + 12).ok_or(cut)?,
    };
    match layout.channels > 0 && layout.sample_rate_hz > 0 && layout.block_bytes > 0 {
        true => Ok(layout),
        false => Err(broken("it has no channels or no sample rate")),
    }
}

/// Counts whole blocks among the bytes that are really there, whatever the header claims.
fn measure(layout: &Layout, written: u32, body: usize, total: u64) -> Audio {
    let there = total.saturating_sub(body as u64);
    let data = match UNKNOWN_LENGTHS.contains(&written) {
        true => there,
        false => u64::from(written).min(there),
    };
    let blocks = data / u64::from(layout.block_bytes);
    Audio {
        format: Format::Wav,
        duration: span(blocks, layout.sample_rate_hz),
        sample_rate_hz: layout.sample_rate_hz,
        channels: layout.channels,
    }
}

/// The time that this many samples of each channel take.
pub(super) fn span(samples: u64, sample_rate_hz: u32) -> Duration {
    let rate = u64::from(sample_rate_hz);
    let rest = (samples % rate) * 1_000_000_000 / rate;
    Duration::from_secs(samples / rate) + Duration::from_nanos(rest)
}
