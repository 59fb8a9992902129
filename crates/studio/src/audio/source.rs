//! Samples out of a WAV or MP3 file, by symphonia.

use std::fs::File;
use std::path::Path;

use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;

use crate::error::StudioError;

/// A sound file being read.
pub(super) struct Source {
    format: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    sample_rate: u32,
}

impl Source {
    pub fn open(path: &Path) -> Result<Self, StudioError> {
        let file = File::open(path).map_err(StudioError::io("open the sound"))?;
        let stream = MediaSourceStream::new(Box::new(file), MediaSourceStreamOptions::default());
        let format = symphonia::default::get_probe()
            .probe(
                &Hint::new(),
                stream,
                FormatOptions::default(),
                MetadataOptions::default(),
            )
            .map_err(|_| StudioError::bad_audio("it is neither WAV nor MP3"))?;
        let track = format
            .default_track(TrackType::Audio)
            .ok_or_else(|| StudioError::bad_audio("it has no sound track"))?;
        let params = track
            .codec_params
            .as_ref()
            .and_then(|params| params.audio())
            .ok_or_else(|| StudioError::bad_audio("its sound track has no description"))?;
        let sample_rate = params
            .sample_rate
            .filter(|rate| (4_000..=768_000).contains(rate))
            .ok_or_else(|| StudioError::bad_audio("its sample rate is missing or absurd"))?;
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(params, &AudioDecoderOptions::default())
            .map_err(|_| StudioError::bad_audio("its codec is neither PCM nor MP3"))?;
        let track = track.id;
        Ok(Self {
            format,
            decoder,
            track,
            sample_rate,
        })
    }

    /// Samples per second.
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// The next piece, one plane per channel; none at the end. A packet that does not decode is left
    /// out, as players do; a file cut short ends early.
    pub fn next_planes(&mut self) -> Result<Option<Vec<Vec<f32>>>, StudioError> {
        loop {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => return Ok(None),
                Err(Error::IoError(e)) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
                    return Ok(None);
                }
                Err(Error::IoError(e)) => return Err(StudioError::io("read the sound")(e)),
                Err(e) => return Err(StudioError::bad_audio(e.to_string())),
            };
            if packet.track_id != self.track {
                continue;
            }
            match self.decoder.decode(&packet) {
                Ok(samples) => {
                    let mut planes: Vec<Vec<f32>> = Vec::new();
                    samples.copy_to_vecs_planar(&mut planes);
                    return Ok(Some(planes));
                }
                Err(Error::DecodeError(_)) => {}
                Err(e) => return Err(StudioError::bad_audio(e.to_string())),
            }
        }
    }
}
