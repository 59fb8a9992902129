//! Where things went from one frame to another: optical flow over patches, coarse to fine, with a
//! measure of how far each vector can be trusted (after Kroeger et al., "Fast optical flow using dense
//! inverse search", 2016). Good for smooth motion between alike frames; between unlike ones it says so
//! by low trust.

mod level;
mod patch;

use crate::frame::Frame;
use crate::raster::Raster;
use level::Field;

/// Longer edge that flow is looked for at, in pixels: finer detail says nothing more of motion.
const EDGE: usize = 480;

/// Pyramids stop before an edge gets shorter than this, in pixels.
const SMALLEST_EDGE: usize = 20;

/// A field of vectors over a frame, in pixels of that frame.
#[derive(Clone, Debug)]
pub struct Flow {
    field: Field,
    /// Frame pixels for each pixel of the level that was searched, both ways.
    scale: [f32; 2],
}

impl Flow {
    /// What is at p in `from` is at p + vector in `to`. Both frames have one size.
    #[must_use]
    pub fn between(from: &Frame, to: &Frame) -> Self {
        let [from_levels, to_levels] = [from, to].map(pyramid);
        Self::search(from, &from_levels, &to_levels)
    }

    /// Both ways, each trusted only where the other leads back.
    #[must_use]
    pub fn both(from: &Frame, to: &Frame) -> [Self; 2] {
        let [from_levels, to_levels] = [from, to].map(pyramid);
        let there = Self::search(from, &from_levels, &to_levels);
        let back = Self::search(to, &to_levels, &from_levels);
        [there.checked_by(&back), back.checked_by(&there)]
    }

    fn search(frame: &Frame, from: &[Raster], to: &[Raster]) -> Self {
        let mut field = None;
        for (from, to) in from.iter().zip(to).rev() {
            field = Some(Field::search(from, to, field.as_ref()));
        }
        let field = field.expect("a pyramid has at least one level");
        let ratio = |pixels: u32, values: usize| pixels as f32 / values as f32;
        let scale = [
            ratio(frame.size.width, from[0].width),
            ratio(frame.size.height, from[0].height),
        ];
        Self { field, scale }
    }

    /// The vector at a pixel.
    #[must_use]
    pub fn at(&self, x: f32, y: f32) -> [f32; 2] {
        let [u, v] = self.field.vector(x / self.scale[0], y / self.scale[1]);
        [u * self.scale[0], v * self.scale[1]]
    }

    /// How far the vector at a pixel can be trusted: 0.0 not at all, 1.0 fully.
    #[must_use]
    pub fn trust(&self, x: f32, y: f32) -> f32 {
        self.field.trust(x / self.scale[0], y / self.scale[1])
    }

    /// How much of the structure that the first frame has was found again in the second, 0.0 to 1.0:
    /// plain areas, where nothing can be found, have no say.
    #[must_use]
    pub fn found(&self) -> f32 {
        self.field.found()
    }

    /// Every node that was searched: place, vector, trust; in pixels of the frame.
    pub fn nodes(&self) -> impl Iterator<Item = ([f32; 2], [f32; 2], f32)> {
        let scaled = |[x, y]: [f32; 2]| [x * self.scale[0], y * self.scale[1]];
        self.field
            .nodes()
            .map(move |(place, vector, trust)| (scaled(place), scaled(vector), trust))
    }

    fn checked_by(&self, back: &Self) -> Self {
        let field = self.field.weighed(|[x, y], [u, v]| {
            let [back_u, back_v] = back.field.vector(x + u, y + v);
            let (du, dv) = (u + back_u, v + back_v);
            let slack = 1.5 + 0.0025 * (u * u + v * v);
            slack / (slack + du * du + dv * dv)
        });
        Self { field, ..*self }
    }
}

fn pyramid(frame: &Frame) -> Vec<Raster> {
    let mut levels = vec![Raster::luma(frame, EDGE)];
    loop {
        let next = levels[levels.len() - 1].halved();
        if next.width.min(next.height) < SMALLEST_EDGE {
            return levels;
        }
        levels.push(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{frame::Size, grain};

    fn texture(size: Size, shift: [f32; 2], seed: u64) -> Frame {
        let mut frame = Frame::black(size);
        for (i, y) in frame.y.iter_mut().enumerate() {
            let x = (i as u32 % size.width) as f32 + 200.0 - shift[0];
            let row = (i as u32 / size.width) as f32 + 200.0 - shift[1];
            let hills = 45.0 * grain::smooth(seed, 40.0, x, row);
            let bumps = 30.0 * grain::smooth(seed + 1, 11.0, x, row);
            *y = (125.0 + hills + bumps) as u8;
        }
        frame
    }

    const SIZE: Size = Size {
        width: 320,
        height: 240,
    };

    #[test]
    fn a_shift_is_found_to_a_tenth_of_a_pixel() {
        let still = texture(SIZE, [0.0; 2], 5);
        for shift in [[0.4, 0.0], [3.3, -1.7], [-14.0, 9.0], [24.0, 0.0]] {
            let flow = Flow::between(&still, &texture(SIZE, shift, 5));
            for (x, y) in [(80.0, 70.0), (160.0, 120.0), (240.0, 180.0)] {
                let [u, v] = flow.at(x, y);
                let miss = (u - shift[0]).abs().max((v - shift[1]).abs());
                assert!(miss < 0.1, "{shift:?} was seen as {:?} at {x}, {y}", [u, v]);
            }
        }
    }

    #[test]
    fn unlike_pictures_are_not_trusted() {
        let mean_trust = |to: &Frame| {
            let [there, _] = Flow::both(&texture(SIZE, [0.0; 2], 5), to);
            let (sum, count) = there
                .nodes()
                .fold((0.0, 0.0), |(s, n), node| (s + node.2, n + 1.0));
            sum / count
        };
        let (alike, unlike) = (
            mean_trust(&texture(SIZE, [6.0, 2.0], 5)),
            mean_trust(&texture(SIZE, [0.0; 2], 77)),
        );
        assert!(
            alike > 0.5 && unlike < 0.25,
            "alike {alike}, unlike {unlike}"
        );
    }
}
