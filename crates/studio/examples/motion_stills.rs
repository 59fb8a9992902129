//! Contact sheets of everything that moves pictures, as PNG files, with the time that a frame takes:
//! `cargo run --release --example motion_stills -- OUT [PICTURE [SECOND PICTURE]]`.
//! Without a picture it paints two evenings of its own.

use std::path::{Path, PathBuf};

use framewright_studio::camera::{Camera, CameraOrder, Motion};
use framewright_studio::carry_on::{CarryOn, CarryOrder};
use framewright_studio::colour;
use framewright_studio::error::StudioError;
use framewright_studio::frame::{Frame, FrameSource, Shot, Size};
use framewright_studio::morph::{Morph, MorphOrder};
use framewright_studio::picture::{PAPER, Picture};
use framewright_studio::style::{Restyle, StyleOrder};
use tiny_skia::{
    Color, FillRule, GradientStop, LinearGradient, Paint, PathBuilder, Pixmap, Point, Rect,
    SpreadMode, Transform,
};

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

/// A lake among hills with a house and a tree; `hour` 0 is before sunset, 1 after, the sun lower and
/// everything a little further left.
fn evening(hour: f32) -> Outcome<Picture> {
    let mut canvas = canvas(
        [64.0 - 40.0 * hour, 107.0 - 64.0 * hour, 184.0 - 76.0 * hour],
        [250.0, 184.0 - 64.0 * hour, 115.0],
    )?;
    let shift = -60.0 * hour;
    disc(
        &mut canvas,
        900.0 + shift,
        300.0 + 90.0 * hour,
        70.0,
        [255, 232, 180],
    );
    for (i, tint) in [[120, 110, 150], [90, 90, 120], [60, 75, 85]]
        .into_iter()
        .enumerate()
    {
        let base = 380.0 + 60.0 * i as f32;
        let points = (0..=16).map(|k| {
            let wave = ((k * (7 + 4 * i) + 3 * i) % 11) as f32;
            (
                k as f32 * 90.0 - 60.0 + shift * (0.4 + 0.3 * i as f32),
                base - 14.0 * wave,
            )
        });
        hill(&mut canvas, points, tint);
    }
    rect(&mut canvas, 0.0, 540.0, 1280.0, 180.0, [70, 96, 120]);
    for i in 0..70 {
        let (x, y) = ((i * 197 % 1280) as f32, 548.0 + (i * 83 % 160) as f32);
        rect(
            &mut canvas,
            x + shift,
            y,
            50.0 + (i % 5) as f32 * 14.0,
            2.5,
            [230, 190, 150],
        );
    }
    rect(
        &mut canvas,
        330.0 + shift,
        430.0,
        150.0,
        120.0,
        [150, 70, 50],
    );
    hill(
        &mut canvas,
        [(310.0, 430.0), (405.0, 350.0), (500.0, 430.0)]
            .map(|(x, y)| (x + shift, y))
            .into_iter(),
        [80, 40, 35],
    );
    for k in 0..3 {
        rect(
            &mut canvas,
            345.0 + shift + 45.0 * k as f32,
            460.0,
            25.0,
            32.0,
            [255, 220, 120],
        );
    }
    rect(
        &mut canvas,
        1020.0 + 1.5 * shift,
        400.0,
        26.0,
        260.0,
        [50, 34, 26],
    );
    for i in 0..60 {
        let (x, y) = ((i * 53 % 210) as f32, (i * 37 % 170) as f32);
        disc(
            &mut canvas,
            930.0 + x + 1.5 * shift,
            260.0 + y,
            26.0,
            [30 + i as u8, 80 + 2 * (i % 30) as u8, 40],
        );
    }
    Ok(picture(&canvas))
}

/// Flowers under a plain sky: nothing in common with the evening.
fn meadow() -> Outcome<Picture> {
    let mut canvas = canvas([128.0, 190.0, 242.0], [230.0, 245.0, 255.0])?;
    rect(&mut canvas, 0.0, 420.0, 1280.0, 300.0, [90, 150, 70]);
    for i in 0..260 {
        let row = (i / 10) as f32;
        let (x, y) = ((i * 331 % 1300) as f32, 425.0 + row * 11.0);
        let tint = [
            [230, 60, 80],
            [250, 210, 70],
            [240, 240, 250],
            [150, 90, 200],
        ][i % 4];
        disc(&mut canvas, x, y, 3.0 + row * 0.6, tint);
    }
    Ok(picture(&canvas))
}

fn canvas(top: [f32; 3], bottom: [f32; 3]) -> Outcome<Pixmap> {
    let [top, bottom] =
        [top, bottom].map(|[r, g, b]| Color::from_rgba8(r as u8, g as u8, b as u8, 255));
    let mut canvas = Pixmap::new(SIZE.width, SIZE.height).ok_or("a canvas has pixels")?;
    let sky = LinearGradient::new(
        Point::from_xy(0.0, 0.0),
        Point::from_xy(0.0, 520.0),
        vec![GradientStop::new(0.0, top), GradientStop::new(1.0, bottom)],
        SpreadMode::Pad,
        Transform::identity(),
    )
    .ok_or("a gradient has length")?;
    let whole = Rect::from_xywh(0.0, 0.0, 1280.0, 720.0).ok_or("a canvas has an area")?;
    canvas.fill_rect(
        whole,
        &Paint {
            shader: sky,
            ..Paint::default()
        },
        Transform::identity(),
        None,
    );
    Ok(canvas)
}

fn ink([r, g, b]: [u8; 3]) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(r, g, b, 255);
    paint
}

fn rect(canvas: &mut Pixmap, x: f32, y: f32, width: f32, height: f32, tint: [u8; 3]) {
    if let Some(rect) = Rect::from_xywh(x, y, width, height) {
        canvas.fill_rect(rect, &ink(tint), Transform::identity(), None);
    }
}

fn disc(canvas: &mut Pixmap, x: f32, y: f32, radius: f32, tint: [u8; 3]) {
    if let Some(path) = PathBuilder::from_circle(x, y, radius) {
        canvas.fill_path(
            &path,
            &ink(tint),
            FillRule::Winding,
            Transform::identity(),
            None,
        );
    }
}

fn hill(canvas: &mut Pixmap, points: impl Iterator<Item = (f32, f32)>, tint: [u8; 3]) {
    let mut path = PathBuilder::new();
    let mut last = 0.0;
    for (i, (x, y)) in points.enumerate() {
        if i == 0 {
            path.move_to(x, y);
        } else {
            path.line_to(x, y);
        }
        last = x;
    }
    if last > 600.0 {
        path.line_to(last, 720.0);
        path.line_to(-200.0, 720.0);
    }
    path.close();
    if let Some(path) = path.finish() {
        canvas.fill_path(
            &path,
            &ink(tint),
            FillRule::Winding,
            Transform::identity(),
            None,
        );
    }
}

fn picture(canvas: &Pixmap) -> Picture {
    let rgb = canvas
        .pixels()
        .iter()
        .flat_map(|p| [p.red(), p.green(), p.blue()])
        .collect();
    Picture::from_rgb(SIZE.width, SIZE.height, rgb)
}
