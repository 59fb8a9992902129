//! A clip that goes on from another's last frame: it comes in with the motion that the other went out
//! with, and eases into a way of its own, or into a picture that it is to end on. Not a join: the
//! other's frames are not painted again.

mod momentum;

pub use momentum::Momentum;

use crate::camera::{Depth, Motion, Path};
use crate::ease;
use crate::error::StudioError;
use crate::frame::{Frame, Shot, Size};
use crate::morph::Morph;
use crate::picture::Picture;
use crate::refit;
use crate::warp::{self, Grid, Plate};

/// Pixels of mirror around the last frame: what moves in from outside in the first moments.
const MARGIN: u32 = 64;

/// What to go on from, and where to.
#[derive(Clone, Copy, Debug)]
pub struct CarryOrder<'a> {
    /// The parent's last frames, oldest first; 4 to 8 tell its motion well, 1 is taken to be at rest.
    pub tail: &'a [Frame],
    pub size: Size,
    /// New frames, at 24 a second; at least 2.
    pub frames: u32,
    pub motion: Motion,
    /// Which of four ways to go on, 0 to 3; the first keeps the parent's direction.
    pub variant: u8,
    pub seed: u64,
    /// Camera words bend the way, as in [`crate::camera::CameraOrder`].
    pub prompt: &'a str,
    /// Where the new part is to end; its last frame is this picture, sample for sample.
    pub image: Option<&'a Picture>,
}

/// The continuation of a clip.
#[derive(Debug)]
pub struct CarryOn {
    momentum: Momentum,
    onward: Onward,
    frames: u32,
}

#[derive(Debug)]
enum Onward {
    Glide(Box<Glide>),
    Towards(Box<Morph>),
}

#[derive(Debug)]
struct Glide {
    plate: Plate,
    depth: Depth,
    path: Path,
    grid: Grid,
}

impl CarryOn {
    /// Reads the parent's motion and plans the way on.
    ///
    /// # Errors
    /// [`StudioError::Impossible`] when the tail is empty.
    pub fn new(order: &CarryOrder) -> Result<Self, StudioError> {
        let tail: Vec<Frame> = order
            .tail
            .iter()
            .map(|frame| refit::refit(frame, order.size))
            .collect();
        let Some(last) = tail.last() else {
            return Err(StudioError::Impossible {
                why: "there is no frame to go on from".into(),
            });
        };
        let momentum = Momentum::of(&tail);
        let onward = match order.image {
            None => Onward::Glide(Box::new(Glide::plan(order, last, &momentum))),
            Some(picture) => {
                let end = picture.fit(order.size);
                // The morph's own first frame is the parent's last, which is not painted again.
                let frames = order.frames.max(1) + 1;
                let morph = Morph::between(last, &end, frames, order.motion, way_seed(order));
                Onward::Towards(Box::new(morph))
            }
        };
        Ok(Self {
            momentum,
            onward,
            frames: order.frames.max(1),
        })
    }

    /// The motion that was found in the tail.
    #[must_use]
    pub fn momentum(&self) -> &Momentum {
        &self.momentum
    }
}

impl Shot for CarryOn {
    fn paint(&mut self, n: u32, out: &mut Frame) {
        let carried = self.momentum.after(n + 1);
        match &mut self.onward {
            Onward::Glide(glide) => {
                let Glide {
                    plate,
                    depth,
                    path,
                    grid,
                } = glide.as_mut();
                let view = path.at(ease::travel((n + 1) as f32 / self.frames as f32));
                grid.set(plate, |x, y| {
                    let (x, y) = view.source(depth, x, y);
                    carried.source(x, y)
                });
                warp::warp(plate, grid, out);
            }
            Onward::Towards(morph) => morph.paint_pushed(n + 1, out, |x, y| {
                let source = carried.source(x, y);
                [source.0 - x, source.1 - y]
            }),
        }
    }
}

impl Glide {
    fn plan(order: &CarryOrder, last: &Frame, momentum: &Momentum) -> Self {
        let CarryOrder {
            size,
            motion,
            variant,
            seed,
            prompt,
            ..
        } = *order;
        let path = Path::plan(size, motion, variant, seed, prompt);
        let path = if Path::is_directed(prompt) {
            path
        } else {
            path.led_by(momentum.heading())
        };
        Self {
            plate: Plate::new(last, MARGIN),
            depth: Depth::guess(last),
            path: path.lasting(order.frames),
            grid: Grid::still(size),
        }
    }
}

/// Two variants towards one picture differ in how they get there.
fn way_seed(order: &CarryOrder) -> u64 {
    order.seed.wrapping_add(u64::from(order.variant % 4))
}

#[cfg(test)]
mod tests;
