//! Where the camera goes: a glide towards a point near the edge of the frame, and what that means for
//! a pixel of a given depth. Not time: how far along it is, the caller says.

use super::{Depth, Motion};
use crate::frame::Size;
use crate::grain;

/// How far the picture grows at the middle depth, in full travel of a five-second clip.
const LOW_GROWTH: f32 = 0.055;
const HIGH_GROWTH: f32 = 0.18;

/// How much of the frame's half the goal may lie away from the middle. Under 1, so that the edges
/// always come from inside the picture.
const GOAL: f32 = 0.94;

/// How far the goal may drift across the way, in the same unit.
const SWAY: f32 = 0.12;

/// The goals: right, left, below, above. Opposites side by side, so that of two clips one goes each
/// way, and so that `variant ^ turn` is again one of four, different for each variant.
const WAYS: [[f32; 2]; 4] = [[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]];

/// A planned glide.
#[derive(Clone, Copy, Debug)]
pub struct Path {
    size: Size,
    variant: usize,
    growth: f32,
    /// How far from the middle the goal lies, in halves of the frame.
    reach: f32,
    sway: f32,
    /// The point the camera makes for, in halves of the frame from its middle: the picture flows
    /// away from it, so a goal on the right makes everything move left.
    goal: [f32; 2],
    /// How far the goal drifts across the way while travelling, in the same unit.
    drift: [f32; 2],
    /// Play from the end: from near to far.
    backwards: bool,
}

impl Path {
    /// The path of one of four variants, which make for the right, the left, below and above. Words
    /// of the prompt choose the first one's way, and the others turn with it. The seed has no say in
    /// that: variants with seeds of their own would meet.
    #[must_use]
    pub fn plan(size: Size, motion: Motion, variant: u8, seed: u64, prompt: &str) -> Self {
        let words = Words::read(prompt);
        let turn = words.first.unwrap_or(0);
        let growth = match motion {
            Motion::Low => LOW_GROWTH,
            Motion::High => HIGH_GROWTH,
        };
        let unturned = Self {
            size,
            variant: usize::from(variant % 4),
            growth: growth * words.pace,
            reach: GOAL * words.reach,
            sway: SWAY * grain::signed(seed, 1, u32::from(variant)),
            goal: [0.0; 2],
            drift: [0.0; 2],
            backwards: words.backwards,
        };
        unturned.turned(turn)
    }

    /// Does the prompt say which way to go?
    #[must_use]
    pub fn is_directed(prompt: &str) -> bool {
        let words = Words::read(prompt);
        words.first.is_some() || words.backwards
    }

    /// The same path, turned so that the first variant moves the picture the way it already goes
    /// (pixels per frame, right and down positive).
    #[must_use]
    pub fn led_by(self, heading: Option<[f32; 2]>) -> Self {
        let Some([x, y]) = heading else { return self };
        // The picture flows away from the goal.
        let turn = match (x.abs() >= y.abs(), x < 0.0, y < 0.0) {
            (true, true, _) => 0,
            (true, false, _) => 1,
            (false, _, true) => 2,
            (false, _, false) => 3,
        };
        self.turned(turn)
    }

    fn turned(self, turn: usize) -> Self {
        let [x, y] = WAYS[self.variant ^ turn];
        let goal = [x * self.reach, y * self.reach];
        Self {
            goal,
            drift: [y * self.sway, x * self.sway],
            ..self
        }
    }

    /// The same path for a clip of so many frames: longer clips go somewhat further.
    #[must_use]
    pub fn lasting(self, frames: u32) -> Self {
        let stretch = (frames as f32 / 120.0).clamp(0.75, 1.4);
        Self {
            growth: self.growth * stretch,
            ..self
        }
    }

    /// The view after `travelled` of the way, 0.0 to 1.0.
    #[must_use]
    pub fn at(&self, travelled: f32) -> View {
        let e = if self.backwards {
            1.0 - travelled
        } else {
            travelled
        };
        let half = [self.size.width, self.size.height].map(|edge| edge as f32 / 2.0);
        let goal = [0, 1].map(|i| half[i] * (1.0 + self.goal[i] + self.drift[i] * 2.0 * (e - 0.5)));
        View {
            goal,
            growth: self.growth * e,
        }
    }
}

/// The camera at one moment: the picture grown about the goal, near things more than far ones.
#[derive(Clone, Copy, Debug)]
pub struct View {
    goal: [f32; 2],
    growth: f32,
}

impl View {
    /// Where in the picture the pixel at (`x`, `y`) comes from.
    ///
    /// The depth that counts is the source's, which is not known yet: two rounds of looking where
    /// the last guess leads come close enough, as depth is smooth.
    #[must_use]
    pub fn source(&self, depth: &Depth, x: f32, y: f32) -> (f32, f32) {
        let mut source = (x, y);
        for _ in 0..2 {
            let pull = self.growth * depth.nearness(source.0, source.1);
            source = (x - pull * (x - self.goal[0]), y - pull * (y - self.goal[1]));
        }
        source
    }
}

/// What the prompt says of the camera.
struct Words {
    first: Option<usize>,
    reach: f32,
    pace: f32,
    backwards: bool,
}

impl Words {
    fn read(prompt: &str) -> Self {
        let prompt = prompt.to_lowercase();
        let says = |phrases: &[&str]| phrases.iter().any(|phrase| prompt.contains(phrase));
        let backwards = says(&[
            "zoom out",
            "pull out",
            "pull back",
            "dolly out",
            "zooms out",
        ]);
        let inwards = says(&[
            "zoom in", "zooms in", "push in", "dolly in", "close in", "fly into",
        ]);
        let still = says(&[
            "static camera",
            "static shot",
            "still camera",
            "locked camera",
            "tripod",
        ]);
        // The order is that of `WAYS`.
        let first = [
            &[
                "pan right",
                "pans right",
                "truck right",
                "camera right",
                "move right",
            ][..],
            &[
                "pan left",
                "pans left",
                "truck left",
                "camera left",
                "move left",
            ],
            &[
                "tilt down",
                "tilts down",
                "pan down",
                "pedestal down",
                "crane down",
            ],
            &[
                "tilt up",
                "tilts up",
                "pan up",
                "pedestal up",
                "crane up",
                "rise up",
            ],
        ]
        .iter()
        .position(|phrases| says(phrases));
        Self {
            first,
            reach: if backwards || inwards { 0.45 } else { 1.0 },
            pace: if still { 0.35 } else { 1.0 },
            backwards,
        }
    }
}
