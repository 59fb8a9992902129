//! Where a scene is built: the frame, the light and the room that the camera needs. Painters take
//! it and give back elements; who paints what, and in which order, is `plot`.

use super::element::{Element, Plate};
use super::layer::{Layer, Paint};
use super::palette::{self, Palette};
use super::story::Story;
use super::view::Reach;
use crate::frame::Size;
use crate::rng::Rng;

/// Elements from back to front.
pub type Elements = Vec<Box<dyn Element>>;

/// All that a painter may ask for.
pub struct Stage<'a> {
    pub story: &'a Story,
    pub palette: Palette,
    pub size: Size,
    /// Frame width and height in pixels.
    pub width: f32,
    pub height: f32,
    /// The horizon's row in pixels.
    pub horizon: f32,
    /// The measure of things, in pixels: the height of a landscape frame, less in a narrow one.
    pub unit: f32,
    pub reach: Reach,
    /// The length of the clip.
    pub seconds: f32,
    pub seed: u64,
}

impl<'a> Stage<'a> {
    #[must_use]
    pub fn new(story: &'a Story, size: Size, frames: u32, reach: Reach, seed: u64) -> Self {
        let (width, height) = (size.width as f32, size.height as f32);
        Self {
            story,
            palette: Palette::new(story),
            size,
            width,
            height,
            horizon: height * palette::horizon(story),
            unit: height.min(width * 0.95),
            reach,
            seconds: frames as f32 / 24.0,
            seed,
        }
    }

    /// Numbers for one painter.
    #[must_use]
    pub fn rng(&self, stream: u64) -> Rng {
        Rng::new(self.seed, stream)
    }

    /// A noise seed for one painter.
    #[must_use]
    pub fn noise(&self, stream: u64) -> u32 {
        Rng::new(self.seed, stream).bits() as u32
    }

    /// A plate at one depth that fills the frame from row `top` to row `bottom` wherever the camera
    /// goes, painted in world pixels at one layer pixel per `grain` frame pixels.
    #[must_use]
    pub fn plate(
        &self,
        depth: (f32, f32),
        (top, bottom): (f32, f32),
        grain: f32,
        paint: impl Fn(f32, f32) -> Paint,
    ) -> Plate {
        self.drifting(depth, (top, bottom), grain, 0.0, paint)
    }

    /// The same for a plate that moves by itself, `drift` pixels per second.
    #[must_use]
    pub fn drifting(
        &self,
        depth: (f32, f32),
        (top, bottom): (f32, f32),
        grain: f32,
        drift: f32,
        paint: impl Fn(f32, f32) -> Paint,
    ) -> Plate {
        let near = depth.0.max(depth.1);
        let left = -(self.reach.left * near) - (drift * self.seconds).max(0.0) - 4.0 * grain;
        let right = self.width + self.reach.right * near - (drift * self.seconds).min(0.0);
        let top = top - self.reach.up * near - 2.0 * grain;
        let bottom = bottom + self.reach.down * near + 4.0 * grain;
        let even = |length: f32| ((length / grain) as u32 + 4) & !1;
        let size = Size {
            width: even(right + 4.0 * grain - left),
            height: even(bottom - top),
        };
        let layer = Layer::paint(size, |x, y| paint(left + x * grain, top + y * grain));
        let mut plate = Plate::new(layer, left, top, near);
        (plate.grain, plate.depth, plate.drift) = (grain, depth, drift);
        plate
    }

    /// World columns from first to last that a plate of this depth can show.
    #[must_use]
    pub fn sides(&self, depth: f32) -> (f32, f32) {
        (
            -self.reach.left * depth,
            self.width + self.reach.right * depth,
        )
    }
}
