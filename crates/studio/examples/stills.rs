//! Looks at a text-to-video scene without encoding it: a contact sheet of four frames as a PNG.
//!
//! `cargo run -p framewright-studio --example stills -- "a cat dancing" out.png [WIDTHxHEIGHT] [VARIANT]`

use framewright_studio::colour::rgb;
use framewright_studio::frame::{Frame, Shot, Size};
use framewright_studio::scene::{Scene, SceneOrder};
use std::time::Instant;

const FRAMES: u32 = 121;
/// Gap between stills, in pixels.
const GAP: u32 = 8;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [prompt, path, rest @ ..] = arguments.as_slice() else {
        return Err("usage: stills PROMPT OUT.png [WIDTHxHEIGHT] [VARIANT]".into());
    };
    let size = size(rest.first().map_or("854x480", String::as_str))?;
    let variant = rest.get(1).map_or(Ok(0), |text| text.parse())?;
    let seed = 7;
    let order = SceneOrder {
        prompt,
        negative_prompt: "",
        size,
        frames: FRAMES,
        seed,
        variant,
    };
    let started = Instant::now();
    let mut scene = Scene::new(&order);
    let built = started.elapsed();
    let shown = [0, FRAMES / 3, FRAMES * 2 / 3, FRAMES - 1];
    let columns = if size.width > size.height { 2 } else { 4 };
    let rows = 4 / columns;
    let mut sheet = image::RgbImage::new(
        columns * size.width + (columns + 1) * GAP,
        rows * size.height + (rows + 1) * GAP,
    );
    let mut frame = Frame::black(size);
    let started = Instant::now();
    for n in 0..FRAMES {
        scene.paint(n, &mut frame);
        if let Some(k) = shown.iter().position(|&at| at == n) {
            let (column, row) = (k as u32 % columns, k as u32 / columns);
            let corner = (
                GAP + column * (size.width + GAP),
                GAP + row * (size.height + GAP),
            );
            place(&frame, &mut sheet, corner);
        }
    }
    let each = started.elapsed() / FRAMES;
    println!(
        "built in {built:.1?}, {each:.2?} a frame at {}x{}",
        size.width, size.height
    );
    Ok(sheet.save(path)?)
}

fn size(text: &str) -> Result<Size, Box<dyn std::error::Error>> {
    let (width, height) = text.split_once('x').ok_or("a size is WIDTHxHEIGHT")?;
    Ok(Size::even(width.parse()?, height.parse()?))
}

/// Copies a frame into the sheet, as RGB.
fn place(frame: &Frame, sheet: &mut image::RgbImage, corner: (u32, u32)) {
    let width = frame.size.width as usize;
    for (i, &luma) in frame.y.iter().enumerate() {
        let (x, y) = (i % width, i / width);
        let half = y / 2 * (width / 2) + x / 2;
        let pixel = rgb(luma, frame.u[half], frame.v[half]);
        sheet.put_pixel(corner.0 + x as u32, corner.1 + y as u32, image::Rgb(pixel));
    }
}
