//! A fire of logs: flames from rising noise, sparks, and the light it throws around.

use super::blit::Scratch;
use super::colour::Rgb;
use super::curve::{falloff, fraction, mix, sine, smooth};
use super::easel::{Bounds, Easel, Stand};
use super::element::{Element, Moment, Plate};
use super::layer::{Layer, Paint};
use super::shape::{limb, oval};
use super::spray::{Dot, dot};
use super::stage::Stage;
use super::story::{Cast, Scale};
use crate::frame::{Frame, Size};
use crate::rng::{grid, noise1, noise2};

/// Size of the flames' own small picture, before it is enlarged.
const FIELD: Size = Size {
    width: 72,
    height: 96,
};
const DEPTH: f32 = 0.75;

/// One or more fires side by side.
pub struct Fire {
    hearths: Vec<Hearth>,
    glow: Plate,
    scratch: Scratch,
    easel: Easel,
    logs: Rgb,
    embers: Rgb,
}

/// Where a fire burns (the foot of its flames, in world pixels) and how large it is.
struct Hearth {
    x: f32,
    y: f32,
    tall: f32,
    seed: u32,
}

impl Fire {
    #[must_use]
    pub fn new(stage: &Stage, cast: &Cast) -> Self {
        let scale = match cast.scale {
            Scale::Small => 0.24,
            Scale::Usual => 0.4,
            Scale::Huge => 0.62,
        };
        let count = cast.count.min(5);
        let tall = stage.unit * scale * (1.0 - 0.1 * f32::from(count - 1));
        let alone = stage.story.cast.len() == 1;
        let hearth = |k: u8| {
            let aside = f32::from(k) - f32::from(count - 1) / 2.0;
            Hearth {
                x: stage.width * (if alone { 0.5 } else { 0.72 } + aside * 0.2),
                y: stage.height * (0.85 + 0.03 * aside.abs()),
                tall,
                seed: stage.noise(700 + u64::from(k)),
            }
        };
        Self {
            hearths: (0..count).map(hearth).collect(),
            glow: halo(stage, tall),
            scratch: Scratch::default(),
            easel: Easel::default(),
            logs: stage
                .palette
                .lit(Rgb::hex(0x4a3020))
                .plus(Rgb::hex(0xff7a20), 0.12),
            embers: cast
                .colour
                .map_or(Rgb::hex(0xff8a2a), super::palette::paint),
        }
    }

    fn flames(&mut self, hearth: usize, at: &Moment, out: &mut Frame) {
        let Hearth { x, y, tall, seed } = self.hearths[hearth];
        let (time, hue) = (at.seconds, self.embers);
        let layer = Layer::paint(FIELD, |px, py| {
            flame(
                px / FIELD.width as f32 - 0.5,
                1.0 - py / FIELD.height as f32,
                time,
                seed,
                hue,
            )
        });
        let grain = tall * 1.25 / FIELD.height as f32;
        let left = x - grain * FIELD.width as f32 / 2.0;
        let top = y - grain * FIELD.height as f32 * 0.97;
        let mut plate = Plate::new(layer, left, top, DEPTH);
        plate.grain = grain;
        plate.draw_with(&mut self.scratch, at, out);
    }

    fn wood(&mut self, hearth: usize, at: &Moment, out: &mut Frame) {
        let Hearth { x, y, tall, .. } = self.hearths[hearth];
        let (x, y) = at.view.place(out.size, DEPTH, x, y);
        let stand = Stand {
            x,
            y,
            scale: tall * at.view.zoom_at(DEPTH),
            flip: false,
            lean: 0.0,
        };
        let bounds = Bounds {
            left: -0.6,
            top: -0.25,
            right: 0.6,
            bottom: 0.2,
        };
        if !self.easel.begin(out.size, bounds, stand) {
            return;
        }
        self.easel
            .glaze(oval((0.0, 0.04), 0.42, 0.1), Rgb::hex(0x120a06), 0.5);
        let pairs = [
            ((-0.34, 0.03), (0.22, -0.1)),
            ((0.34, 0.03), (-0.2, -0.12)),
            ((-0.26, 0.08), (0.3, 0.06)),
        ];
        for (from, to) in pairs {
            self.easel
                .fill(limb(&[(from, 0.052), (to, 0.044)]), self.logs);
            self.easel
                .fill(oval(from, 0.036, 0.042), self.logs.scale(1.6));
        }
        let pulse = 0.75 + 0.25 * sine(at.seconds * 0.9);
        self.easel
            .fill(oval((0.0, 0.0), 0.14, 0.04), self.embers.scale(pulse));
        self.easel.finish(out);
    }

