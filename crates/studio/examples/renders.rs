//! One render of five seconds at 1280 x 720 as the preview makes it, for figures of what it costs:
//! `cargo run --release -p framewright-studio --example renders -- SHOT OUT SOURCE…`: `camera`
//! of a picture, `morph` between two, `scene` from a prompt, `restyle` of a video.

use std::ops::ControlFlow;
use std::path::Path;

use framewright_studio::camera::{Camera, CameraOrder, Motion};
use framewright_studio::clip::{ClipPlan, Labels, write};
use framewright_studio::decode::{Limits, Reader};
use framewright_studio::frame::{Shot, Size};
use framewright_studio::morph::{Morph, MorphOrder};
use framewright_studio::picture::{PAPER, Picture};
use framewright_studio::scene::{Scene, SceneOrder};
use framewright_studio::style::{Restyle, StyleOrder};

const SIZE: Size = Size {
    width: 1280,
    height: 720,
};
const FPS: u32 = 24;
const FRAMES: u32 = 5 * FPS;
const USAGE: &str = "usage: renders camera|morph|scene|restyle OUT SOURCE…";

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, out, sources @ ..] = arguments.as_slice() else {
        return Err(USAGE.into());
    };
    let plan = ClipPlan {
        size: SIZE,
        fps: FPS,
        frames: FRAMES,
        audio: None,
        after: None,
        labels: Labels::default(),
    };
    let mut shot = shot(kind, sources)?;
    write(&plan, &mut *shot, Path::new(out), &mut |_, _| {
        ControlFlow::Continue(())
    })?;
    Ok(())
}

fn shot(kind: &str, sources: &[String]) -> Outcome<Box<dyn Shot>> {
    Ok(match (kind, sources) {
        ("camera", [file]) => Box::new(camera(&picture(file)?)),
        ("morph", [start, end]) => Box::new(morph(&picture(start)?, &picture(end)?)),
        ("scene", [prompt]) => Box::new(scene(prompt)),
        ("restyle", [file]) => Box::new(restyle(file)?),
        _ => return Err(USAGE.into()),
    })
}

fn picture(file: &str) -> Outcome<Picture> {
    Ok(Picture::decode(&std::fs::read(file)?, PAPER)?)
}

fn camera(picture: &Picture) -> Camera {
    Camera::new(&CameraOrder {
        picture,
        size: SIZE,
        frames: FRAMES,
        motion: Motion::High,
        variant: 0,
        seed: 1,
        prompt: "",
    })
}

fn morph(start: &Picture, end: &Picture) -> Morph {
    Morph::new(&MorphOrder {
        start,
        end,
        size: SIZE,
        frames: FRAMES,
        motion: Motion::High,
        seed: 1,
    })
}

fn scene(prompt: &str) -> Scene {
    Scene::new(&SceneOrder {
        prompt,
        negative_prompt: "",
        size: SIZE,
        frames: FRAMES,
        seed: 1,
        variant: 0,
    })
}

fn restyle(file: &str) -> Outcome<Restyle> {
    let source = Reader::open(Path::new(file), FPS, &Limits::default())?;
    let order = StyleOrder {
        prompt: "an old film in sepia",
        flip: false,
        size: SIZE,
        seed: 1,
    };
    Ok(Restyle::new(&order, Box::new(source)))
}
