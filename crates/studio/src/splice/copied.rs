//! The samples of two clips in one track, bit for bit. Refuses, by giving nothing, whatever would
//! need a second description, an edit in the middle or another clock.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use mp4_atom::Avcc;

use super::labels;
use crate::clip::Part;
use crate::decode::Limits;
use crate::demux::{self, Sample, Video};
use crate::error::StudioError;
use crate::mux::{Mp4Writer, VideoSample, VideoTrack};
use crate::probe::{self, ClipInfo};

/// An open clip.
struct Clip {
    file: File,
    video: Video,
}

impl Clip {
    fn open(path: &Path) -> Result<Self, StudioError> {
        let (file, movie) = demux::open(path, &Limits::default())?;
        Ok(Self {
            file,
            video: movie.video,
        })
    }

    /// Copies the first `count` samples, each timed by `time` to its duration and offset.
    fn copy(
        &mut self,
        count: usize,
        writer: &mut Mp4Writer,
        time: impl Fn(usize, &Sample) -> (u32, i64),
    ) -> Result<(), StudioError> {
        let mut data = Vec::new();
        for (n, sample) in self.video.samples.iter().take(count).enumerate() {
            data.resize(sample.size as usize, 0);
            let found = self.file.seek(SeekFrom::Start(sample.at));
            found
                .and_then(|_| self.file.read_exact(&mut data))
                .map_err(StudioError::io("read a clip"))?;
            let (duration, offset) = time(n, sample);
            writer.push(VideoSample {
                data: &data,
                duration,
                offset,
                key: sample.key,
                entry: 0,
            })?;
        }
        Ok(())
    }
}

/// How the two tracks meet.
struct Seam {
    /// Samples of the parent that are kept.
    kept: usize,
    /// What is added to the composition offset of every sample of the part.
    offset: i64,
    /// Where the parent's last frame cannot go, the part's first is on screen for one tick.
    squeezed: bool,
}

/// Writes the joined file; none where copying is not enough.
pub(super) fn write(
    parent: &Path,
    part: &Path,
    out: &Path,
) -> Result<Option<ClipInfo>, StudioError> {
    let (mut parent, mut part) = (Clip::open(parent)?, Clip::open(part)?);
    let Some(avcc) = common(&parent.video, &part.video).cloned() else {
        return Ok(None);
    };
    let Some(seam) = seam(&parent.video, &part.video) else {
        return Ok(None);
    };
    let samples = seam.kept + part.video.samples.len();
    let track = VideoTrack {
        size: parent.video.size,
        rotation: parent.video.rotation,
        timescale: parent.video.timescale,
        starts_at: parent.video.played.0.max(0).unsigned_abs(),
        samples: u32::try_from(samples).unwrap_or(u32::MAX),
    };
    let file = Part::create(out)?;
    let mut writer = Mp4Writer::start(file.file()?, track, None, labels())?;
    parent.copy(seam.kept, &mut writer, |_, s| (s.duration, s.offset))?;
    part.copy(samples, &mut writer, |n, s| {
        let once = seam.squeezed && n == 0;
        (if once { 1 } else { s.duration }, s.offset + seam.offset)
    })?;
    file.publish(&writer.finish(&[avcc])?, out)?;
    probe::read(out, &Limits::default()).map(Some)
}

/// The one description that fits both tracks.
fn common<'a>(parent: &'a Video, part: &Video) -> Option<&'a Avcc> {
    let (Ok([one]), Ok([other])) = (parent.own_h264(), part.own_h264()) else {
        return None;
    };
    let described = !one.sequence_parameter_sets.is_empty() && one == other;
    let alike = parent.size == part.size
        && parent.rotation == part.rotation
        && parent.timescale == part.timescale;
    (described && alike).then_some(one)
}

/// Where and how the part begins; none where an edit cuts one of them, or where the part does not
/// begin with a picture of its own.
fn seam(parent: &Video, part: &Video) -> Option<Seam> {
    let (old, new) = (span(parent)?, span(part)?);
    let first = part.samples.first()?;
    if parent.played != old || part.played != new || !first.key || first.shown() != new.0 {
        return None;
    }
    let last = parent.samples.last()?;
    // Nothing is decoded behind it, so nothing needs it.
    let is_last_shown = last.shown() + i64::from(last.duration) == old.1;
    let spare = is_last_shown && parent.samples.len() > 1;
    let (kept, decoded, shown) = match spare {
        true => (parent.samples.len() - 1, last.decode, last.shown()),
        false => (
            parent.samples.len(),
            last.decode + u64::from(last.duration),
            old.1,
        ),
    };
    let decoded = i64::try_from(decoded).ok()?;
    Some(Seam {
        kept,
        offset: shown - decoded - new.0,
        squeezed: !spare,
    })
}

/// From the first picture shown to the end of the last.
fn span(video: &Video) -> Option<(i64, i64)> {
    let from = video.samples.iter().map(Sample::shown).min()?;
    let ends = video
        .samples
        .iter()
        .map(|s| s.shown() + i64::from(s.duration));
    Some((from, ends.max()?))
}
