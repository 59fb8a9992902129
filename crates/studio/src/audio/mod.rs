//! WAV or MP3 in, AAC-LC out, exactly as long as the clip. Not a mixer: sound is cut, padded with
//! silence, resampled when its rate is unusual, and otherwise left alone.

mod resample;
mod source;

use std::path::Path;

use syom::{EncodeContainer, EncodeOptions};

use crate::error::StudioError;
use source::Source;

/// The longest sound that is looked at, in seconds; what is behind it is not read.
const MAX_SECONDS: u64 = 600;

/// An encoded sound track, ready to lie beside the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AacTrack {
    /// `AudioSpecificConfig` (ISO/IEC 14496-3 1.6.2.1).
    pub config: Vec<u8>,
    pub sample_rate: u32,
    /// 1 or 2.
    pub channels: u16,
    /// Access units without ADTS headers, [`Self::UNIT_SAMPLES`] samples each.
    pub units: Vec<Vec<u8>>,
    /// Samples to be heard, without priming and padding.
    pub samples: u64,
}

impl AacTrack {
    /// Samples per channel in an access unit of AAC-LC.
    pub const UNIT_SAMPLES: u32 = 1024;
    /// Samples that the encoder puts before the first one of the sound (syom's guide, part 3).
    pub const PRIMING_SAMPLES: u32 = 1024;
    /// Of the whole track, mono or stereo.
    pub const BITS_PER_SECOND: u32 = 128_000;
}

/// Length of a WAV or MP3 in ms, counted by decoding it; at most 600,000 is told apart.
///
/// # Errors
/// [`StudioError::Malformed`] when it is neither, or holds no sound.
pub fn duration_ms(path: &Path) -> Result<u64, StudioError> {
    let mut source = Source::open(path)?;
    let enough = MAX_SECONDS * u64::from(source.sample_rate());
    let mut samples = 0;
    while samples < enough {
        let Some(planes) = source.next_planes()? else {
            break;
        };
        samples += planes.first().map_or(0, Vec::len) as u64;
    }
    if samples == 0 {
        return Err(StudioError::bad_audio("it holds no sound"));
    }
    Ok(samples * 1000 / u64::from(source.sample_rate()))
}

/// Encodes the sound of a WAV or MP3 to last exactly `ticks / timescale` seconds.
///
/// # Errors
/// [`StudioError::Malformed`] for the file, [`StudioError::Encode`] for the encoder.
pub fn encode(path: &Path, ticks: u64, timescale: u32) -> Result<AacTrack, StudioError> {
    let mut source = Source::open(path)?;
    let from = source.sample_rate();
    let sample_rate = if matches!(from, 44_100 | 48_000) {
        from
    } else {
        48_000
    };
    let mut planes = read(&mut source, samples_for(ticks, timescale, from))?;
    if sample_rate != from {
        planes = planes
            .iter()
            .map(|p| resample::resample(p, from, sample_rate))
            .collect();
    }
    let samples = samples_for(ticks, timescale, sample_rate);
    for plane in &mut planes {
        plane.resize(samples as usize, 0.0);
        // The encoder refuses what is louder than full scale, and NaN, which clamp lets through.
        plane
            .iter_mut()
            .for_each(|x| *x = if x.is_nan() { 0.0 } else { x.clamp(-1.0, 1.0) });
    }
    to_aac(&planes, sample_rate, samples)
}

/// Samples in `ticks` of picture, rounded to the nearest.
fn samples_for(ticks: u64, timescale: u32, rate: u32) -> u64 {
    let timescale = u64::from(timescale.max(1));
    (ticks * u64::from(rate) + timescale / 2) / timescale
}

/// The first `samples` samples (fewer when the file is shorter) in one or two planes.
fn read(source: &mut Source, samples: u64) -> Result<Vec<Vec<f32>>, StudioError> {
    let mut planes: Vec<Vec<f32>> = Vec::new();
    while planes.first().map_or(0, Vec::len) < samples as usize {
        let Some(mut more) = source.next_planes()? else {
            break;
        };
        // Front left and right come first in every layout; the rest of a surround mix is left out.
        more.truncate(2);
        planes.resize(planes.len().max(more.len()), Vec::new());
        planes
            .iter_mut()
            .zip(&more)
            .for_each(|(plane, more)| plane.extend_from_slice(more));
    }
    if planes.first().is_none_or(Vec::is_empty) {
        return Err(StudioError::bad_audio("it holds no sound"));
    }
    let longest = planes
        .iter()
        .map(Vec::len)
        .max()
        .unwrap_or(0)
        .min(samples as usize);
    planes
        .iter_mut()
        .for_each(|plane| plane.resize(longest, 0.0));
    Ok(planes)
}

