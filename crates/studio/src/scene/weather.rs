//! What falls, drifts or flashes between the viewer and the scene: rain, snow, fog, lightning.

use super::colour::Rgb;
use super::curve::{fraction, mix, sine, smooth};
use super::easel::{Bounds, Easel, Stand};
use super::element::{Element, Moment};
use super::layer::Paint;
use super::shape::line;
use super::spray::{Dot, dot, streak};
use super::stage::{Elements, Stage};
use super::story::Weather;
use crate::frame::Frame;
use crate::rng::{Rng, fractal2};

/// The weather in front of everything.
#[must_use]
pub fn before(stage: &Stage) -> Elements {
    match stage.story.weather {
        Weather::Clear | Weather::Cloudy => Vec::new(),
        Weather::Rain => vec![Box::new(Rain::new(stage, 260))],
        Weather::Storm => vec![Box::new(Rain::new(stage, 420))],
        Weather::Snow => vec![Box::new(Snow::new(stage))],
        Weather::Fog => vec![fog(stage, 1)],
    }
}

/// The weather behind the actors: a bolt over the horizon, fog in the valley.
#[must_use]
pub fn behind(stage: &Stage) -> Elements {
    match stage.story.weather {
        Weather::Storm => vec![Box::new(Lightning::new(stage))],
        Weather::Fog => vec![fog(stage, 0)],
        _ => Vec::new(),
    }
}

struct Rain {
    drops: Vec<Drop>,
    slant: f32,
    luma: f32,
}

struct Drop {
    x: f32,
    phase: f32,
    /// 0 far to 1 near.
    near: f32,
}

impl Rain {
    fn new(stage: &Stage, count: usize) -> Self {
        let mut rng = stage.rng(600);
        let drop = |_| Drop {
            x: rng.unit(),
            phase: rng.unit(),
            near: rng.unit(),
        };
        let storm = stage.story.weather == Weather::Storm;
        Self {
            drops: (0..count).map(drop).collect(),
            slant: if storm { -0.34 } else { -0.14 },
            luma: mix(225.0, 150.0, stage.palette.lamps),
        }
    }
}

impl Element for Rain {
    fn draw(&mut self, at: &Moment, out: &mut Frame) {
        let (w, h) = (out.size.width as f32, out.size.height as f32);
        for drop in &self.drops {
            let length = h * mix(0.035, 0.1, drop.near);
            let fall = h + length;
            let laps = drop.phase + at.seconds * mix(1.1, 2.1, drop.near);
            let y = fraction(laps) * fall - length;
            // Each lap falls somewhere else, or the eye would find the pattern.
            let start = fraction(drop.x + laps.floor() * 0.618) * w * 1.4;
            let x = start + self.slant * y - at.view.x * mix(0.3, 1.0, drop.near);
            let x = fraction(x / (w * 1.4)) * w * 1.4 - w * 0.05;
            let strength = mix(0.14, 0.42, drop.near);
            streak(out, (x, y), length, self.slant, (self.luma, strength));
        }
    }
}

struct Snow {
    flakes: Vec<Flake>,
    colour: Rgb,
    unit: f32,
}

struct Flake {
    x: f32,
    phase: f32,
    near: f32,
    sway: f32,
}

impl Snow {
    fn new(stage: &Stage) -> Self {
        let mut rng = stage.rng(610);
        let flake = |_| {
            let near = rng.unit();
            Flake {
                x: rng.unit(),
                phase: rng.unit(),
                near: near * near,
                sway: rng.unit(),
            }
        };
        let colour = Rgb::hex(0xffffff).mix(stage.palette.haze, 0.3 * stage.palette.lamps);
        Self {
            flakes: (0..340).map(flake).collect(),
            colour,
            unit: stage.unit,
        }
    }
}

impl Element for Snow {
    fn draw(&mut self, at: &Moment, out: &mut Frame) {
        let (w, h) = (out.size.width as f32, out.size.height as f32);
        for flake in &self.flakes {
            let laps = flake.phase + at.seconds * mix(0.07, 0.26, flake.near);
            let y = fraction(laps) * h * 1.06 - h * 0.03;
            let wander =
                sine(at.seconds * 0.23 + flake.sway) * self.unit * mix(0.012, 0.035, flake.near);
            let shift = at.view.x * mix(0.2, 1.1, flake.near) - at.seconds * self.unit * 0.02;
            let x =
                fraction(flake.x + laps.floor() * 0.618 - shift / w) * w * 1.04 - w * 0.02 + wander;
            let radius = self.unit * mix(0.0032, 0.0105, flake.near) + 0.6;
            let strength = mix(0.75, 0.9, flake.near);
            dot(
                out,
                Dot {
                    x,
                    y,
                    radius,
                    strength,
                },
                self.colour,
            );
        }
    }
}

