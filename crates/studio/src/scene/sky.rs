//! The sky: air, sun or moon, stars and clouds. Also all there is to see when the sky is the place.

use super::colour::Rgb;
use super::curve::{falloff, mix, sine, smooth};
use super::element::{Element, Moment};
use super::layer::Paint;
use super::stage::{Elements, Stage};
use super::story::{Mood, Place, Time, Weather};
use crate::frame::Frame;
use crate::rng::fractal2;

/// Everything above the horizon, from the air to the nearest clouds.
#[must_use]
pub fn paint(stage: &Stage) -> Elements {
    let mut elements: Elements = vec![air(stage)];
    if stage.palette.lamps > 0.5 && stage.palette.clearness > 0.2 {
        elements.push(Box::new(Stars::new(stage)));
    }
    elements.push(clouds(stage, 0));
    if stage.palette.clouds > 0.35 {
        elements.push(clouds(stage, 1));
    }
    if stage.story.places[0] == Place::Sky {
        elements.push(cloud_sea(stage, 0));
        elements.push(cloud_sea(stage, 1));
    }
    elements
}

/// Where the sun or the moon stands, in pixels.
#[must_use]
pub fn sun(stage: &Stage) -> (f32, f32) {
    let (x, y) = match stage.story.time {
        Time::Day => (0.74, 0.24),
        Time::Dawn => (0.68, 0.86),
        Time::Dusk => (0.36, 0.84),
        Time::Night => (0.72, 0.3),
    };
    (x * stage.width, y * stage.horizon.min(stage.height * 0.7))
}

/// How far down the sky is painted: below the horizon, as mountains may leave gaps.
fn bottom(stage: &Stage) -> f32 {
    let deep = stage.story.places[0] == Place::Sky;
    if deep {
        stage.height
    } else {
        (stage.horizon + 0.14 * stage.height).min(stage.height)
    }
}

fn air(stage: &Stage) -> Box<dyn Element> {
    let p = stage.palette;
    let (sun_x, sun_y) = sun(stage);
    let night = stage.story.time == Time::Night;
    let radius = stage.unit * if night { 0.055 } else { 0.045 };
    let crater = stage.noise(20);
    Box::new(stage.plate((0.0, 0.0), (0.0, bottom(stage)), 1.0, |x, y| {
        let height = (y / stage.horizon).clamp(0.0, 1.0);
        let low = p.upper.mix(p.horizon, smooth(0.45, 1.02, height));
        let base = p.zenith.mix(low, smooth(-0.1, 0.62, height));
        let (dx, dy) = (x - sun_x, y - sun_y);
        let apart = dx * dx + dy * dy;
        let halo = 0.5 * falloff(apart, stage.unit * 0.16) + 0.3 * falloff(apart, stage.unit * 0.5);
        let halo = halo * p.clearness * if night { 0.62 } else { 1.0 };
        let lit = base.mix(p.glow, halo.min(0.85));
        let edge = smooth(radius + 1.2, radius - 1.2, apart.sqrt()) * p.clearness.min(1.0);
        let seas = if night {
            fractal2(dx / radius * 1.2, dy / radius * 1.2 + 4.0, 4, crater)
        } else {
            0.0
        };
        let face = p.sun.mix(p.haze, smooth(0.42, 0.66, seas) * 0.2);
        Paint::solid(lit.mix(face, edge))
    }))
}

/// A bank of clouds, 0 the far and high one, 1 the near one.
fn clouds(stage: &Stage, bank: u32) -> Box<dyn Element> {
    let p = stage.palette;
    let seed = stage.noise(30 + u64::from(bank));
    let near = bank as f32;
    let scale = stage.unit * mix(0.34, 0.55, near);
    let dense = p.clouds - 0.06 * near;
    let threshold = mix(0.72, 0.3, dense);
    let end = stage.horizon * mix(0.98, 0.8, near);
    let drift = stage.unit * mix(0.008, 0.018, near);
    let (sun_x, sun_y) = sun(stage);
    let storm = stage.story.weather == Weather::Storm || stage.story.mood == Mood::Dramatic;
    Box::new(stage.drifting(
        (0.03 + 0.05 * near, 0.03),
        (0.0, end),
        2.0,
        drift,
        |x, y| {
            let flat = 1.6 + 2.2 * (y / end).clamp(0.0, 1.0);
            let (u, v) = (x / scale, y / scale * flat);
            let here = fractal2(u, v, 5, seed);
            let cover = smooth(threshold, threshold + 0.2, here);
            if cover <= 0.0 {
                return Paint::NONE;
            }
            let (dx, dy) = (sun_x - x, sun_y - y);
            let far = (dx * dx + dy * dy).sqrt().max(1.0);
            let towards = fractal2(u + dx / far * 0.16, v + dy / far * 0.16 * flat, 4, seed);
            let light = (0.55 + (here - towards) * 3.2 - (here - threshold) * 0.9).clamp(0.0, 1.0);
            let rgb = p.cloud_shade.mix(p.cloud_lit, light);
            let glow = falloff(far * far, stage.unit * 0.3) * 0.45 * p.clearness;
            let fade = smooth(1.0, 0.8, y / end) * if storm { 1.0 } else { 0.92 };
            Paint {
                rgb: rgb.mix(p.glow, glow),
                cover: cover * fade,
            }
        },
    ))
}