fn to_aac(planes: &[Vec<f32>], sample_rate: u32, samples: u64) -> Result<AacTrack, StudioError> {
    let options = EncodeOptions::raw()
        .with_container(EncodeContainer::Raw)
        .with_bitrate_bps(AacTrack::BITS_PER_SECOND);
    let mut encoder = syom::Encoder::new(sample_rate, planes.len(), &options)
        .map_err(StudioError::encode_audio)?;
    let config = encoder.asc().to_vec();
    let mut units = Vec::new();
    let planes: Vec<&[f32]> = planes.iter().map(Vec::as_slice).collect();
    let mut keep = |frame: syom::EncodedFrame<'_>| {
        units.push(frame.au.to_vec());
        Ok(())
    };
    encoder
        .feed(&planes, &mut keep)
        .map_err(StudioError::encode_audio)?;
    encoder
        .finish(&mut keep)
        .map_err(StudioError::encode_audio)?;
    Ok(AacTrack {
        config,
        sample_rate,
        channels: planes.len() as u16,
        units,
        samples,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A 16-bit WAV of `seconds` of a 440 Hz tone.
    fn wav(rate: u32, channels: u16, seconds: f32) -> Vec<u8> {
        let frames = (rate as f32 * seconds) as u32;
        let bytes = frames * u32::from(channels) * 2;
        let mut out = Vec::new();
        out.extend_from_slice(b"RIFF");
        out.extend_from_slice(&(36 + bytes).to_le_bytes());
        out.extend_from_slice(b"WAVEfmt ");
        out.extend_from_slice(&16u32.to_le_bytes());
        out.extend_from_slice(&1u16.to_le_bytes());
        out.extend_from_slice(&channels.to_le_bytes());
        out.extend_from_slice(&rate.to_le_bytes());
        out.extend_from_slice(&(rate * u32::from(channels) * 2).to_le_bytes());
        out.extend_from_slice(&(channels * 2).to_le_bytes());
        out.extend_from_slice(&16u16.to_le_bytes());
        out.extend_from_slice(b"data");
        out.extend_from_slice(&bytes.to_le_bytes());
        for n in 0..frames {
            let x = (n as f32 / rate as f32 * 440.0 * std::f32::consts::TAU).sin() * 0.5;
            for _ in 0..channels {
                out.extend_from_slice(&((x * 32767.0) as i16).to_le_bytes());
            }
        }
        out
    }

    fn on_disk(bytes: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), bytes).expect("write the sound");
        file
    }

    /// Root mean square of what a track sounds like between two times in seconds.
    fn loudness(track: &AacTrack, from: f32, to: f32) -> f32 {
        let adts: Vec<u8> = track
            .units
            .iter()
            .flat_map(|unit| {
                syom::wrap_adts_au(unit, track.sample_rate, track.channels as usize)
                    .expect("a unit of ours")
            })
            .collect();
        let heard = syom::decode_with(&adts, &syom::DecodeOptions::unbounded()).expect("decodes");
        let at = |s: f32| (s * track.sample_rate as f32) as usize;
        let skip = AacTrack::PRIMING_SAMPLES as usize;
        let part = &heard.channels[0][skip + at(from)..skip + at(to)];
        (part.iter().map(|x| x * x).sum::<f32>() / part.len() as f32).sqrt()
    }

    #[test]
    fn sound_is_as_long_as_the_clip_whether_cut_or_padded() {
        for (seconds, frames) in [(2.0, 24), (0.5, 24)] {
            let file = on_disk(&wav(44_100, 2, seconds));
            let track = encode(file.path(), frames, 24).expect("encodes");
            assert_eq!(
                (track.samples, track.channels, track.sample_rate),
                (44_100, 2, 44_100)
            );
            let units = (44_100 + u64::from(AacTrack::PRIMING_SAMPLES)).div_ceil(1024);
            assert_eq!(track.units.len() as u64, units);
        }
    }

    #[test]
    fn a_short_sound_is_followed_by_silence() {
        let file = on_disk(&wav(48_000, 1, 0.5));
        let track = encode(file.path(), 24, 24).expect("encodes");
        assert!((loudness(&track, 0.1, 0.4) - 0.353).abs() < 0.03);
        assert!(loudness(&track, 0.6, 0.9) < 0.001);
    }

    #[test]
    fn an_unusual_rate_is_resampled_without_a_change_of_pitch_or_length() {
        let file = on_disk(&wav(22_050, 1, 1.0));
        let track = encode(file.path(), 24, 24).expect("encodes");
        assert_eq!((track.sample_rate, track.samples), (48_000, 48_000));
        assert!((loudness(&track, 0.2, 0.8) - 0.353).abs() < 0.03);
    }

    #[test]
    fn length_is_told_in_milliseconds() {
        let file = on_disk(&wav(8_000, 1, 3.25));
        assert_eq!(duration_ms(file.path()).expect("a sound"), 3250);
    }

    #[test]
    fn what_is_no_sound_is_refused() {
        let noise: Vec<u8> = (0u32..5000)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
            .collect();
        for bytes in [&b""[..], b"RIFF", &noise, &wav(48_000, 1, 0.0)] {
            let file = on_disk(bytes);
            let refused = duration_ms(file.path());
            assert!(
                matches!(refused, Err(StudioError::Malformed { .. })),
                "{refused:?}"
            );
        }
    }
}
