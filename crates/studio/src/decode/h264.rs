//! H.264 in MP4 or MOV, decoded without ffmpeg: 8 bit, 4:2:0, progressive; B-frames, open groups
//! and several descriptions are fine.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use mp4_atom::Avcc;
use rusty_h264_decoder::Decoder as RustyH264;

use super::{Decoder, Limits, Shown};
use crate::demux::{self, Sample, Video, picture};
use crate::error::StudioError;
use crate::frame::{Frame, Size};
use crate::nal;
use crate::turn::{limit_range, turned};

/// Frames that a decoder may have to hold before the first can be shown (H.264 A.3.1): what a
/// damaged file claims beyond that is shown out of order and not collected in memory.
const MAX_REORDERED: usize = 16;

/// The frames of one file, decoded as they are asked for.
pub struct H264 {
    file: File,
    video: Video,
    descriptions: Vec<Avcc>,
    decoder: RustyH264,
    /// The description that the decoder was last given.
    told: Option<u32>,
    /// The next sample to decode.
    next: usize,
    /// For each sample, the earliest time at which any later one is shown.
    later: Vec<i64>,
    /// Frames that were shown before decoding began cannot be right (an open group's leaders).
    not_before: i64,
    /// Decoded and not yet given, by the time they are shown; samples of equal time keep their order.
    waiting: BTreeMap<(i64, usize), Frame>,
    full_range: bool,
}

impl H264 {
    /// Decodes from the first frame.
    ///
    /// # Errors
    /// [`StudioError::NeedsFfmpeg`] for anything that this decoder does not read,
    /// [`StudioError::Malformed`], [`StudioError::TooLarge`], [`StudioError::Io`].
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, StudioError> {
        Self::start(path, limits, |_| 0)
    }

    /// Decodes from the last keyframe that has at least `k` played frames from it on.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_near_end(path: &Path, k: usize, limits: &Limits) -> Result<Self, StudioError> {
        Self::start(path, limits, |video| covering(video, k))
    }

    fn start(
        path: &Path,
        limits: &Limits,
        first: impl FnOnce(&Video) -> usize,
    ) -> Result<Self, StudioError> {
        let (file, movie) = demux::open(path, limits)?;
        let video = movie.video;
        let descriptions = video.own_h264()?.to_vec();
        let next = first(&video);
        let not_before = match next {
            0 => i64::MIN,
            n => video.samples.get(n).map_or(i64::MIN, Sample::shown),
        };
        Ok(Self {
            full_range: descriptions
                .iter()
                .find_map(picture)
                .is_some_and(|sps| sps.full_range),
            later: later(&video.samples),
            decoder: RustyH264::new(),
            told: None,
            waiting: BTreeMap::new(),
            file,
            video,
            descriptions,
            next,
            not_before,
        })
    }

    /// Decodes sample `n` and files its frame.
    fn decode(&mut self, n: usize) -> Result<(), StudioError> {
        let sample = self.video.samples[n];
        let unit = self.annex_b(&sample)?;
        let decoded = guarded(&mut self.decoder, &unit)?;
        let wanted = self.video.plays(&sample) && sample.shown() >= self.not_before;
        if wanted {
            let frame = self.upright(decoded)?;
            self.waiting.insert((sample.shown(), n), frame);
        }
        Ok(())
    }

    /// The sample as a byte stream, behind its parameter sets where they are new.
    fn annex_b(&mut self, sample: &Sample) -> Result<Vec<u8>, StudioError> {
        let description = &self.descriptions[sample.entry as usize];
        let mut unit = Vec::with_capacity(sample.size as usize + 64);
        if self.told != Some(sample.entry) {
            let pps = &description.picture_parameter_sets;
            for set in description.sequence_parameter_sets.iter().chain(pps) {
                nal::push_annex_b(set, &mut unit);
            }
            self.told = Some(sample.entry);
        }
        let mut data = vec![0; sample.size as usize];
        let read = StudioError::io("read the video");
        let found = self.file.seek(SeekFrom::Start(sample.at));
        found
            .and_then(|_| self.file.read_exact(&mut data))
            .map_err(read)?;
        nal::to_annex_b(&data, description.length_size, &mut unit)?;
        self.check_size(&unit)?;
        Ok(unit)
    }

    /// A parameter set in the stream may claim any size: memory is given out for the checked one.
    fn check_size(&self, unit: &[u8]) -> Result<(), StudioError> {
        let fits = nal::units(unit)
            .filter(|nal| nal::kind(nal) == nal::SPS)
            .all(|nal| nal::Sps::parse(nal).is_some_and(|sps| sps.size == self.video.size));
        fits.then_some(())
            .ok_or_else(|| StudioError::bad_video("its frames change their size"))
    }

    fn upright(&self, mut frame: Frame) -> Result<Frame, StudioError> {
        if frame.size != self.video.size {
            return Err(StudioError::bad_video("its frames change their size"));
        }
        if self.full_range {
            limit_range(&mut frame);
        }
        Ok(turned(frame, self.video.rotation))
    }
}