    fn sparks(&self, hearth: &Hearth, at: &Moment, out: &mut Frame) {
        for k in 0..26 {
            let own = grid(k, 1, hearth.seed);
            let life = fraction(at.seconds * mix(0.3, 0.6, own) + grid(k, 2, hearth.seed));
            let wander = noise1(life * 4.0 + own * 30.0, hearth.seed) - 0.5;
            let x = hearth.x
                + hearth.tall * ((grid(k, 3, hearth.seed) - 0.5) * 0.4 + wander * 0.5 * life);
            let y = hearth.y - hearth.tall * (0.25 + life * 1.35);
            let (x, y) = at.view.place(out.size, DEPTH, x, y);
            let radius = hearth.tall * 0.008 + 0.9;
            let strength = smooth(1.0, 0.5, life) * smooth(0.0, 0.1, life);
            dot(
                out,
                Dot {
                    x,
                    y,
                    radius,
                    strength,
                },
                Rgb::hex(0xffc46a),
            );
        }
    }
}

/// A flame at `x` (-0.5..0.5) and height `y` (0..1).
fn flame(x: f32, y: f32, time: f32, seed: u32, hue: Rgb) -> Paint {
    let rise = time * 1.7;
    let sway = (noise2(y * 1.8 - rise * 0.8, 3.0, seed) - 0.5) * 0.34 * y;
    let tongues = noise2((x + sway) * 7.0, y * 3.2 - rise * 1.5, seed);
    let detail = noise2((x + sway) * 15.0, y * 6.5 - rise * 2.4, seed ^ 9);
    let width = 0.31 * (1.0 - y).max(0.0).sqrt() * smooth(-0.16, 0.12, y);
    let body = 1.0 - ((x + sway) / width.max(0.001)).powi(2);
    let heat = body * 0.95 + (tongues - 0.5) * 1.25 + (detail - 0.5) * 0.55 - y * 0.72 + 0.12;
    let cover = smooth(0.05, 0.34, heat);
    let core = Rgb::hex(0xfff3c4);
    let rgb = hue
        .scale(0.72)
        .mix(hue.mix(Rgb::hex(0xffc44a), 0.55), smooth(0.25, 0.7, heat));
    Paint {
        rgb: rgb.mix(core, smooth(0.62, 1.15, heat)),
        cover: cover * smooth(1.0, 0.82, y),
    }
}

/// The light around the fires, stronger when it is dark.
fn halo(stage: &Stage, tall: f32) -> Plate {
    let (x, y) = (stage.width / 2.0, stage.height * 0.78);
    let strength = mix(0.16, 0.5, stage.palette.lamps);
    stage.plate((DEPTH, DEPTH), (0.0, stage.height), 4.0, |px, py| {
        let (dx, dy) = ((px - x) * 0.8, (py - y) * 1.15);
        let cover = (falloff(dx * dx + dy * dy, tall * 1.05) - 0.06).max(0.0);
        Paint {
            rgb: Rgb::hex(0xff9440),
            cover: cover * strength,
        }
    })
}

impl Element for Fire {
    fn draw(&mut self, at: &Moment, out: &mut Frame) {
        self.glow.opacity = 0.82 + 0.18 * noise1(at.seconds * 5.0, 77);
        self.glow.draw(at, out);
        for hearth in 0..self.hearths.len() {
            self.wood(hearth, at, out);
            self.flames(hearth, at, out);
            self.sparks(&self.hearths[hearth], at, out);
        }
    }
}
