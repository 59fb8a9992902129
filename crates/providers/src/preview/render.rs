//! From an order and its files to an MP4: which shot of the studio paints it, and the label on it.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use framewright_studio::camera::{Camera, CameraOrder, Motion};
use framewright_studio::carry_on::{CarryOn, CarryOrder};
use framewright_studio::clip::{self, ClipPlan, Labels};
use framewright_studio::decode::{self, Limits, Reader};
use framewright_studio::error::StudioError;
use framewright_studio::frame::{Frame, Shot, Size};
use framewright_studio::morph::{Morph, MorphOrder};
use framewright_studio::picture::Picture;
use framewright_studio::probe::ClipInfo;
use framewright_studio::scene::{Scene, SceneOrder};
use framewright_studio::style::{Restyle, StyleOrder};
use framewright_studio::title::Label;

use super::order::{FPS, RenderOrder, Shape};

/// What shows through a picture that is partly transparent.
const PAPER: [u8; 3] = [255, 255, 255];

/// How many of a parent's last frames tell its motion.
const TAIL: usize = 8;

/// The media of an order as local files.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub start: Option<PathBuf>,
    pub end: Option<PathBuf>,
    pub video: Option<PathBuf>,
    pub audio: Option<PathBuf>,
    pub parent: Option<PathBuf>,
}

/// Makes one render on the calling thread; `out` appears whole or not at all.
pub(super) fn render(
    order: &RenderOrder,
    files: &Files,
    out: &Path,
    on_frame: &mut dyn FnMut(u32, u32) -> ControlFlow<()>,
) -> Result<ClipInfo, StudioError> {
    let size = Size {
        width: order.width,
        height: order.height,
    };
    let plan = ClipPlan {
        size,
        fps: FPS,
        frames: order.frames,
        audio: files.audio.clone(),
        after: files.parent.clone(),
        labels: Labels::default(),
    };
    let mut shot = shot(order, files, size)?;
    clip::write(&plan, &mut *shot, out, on_frame)
}

fn shot(order: &RenderOrder, files: &Files, size: Size) -> Result<Box<dyn Shot>, StudioError> {
    let shot: Box<dyn Shot> = match order.shape {
        // It carries its own label, with a title.
        Shape::Scene => return Ok(Box::new(scene(order, size))),
        Shape::Camera => Box::new(camera(order, files, size)?),
        Shape::Morph => Box::new(morph(order, files, size)?),
        Shape::Restyle => Box::new(restyle(order, files, size)?),
        Shape::CarryOn => Box::new(carry_on(order, files, size)?),
    };
    Ok(Box::new(Labelled {
        shot,
        label: Label::new(size, None),
    }))
}

fn scene(order: &RenderOrder, size: Size) -> Scene {
    Scene::new(&SceneOrder {
        prompt: &order.prompt,
        negative_prompt: &order.negative_prompt,
        size,
        frames: order.frames,
        seed: order.seed,
        variant: order.variant.into(),
    })
}

fn camera(order: &RenderOrder, files: &Files, size: Size) -> Result<Camera, StudioError> {
    Ok(Camera::new(&CameraOrder {
        picture: &picture(files.start.as_deref())?,
        size,
        frames: order.frames,
        motion: motion(order),
        variant: order.variant,
        seed: order.seed,
        prompt: &order.prompt,
    }))
}

fn morph(order: &RenderOrder, files: &Files, size: Size) -> Result<Morph, StudioError> {
    Ok(Morph::new(&MorphOrder {
        start: &picture(files.start.as_deref())?,
        end: &picture(files.end.as_deref())?,
        size,
        frames: order.frames,
        motion: motion(order),
        seed: order.seed,
    }))
}

fn restyle(order: &RenderOrder, files: &Files, size: Size) -> Result<Restyle, StudioError> {
    let source = Reader::open(named(files.video.as_deref())?, FPS, &Limits::default())?;
    let order = StyleOrder {
        prompt: &order.prompt,
        flip: order.flip,
        size,
        seed: order.seed,
    };
    Ok(Restyle::new(&order, Box::new(source)))
}

/// The parent's motion is read from its last frames; with an image the new part goes there.
fn carry_on(order: &RenderOrder, files: &Files, size: Size) -> Result<CarryOn, StudioError> {
    let parent = named(files.parent.as_deref())?;
    let mut tail = decode::last_frames(parent, TAIL, &Limits::default())?;
    // A parent of ours wears the mark; it must not drift away with the picture beneath it.
    for frame in &mut tail {
        Label::new(frame.size, None).lift(frame);
    }
    let image = files
        .start
        .as_deref()
        .map(|file| picture(Some(file)))
        .transpose()?;
    CarryOn::new(&CarryOrder {
        tail: &tail,
        size,
        frames: order.frames,
        motion: motion(order),
        variant: order.variant,
        seed: order.seed,
        prompt: &order.prompt,
        image: image.as_ref(),
    })
}

fn motion(order: &RenderOrder) -> Motion {
    match order.lively {
        true => Motion::High,
        false => Motion::Low,
    }
}

fn picture(file: Option<&Path>) -> Result<Picture, StudioError> {
    let bytes = std::fs::read(named(file)?).map_err(|source| StudioError::Io {
        what: "read the image",
        source,
    })?;
    Picture::decode(&bytes, PAPER).map_err(|error| StudioError::Impossible {
        why: error.to_string(),
    })
}

fn named(file: Option<&Path>) -> Result<&Path, StudioError> {
    file.ok_or_else(|| StudioError::Impossible {
        why: "the order names no file for it".into(),
    })
}

/// A shot with the word "preview" on every frame, so that it is never taken for a model's work.
struct Labelled {
    shot: Box<dyn Shot>,
    label: Label,
}

impl Shot for Labelled {
    fn paint(&mut self, n: u32, out: &mut Frame) {
        self.shot.paint(n, out);
        self.label.draw(out);
    }

    fn trouble(&mut self) -> Option<StudioError> {
        self.shot.trouble()
    }
}
