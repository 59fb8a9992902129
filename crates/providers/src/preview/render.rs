//! From an order and its files to an MP4: which shot of the studio paints it, and the label on it.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use framewright_studio::camera::{Camera, CameraOrder, Motion};
use framewright_studio::clip::{self, ClipPlan, Labels};
use framewright_studio::error::StudioError;
use framewright_studio::frame::{Frame, Shot, Size};
use framewright_studio::picture::Picture;
use framewright_studio::probe::ClipInfo;
use framewright_studio::scene::{Scene, SceneOrder};
use framewright_studio::title::Label;

use super::order::{FPS, RenderOrder, Shape};

/// What shows through a picture that is partly transparent.
const PAPER: [u8; 3] = [255, 255, 255];

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
        Shape::Camera => Box::new(camera(order, size, &picture(files.start.as_ref())?)),
        Shape::Morph | Shape::Restyle | Shape::CarryOn => {
            return Err(StudioError::Impossible {
                why: "the studio does not draw this yet".into(),
            });
        }
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

fn camera(order: &RenderOrder, size: Size, picture: &Picture) -> Camera {
    Camera::new(&CameraOrder {
        picture,
        size,
        frames: order.frames,
        motion: motion(order),
        variant: order.variant,
        seed: order.seed,
        prompt: &order.prompt,
    })
}

fn motion(order: &RenderOrder) -> Motion {
    match order.lively {
        true => Motion::High,
        false => Motion::Low,
    }
}

fn picture(file: Option<&PathBuf>) -> Result<Picture, StudioError> {
    let bytes = std::fs::read(named(file)?).map_err(|source| StudioError::Io {
        what: "read the image",
        source,
    })?;
    Picture::decode(&bytes, PAPER).map_err(|error| StudioError::Impossible {
        why: error.to_string(),
    })
}

fn named(file: Option<&PathBuf>) -> Result<&PathBuf, StudioError> {
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
