//! What a finished MP4 is: size, frames, length, codecs. Not a judge of taste and not a container
//! library: `read` looks at the head only, `verify` decodes every frame.

use std::path::Path;

use mp4_atom::Avcc;

use crate::decode::{Decoder, H264, Limits};
use crate::demux::{self, Codec, Movie};
use crate::error::StudioError;
use crate::frame::Size;

/// The facts of one MP4 file.
#[derive(Clone, Debug, PartialEq)]
pub struct ClipInfo {
    /// As shown: after rotation and cropping.
    pub size: Size,
    /// Video frames that the file holds and shows.
    pub frames: u32,
    /// Mean frames per second: `frames` over the video's length.
    pub fps: f64,
    /// Length of the video track as played, in ms, rounded.
    pub duration_ms: u64,
    /// RFC 6381, such as `avc1.42c01f`; a bare four-letter code where it is not H.264.
    pub video_codec: String,
    /// RFC 6381, such as `mp4a.40.2`; none when the file has no sound.
    pub audio_codec: Option<String>,
    /// Clockwise quarter turns that a player applies, in degrees: 0, 90, 180 or 270.
    pub rotation: u16,
    /// Length of the file in bytes.
    pub bytes: u64,
}

impl ClipInfo {
    #[must_use]
    pub fn has_audio(&self) -> bool {
        self.audio_codec.is_some()
    }
}

/// Reads the head of an MP4 or MOV; decodes nothing.
///
/// # Errors
/// [`StudioError::Malformed`] when it has no readable video track, [`StudioError::NeedsFfmpeg`] when
/// it is another container, [`StudioError::TooLarge`].
pub fn read(path: &Path, limits: &Limits) -> Result<ClipInfo, StudioError> {
    let (_, movie) = demux::open(path, limits)?;
    Ok(facts(movie))
}

fn facts(movie: Movie) -> ClipInfo {
    let video = movie.video;
    let frames = video
        .samples
        .iter()
        .filter(|sample| video.plays(sample))
        .count() as u32;
    let seconds = video.duration() as f64 / f64::from(video.timescale);
    ClipInfo {
        size: video.shown_size(),
        frames,
        fps: if seconds > 0.0 {
            f64::from(frames) / seconds
        } else {
            0.0
        },
        duration_ms: (seconds * 1000.0).round() as u64,
        video_codec: match &video.codec {
            Codec::H264(entries) => h264_code(&entries[0]),
            Codec::Other(code) => code.clone(),
        },
        audio_codec: movie.audio_codec,
        rotation: video.rotation,
        bytes: movie.bytes,
    }
}

fn h264_code(avcc: &Avcc) -> String {
    let (profile, constraints) = (avcc.avc_profile_indication, avcc.profile_compatibility);
    format!(
        "avc1.{profile:02x}{constraints:02x}{:02x}",
        avcc.avc_level_indication
    )
}

/// Decodes the H.264 of a file to its last frame and returns how many frames came out that are
/// played. Every coded frame has to decode.
///
/// # Errors
/// As [`crate::decode::Reader::open`]; [`StudioError::Malformed`] where a frame does not decode.
pub fn verify(path: &Path, limits: &Limits) -> Result<u32, StudioError> {
    let mut decoder = H264::open(path, limits)?;
    let mut frames = 0;
    while decoder.next_shown()?.is_some() {
        frames += 1;
    }
    Ok(frames)
}
