//! What the demo makes videos from: two stills and a clip, drawn here, and a melody (see `melody`), so
//! that the demo needs no file and no network.

use std::{
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

use super::melody;

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

/// The made media.
pub(super) struct Media {
    pub(super) start_image: Vec<u8>,
    pub(super) end_image: Vec<u8>,
    pub(super) video: PathBuf,
    /// An MP3.
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
        audio: melody::mp3()?,
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

#[cfg(test)]
mod tests {
    use framewright_core::media::{Family, sniff_as};
    use framewright_studio::picture::Picture;

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
}
