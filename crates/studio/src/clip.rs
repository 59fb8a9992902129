//! The one entry that writes a clip: a shot and a plan in, one finished MP4 out. Not a scheduler:
//! one call is one render on the calling thread.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::error::StudioError;
use crate::frame::{Shot, Size};
use crate::probe::ClipInfo;

/// What to write.
#[derive(Clone, Debug)]
pub struct ClipPlan {
    /// Size of the new frames; with `after`, the size that the parent is shown at.
    pub size: Size,
    /// Frames per second of the new frames, 1 to 120; everything of ours is 24.
    pub fps: u32,
    /// Frames to paint, at least 1. The parent's are not counted.
    pub frames: u32,
    /// WAV or MP3 to hear from the first frame, cut or padded with silence to the clip's length.
    pub audio: Option<PathBuf>,
    /// An H.264 MP4 whose samples are copied before the new frames, bit for bit.
    pub after: Option<PathBuf>,
    pub labels: Labels,
}

/// What the file says of itself to players and people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    pub title: Option<String>,
    /// Stands beside the fixed note that this is a preview made without a model.
    pub comment: Option<String>,
}

/// Paints `plan.frames` frames of `shot` and writes them to `out`, which appears whole or not at
/// all (written to `out` + `.part`, synced, renamed). The same plan, shot and files give the same
/// bytes.
///
/// `progress` hears `(frames done, frames in all)` after every frame; `Break` ends the render with
/// [`StudioError::Cancelled`] and removes the partial file.
///
/// # Errors
/// Every [`StudioError`]; nothing is left at `out` or beside it.
pub fn write(
    plan: &ClipPlan,
    shot: &mut dyn Shot,
    out: &Path,
    progress: &mut dyn FnMut(u32, u32) -> ControlFlow<()>,
) -> Result<ClipInfo, StudioError> {
    let _ = (plan, shot, out, progress);
    Err(StudioError::Impossible {
        why: "signatures first".into(),
    })
}
