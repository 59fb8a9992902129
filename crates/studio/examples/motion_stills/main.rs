//! Contact sheets of everything that moves pictures, as PNG files, with the time that a frame takes:
//! `cargo run --release --example motion_stills -- OUT [PICTURE [SECOND PICTURE]]`.
//! Without a picture it takes two evenings that `places` paints.

mod places;

use std::path::{Path, PathBuf};

use framewright_studio::camera::{Camera, CameraOrder, Motion};
use framewright_studio::carry_on::{CarryOn, CarryOrder};
use framewright_studio::colour;
use framewright_studio::error::StudioError;
use framewright_studio::frame::{Frame, FrameSource, Shot, Size};
use framewright_studio::morph::{Morph, MorphOrder};
use framewright_studio::picture::{PAPER, Picture};
use framewright_studio::style::{Restyle, StyleOrder};

use crate::places::{evening, meadow};

const SIZE: Size = Size {
    width: 1280,
    height: 720,
};
const FRAMES: u32 = 120;
/// Frames in a row of a sheet.
const COLUMNS: u32 = 5;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let out = arguments.next().ok_or("say where the sheets go")?;
    std::fs::create_dir_all(&out)?;
    let mut picture = |hour: f32| match arguments.next() {
        Some(path) => Ok(Picture::decode(&std::fs::read(path)?, PAPER)?),
        None => evening(hour),
    };
    let (first, second) = (picture(0.0)?, picture(1.0)?);
    camera_sheet(&out, &first)?;
    morph_sheet(&out, &first, &second)?;
    carry_on_sheet(&out, &first, &second)?;
    style_sheet(&out, &first)
}

fn camera_sheet(out: &Path, picture: &Picture) -> Outcome<()> {
    let mut rows = Vec::new();
    for variant in 0..4 {
        rows.push(row("camera", &mut camera(picture, variant)));
    }
    save(&out.join("camera.png"), &rows)
}

fn camera(picture: &Picture, variant: u8) -> Camera {
    let motion = Motion::High;
    let order = CameraOrder {
        picture,
        size: SIZE,
        frames: FRAMES,
        motion,
        variant,
        seed: 1,
        prompt: "",
    };
    Camera::new(&order)
}

fn morph_sheet(out: &Path, first: &Picture, second: &Picture) -> Outcome<()> {
    let order = |start, end| MorphOrder {
        start,
        end,
        size: SIZE,
        frames: FRAMES,
        motion: Motion::High,
        seed: 1,
    };
    // The same place an hour later, and two places that have nothing to do with each other.
    let other = meadow()?;
    let rows = [
        row(
            "morph of like pictures",
            &mut Morph::new(&order(first, second)),
        ),
        row(
            "morph of unlike pictures",
            &mut Morph::new(&order(first, &other)),
        ),
    ];
    save(&out.join("morph.png"), &rows)
}

fn carry_on_sheet(out: &Path, first: &Picture, second: &Picture) -> Outcome<()> {
    let mut parent = camera(first, 0);
    let tail: Vec<_> = (FRAMES - 8..FRAMES)
        .map(|n| painted(&mut parent, n))
        .collect();
    let mut rows = Vec::new();
    for (variant, image) in [
        (0, None),
        (1, None),
        (2, None),
        (3, None),
        (0, Some(second)),
    ] {
        let order = CarryOrder {
            tail: &tail,
            size: SIZE,
            frames: FRAMES,
            motion: Motion::High,
            variant,
            seed: 1,
            prompt: "",
            image,
        };
        rows.push(row("carry on", &mut CarryOn::new(&order)?));
    }
    save(&out.join("carry_on.png"), &rows)
}

/// A camera move as a source of frames.
struct Filmed {
    camera: Camera,
    at: u32,
}

impl FrameSource for Filmed {
    fn next_frame(&mut self) -> Result<Option<Frame>, StudioError> {
        self.at += 1;
        Ok((self.at <= FRAMES).then(|| painted(&mut self.camera, self.at - 1)))
    }
}

fn style_sheet(out: &Path, picture: &Picture) -> Outcome<()> {
    let looks = [
        "film",
        "anime",
        "pencil sketch",
        "noir",
        "vintage",
        "neon",
        "watercolor",
        "oil painting",
        "warm",
        "golden hour",
        "winter",
        "night",
        "dreamy",
        "anime at night",
        "noir",
    ];
    let mut rows = Vec::new();
    for looks in looks.chunks(COLUMNS as usize) {
        let mut frames = Vec::new();
        for prompt in looks {
            let order = StyleOrder {
                prompt,
                flip: false,
                size: SIZE,
                seed: 1,
            };
            let source = Filmed {
                camera: camera(picture, 0),
                at: 60,
            };
            let mut shot = Restyle::new(&order, Box::new(source));
            painted(&mut shot, 0);
            frames.push(timed(prompt, &mut shot, &[1, 2, 3]).remove(2));
        }
        rows.push(frames);
    }
    save(&out.join("style.png"), &rows)
}

fn row(name: &str, shot: &mut impl Shot) -> Vec<Frame> {
    let wanted: Vec<_> = (0..COLUMNS)
        .map(|i| i * (FRAMES - 1) / (COLUMNS - 1))
        .collect();
    timed(name, shot, &wanted)
}

fn timed(name: &str, shot: &mut impl Shot, wanted: &[u32]) -> Vec<Frame> {
    let start = cpu_ms();
    let frames = wanted.iter().map(|&n| painted(shot, n)).collect();
    let each = (cpu_ms() - start) / wanted.len() as f64;
    println!("{name}: {each:.1} ms of CPU a frame");
    frames
}

/// Time that this process has spent on a processor, as Linux counts it; 0 elsewhere.
fn cpu_ms() -> f64 {
    let spent = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds = spent.split(' ').next().and_then(|first| first.parse().ok());
    nanoseconds.unwrap_or(0.0) / 1e6
}

fn painted(shot: &mut impl Shot, n: u32) -> Frame {
    let mut frame = Frame::black(SIZE);
    shot.paint(n, &mut frame);
    frame
}

fn save(path: &Path, rows: &[Vec<Frame>]) -> Outcome<()> {
    let (width, height) = (SIZE.width / 3, SIZE.height / 3);
    let mut sheet = image::RgbImage::new(COLUMNS * width, rows.len() as u32 * height);
    for (y, frames) in rows.iter().enumerate() {
        for (x, frame) in frames.iter().enumerate() {
            let still =
                image::RgbImage::from_raw(SIZE.width, SIZE.height, colour::frame_to_rgb(frame))
                    .ok_or("a frame is as long as its size says")?;
            let small = image::imageops::thumbnail(&still, width, height);
            image::imageops::replace(
                &mut sheet,
                &small,
                i64::from(x as u32 * width),
                i64::from(y as u32 * height),
            );
        }
    }
    sheet.save(path)?;
    println!("{}", path.display());
    Ok(())
}
