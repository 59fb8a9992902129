//! One picture becoming another: what both show moves over, what only one shows fades in its own
//! time, and the camera breathes meanwhile. The first frame is the start and the last frame is the
//! end, sample for sample.

mod side;

use crate::camera::Motion;
use crate::ease;
use crate::flow::Flow;
use crate::frame::{Frame, Shot, Size};
use crate::picture::Picture;
use crate::raster::Raster;
use crate::warp::{self, CELL};
use side::{Drift, Side};

/// What to make of two pictures.
#[derive(Clone, Copy, Debug)]
pub struct MorphOrder<'a> {
    pub start: &'a Picture,
    pub end: &'a Picture,
    pub size: Size,
    /// Frames in the clip; at least 2, so that there is a first and a last.
    pub frames: u32,
    pub motion: Motion,
    pub seed: u64,
}

/// A morph between two frames.
#[derive(Debug)]
pub struct Morph {
    from: Side,
    to: Side,
    /// When each node of the grid changes over: 0.0 among the first, 1.0 among the last.
    turn: Vec<f32>,
    weights: Vec<u16>,
    drift: Drift,
    frames: u32,
}

impl Morph {
    /// Fits both pictures and finds what moved where between them.
    #[must_use]
    pub fn new(order: &MorphOrder) -> Self {
        let [start, end] = [order.start, order.end].map(|picture| picture.fit(order.size));
        Self::between(&start, &end, order.frames, order.motion, order.seed)
    }

    /// A morph of two frames of one size.
    ///
    /// # Panics
    /// When the sizes differ.
    #[must_use]
    pub fn between(start: &Frame, end: &Frame, frames: u32, motion: Motion, seed: u64) -> Self {
        assert_eq!(start.size, end.size, "a morph has frames of one size");
        let [there, back] = Flow::both(start, end);
        let likeness = (likeness(&there) + likeness(&back)) / 2.0;
        let from = Side::new(start, &there, likeness);
        let to = Side::new(end, &back, likeness);
        let turn = turns(&to, likeness, seed);
        Self {
            weights: vec![0; turn.len()],
            turn,
            drift: Drift::plan(start.size, motion, likeness, seed),
            from,
            to,
            frames: frames.max(2),
        }
    }

    /// Paints frame `n` with the start side pushed along: its source at (x, y) is moved by
    /// `push(x, y)` pixels. For a clip that comes in moving.
    pub fn paint_pushed(&mut self, n: u32, out: &mut Frame, push: impl Fn(f32, f32) -> [f32; 2]) {
        let t = n as f32 / (self.frames - 1) as f32;
        for (weight, turn) in self.weights.iter_mut().zip(&self.turn) {
            *weight = changeover(t, *turn);
        }
        let moved = ease::smooth(t);
        self.from.place(moved, self.drift.at(t, t), push);
        self.to
            .place(1.0 - moved, self.drift.at(t, t - 1.0), |_, _| [0.0; 2]);
        warp::blend(self.from.view(), self.to.view(), &self.weights, out);
    }
}

impl Shot for Morph {
    fn paint(&mut self, n: u32, out: &mut Frame) {
        self.paint_pushed(n, out, |_, _| [0.0; 2]);
    }
}

/// How much of the second side shows at a time, 0 to 256: none in the first tenth, all in the last.
fn changeover(t: f32, turn: f32) -> u16 {
    const FIRST: f32 = 0.1;
    const LATEST: f32 = 0.42;
    const LENGTH: f32 = 0.46;
    let start = FIRST + (LATEST - FIRST) * turn;
    (ease::smooth((t - start) / LENGTH) * 256.0 + 0.5) as u16
}

/// 0.0 for pictures that have nothing to do with each other, 1.0 for two views of one thing: by how
/// much of what could be found again was.
fn likeness(flow: &Flow) -> f32 {
    ease::smooth((flow.found() - 0.12) / 0.3)
}

/// Alike pictures change over everywhere at once. Others do so in patches, far things first, so that
/// the new picture comes up behind the old one's subject.
fn turns(to: &Side, likeness: f32, seed: u64) -> Vec<f32> {
    let lattice = to.lattice();
    let patches = Raster::from_fn(lattice.0, lattice.1, |column, row| {
        let (x, y) = ((column as u32 * CELL) as f32, (row as u32 * CELL) as f32);
        let near = (to.nearness(x, y) - 0.8) / 0.4;
        let chance = 0.5 + 0.5 * crate::grain::smooth(seed, 320.0, x, y);
        let own = (0.7 * near + 0.3 * chance).clamp(0.0, 1.0);
        own + (0.5 - own) * likeness
    });
    patches.blurred(2).values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::camera::{Camera, CameraOrder};
    use crate::{measure, sample};

    fn at(morph: &mut Morph, n: u32) -> Frame {
        let mut out = Frame::black(sample::SIZE);
        morph.paint(n, &mut out);
        out
    }

    fn later(picture: &Picture) -> Frame {
        let order = CameraOrder {
            picture,
            size: sample::SIZE,
            frames: 120,
            motion: Motion::High,
            variant: 0,
            seed: 1,
            prompt: "",
        };
        let mut out = Frame::black(sample::SIZE);
        Camera::new(&order).paint(70, &mut out);
        out
    }

    #[test]
    fn a_morph_starts_on_its_start_and_ends_exactly_on_its_end() {
        let (start, end) = (sample::landscape(1), sample::text());
        let size = sample::SIZE;
        for motion in [Motion::Low, Motion::High] {
            let order = MorphOrder {
                start: &start,
                end: &end,
                size,
                frames: 120,
                motion,
                seed: 3,
            };
            let mut morph = Morph::new(&order);
            assert_eq!(at(&mut morph, 0), start.fit(size));
            assert_eq!(at(&mut morph, 119), end.fit(size));
        }
    }

    #[test]
    fn what_both_pictures_show_moves_instead_of_fading() {
        let picture = sample::landscape(1);
        let (start, end) = (picture.fit(sample::SIZE), later(&picture));
        let mut morph = Morph::between(&start, &end, 121, Motion::Low, 3);
        let middle = at(&mut morph, 60);
        let mut faded = Frame::black(sample::SIZE);
        for (y, (a, b)) in faded.y.iter_mut().zip(start.y.iter().zip(&end.y)) {
            *y = a.midpoint(*b);
        }
        // A fade of two displaced textures loses contrast; a moved texture keeps it.
        let [moved, faded, start, end] = [&middle, &faded, &start, &end].map(contrast);
        let figures = format!("start {start}, end {end}, moved {moved}, faded {faded}");
        let least = start.min(end);
        assert!(moved > 0.9 * least, "{figures}");
        assert!(faded < 0.86 * least, "the test shows nothing: {figures}");
    }

    fn contrast(frame: &Frame) -> f32 {
        let luma = Raster::luma(frame, 480);
        luma.zip(&luma.blurred(4), |here, mean| (here - mean).abs())
            .mean()
    }

    #[test]
    fn no_step_of_a_morph_is_a_jump() {
        let (start, end) = (sample::landscape(1), sample::landscape(60));
        let size = sample::SIZE;
        let mut morph = Morph::new(&MorphOrder {
            start: &start,
            end: &end,
            size,
            frames: 120,
            motion: Motion::High,
            seed: 3,
        });
        let mut before = at(&mut morph, 0);
        for n in 1..120 {
            let now = at(&mut morph, n);
            let alike = measure::ssim(&before, &now);
            assert!(
                alike > 0.85,
                "frames {} and {n} have an SSIM of {alike}",
                n - 1
            );
            before = now;
        }
    }
}