/// A bank of fog, 0 the one before the horizon, 1 the thin one near by.
fn fog(stage: &Stage, bank: u32) -> Box<dyn Element> {
    let p = stage.palette;
    let seed = stage.noise(620 + u64::from(bank));
    let near = bank as f32;
    let scale = stage.unit * mix(0.35, 0.6, near);
    let drift = stage.unit * mix(0.02, -0.035, near);
    let top = stage.horizon - stage.height * mix(0.3, 0.15, near);
    let depth = mix(0.3, 0.8, near);
    let grey = p.haze.mix(p.horizon, 0.5);
    let grain = (stage.unit / 180.0).max(2.0).floor();
    Box::new(
        stage.drifting((depth, depth), (top, stage.height), grain, drift, |x, y| {
            let puff = fractal2(x / scale, y / scale * 2.4, 4, seed);
            let high = smooth(top, stage.horizon, y)
                * mix(
                    1.0,
                    smooth(1.1, 0.5, (y - stage.horizon) / stage.height * 2.0),
                    0.6,
                );
            Paint {
                rgb: grey,
                cover: smooth(0.2, 0.75, puff) * high * mix(0.92, 0.5, near),
            }
        }),
    )
}

/// Two bolts in a clip, each with a flash over the whole frame.
struct Lightning {
    strikes: Vec<Strike>,
    foot: f32,
    easel: Easel,
}

struct Strike {
    second: f32,
    path: Vec<(f32, f32)>,
}

impl Lightning {
    fn new(stage: &Stage) -> Self {
        let mut rng = stage.rng(630);
        let count = (stage.seconds / 2.6).ceil().max(1.0) as u32;
        let strike = |k: u32| Strike {
            second: (k as f32 + 0.25 + 0.5 * rng.unit()) * 2.6,
            path: bolt(stage, &mut rng),
        };
        Self {
            strikes: (0..count).map(strike).collect(),
            foot: stage.horizon,
            easel: Easel::default(),
        }
    }
}

fn bolt(stage: &Stage, rng: &mut Rng) -> Vec<(f32, f32)> {
    let mut x = stage.width * rng.range(0.15, 0.85);
    let rows = 14;
    let mut point = |k: u32| {
        x += stage.unit * rng.range(-0.045, 0.045);
        (x, stage.horizon * k as f32 / rows as f32)
    };
    (0..=rows).map(&mut point).collect()
}

impl Element for Lightning {
    fn draw(&mut self, at: &Moment, out: &mut Frame) {
        for strike in &self.strikes {
            let since = at.seconds - strike.second;
            if !(0.0..0.5).contains(&since) {
                continue;
            }
            let again = if since > 0.16 { 0.6 } else { 1.0 };
            let strength = again * (1.0 - fraction(since / 0.17));
            let flash = (strength * 60.0) as u8;
            out.y
                .iter_mut()
                .for_each(|sample| *sample = sample.saturating_add(flash).min(235));
            let bounds = Bounds {
                left: 0.0,
                top: 0.0,
                right: out.size.width as f32,
                bottom: self.foot,
            };
            let stand = Stand {
                x: -at.view.x * 0.08,
                y: 0.0,
                scale: 1.0,
                flip: false,
                lean: 0.0,
            };
            let thick = out.size.height as f32 * 0.0045;
            if self.easel.begin(out.size, bounds, stand) {
                let ink = Rgb::hex(0xe8ecff);
                self.easel
                    .stroke(polyline(&strike.path), thick * (0.4 + strength), ink);
                self.easel.finish(out);
            }
        }
    }
}

/// Straight from point to point: lightning has corners.
fn polyline(points: &[(f32, f32)]) -> Option<tiny_skia::Path> {
    let mut path = tiny_skia::PathBuilder::new();
    for (k, pair) in points.windows(2).enumerate() {
        let piece = line(pair)?;
        path.push_path(&piece);
        if k % 5 == 3 {
            let (a, b) = (pair[0], pair[1]);
            let twig = line(&[b, (b.0 + (b.0 - a.0) * 2.5 + 12.0, b.1 + (b.1 - a.1) * 1.6)])?;
            path.push_path(&twig);
        }
    }
    path.finish()
}
