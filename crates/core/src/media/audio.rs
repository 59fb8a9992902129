//! Duration and shape of an audio file, from its frames and chunks. Not a decoder.

use std::time::Duration;

use super::{Family, Format, MediaProblem, mp3, sniff_as, wav};

/// What an audio file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Audio {
    /// Its format.
    pub format: Format,
    /// How long it plays: exact for WAV, and for MP3 when the whole file was passed.
    pub duration: Duration,
    /// Samples per second and channel.
    pub sample_rate_hz: u32,
    /// Channels, at least 1.
    pub channels: u16,
}

/// Measures an audio file of `total` bytes of which `bytes` are the first, or all.
///
/// # Errors
/// As [`sniff_as`], and [`MediaProblem::Broken`] when no sound can be found in it.
pub fn audio(bytes: &[u8], total: u64) -> Result<Audio, MediaProblem> {
    match sniff_as(Family::Audio, bytes)? {
        Format::Wav => wav::wav(bytes, total),
        _ => mp3::mp3(bytes, total),
    }
}
