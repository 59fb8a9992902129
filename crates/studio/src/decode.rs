//! Frames out of somebody's video file, in the order they are shown.

use std::path::Path;
use std::time::Duration;

use crate::error::StudioError;
use crate::frame::{Frame, Size};

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

/// A video being read at a fixed rate: each call gives the frame that stands on screen then.
pub struct Reader {
    size: Size,
}

impl Reader {
    /// Opens MP4 or MOV with H.264 by ourselves, anything else through ffmpeg where it is installed.
    ///
    /// # Errors
    /// [`StudioError::NeedsFfmpeg`], [`StudioError::Malformed`], [`StudioError::TooLarge`].
    pub fn open(path: &Path, fps: u32, limits: &Limits) -> Result<Self, StudioError> {
        let _ = (path, fps, limits);
        Err(StudioError::Impossible {
            why: "signatures first".into(),
        })
    }

    /// Size of every frame, as shown: rotation is applied, odd edges are cut.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// The frame at `n / fps` seconds for n = 0, 1, 2 …; none past the end.
    ///
    /// # Errors
    /// As [`Self::open`], at the place where the file is damaged.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, StudioError> {
        Ok(None)
    }
}

/// The last `k` frames, oldest first (fewer when the file is shorter), decoded from the last
/// keyframe that covers them.
///
/// # Errors
/// As [`Reader::open`].
pub fn last_frames(path: &Path, k: usize, limits: &Limits) -> Result<Vec<Frame>, StudioError> {
    let _ = (path, k, limits);
    Err(StudioError::Impossible {
        why: "signatures first".into(),
    })
}
