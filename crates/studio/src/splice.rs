//! Two clips as one: a parent, and a part that goes on from its last frame, which is not shown twice.
//! Sound is not carried over. Not the drawing of a continuation (`carry_on`).
//!
//! A file plays everywhere when its track has one description of its samples. So both clips' samples
//! are copied where both have the same description, which two clips of one model in one size mostly
//! have; where the parent was encoded here, only the part is encoded again, as it was; else both are.

mod copied;

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::path::Path;

use crate::clip::{self, ClipPlan, Labels};
use crate::decode::{Limits, Reader};
use crate::demux::{self, Video};
use crate::encode::{Encoder, Quality};
use crate::error::StudioError;
use crate::frame::{Frame, Shot, Size};
use crate::probe::ClipInfo;
use crate::refit;

/// The rates that a joined clip may have when it is encoded here: what the parent's is brought to.
const RATES: (f64, f64) = (10.0, 60.0);

/// What was done with the samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spliced {
    /// Both clips' samples were copied.
    Copied,
    /// The parent's were copied, the part was encoded again.
    PartEncoded,
    /// Both were encoded again.
    Encoded,
}

/// Writes `part` behind `parent` to `out`, which appears whole or not at all. The joined clip has
/// the parent's size; a part of another is scaled to it. The same files give the same bytes.
///
/// `progress` hears `(frames done, frames in all)` after every frame that is encoded; `Break` ends it
/// with [`StudioError::Cancelled`].
///
/// # Errors
/// As [`Reader::open`] and [`clip::write`]; nothing is left at `out` or beside it.
pub fn splice(
    parent: &Path,
    part: &Path,
    out: &Path,
    progress: &mut dyn FnMut(u32, u32) -> ControlFlow<()>,
) -> Result<(ClipInfo, Spliced), StudioError> {
    if let Some(info) = copied::write(parent, part, out)? {
        return Ok((info, Spliced::Copied));
    }
    let (_, movie) = demux::open(parent, &Limits::default())?;
    let shown = movie.video.shown_size();
    let size = Size::even(shown.width, shown.height);
    let fps = rate(&movie.video);
    let is_ours = is_ours(&movie.video, fps)?;
    let (before, spliced) = match is_ours {
        true => (None, Spliced::PartEncoded),
        false => (Some(parent), Spliced::Encoded),
    };
    let mut shot = Playback::of(before, part, fps)?;
    let plan = ClipPlan {
        size,
        fps,
        frames: shot.frames,
        audio: None,
        after: is_ours.then(|| parent.to_owned()),
        labels: labels(),
    };
    let info = clip::write_as(&plan, Quality::Again, &mut shot, out, progress)?;
    Ok((info, spliced))
}

fn labels() -> Labels {
    Labels {
        joined: true,
        ..Labels::default()
    }
}

/// The parent's frames per second, whole.
fn rate(video: &Video) -> u32 {
    let seconds = video.duration() as f64 / f64::from(video.timescale);
    let fps = video.samples.len() as f64 / seconds.max(0.001);
    fps.clamp(RATES.0, RATES.1).round() as u32
}

/// Whether new frames of ours need no description but the video's.
fn is_ours(video: &Video, fps: u32) -> Result<bool, StudioError> {
    let Ok([avcc]) = video.own_h264() else {
        return Ok(false);
    };
    let Ok(mut encoder) = Encoder::new(video.size, fps, Quality::Again) else {
        return Ok(false);
    };
    // The sets are known from the first frame on, whatever it shows.
    encoder.push(&Frame::black(video.size))?;
    let ours = encoder.parameter_sets().is_some_and(|sets| {
        avcc.length_size == 4
            && avcc.sequence_parameter_sets == [sets.sps.clone()]
            && avcc.picture_parameter_sets == [sets.pps.clone()]
    });
    Ok(ours)
}

/// The frames of one clip or of two, the first of the second left out.
struct Playback {
    readers: VecDeque<Reader>,
    /// How many there are to be.
    frames: u32,
    last: Option<Frame>,
    trouble: Option<StudioError>,
}

impl Playback {
    fn of(parent: Option<&Path>, part: &Path, fps: u32) -> Result<Self, StudioError> {
        let limits = Limits::default();
        let mut behind = Reader::open(part, fps, &limits)?;
        // The parent's last frame, as the part's maker painted it again.
        behind.next_frame()?;
        let new = frames(part, fps)?.saturating_sub(1);
        let mut readers = VecDeque::from([behind]);
        let mut old = 0;
        if let Some(parent) = parent {
            old = frames(parent, fps)?;
            readers.push_front(Reader::open(parent, fps, &limits)?);
        }
        Ok(Self {
            readers,
            frames: old + new,
            last: None,
            trouble: None,
        })
    }

    /// The next frame of the first clip that has one; at the very end the last stays.
    fn next(&mut self, size: Size) -> Result<(), StudioError> {
        while let Some(reader) = self.readers.front_mut() {
            if let Some(frame) = reader.next_frame()? {
                self.last = Some(refit::into_size(frame, size));
                return Ok(());
            }
            self.readers.pop_front();
        }
        Ok(())
    }
}

impl Shot for Playback {
    fn paint(&mut self, _: u32, out: &mut Frame) {
        match self.next(out.size) {
            Ok(()) => {
                if let Some(frame) = &self.last {
                    out.clone_from(frame);
                }
            }
            Err(error) => self.trouble = Some(error),
        }
    }

    fn trouble(&mut self) -> Option<StudioError> {
        self.trouble.take()
    }
}

/// How many frames a [`Reader`] gives at this rate.
fn frames(path: &Path, fps: u32) -> Result<u32, StudioError> {
    let (_, movie) = demux::open(path, &Limits::default())?;
    let scale = u128::from(movie.video.timescale);
    let frames = (2 * u128::from(movie.video.duration()) * u128::from(fps) + scale) / (2 * scale);
    u32::try_from(frames).map_err(|_| StudioError::bad_video("it is too long"))
}
