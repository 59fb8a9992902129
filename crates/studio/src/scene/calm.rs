//! The abstract scene: veils of colour that drift through one another, and slow motes of light. What
//! a text gets that names nothing to see.

use super::blit::Scratch;
use super::colour::Rgb;
use super::curve::{cosine, falloff, fraction, mix, sine};
use super::element::{Element, Moment, Plate};
use super::layer::{Layer, Paint};
use super::palette::paint;
use super::spray::{Dot, dot};
use super::stage::{Elements, Stage};
use super::story::Time;
use crate::frame::{Frame, Size};
use crate::rng::grid;

/// Width of the veils' own small picture, before it is enlarged.
const COLUMNS: f32 = 96.0;

/// Sets of colours that go together: the ground and four lights on it.
const SETS: [[u32; 5]; 5] = [
    [0x141a3c, 0x3f6fd8, 0x8a4fd0, 0x25b0b8, 0xf08f7a],
    [0x1c1430, 0xd0508a, 0x5a4fd8, 0xf2a65a, 0x3f9fd0],
    [0x0e2430, 0x2fa08a, 0x3f7fc0, 0xe8d08a, 0x7a5fc8],
    [0x2a1420, 0xe86a4a, 0xc0407a, 0xf4c05a, 0x6a4fb0],
    [0x10203a, 0x4fb0e0, 0x5fd0a0, 0x8a7fe0, 0xf0e0b0],
];

/// The whole scene.
#[must_use]
pub fn scene(stage: &Stage) -> Elements {
    vec![
        Box::new(Veils::new(stage)),
        Box::new(Motes {
            seed: stage.noise(1210),
            unit: stage.unit,
        }),
    ]
}

struct Veils {
    ground: Rgb,
    lights: Vec<Light>,
    size: Size,
    grain: f32,
    scratch: Scratch,
}

/// A light that wanders along an ellipse.
struct Light {
    rgb: Rgb,
    orbit: (f32, f32),
    pace: (f32, f32),
    phase: f32,
    reach: f32,
}

impl Veils {
    fn new(stage: &Stage) -> Self {
        let mut rng = stage.rng(1200);
        let set = SETS[(rng.bits() % SETS.len() as u64) as usize];
        let dim = match stage.story.time {
            Time::Night => 0.45,
            Time::Dusk | Time::Dawn => 0.85,
            Time::Day => 1.0,
        };
        let tint = stage.story.tint.map(paint);
        let hue = |hex: u32| {
            tint.map_or(Rgb::hex(hex), |tint| Rgb::hex(hex).mix(tint, 0.6))
                .scale(dim)
        };
        let lights = set[1..].iter().chain(&set[1..]).map(|&hex| Light {
            rgb: hue(hex),
            orbit: (rng.range(0.15, 0.55), rng.range(0.12, 0.42)),
            pace: (rng.range(0.035, 0.085), rng.range(0.04, 0.095)),
            phase: rng.unit(),
            reach: rng.range(0.16, 0.3),
        });
        let lights = lights.collect();
        let grain = (stage.width / COLUMNS).max(1.0);
        let side = |length: f32| ((length / grain) as u32 + 5) & !1;
        let size = Size {
            width: side(stage.width),
            height: side(stage.height),
        };
        Self {
            ground: hue(set[0]),
            lights,
            size,
            grain,
            scratch: Scratch::default(),
        }
    }
}

impl Element for Veils {
    fn draw(&mut self, at: &Moment, out: &mut Frame) {
        let aspect = self.size.width as f32 / self.size.height as f32;
        let place = |light: &Light| {
            let x = 0.5 * aspect
                + light.orbit.0 * aspect * sine(light.pace.0 * at.seconds + light.phase);
            let y = 0.5 + light.orbit.1 * cosine(light.pace.1 * at.seconds + light.phase * 1.7);
            (x, y)
        };
        let spots: Vec<(f32, f32)> = self.lights.iter().map(place).collect();
        let high = self.size.height as f32;
        let layer = Layer::paint(self.size, |px, py| {
            let (x, y) = (px / high, py / high);
            let fold = 0.07 * sine(x * 0.9 + y * 0.6 + at.seconds * 0.045);
            let (mut sum, mut all) = (self.ground, 1.0);
            for (light, spot) in self.lights.iter().zip(&spots) {
                let (dx, dy) = (x + fold - spot.0, y - fold - spot.1);
                let near = falloff(dx * dx + dy * dy * 1.3, light.reach);
                let weight = near * near * 2.6;
                sum = sum.plus(light.rgb, weight);
                all += weight * 0.82;
            }
            Paint::solid(sum.scale(1.0 / all))
        });
        let mut plate = Plate::new(layer, -2.0 * self.grain, -2.0 * self.grain, 0.15);
        plate.grain = self.grain * 1.03;
        plate.draw_with(&mut self.scratch, at, out);
    }
}

/// Points of light that rise slowly.
struct Motes {
    seed: u32,
    unit: f32,
}

impl Element for Motes {
    fn draw(&mut self, at: &Moment, out: &mut Frame) {
        let (w, h) = (out.size.width as f32, out.size.height as f32);
        for k in 0..46 {
            let own = grid(k, 1, self.seed);
            let rise = fraction(grid(k, 2, self.seed) + at.seconds * mix(0.012, 0.035, own));
            let x = w * grid(k, 3, self.seed) + self.unit * 0.05 * sine(at.seconds * 0.07 + own)
                - at.view.x * own;
            let y = h * (1.05 - 1.1 * rise);
            let pulse = 0.55 + 0.45 * sine(at.seconds * mix(0.1, 0.25, own) + own * 7.0);
            let radius = self.unit * mix(0.003, 0.012, own * own) + 0.7;
            dot(
                out,
                Dot {
                    x,
                    y,
                    radius,
                    strength: 0.5 * pulse,
                },
                Rgb::hex(0xfff8ec),
            );
        }
    }
}
