//! The sound of the demo: a short melody, composed and encoded here as an MP3, the format that most
//! people bring along. Not the server's audio: that is the studio's, and AAC.

use std::f64::consts::TAU;

use anyhow::Context as _;
use rusty_mp3::{Mp3Encoder, Mp3EncoderConfig};

/// Samples a second; mono.
const RATE: u32 = 44_100;

/// The notes in Hz: a pentatonic scale up and down again.
const NOTES: [f64; 12] = [
    261.63, 293.66, 329.63, 392.0, 440.0, 523.25, 523.25, 440.0, 392.0, 329.63, 293.66, 261.63,
];
/// Seconds of one note.
const NOTE_S: f64 = 0.5;

/// Constant, so that the length can be told from the size too.
const KBPS: u32 = 96;

/// The melody, 6 s long.
///
/// # Errors
/// When the encoder refuses the sound.
pub(super) fn mp3() -> anyhow::Result<Vec<u8>> {
    let mut encoder = Mp3Encoder::new(Mp3EncoderConfig {
        bitrate_kbps: KBPS,
        vbr_quality: None,
    });
    encoder
        .push_pcm_s16(&samples(), 1, RATE)
        .context("encoding the melody")?;
    // All packets are taken after the end, when the first of them, which tells the length, is final.
    encoder.finish();
    let packets = std::iter::from_fn(|| encoder.next_packet().ok());
    Ok(packets.flatten().collect())
}

fn samples() -> Vec<i16> {
    let per_note = (f64::from(RATE) * NOTE_S) as u32;
    let note = |pitch: f64| (0..per_note).map(move |n| sample(pitch, f64::from(n)));
    NOTES.into_iter().flat_map(note).collect()
}

/// A note that fades like a plucked string, with a little of its octave.
fn sample(pitch: f64, n: f64) -> i16 {
    let seconds = n / f64::from(RATE);
    let wave = (TAU * pitch * seconds).sin() + 0.3 * (2.0 * TAU * pitch * seconds).sin();
    // From silence within 5 ms, so that no note begins with a click.
    let loudness = (seconds / 0.005).min(1.0) * (-4.0 * seconds).exp();
    (wave * loudness * 0.4 * f64::from(i16::MAX)) as i16
}

#[cfg(test)]
mod tests {
    use std::fs;

    use framewright_core::media::{Family, Format, sniff_as};
    use framewright_studio::audio;

    use super::mp3;

    #[test]
    fn the_melody_is_an_mp3_of_six_seconds() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("melody.mp3");
        let file = mp3().expect("encoded");
        assert_eq!(sniff_as(Family::Audio, &file), Ok(Format::Mp3));
        fs::write(&path, file).expect("written");
        let ms = audio::duration_ms(&path).expect("sound");
        // Some readers count the frame or two that the encoder adds at the ends.
        assert!((6_000..6_100).contains(&ms), "{ms} ms");
    }
}
