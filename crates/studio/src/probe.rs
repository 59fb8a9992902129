//! What a finished MP4 is: size, frames, length, codecs. Not a judge of taste and not a container
//! library: `read` looks at the head only, `verify` decodes every frame.

use std::path::Path;

use crate::decode::Limits;
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
/// [`StudioError::Malformed`] when it has no video track, [`StudioError::TooLarge`].
pub fn read(path: &Path, limits: &Limits) -> Result<ClipInfo, StudioError> {
    let _ = (path, limits);
    Err(StudioError::Impossible {
        why: "signatures first".into(),
    })
}

/// Decodes the H.264 of a file to its last frame and returns how many frames came out.
///
/// # Errors
/// As [`crate::decode::Reader::open`].
pub fn verify(path: &Path, limits: &Limits) -> Result<u32, StudioError> {
    let _ = (path, limits);
    Err(StudioError::Impossible {
        why: "signatures first".into(),
    })
}
