//! Writes the one film that the doubles of upstreams sell: five seconds of 640x360 at 24 frames a
//! second, silent, a disc that rolls across a dawn. It is checked in, so this runs only to make it anew:
//! `cargo run -p framewright-studio --example film -- crates/doubles/data/film.mp4`.

use std::ops::ControlFlow;
use std::path::PathBuf;

use framewright_studio::clip::{ClipPlan, Labels, write};
use framewright_studio::frame::{Frame, Shot, Size};

const SIZE: Size = Size {
    width: 640,
    height: 360,
};
const FPS: u32 = 24;
const SECONDS: u32 = 5;
const RADIUS: i64 = 48;

/// A sky that gets brighter and a disc that crosses it, so that no two frames are alike.
struct Dawn;

impl Shot for Dawn {
    fn paint(&mut self, n: u32, out: &mut Frame) {
        let (width, height) = (i64::from(SIZE.width), i64::from(SIZE.height));
        let centre = (width * i64::from(n) / i64::from(FPS * SECONDS), height / 2);
        for y in 0..height {
            for x in 0..width {
                let inside = (x - centre.0).pow(2) + (y - centre.1).pow(2) < RADIUS.pow(2);
                let sky = 40 + (y / 8) + i64::from(n) / 2;
                let luma = if inside { 220 } else { sky };
                out.y[(y * width + x) as usize] = luma as u8;
            }
        }
        out.u.fill(140);
        out.v.fill(112);
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).map(PathBuf::from);
    let path = path.ok_or("say where to write the film")?;
    let plan = ClipPlan {
        size: SIZE,
        fps: FPS,
        frames: FPS * SECONDS,
        audio: None,
        after: None,
        labels: Labels::default(),
    };
    write(&plan, &mut Dawn, &path, &mut |_, _| {
        ControlFlow::Continue(())
    })?;
    Ok(())
}
