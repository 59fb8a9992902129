//! Under water: light that falls in shafts, a sandy floor with corals, weeds that sway, bubbles.

use super::colour::Rgb;
use super::curve::{fraction, mix, sine, smooth};
use super::easel::{Bounds, Easel, Stand};
use super::element::{Element, Moment};
use super::layer::Paint;
use super::shape::limb;
use super::spray::{Dot, dot};
use super::stage::{Elements, Stage};
use crate::frame::Frame;
use crate::rng::{fractal1, fractal2, grid, noise1};

/// The water, its light and its floor.
#[must_use]
pub fn backdrop(stage: &Stage) -> Elements {
    let mut elements: Elements = vec![water(stage)];
    elements.push(shafts(stage, 0));
    elements.push(rocks(stage, 0));
    elements.push(shafts(stage, 1));
    elements.push(rocks(stage, 1));
    elements.push(floor(stage));
    elements.push(Box::new(Weeds::new(stage)));
    elements
}

/// What is between the actors and the viewer.
#[must_use]
pub fn before(stage: &Stage) -> Elements {
    vec![Box::new(Bubbles {
        unit: stage.unit,
        seed: stage.noise(930),
    })]
}

/// Top and bottom colours of the water at this hour.
fn hues(stage: &Stage) -> (Rgb, Rgb) {
    let p = stage.palette;
    let top = Rgb::hex(0x4fc6d8).under(p.light).mix(p.horizon, 0.12);
    let low = Rgb::hex(0x06345c)
        .under(p.light.mix(Rgb::hex(0xffffff), 0.3))
        .mix(p.zenith, 0.12);
    (top, low)
}

fn water(stage: &Stage) -> Box<dyn Element> {
    let (top, low) = hues(stage);
    let middle = stage.width * 0.55;
    Box::new(stage.plate((0.0, 0.0), (0.0, stage.height), 2.0, |x, y| {
        let t = y / stage.height;
        let off = (x - middle) / stage.width;
        let light = smooth(0.75, 0.0, (off * off * 1.6 + t * t).sqrt()) * 0.5;
        Paint::solid(
            top.mix(low, smooth(-0.1, 1.0, t))
                .mix(top.mix(Rgb::hex(0xe9fff8), 0.6), light),
        )
    }))
}

/// Slanting beams from the surface; two sets that slide over each other.
fn shafts(stage: &Stage, set: u32) -> Box<dyn Element> {
    let seed = stage.noise(900 + u64::from(set));
    let drift = stage.unit * if set == 0 { 0.03 } else { -0.022 };
    let beam = Rgb::hex(0xdffcf2).under(stage.palette.light);
    Box::new(stage.drifting(
        (0.1, 0.1),
        (0.0, stage.height * 0.92),
        3.0,
        drift,
        |x, y| {
            let t = y / stage.height;
            let across = (x + y * 0.34) / (stage.unit * (0.16 + 0.1 * t));
            let bright = smooth(0.52, 0.95, fractal1(across, 2, seed));
            Paint {
                rgb: beam,
                cover: bright * 0.3 * smooth(0.95, 0.05, t),
            }
        },
    ))
}

fn rocks(stage: &Stage, row: u32) -> Box<dyn Element> {
    let near = row as f32;
    let seed = stage.noise(910 + u64::from(row));
    let depth = mix(0.2, 0.45, near);
    let (top_hue, low) = hues(stage);
    let foot = stage.height * mix(0.86, 0.93, near);
    let tall = stage.unit * mix(0.34, 0.24, near);
    Box::new(stage.plate(
        (depth, depth),
        (foot - tall * 1.1, stage.height),
        1.0,
        |x, y| {
            let ridge = fractal1(x / stage.unit * mix(2.0, 2.8, near), 5, seed);
            let side = smooth(0.05, 0.5, ((x - stage.width / 2.0) / stage.width).abs());
            let top = foot - tall * (ridge - 0.25).max(0.0) * (0.35 + 1.1 * side);
            let down = y - top;
            if down < -1.0 {
                return Paint::NONE;
            }
            let rough = fractal2(x / 26.0, y / 18.0, 3, seed) - 0.5;
            let edge = smooth(tall * 0.28, 0.0, down) * 0.28;
            let rock = low.mix(top_hue, mix(0.4, 0.16, near) + edge + rough * 0.2);
            Paint {
                rgb: rock,
                cover: (down + 1.0).min(1.0),
            }
        },
    ))
}

fn floor(stage: &Stage) -> Box<dyn Element> {
    let seed = stage.noise(920);
    let (top, low) = hues(stage);
    let level = stage.height * 0.86;
    let sand = Rgb::hex(0xd9cfa2).under(stage.palette.light).mix(top, 0.45);
    Box::new(
        stage.plate((0.4, 1.0), (level - 12.0, stage.height), 1.0, |x, y| {
            let down = y - level + 10.0 * fractal1(x / stage.unit * 2.2, 3, seed);
            if down < 0.0 {
                return Paint::NONE;
            }
            let t = (down / (stage.height - level)).clamp(0.0, 1.0);
            let ripple = noise1(
                y / (2.0 + 7.0 * t) + 2.2 * fractal1(x / 60.0, 3, seed),
                seed ^ 2,
            ) - 0.5;
            let web = fractal2(x / 42.0, y / 16.0, 3, seed ^ 7);
            let caustic = smooth(0.06, 0.0, (web - 0.5).abs()) * 0.16;
            let rgb = low
                .mix(sand, 0.42 + 0.4 * t)
                .scale(1.0 + ripple * 0.14 + caustic);
            Paint {
                rgb,
                cover: (down / 6.0).min(1.0),
            }
        }),
    )
}

