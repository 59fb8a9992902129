//! What a scene is made of: elements drawn from back to front, each frame anew. And the commonest
//! of them, the plate: a painted layer that the camera slides over.

use super::blit::{RowMap, Scratch, lay};
use super::curve::sine;
use super::layer::Layer;
use super::view::View;
use crate::frame::{Frame, Size};

/// One instant of the clip.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The frame's number.
    pub n: u32,
    /// Since the first frame, at 24 frames a second.
    pub seconds: f32,
    pub view: View,
}

/// Something that draws itself over what is already there.
pub trait Element: Send {
    fn draw(&mut self, at: &Moment, out: &mut Frame);
}

/// A layer in the world. Its rows may stand at different depths: a floor is near at the bottom of
/// the frame and far at the horizon.
pub struct Plate {
    pub layer: Layer,
    /// Where the layer's corner is in the world, in frame pixels.
    pub left: f32,
    pub top: f32,
    /// Frame pixels per layer pixel; above 1 for soft things that were painted small.
    pub grain: f32,
    /// Depth at the layer's first and last row, 0..=1.
    pub depth: (f32, f32),
    /// Pixels per second that it moves by itself, to the right.
    pub drift: f32,
    /// Pixels that its first row swings to either side, its last row none: leaves in the wind.
    pub sway: f32,
    /// 0..=1.
    pub opacity: f32,
    scratch: Scratch,
}

impl Plate {
    /// A plate at one depth whose corner is at `left`, `top`.
    #[must_use]
    pub fn new(layer: Layer, left: f32, top: f32, depth: f32) -> Self {
        let scratch = Scratch::default();
        let depth = (depth, depth);
        let (grain, drift, sway, opacity) = (1.0, 0.0, 0.0, 1.0);
        Self {
            layer,
            left,
            top,
            grain,
            depth,
            drift,
            sway,
            opacity,
            scratch,
        }
    }

    /// What a row of a plane shows; `ratio` is 1 for luma, 2 for the half-size planes.
    fn row(&self, at: &Moment, size: Size, ratio: f32, row: usize) -> RowMap {
        let (middle_x, middle_y) = (size.width as f32 / 2.0, size.height as f32 / 2.0);
        let screen_y = (row as f32 + 0.5) * ratio;
        let depth = self.depth_at(screen_y);
        let zoom = at.view.zoom_at(depth);
        let world_y = (screen_y - middle_y) / zoom + middle_y + at.view.y * depth;
        let world_x = (0.5 * ratio - middle_x) / zoom + middle_x + at.view.x * depth;
        let drift = self.drift * at.seconds + self.sway * self.bend(at.seconds, world_y);
        let scale = ratio * self.grain;
        RowMap {
            x: (world_x - drift - self.left) / scale - 0.5,
            y: (world_y - self.top) / scale - 0.5,
            step: 1.0 / (zoom * self.grain),
        }
    }

    /// How far the wind has bent a row, -1..=1.
    fn bend(&self, seconds: f32, world_y: f32) -> f32 {
        let height = self.layer.size.height as f32 * self.grain;
        let above = (1.0 - (world_y - self.top) / height).clamp(0.0, 1.0);
        above * above * sine(seconds * 0.28 + self.left * 0.01)
    }

    /// The depth that a screen row shows, taken where the row would be before the camera moved:
    /// near enough, and a floor stays in one piece.
    fn depth_at(&self, screen_y: f32) -> f32 {
        let height = self.layer.size.height as f32 * self.grain;
        let t = ((screen_y - self.top) / height).clamp(0.0, 1.0);
        self.depth.0 + (self.depth.1 - self.depth.0) * t
    }
}

impl Plate {
    /// Draws with working memory that the caller keeps; for plates that live for one frame only.
    pub fn draw_with(&self, scratch: &mut Scratch, at: &Moment, out: &mut Frame) {
        let size = out.size;
        let (width, half) = (size.width as usize, size.width as usize / 2);
        let opacity = (self.opacity * 256.0) as u32;
        let planes = [
            (&self.layer.y, &mut out.y, width, 1.0),
            (&self.layer.u, &mut out.u, half, 2.0),
            (&self.layer.v, &mut out.v, half, 2.0),
        ];
        for (plane, samples, width, ratio) in planes {
            let map = |row| Some(self.row(at, size, ratio, row));
            lay(plane, samples, width, opacity, scratch, map);
        }
    }
}

impl Element for Plate {
    fn draw(&mut self, at: &Moment, out: &mut Frame) {
        let mut scratch = std::mem::take(&mut self.scratch);
        self.draw_with(&mut scratch, at, out);
        self.scratch = scratch;
    }
}
