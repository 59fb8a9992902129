//! What a folder of videos shows, on one page: three frames of each MP4, first, middle and last.
//!
//! `cargo run --release -p framewright-studio --example contact_sheet -- framewright-demo docs/preview/contact-sheet.png`

use std::path::{Path, PathBuf};

use framewright_studio::colour::frame_to_rgb;
use framewright_studio::decode::{Limits, Reader};
use framewright_studio::frame::Frame;
use image::RgbImage;
use image::imageops::{FilterType, resize};

/// What a still may take, width and height, in pixels.
const STILL: (u32, u32) = (216, 124);
const GAP: u32 = 6;
/// Videos beside each other.
const COLUMNS: u32 = 2;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, out] = arguments.as_slice() else {
        return Err("usage: contact_sheet FOLDER OUT.png".into());
    };
    let videos = videos(Path::new(folder))?;
    let rows = u32::try_from(videos.len())?.div_ceil(COLUMNS);
    let strip = 3 * (STILL.0 + GAP);
    let mut sheet = RgbImage::from_pixel(
        COLUMNS * (strip + GAP) + GAP,
        rows * (STILL.1 + GAP) + GAP,
        image::Rgb([24, 24, 28]),
    );
    for (n, video) in (0..).zip(&videos) {
        let corner = (
            GAP + n % COLUMNS * (strip + GAP),
            GAP + n / COLUMNS * (STILL.1 + GAP),
        );
        for (k, still) in (0..).zip(stills(video)?) {
            let at = (corner.0 + k * (STILL.0 + GAP), corner.1);
            let middle = (
                (STILL.0 - still.width()) / 2,
                (STILL.1 - still.height()) / 2,
            );
            let (x, y) = (at.0 + middle.0, at.1 + middle.1);
            image::imageops::replace(&mut sheet, &still, x.into(), y.into());
        }
    }
    Ok(sheet.save(out)?)
}

fn videos(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut videos: Vec<PathBuf> = std::fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()?;
    videos.retain(|path| path.extension().is_some_and(|extension| extension == "mp4"));
    videos.sort();
    Ok(videos)
}

/// First, middle and last frame of a video, small.
fn stills(video: &Path) -> Result<Vec<RgbImage>, Box<dyn std::error::Error>> {
    let mut reader = Reader::open(video, 24, &Limits::default())?;
    let mut frames = Vec::new();
    while let Some(frame) = reader.next_frame()? {
        frames.push(frame);
    }
    let last = frames
        .len()
        .checked_sub(1)
        .ok_or("a video without frames")?;
    Ok([0, last / 2, last].map(|n| small(&frames[n])).into())
}

fn small(frame: &Frame) -> RgbImage {
    let (width, height) = (frame.size.width, frame.size.height);
    let picture = RgbImage::from_raw(width, height, frame_to_rgb(frame))
        .expect("three bytes a sample, as many samples as the size says");
    let scale = (f64::from(STILL.0) / f64::from(width)).min(f64::from(STILL.1) / f64::from(height));
    let fit = |edge: u32| ((f64::from(edge) * scale) as u32).max(1);
    resize(&picture, fit(width), fit(height), FilterType::Triangle)
}
