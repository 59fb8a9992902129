//! Reads the index of an MP4 or MOV: which samples the video has, where they lie, how they are
//! described, when they are shown. Decodes no picture and trusts no number in the file: every
//! offset, count and size is checked against the file's length and the caller's limits.
//!
//! The boxes are walked here and only their contents are given to mp4-atom, so that a box that it
//! cannot read spoils nothing but itself. (`re_mp4` indexes its tables unchecked and panics on a
//! damaged file.)

mod samples;
mod track;
mod walk;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use mp4_atom::Avcc;

use crate::decode::Limits;
use crate::error::{Media, StudioError};
use crate::frame::Size;
use crate::nal::Sps;

/// The largest index read: an hour of frames needs about two MiB.
const MAX_INDEX_BYTES: u64 = 64 << 20;

/// One coded frame in the file. Times are ticks of the track, counted from its first sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// From the start of the file; `at + size` lies within it.
    pub at: u64,
    pub size: u32,
    /// Decode time.
    pub decode: u64,
    pub duration: u32,
    /// Composition time minus decode time.
    pub offset: i64,
    pub key: bool,
    /// Index into the descriptions of [`Codec::H264`].
    pub entry: u32,
}

impl Sample {
    /// Composition time: when the frame is shown, before the edit list.
    #[must_use]
    pub fn shown(&self) -> i64 {
        i64::try_from(self.decode)
            .unwrap_or(i64::MAX)
            .saturating_add(self.offset)
    }
}

/// How the video is coded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Codec {
    /// One description per sample entry, at least one.
    H264(Vec<Avcc>),
    /// Four-letter code of the first sample entry.
    Other(String),
}

/// The first video track of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Video {
    pub codec: Codec,
    /// Of the coded picture, before rotation.
    pub size: Size,
    /// Clockwise degrees that a player turns the picture: 0, 90, 180 or 270.
    pub rotation: u16,
    /// Ticks in a second, at least 1.
    pub timescale: u32,
    /// In decode order.
    pub samples: Vec<Sample>,
    /// The part of the composition time that is played, by the edit list: from, until.
    pub played: (i64, i64),
}

/// What is known of a file before any of it is decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movie {
    pub video: Video,
    /// RFC 6381 code of the first sound track.
    pub audio_codec: Option<String>,
    /// Length of the file.
    pub bytes: u64,
}

impl Video {
    /// Whether a sample's frame is on screen at some time.
    #[must_use]
    pub fn plays(&self, sample: &Sample) -> bool {
        let from = sample.shown();
        let until = from.saturating_add(i64::from(sample.duration));
        until > self.played.0 && from < self.played.1
    }

    /// Ticks that are played.
    #[must_use]
    pub fn duration(&self) -> u64 {
        self.played
            .1
            .saturating_sub(self.played.0)
            .max(0)
            .unsigned_abs()
    }

    /// Size as shown.
    #[must_use]
    pub fn shown_size(&self) -> Size {
        let Size { width, height } = self.size;
        if self.rotation.is_multiple_of(180) {
            self.size
        } else {
            Size {
                width: height,
                height: width,
            }
        }
    }

    /// The descriptions, if this is H.264 that we decode ourselves.
    ///
    /// # Errors
    /// [`StudioError::NeedsFfmpeg`] that names what it is.
    pub fn own_h264(&self) -> Result<&[Avcc], StudioError> {
        let codec = match &self.codec {
            Codec::Other(code) => walk::codec_name(code).to_owned(),
            Codec::H264(entries) => match entries.iter().find_map(beyond_us) {
                None => return Ok(entries),
                Some(what) => what.to_owned(),
            },
        };
        Err(StudioError::NeedsFfmpeg { codec })
    }
}

/// The picture that a description stands for.
pub(crate) fn picture(avcc: &Avcc) -> Option<Sps> {
    avcc.sequence_parameter_sets
        .first()
        .and_then(|sps| Sps::parse(sps))
}

fn beyond_us(avcc: &Avcc) -> Option<&'static str> {
    avcc.sequence_parameter_sets
        .iter()
        .filter_map(|sps| Sps::parse(sps)?.beyond_us())
        .next()
}

/// Opens a file and reads its index.
///
/// # Errors
/// [`StudioError::NeedsFfmpeg`] for a container that is not MP4 or MOV, or a fragmented one;
/// [`StudioError::Malformed`], [`StudioError::TooLarge`], [`StudioError::Io`].
pub fn open(path: &Path, limits: &Limits) -> Result<(File, Movie), StudioError> {
    let mut file = File::open(path).map_err(StudioError::io("open the video"))?;
    let bytes = file.seek(SeekFrom::End(0)).map_err(StudioError::io(READ))?;
    let index = find_index(&mut file, bytes)?;
    let movie = track::movie(&index, bytes, limits)?;
    check(&movie.video, limits)?;
    Ok((file, movie))
}

const READ: &str = "read the video";

/// The body of the `moov` box, wherever among the top-level boxes it lies.
fn find_index(file: &mut File, bytes: u64) -> Result<Vec<u8>, StudioError> {
    let mut at = 0;
    while at < bytes {
        let head = read_at(file, at, bytes, 16)?;
        let known = at > 0 || head.get(4..8).is_some_and(walk::may_begin_a_file);
        let (kind, header, size) = match walk::header(&head) {
            Some(found) if known => found,
            _ if at == 0 => return Err(walk::not_mp4(&head)),
            _ => break,
        };
        let end = size.map_or(bytes, |size| at.saturating_add(size));
        if kind == *b"moov" {
            let (from, length) = (at + header, end.min(bytes).saturating_sub(at + header));
            within("its index in bytes", length, MAX_INDEX_BYTES)?;
            return read_at(file, from, bytes, length);
        }
        at = end;
    }
    Err(StudioError::bad_video(
        "it has no index (moov): the file may be cut short",
    ))
}

/// Up to `length` bytes from `at`, fewer at the end of the file.
fn read_at(file: &mut File, at: u64, bytes: u64, length: u64) -> Result<Vec<u8>, StudioError> {
    let mut out = vec![0; length.min(bytes.saturating_sub(at)) as usize];
    file.seek(SeekFrom::Start(at))
        .map_err(StudioError::io(READ))?;
    file.read_exact(&mut out).map_err(StudioError::io(READ))?;
    Ok(out)
}

fn check(video: &Video, limits: &Limits) -> Result<(), StudioError> {
    let Size { width, height } = video.size;
    within(
        "pixels in a frame",
        u64::from(width) * u64::from(height),
        limits.max_pixels,
    )?;
    let ms = u128::from(video.duration()) * 1000 / u128::from(video.timescale);
    within("its length in ms", ms as u64, limits.max_duration_ms)
}

fn within(what: &'static str, found: u64, limit: u64) -> Result<(), StudioError> {
    if found <= limit {
        return Ok(());
    }
    Err(StudioError::TooLarge {
        kind: Media::Video,
        what,
        found,
        limit,
    })
}
