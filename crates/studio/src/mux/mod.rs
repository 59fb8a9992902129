//! Writes an MP4 that plays while it loads: index first, samples streamed behind it, sound laid
//! between them every half second. Not an encoder, and it holds no picture: samples go to disk as
//! they come.
//!
//! The index has to stand before samples whose sizes are not known yet, so room for the largest
//! index that the announced number of samples can need is left open, and filled in at the end; what
//! is over becomes a `free` box of some kilobytes.

mod boxes;
mod labels;
mod tables;

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};

use mp4_atom::{Avcc, Encode, Header};

use crate::audio::AacTrack;
use crate::clip::Labels;
use crate::error::StudioError;
use crate::frame::Size;
use tables::Tables;

/// Video samples in one chunk before sound gets its turn: half a second at 24 fps.
const CHUNK_SAMPLES: u32 = 12;

/// The largest file this writer makes: chunk offsets are 32 bits, which every player reads.
const MAX_BYTES: u64 = u32::MAX as u64;

/// What the video track says of itself.
#[derive(Clone, Debug)]
pub struct VideoTrack {
    /// Of the coded picture, before rotation.
    pub size: Size,
    /// Clockwise degrees that a player turns the picture: 0, 90, 180, 270.
    pub rotation: u16,
    /// Ticks in a second, for every duration and offset of the track.
    pub timescale: u32,
    /// Where in the samples' composition time the presentation begins, in ticks.
    pub starts_at: u64,
    /// Samples that will be pushed; the index has room for no more.
    pub samples: u32,
}

/// One coded frame on its way into the file, times in ticks of the track.
#[derive(Clone, Copy, Debug)]
pub struct VideoSample<'a> {
    pub data: &'a [u8],
    pub duration: u32,
    /// Composition time minus decode time.
    pub offset: i64,
    pub key: bool,
    /// Which of the entries given to [`Mp4Writer::finish`] describes it, from 0.
    pub entry: u32,
}

/// An MP4 being written.
pub struct Mp4Writer {
    out: BufWriter<File>,
    track: VideoTrack,
    audio: Option<Sound>,
    labels: Labels,
    video: Tables,
    /// Where the index goes, and how much room it has.
    index_at: u64,
    room: u64,
    at: u64,
    chunk: Chunk,
}

/// The chunk being filled.
#[derive(Default)]
struct Chunk {
    at: u64,
    samples: u32,
    entry: u32,
}

struct Sound {
    track: AacTrack,
    tables: Tables,
    next: usize,
}

impl Mp4Writer {
    /// Starts the file: brands, provenance, room for the index, the head of the samples.
    ///
    /// # Errors
    /// [`StudioError::Io`].
    pub fn start(
        file: File,
        track: VideoTrack,
        audio: Option<AacTrack>,
        labels: Labels,
    ) -> Result<Self, StudioError> {
        let mut out = BufWriter::new(file);
        let mut head = Vec::new();
        encode(&boxes::brands(), &mut head)?;
        encode(&labels::provenance(&labels), &mut head)?;
        let units = audio.as_ref().map_or(0, |a| a.units.len() as u64);
        let room = boxes::room(track.samples, units, &labels);
        let index_at = head.len() as u64;
        head.resize(head.len() + room as usize, 0);
        // The length of `mdat` is filled in at the end.
        head.extend_from_slice(b"\0\0\0\0mdat");
        out.write_all(&head).map_err(StudioError::io(WRITE))?;
        let audio = audio.map(|track| Sound {
            track,
            tables: Tables::default(),
            next: 0,
        });
        let (video, chunk) = (Tables::default(), Chunk::default());
        let at = head.len() as u64;
        Ok(Self {
            out,
            track,
            audio,
            labels,
            video,
            index_at,
            room,
            at,
            chunk,
        })
    }