impl Decoder for H264 {
    fn size(&self) -> Size {
        self.video.shown_size()
    }

    fn timescale(&self) -> u32 {
        self.video.timescale
    }

    fn next_shown(&mut self) -> Result<Option<Shown>, StudioError> {
        loop {
            let decoded_all = self.next == self.video.samples.len();
            if let Some((&(shown, n), _)) = self.waiting.first_key_value() {
                let turn = decoded_all
                    || self.waiting.len() > MAX_REORDERED
                    || shown <= self.later[self.next - 1];
                if turn {
                    let frame = self.waiting.remove(&(shown, n));
                    return Ok(frame.map(|frame| self.timed(n, frame)));
                }
            }
            if decoded_all {
                return Ok(None);
            }
            self.decode(self.next)?;
            self.next += 1;
        }
    }
}

impl H264 {
    fn timed(&self, n: usize, frame: Frame) -> Shown {
        let sample = &self.video.samples[n];
        let (start, end) = self.video.played;
        let until = sample
            .shown()
            .saturating_add(i64::from(sample.duration))
            .min(end);
        let since = |ticks: i64| ticks.saturating_sub(start).max(0).unsigned_abs();
        Shown {
            from: since(sample.shown()),
            until: since(until),
            frame,
        }
    }
}

/// Runs the decoder on one access unit. It is young and the bytes are a stranger's: a bug in it ends
/// this file and not the worker.
fn guarded(decoder: &mut RustyH264, unit: &[u8]) -> Result<Frame, StudioError> {
    let run = catch_unwind(AssertUnwindSafe(|| decoder.decode(unit)));
    // After a panic the decoder's state is anyone's guess; the error below ends its use.
    match run {
        Ok(Ok(Some(found))) => {
            let size = Size {
                width: found.width as u32,
                height: found.height as u32,
            };
            Ok(Frame {
                size,
                y: found.y,
                u: found.u,
                v: found.v,
            })
        }
        Ok(Ok(None)) => Err(StudioError::bad_video("a frame holds no picture")),
        Ok(Err(e)) => Err(StudioError::bad_video(e.to_string())),
        Err(_) => Err(StudioError::bad_video("a frame does not decode")),
    }
}

/// For each sample, the earliest time at which any later one is shown.
fn later(samples: &[Sample]) -> Vec<i64> {
    let mut later = vec![i64::MAX; samples.len()];
    for n in (1..samples.len()).rev() {
        later[n - 1] = later[n].min(samples[n].shown());
    }
    later
}

/// The last keyframe with at least `k` played frames shown from it on; the first sample if none.
fn covering(video: &Video, k: usize) -> usize {
    let keys = (0..video.samples.len())
        .rev()
        .filter(|n| video.samples[*n].key);
    let enough = |n: &usize| {
        let from = video.samples[*n].shown();
        let shown = video.samples[*n..]
            .iter()
            .filter(|s| s.shown() >= from && video.plays(s));
        shown.count() >= k
    };
    keys.into_iter().find(enough).unwrap_or(0)
}
