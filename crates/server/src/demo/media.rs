//! What the demo makes videos from: two stills, a clip and a melody, all drawn and composed here, so
//! that the demo needs no file and no network.

use std::{
    f64::consts::TAU,
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use framewright_studio::{
    clip::{self, ClipPlan, Labels},
    colour::frame_to_rgb,
    frame::{Frame, Shot, Size},
    scene::{Scene, SceneOrder},
};

/// The stills. The first is also the start of what ends in the second.
const STILL: Size = Size {
    width: 1280,
    height: 720,
};

const CLIP: Size = Size {
    width: 848,
    height: 480,
};
const CLIP_FRAMES: u32 = 120;
const FPS: u32 = 24;

/// Samples a second of the melody, which is mono with 16 bits.
const RATE: u32 = 44_100;

/// The notes of the melody in Hz: a pentatonic scale up and down again.
const NOTES: [f64; 12] = [
    261.63, 293.66, 329.63, 392.0, 440.0, 523.25, 523.25, 440.0, 392.0, 329.63, 293.66, 261.63,
];
/// Seconds of one note.
const NOTE_S: f64 = 0.5;

/// The made media.
pub(super) struct Media {
    pub(super) start_image: Vec<u8>,
    pub(super) end_image: Vec<u8>,
    pub(super) video: PathBuf,
    pub(super) audio: Vec<u8>,
}

/// Makes everything; the clip lies in `directory`. Takes some seconds of one core.
pub(super) fn make(directory: &Path) -> anyhow::Result<Media> {
    fs::create_dir_all(directory).context("making a directory for the media")?;
    let video = directory.join("source.mp4");
    make_clip(&video)?;
    Ok(Media {
        start_image: still("mountains by the sea at golden sunset"),
        end_image: still("the sea under a starry night sky with a full moon"),
        video,
        audio: melody(),
    })
}

/// A scene without its caption: media are what people bring along, and the caption belongs to what
/// is made of them. The caption stands in the lowest tenth, which is painted and left out.
struct Uncaptioned {
    scene: Scene,
    whole: Frame,
}

impl Uncaptioned {
    fn new(prompt: &str, size: Size, frames: u32) -> Self {
        let size = Size::even(size.width, size.height + size.height / 10);
        let (negative_prompt, seed, variant) = ("", 7, 0);
        let order = SceneOrder {
            prompt,
            negative_prompt,
            size,
            frames,
            seed,
            variant,
        };
        Self {
            scene: Scene::new(&order),
            whole: Frame::black(size),
        }
    }
}

impl Shot for Uncaptioned {
    fn paint(&mut self, n: u32, out: &mut Frame) {
        self.scene.paint(n, &mut self.whole);
        let planes = [
            (&mut out.y, &self.whole.y),
            (&mut out.u, &self.whole.u),
            (&mut out.v, &self.whole.v),
        ];
        for (kept, whole) in planes {
            let length = kept.len();
            kept.copy_from_slice(&whole[..length]);
        }
    }
}

fn make_clip(path: &Path) -> anyhow::Result<()> {
    let prompt = "a red car on a road through green hills at noon";
    let mut shot = Uncaptioned::new(prompt, CLIP, CLIP_FRAMES);
    let plan = ClipPlan {
        size: CLIP,
        fps: FPS,
        frames: CLIP_FRAMES,
        audio: None,
        after: None,
        labels: Labels::default(),
    };
    clip::write(
        &plan,
        &mut shot,
        path,
        &mut |_, _| ControlFlow::Continue(()),
    )
    .context("making the source video")?;
    Ok(())
}

/// One frame of a scene as a BMP.
fn still(prompt: &str) -> Vec<u8> {
    let mut frame = Frame::black(STILL);
    Uncaptioned::new(prompt, STILL, 1).paint(0, &mut frame);
    bmp(STILL, &frame_to_rgb(&frame))
}

/// A BMP (BITMAPINFOHEADER, 24 bits) of packed RGB rows, whose width is a multiple of four.
fn bmp(size: Size, rgb: &[u8]) -> Vec<u8> {
    const HEAD: u32 = 14 + 40;
    let mut file = Vec::with_capacity(HEAD as usize + rgb.len());
    file.extend_from_slice(b"BM");
    // The length of the file, two reserved words, where the pixels begin.
    for word in [HEAD + rgb.len() as u32, 0, HEAD] {
        file.extend_from_slice(&word.to_le_bytes());
    }
    for word in [40, size.width, size.height] {
        file.extend_from_slice(&word.to_le_bytes());
    }
    // One plane of 24 bits; then no compression, and five words that may be zero.
    file.extend_from_slice(&[1, 0, 24, 0]);
    file.extend_from_slice(&[0; 24]);
    // The rows stand from the bottom up, each pixel as blue, green, red.
    for row in rgb.chunks_exact(size.width as usize * 3).rev() {
        for pixel in row.chunks_exact(3) {
            file.extend(pixel.iter().rev());
        }
    }
    file
}

/// The melody as a WAV.
fn melody() -> Vec<u8> {
    let per_note = (f64::from(RATE) * NOTE_S) as u32;
    let samples: Vec<i16> = NOTES
        .iter()
        .flat_map(|pitch| (0..per_note).map(move |n| sample(*pitch, f64::from(n))))
        .collect();
    wav(&samples)
}

/// A note that fades like a plucked string, with a little of its octave.
fn sample(pitch: f64, n: f64) -> i16 {
    let seconds = n / f64::from(RATE);
    let wave = (TAU * pitch * seconds).sin() + 0.3 * (2.0 * TAU * pitch * seconds).sin();
    // From silence within 5 ms, so that no note begins with a click.
    let loudness = (seconds / 0.005).min(1.0) * (-4.0 * seconds).exp();
    (wave * loudness * 0.4 * f64::from(i16::MAX)) as i16
}

fn wav(samples: &[i16]) -> Vec<u8> {
    let bytes = samples.len() as u32 * 2;
    let mut file = Vec::with_capacity(44 + bytes as usize);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + bytes).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    file.extend_from_slice(&16_u32.to_le_bytes());
    // PCM, one channel.
    file.extend_from_slice(&[1, 0, 1, 0]);
    file.extend_from_slice(&RATE.to_le_bytes());
    file.extend_from_slice(&(RATE * 2).to_le_bytes());
    // Two bytes a sample of 16 bits.
    file.extend_from_slice(&[2, 0, 16, 0]);
    file.extend_from_slice(b"data");
    file.extend_from_slice(&bytes.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

#[cfg(test)]
mod tests {
    use framewright_core::media::{Family, sniff_as};
    use framewright_studio::{audio, picture::Picture};

    use super::*;

    #[test]
    fn the_still_is_a_picture_the_right_way_up() {
        let mut rgb = vec![0; 32 * 16 * 3];
        rgb[..3].copy_from_slice(&[255, 0, 0]);
        let file = bmp(
            Size {
                width: 32,
                height: 16,
            },
            &rgb,
        );
        assert!(sniff_as(Family::Image, &file).is_ok());
        let picture = Picture::decode(&file, [255; 3]).expect("readable");
        assert_eq!(picture.dimensions(), (32, 16));
        let rgb = frame_to_rgb(&picture.fit(Size {
            width: 32,
            height: 16,
        }));
        assert!(rgb[0] > rgb[rgb.len() - 3], "the red corner is at the top");
    }

    #[test]
    fn the_melody_is_six_seconds_of_sound() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("melody.wav");
        let file = melody();
        assert!(sniff_as(Family::Audio, &file).is_ok());
        fs::write(&path, file).expect("written");
        assert_eq!(audio::duration_ms(&path).expect("sound"), 6_000);
    }
}
