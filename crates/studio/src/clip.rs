//! The one entry that writes a clip: a shot and a plan in, one finished MP4 out. Not a scheduler:
//! one call is one render on the calling thread.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use mp4_atom::Avcc;

use crate::audio;
use crate::decode::Limits;
use crate::encode::{AccessUnit, Encoder, ParameterSets, Quality};
use crate::error::StudioError;
use crate::frame::{Frame, Shot, Size};
use crate::join::Parent;
use crate::mux::{Mp4Writer, VideoSample, VideoTrack};
use crate::probe::{self, ClipInfo};
use crate::turn::turned;

/// Clock ticks in a frame of a clip that follows no other: 12,288 a second at 24 fps, the clock that
/// ffmpeg gives such a file.
const TICKS_PER_FRAME: u32 = 512;

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
    /// The file joins two clips of others: the note says that instead.
    pub joined: bool,
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
    write_as(plan, Quality::Drawn, shot, out, progress)
}

/// As [`write`], at a quality.
pub(crate) fn write_as(
    plan: &ClipPlan,
    quality: Quality,
    shot: &mut dyn Shot,
    out: &Path,
    progress: &mut dyn FnMut(u32, u32) -> ControlFlow<()>,
) -> Result<ClipInfo, StudioError> {
    check(plan)?;
    let parent = plan
        .after
        .as_ref()
        .map(|path| Parent::open(path, plan.size, plan.fps));
    let mut track = Track::new(plan, quality, parent.transpose()?)?;
    let part = Part::create(out)?;
    let mut writer = track.start(plan, part.file()?)?;
    if let Some(parent) = &mut track.parent {
        parent.copy_into(&mut writer)?;
    }
    let mut frame = Frame::black(plan.size);
    for n in 0..plan.frames {
        shot.paint(n, &mut frame);
        if let Some(trouble) = shot.trouble() {
            return Err(trouble);
        }
        track.push(&frame, &mut writer)?;
        if progress(n + 1, plan.frames).is_break() {
            return Err(StudioError::Cancelled);
        }
    }
    part.publish(&writer.finish(&track.entries()?)?, out)?;
    probe::read(out, &Limits::default())
}

fn check(plan: &ClipPlan) -> Result<(), StudioError> {
    if plan.frames == 0 || !(1..=120).contains(&plan.fps) {
        return Err(StudioError::Impossible {
            why: format!("{} frames at {} a second", plan.frames, plan.fps),
        });
    }
    Ok(())
}

/// The picture track being made: parent first, new frames behind it.
struct Track {
    encoder: Encoder,
    parent: Option<Parent>,
    /// Clockwise degrees that players will turn the picture, so new frames lie the other way.
    rotation: u16,
    timescale: u32,
    duration: u32,
    offset: i64,
    /// Which description the new frames have, once the first is encoded.
    entry: Option<u32>,
}

impl Track {
    fn new(plan: &ClipPlan, quality: Quality, parent: Option<Parent>) -> Result<Self, StudioError> {
        let size = parent.as_ref().map_or(plan.size, Parent::coded_size);
        let timescale = parent
            .as_ref()
            .map_or(plan.fps * TICKS_PER_FRAME, Parent::timescale);
        Ok(Self {
            encoder: Encoder::new(size, plan.fps, quality)?,
            rotation: parent.as_ref().map_or(0, Parent::rotation),
            offset: parent.as_ref().map_or(0, Parent::offset),
            duration: timescale / plan.fps,
            timescale,
            parent,
            entry: None,
        })
    }

    fn start(&self, plan: &ClipPlan, file: File) -> Result<Mp4Writer, StudioError> {
        let before = self.parent.as_ref().map_or(0, Parent::duration);
        let ticks = before + u64::from(plan.frames) * u64::from(self.duration);
        let sound = plan
            .audio
            .as_ref()
            .map(|path| audio::encode(path, ticks, self.timescale));
        let copied = self.parent.as_ref().map_or(0, Parent::samples);
        let video = VideoTrack {
            size: self.parent.as_ref().map_or(plan.size, Parent::coded_size),
            rotation: self.rotation,
            timescale: self.timescale,
            starts_at: self.parent.as_ref().map_or(0, Parent::starts_at),
            samples: copied.saturating_add(plan.frames),
        };
        Mp4Writer::start(file, video, sound.transpose()?, plan.labels.clone())
    }

    /// Encodes one frame into the file.
    fn push(&mut self, frame: &Frame, writer: &mut Mp4Writer) -> Result<(), StudioError> {
        let mut unit = if self.rotation == 0 {
            self.encoder.push(frame)?
        } else {
            self.encoder
                .push(&turned(frame.clone(), 360 - self.rotation))?
        };
        let entry = match self.entry {
            Some(entry) => entry,
            None => self.describe(&mut unit)?,
        };
        writer.push(VideoSample {
            data: &unit.data,
            duration: self.duration,
            offset: self.offset,
            key: unit.key,
            entry,
        })
    }

    /// Finds or makes the description of the new frames, at the first of them.
    fn describe(&mut self, first: &mut AccessUnit) -> Result<u32, StudioError> {
        let sets = parameter_sets(&self.encoder)?;
        let (entry, new) = match &mut self.parent {
            Some(parent) => parent.describe(sets)?,
            None => (0, false),
        };
        if new {
            // Some browsers keep to the first description of a track: the change stands in the
            // stream too, where they do look.
            let mut data = sets.to_sample_prefix()?;
            data.append(&mut first.data);
            first.data = data;
        }
        self.entry = Some(entry);
        Ok(entry)
    }

    fn entries(self) -> Result<Vec<Avcc>, StudioError> {
        match self.parent {
            Some(parent) => Ok(parent.into_entries()),
            None => Ok(vec![parameter_sets(&self.encoder)?.to_avcc()?]),
        }
    }
}

fn parameter_sets(encoder: &Encoder) -> Result<&ParameterSets, StudioError> {
    encoder
        .parameter_sets()
        .ok_or_else(|| StudioError::encode_video("the encoder gave no parameter sets"))
}

/// The file under its working name; removed unless published.
pub(crate) struct Part {
    path: PathBuf,
    published: bool,
}

impl Part {
    pub fn create(out: &Path) -> Result<Self, StudioError> {
        let mut name = out.as_os_str().to_owned();
        name.push(".part");
        Ok(Self {
            path: name.into(),
            published: false,
        })
    }

    pub fn file(&self) -> Result<File, StudioError> {
        File::create(&self.path).map_err(StudioError::io("create the clip"))
    }

    /// Makes the file durable and gives it its name.
    pub fn publish(mut self, file: &File, out: &Path) -> Result<(), StudioError> {
        file.sync_all().map_err(StudioError::io("sync the clip"))?;
        std::fs::rename(&self.path, out).map_err(StudioError::io("rename the clip"))?;
        self.published = true;
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.published {
            // Nothing to do about a file that will not go; the next render writes over it.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