/// Weeds and corals on the floor.
struct Weeds {
    plants: Vec<Plant>,
    easel: Easel,
}

struct Plant {
    x: f32,
    y: f32,
    tall: f32,
    ink: Rgb,
    own: f32,
    coral: bool,
}

const CORALS: [u32; 4] = [0xff7f6a, 0xffb45a, 0xd86fc4, 0xf2e27a];

impl Weeds {
    fn new(stage: &Stage) -> Self {
        let mut rng = stage.rng(940);
        let (_, low) = hues(stage);
        let plant = |k: usize| {
            let coral = k.is_multiple_of(3);
            let hex = if coral {
                CORALS[k / 3 % CORALS.len()]
            } else {
                0x3f9a62
            };
            let near = rng.unit();
            let middle = rng.range(-0.02, 1.02);
            let ink = Rgb::hex(hex)
                .under(stage.palette.light)
                .mix(low, mix(0.45, 0.2, near));
            let tall = stage.unit
                * if coral {
                    rng.range(0.06, 0.11)
                } else {
                    rng.range(0.12, 0.28)
                };
            let edge = ((middle - 0.5) * 2.0).abs();
            Plant {
                x: middle * stage.width,
                y: stage.height * mix(0.9, 1.0, near),
                tall: tall * (0.6 + 0.5 * edge),
                ink,
                own: rng.unit(),
                coral,
            }
        };
        let mut plants: Vec<Plant> = (0..21).map(plant).collect();
        plants.sort_by(|a, b| a.y.total_cmp(&b.y));
        Self {
            plants,
            easel: Easel::default(),
        }
    }

    fn weed(easel: &mut Easel, plant: &Plant, seconds: f32) {
        for blade in 0..3 {
            let aside = (blade as f32 - 1.0) * 0.1;
            let long = 1.0 - 0.22 * grid(blade, (plant.own * 99.0) as i32, 3);
            let joint = |k: u32| {
                let t = k as f32 / 6.0;
                let bend = 0.16 * t * sine(seconds * 0.3 + plant.own + aside - t * 0.55);
                (
                    (aside * (1.0 + t) + bend, -t * long),
                    0.035 * (1.0 - t * 0.8),
                )
            };
            let joints: Vec<_> = (0..=6).map(joint).collect();
            easel.fill(limb(&joints), plant.ink.scale(0.8 + 0.2 * blade as f32));
        }
    }

    fn coral(easel: &mut Easel, plant: &Plant) {
        for branch in 0..7 {
            let t = branch as f32 / 6.0 - 0.5;
            let long = 0.75 + 0.3 * grid(branch, (plant.own * 99.0) as i32, 5);
            let tip = (t * 1.5, -long * (1.0 - t * t * 1.3));
            let ink = plant.ink.scale(0.82 + 0.1 * (branch % 3) as f32);
            easel.fill(
                limb(&[
                    ((t * 0.24, 0.05), 0.1),
                    ((tip.0 * 0.6, tip.1 * 0.55), 0.075),
                    (tip, 0.06),
                ]),
                ink,
            );
        }
    }
}

impl Element for Weeds {
    fn draw(&mut self, at: &Moment, out: &mut Frame) {
        let bounds = Bounds {
            left: -0.95,
            top: -1.2,
            right: 0.95,
            bottom: 0.15,
        };
        for plant in &self.plants {
            let (x, y) = at.view.place(out.size, 0.75, plant.x, plant.y);
            let stand = Stand {
                x,
                y,
                scale: plant.tall * at.view.zoom_at(0.75),
                flip: false,
                lean: 0.0,
            };
            if self.easel.begin(out.size, bounds, stand) {
                if plant.coral {
                    Self::coral(&mut self.easel, plant);
                } else {
                    Self::weed(&mut self.easel, plant, at.seconds);
                }
                self.easel.finish(out);
            }
        }
    }
}

/// Bubbles that rise and wobble, in a few strings.
struct Bubbles {
    unit: f32,
    seed: u32,
}

impl Element for Bubbles {
    fn draw(&mut self, at: &Moment, out: &mut Frame) {
        let (w, h) = (out.size.width as f32, out.size.height as f32);
        for k in 0..40 {
            let own = grid(k, 1, self.seed);
            let life = fraction(at.seconds * mix(0.1, 0.2, own) + grid(k, 2, self.seed));
            let string = grid(k % 5, 3, self.seed);
            let wobble = self.unit * 0.012 * sine(at.seconds * mix(0.5, 0.9, own) + own);
            let x = w * (0.06 + 0.9 * string) + wobble + self.unit * 0.04 * (own - 0.5)
                - at.view.x * 0.6;
            let y = h * (1.04 - life * 1.1);
            let radius = self.unit * mix(0.004, 0.011, grid(k, 4, self.seed)) * (0.7 + 0.5 * life);
            let white = Rgb::hex(0xe6fbff);
            dot(
                out,
                Dot {
                    x,
                    y,
                    radius,
                    strength: 0.4,
                },
                white,
            );
            let shine = Dot {
                x: x - radius * 0.35,
                y: y - radius * 0.4,
                radius: radius * 0.45 + 0.5,
                strength: 0.75,
            };
            dot(out, shine, white);
        }
    }
}
