//! Frames out of somebody's video file, in the order they are shown. Not a player: no sound, no
//! clock, and nothing is decoded before it is asked for.

mod ffmpeg;
mod h264;
mod steady;

use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

use crate::error::StudioError;
use crate::frame::{Frame, Size};

pub use ffmpeg::Ffmpeg;
pub use h264::H264;
pub use steady::Reader;

/// What a file of unknown origin may cost us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest video track, ms.
    pub max_duration_ms: u64,
    /// Most luma samples in a frame.
    pub max_pixels: u64,
    /// Most video samples (coded frames) in the file.
    pub max_samples: u32,
    /// How long ffmpeg may run on one file before it is killed.
    pub ffmpeg_timeout: Duration,
}

impl Default for Limits {
    /// Ten minutes, 4096 x 2304, 36,000 frames, two minutes of ffmpeg.
    fn default() -> Self {
        Self {
            max_duration_ms: 600_000,
            max_pixels: 4096 * 2304,
            max_samples: 36_000,
            ffmpeg_timeout: Duration::from_secs(120),
        }
    }
}

/// A frame and the time it is on screen, in ticks from the start of what is played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub from: u64,
    pub until: u64,
    /// Upright: rotation is applied.
    pub frame: Frame,
}

/// Something that gives the frames of one file in the order they are shown.
pub trait Decoder: Send {
    /// Size of every frame.
    fn size(&self) -> Size;

    /// Ticks in a second, at least 1.
    fn timescale(&self) -> u32;

    /// The next frame; none after the last.
    ///
    /// # Errors
    /// [`StudioError::Malformed`] where the file is damaged, [`StudioError::Io`].
    fn next_shown(&mut self) -> Result<Option<Shown>, StudioError>;
}

/// Opens MP4 or MOV with H.264 by ourselves, anything else through ffmpeg where that is installed.
///
/// # Errors
/// [`StudioError::NeedsFfmpeg`], [`StudioError::Malformed`], [`StudioError::TooLarge`].
pub fn open(path: &Path, fps: u32, limits: &Limits) -> Result<Box<dyn Decoder>, StudioError> {
    match H264::open(path, limits) {
        Ok(decoder) => Ok(Box::new(decoder)),
        Err(StudioError::NeedsFfmpeg { codec }) => {
            Ok(Box::new(Ffmpeg::open(path, fps, codec, limits)?))
        }
        Err(e) => Err(e),
    }
}

/// The last `k` frames, oldest first (fewer when the file is shorter), decoded from the last
/// keyframe that covers them.
///
/// # Errors
/// As [`open`]; [`StudioError::Malformed`] when the file shows no frame at all.
pub fn last_frames(path: &Path, k: usize, limits: &Limits) -> Result<Vec<Frame>, StudioError> {
    /// What ffmpeg is asked for; only the last frames matter, at whatever rate they come.
    const FPS: u32 = 24;
    let near = H264::open_near_end(path, k, limits).and_then(|mut decoder| tail(&mut decoder, k));
    match near {
        // A "keyframe" that is none, or that others lean back over: all the way, then.
        Err(StudioError::Malformed { .. }) => tail(&mut H264::open(path, limits)?, k),
        Err(StudioError::NeedsFfmpeg { codec }) => {
            tail(&mut Ffmpeg::open(path, FPS, codec, limits)?, k)
        }
        decided => decided,
    }
}

/// Reads to the end and keeps the last `k` frames.
fn tail(decoder: &mut dyn Decoder, k: usize) -> Result<Vec<Frame>, StudioError> {
    let mut last = VecDeque::with_capacity(k + 1);
    while let Some(shown) = decoder.next_shown()? {
        last.push_back(shown.frame);
        if last.len() > k {
            last.pop_front();
        }
    }
    if last.is_empty() && k > 0 {
        return Err(StudioError::bad_video("it shows no frame"));
    }
    Ok(last.into())
}

/// The last frame that is shown.
///
/// # Errors
/// As [`last_frames`].
pub fn last_frame(path: &Path, limits: &Limits) -> Result<Frame, StudioError> {
    let last = last_frames(path, 1, limits)?.pop();
    last.ok_or_else(|| StudioError::bad_video("it shows no frame"))
}
