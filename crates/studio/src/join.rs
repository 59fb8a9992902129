//! The first half of an extended clip: the parent's own samples, copied and not encoded again.
//!
//! New frames follow with a description of their own unless theirs is the parent's, which it is
//! when the parent is a clip of ours in the same size. Sound is not carried over.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use mp4_atom::Avcc;

use crate::decode::Limits;
use crate::demux::{self, Video};
use crate::encode::ParameterSets;
use crate::error::StudioError;
use crate::frame::Size;
use crate::mux::{Mp4Writer, VideoSample};

/// The file whose samples come first.
pub(crate) struct Parent {
    file: File,
    video: Video,
    /// Its descriptions, and ours behind them once it is known to differ.
    entries: Vec<Avcc>,
    /// Ticks of the new track in one of the parent's.
    factor: u32,
}

impl Parent {
    /// Opens a parent that is shown at `size`, for new frames at `fps`.
    ///
    /// # Errors
    /// [`StudioError::NeedsFfmpeg`] when its video is not H.264 that we read,
    /// [`StudioError::Impossible`] when the size is another, [`StudioError::Malformed`],
    /// [`StudioError::TooLarge`], [`StudioError::Io`].
    pub fn open(path: &Path, size: Size, fps: u32) -> Result<Self, StudioError> {
        let (file, movie) = demux::open(path, &Limits::default())?;
        let video = movie.video;
        let entries = video.own_h264()?.to_vec();
        if video.shown_size() != size {
            let Size { width, height } = video.shown_size();
            return Err(StudioError::Impossible {
                why: format!(
                    "{} x {} does not go on {width} x {height}",
                    size.width, size.height
                ),
            });
        }
        // The least multiple of the parent's clock in which a new frame lasts whole ticks.
        let factor = fps / gcd(video.timescale, fps);
        if video.timescale.checked_mul(factor).is_none() {
            return Err(StudioError::bad_video("its clock is too fine to go on"));
        }
        Ok(Self {
            file,
            video,
            entries,
            factor,
        })
    }

    /// Ticks in a second of the joined track.
    pub fn timescale(&self) -> u32 {
        self.video.timescale * self.factor
    }

    /// Of the coded picture: what new frames are turned back to.
    pub fn coded_size(&self) -> Size {
        self.video.size
    }

    pub fn rotation(&self) -> u16 {
        self.video.rotation
    }

    pub fn samples(&self) -> u32 {
        self.video.samples.len() as u32
    }

    /// Where the joined presentation begins, in ticks of the joined track.
    pub fn starts_at(&self) -> u64 {
        self.video.played.0.max(0).unsigned_abs() * u64::from(self.factor)
    }

    /// How long the parent is played, in ticks of the joined track.
    pub fn duration(&self) -> u64 {
        self.video.duration() * u64::from(self.factor)
    }

    /// Composition minus decode time of the new frames, so that the first is shown when the
    /// parent's last goes away.
    pub fn offset(&self) -> i64 {
        let samples = &self.video.samples;
        let decoded = samples
            .last()
            .map_or(0, |s| s.decode + u64::from(s.duration));
        let shown = self.video.played.1;
        (shown - i64::try_from(decoded).unwrap_or(i64::MAX)) * i64::from(self.factor)
    }

    /// Copies every sample.
    ///
    /// # Errors
    /// [`StudioError::Io`], [`StudioError::TooLarge`].
    pub fn copy_into(&mut self, writer: &mut Mp4Writer) -> Result<(), StudioError> {
        let mut data = Vec::new();
        for sample in &self.video.samples {
            data.resize(sample.size as usize, 0);
            let found = self.file.seek(SeekFrom::Start(sample.at));
            found
                .and_then(|_| self.file.read_exact(&mut data))
                .map_err(StudioError::io("read the parent"))?;
            writer.push(VideoSample {
                data: &data,
                duration: sample.duration.saturating_mul(self.factor),
                offset: sample.offset.saturating_mul(i64::from(self.factor)),
                key: sample.key,
                entry: sample.entry,
            })?;
        }
        Ok(())
    }

    /// The number of the description for frames of `sets`, and whether it is new to the file.
    ///
    /// # Errors
    /// [`StudioError::Encode`] for parameter sets that are none.
    pub fn describe(&mut self, sets: &ParameterSets) -> Result<(u32, bool), StudioError> {
        let same = |avcc: &Avcc| {
            avcc.length_size == 4
                && avcc.sequence_parameter_sets == [sets.sps.clone()]
                && avcc.picture_parameter_sets == [sets.pps.clone()]
        };
        if let Some(known) = self.entries.iter().position(same) {
            return Ok((known as u32, false));
        }
        self.entries.push(sets.to_avcc()?);
        Ok((self.entries.len() as u32 - 1, true))
    }

    /// All descriptions of the joined track.
    pub fn into_entries(self) -> Vec<Avcc> {
        self.entries
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}