    /// Appends the next frame in decode order.
    ///
    /// # Errors
    /// [`StudioError::Io`]; [`StudioError::TooLarge`] past 4 GiB; [`StudioError::Impossible`] past
    /// the announced number of samples.
    pub fn push(&mut self, sample: VideoSample<'_>) -> Result<(), StudioError> {
        if self.video.len() >= self.track.samples {
            return Err(StudioError::Impossible {
                why: format!("more than the {} frames announced", self.track.samples),
            });
        }
        if self.chunk.samples == CHUNK_SAMPLES || self.chunk.entry != sample.entry {
            self.end_chunk()?;
        }
        if self.chunk.samples == 0 {
            self.chunk = Chunk {
                at: self.at,
                samples: 0,
                entry: sample.entry,
            };
        }
        self.append(sample.data)?;
        self.chunk.samples += 1;
        self.video.push(
            sample.data.len() as u32,
            sample.duration,
            sample.offset,
            sample.key,
        );
        Ok(())
    }

    /// Writes the rest of the sound and the index, and gives the file back unsynced.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub fn finish(mut self, entries: &[Avcc]) -> Result<File, StudioError> {
        self.end_chunk()?;
        self.sound_until(u64::MAX)?;
        let mut index = Vec::new();
        let audio = self
            .audio
            .as_ref()
            .map(|sound| (&sound.track, &sound.tables));
        encode(
            &boxes::index(&self.track, &self.video, entries, audio, &self.labels),
            &mut index,
        )?;
        let spare = self
            .room
            .checked_sub(index.len() as u64 + 8)
            .ok_or_else(|| {
                StudioError::encode_video("the index outgrew the room that was left for it")
            })?;
        encode(
            &Header {
                kind: b"free".into(),
                size: Some(spare as usize),
            },
            &mut index,
        )?;
        self.patch(self.index_at, &index)?;
        let samples_at = self.index_at + self.room;
        self.patch(samples_at, &((self.at - samples_at) as u32).to_be_bytes())?;
        self.out
            .into_inner()
            .map_err(|e| StudioError::io(WRITE)(e.into_error()))
    }

    fn patch(&mut self, at: u64, bytes: &[u8]) -> Result<(), StudioError> {
        self.out
            .seek(SeekFrom::Start(at))
            .map_err(StudioError::io(WRITE))?;
        self.out.write_all(bytes).map_err(StudioError::io(WRITE))
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), StudioError> {
        self.at += bytes.len() as u64;
        if self.at > MAX_BYTES {
            return Err(StudioError::TooLarge {
                kind: crate::error::Media::Video,
                what: "the file in bytes",
                found: self.at,
                limit: MAX_BYTES,
            });
        }
        self.out.write_all(bytes).map_err(StudioError::io(WRITE))
    }

    /// Closes the chunk and brings the sound up to the same time.
    fn end_chunk(&mut self) -> Result<(), StudioError> {
        if self.chunk.samples == 0 {
            return Ok(());
        }
        let chunk = std::mem::take(&mut self.chunk);
        self.video.chunk(chunk.at, chunk.samples, chunk.entry);
        self.sound_until(self.video.duration())
    }

    /// Writes the sound that is heard before `ticks` of the video track.
    fn sound_until(&mut self, ticks: u64) -> Result<(), StudioError> {
        let Some(mut sound) = self.audio.take() else {
            return Ok(());
        };
        let rate = u128::from(sound.track.sample_rate);
        let until = u128::from(ticks) * rate / u128::from(self.track.timescale);
        let (at, first) = (self.at, sound.next);
        while u128::from(sound.tables.duration()) < until.saturating_add(1) {
            let Some(unit) = sound.track.units.get(sound.next) else {
                break;
            };
            self.append(unit)?;
            sound
                .tables
                .push(unit.len() as u32, AacTrack::UNIT_SAMPLES, 0, true);
            sound.next += 1;
        }
        if sound.next > first {
            sound.tables.chunk(at, (sound.next - first) as u32, 0);
        }
        self.audio = Some(sound);
        Ok(())
    }
}

const WRITE: &str = "write the clip";

fn encode(atom: &impl Encode, out: &mut Vec<u8>) -> Result<(), StudioError> {
    atom.encode(out).map_err(StudioError::encode_video)
}
