//! A picture seen by a camera that moves: near things move more than far ones. The path is a true
//! one, a camera gliding towards a point at the picture's edge, so nothing that the picture does not
//! show is ever needed: no holes, no borders. Not a morph and not a scene; the first frame is the
//! picture itself.

mod backdrop;
mod depth;
mod path;

pub use depth::Depth;
pub use path::Path;

use crate::ease;
use crate::frame::{Frame, Shot, Size};
use crate::picture::Picture;
use crate::warp::{self, Grid, Plate};

/// How much moves. `High` covers about three times the way of `Low`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Motion {
    #[default]
    Low,
    High,
}

/// What to make of a picture.
#[derive(Clone, Copy, Debug)]
pub struct CameraOrder<'a> {
    pub picture: &'a Picture,
    pub size: Size,
    /// Frames in the clip, at 24 a second; at least 1.
    pub frames: u32,
    pub motion: Motion,
    /// Which of the four ways to move, 0 to 3; more count from 0 again.
    pub variant: u8,
    pub seed: u64,
    /// Words such as "pan left" or "zoom out" bend the path; other words are not read here.
    pub prompt: &'a str,
}

/// A camera move over one picture.
#[derive(Debug)]
pub struct Camera {
    plate: Plate,
    depth: Depth,
    path: Path,
    grid: Grid,
    frames: u32,
}

impl Camera {
    /// Fits the picture, guesses its depth and plans the path: some 30 ms of work at 1280 x 720.
    #[must_use]
    pub fn new(order: &CameraOrder) -> Self {
        let mut frame = order.picture.fit(order.size);
        backdrop::add_if_plain(&mut frame, order.seed);
        let path = Path::plan(
            order.size,
            order.motion,
            order.variant,
            order.seed,
            order.prompt,
        );
        Self {
            plate: Plate::new(&frame, 0),
            depth: Depth::guess(&frame),
            path: path.lasting(order.frames),
            grid: Grid::still(order.size),
            frames: order.frames.max(1),
        }
    }
}

impl Shot for Camera {
    fn paint(&mut self, n: u32, out: &mut Frame) {
        let t = n as f32 / (self.frames.max(2) - 1) as f32;
        let view = self.path.at(ease::travel(t));
        let depth = &self.depth;
        self.grid.set(&self.plate, |x, y| view.source(depth, x, y));
        warp::warp(&self.plate, &self.grid, out);
    }
}

#[cfg(test)]
mod tests;