/// Clouds seen from above, for a scene in mid-air.
fn cloud_sea(stage: &Stage, bank: u32) -> Box<dyn Element> {
    let p = stage.palette;
    let seed = stage.noise(40 + u64::from(bank));
    let near = bank as f32;
    let level = stage.height * mix(0.74, 0.86, near);
    let scale = stage.unit * mix(0.3, 0.5, near);
    let drift = stage.unit * mix(0.012, 0.03, near);
    let depth = mix(0.2, 0.5, near);
    Box::new(stage.drifting(
        (depth, depth),
        (level * 0.78, stage.height),
        2.0,
        drift,
        |x, y| {
            let puff = fractal2(x / scale, y / scale * 1.7, 5, seed);
            let top = level + (0.5 - puff) * scale * 0.95;
            let cover = smooth(-0.02, 0.05, (y - top) / stage.unit);
            if cover <= 0.0 {
                return Paint::NONE;
            }
            let above = fractal2(x / scale + 0.06, (y / scale - 0.12) * 1.7, 4, seed);
            let light =
                (0.62 + (puff - above) * 2.8 - (y - top) / stage.unit * 0.8).clamp(0.0, 1.0);
            Paint {
                rgb: p.cloud_shade.mix(p.cloud_lit, light).mix(p.haze, 0.18),
                cover: cover * 0.97,
            }
        },
    ))
}

/// Points of light that twinkle, each at its own pace.
pub struct Stars {
    stars: Vec<Star>,
    colour: Rgb,
}

struct Star {
    x: f32,
    y: f32,
    bright: f32,
    pace: f32,
    phase: f32,
    large: bool,
}

impl Stars {
    /// Stars above the horizon, fewer where the air is thick.
    #[must_use]
    pub fn new(stage: &Stage) -> Self {
        let thick = stage.palette.clearness * smooth(0.4, 1.0, stage.palette.lamps);
        let count = (260.0 * thick) as usize;
        let floor = if stage.story.is_in(Place::Space) {
            stage.height
        } else {
            stage.horizon
        };
        Self::scattered(stage, count, floor)
    }

    /// `count` stars over the whole width, down to row `floor`.
    #[must_use]
    pub fn scattered(stage: &Stage, count: usize, floor: f32) -> Self {
        let mut rng = stage.rng(50);
        let (left, right) = stage.sides(0.02);
        let star = |_| {
            let bright = rng.unit();
            Star {
                x: rng.range(left, right),
                y: rng.unit() * rng.range(0.4, 1.0) * floor,
                bright: 0.25 + 0.75 * bright * bright,
                pace: rng.range(0.2, 0.9),
                phase: rng.unit(),
                large: rng.chance(0.12) && stage.unit > 400.0,
            }
        };
        Self {
            stars: (0..count).map(star).collect(),
            colour: Rgb::hex(0xeef2ff),
        }
    }
}

impl Element for Stars {
    fn draw(&mut self, at: &Moment, out: &mut Frame) {
        let (w, h) = (out.size.width as usize, out.size.height as usize);
        let white = self.colour.yuv()[0];
        for star in &self.stars {
            let (x, y) = at.view.place(out.size, 0.02, star.x, star.y);
            if x < 1.0 || y < 1.0 || x as usize + 2 >= w || y as usize + 2 >= h {
                continue;
            }
            let twinkle = 0.78 + 0.22 * sine(star.phase + star.pace * at.seconds);
            let strength = star.bright * twinkle;
            let mut add = |dx: usize, dy: usize, share: f32| {
                let sample = &mut out.y[(y as usize + dy - 1) * w + x as usize + dx - 1];
                *sample = mix(f32::from(*sample), white, (share * strength).min(1.0)) as u8;
            };
            let (fx, fy) = (x - x.floor(), y - y.floor());
            add(1, 1, (1.0 - fx) * (1.0 - fy));
            add(2, 1, fx * (1.0 - fy));
            add(1, 2, (1.0 - fx) * fy);
            add(2, 2, fx * fy);
            if star.large {
                [(1, 0), (0, 1), (2, 1), (1, 2)]
                    .into_iter()
                    .for_each(|(a, b)| add(a, b, 0.5));
            }
        }
    }
}
