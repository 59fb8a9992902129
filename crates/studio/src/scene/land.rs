//! Land forms: mountains, hills and dunes, each a few ridges one behind the other, and the open
//! ground before them. Trees are `forest`, houses `city`.

use super::colour::Rgb;
use super::curve::{mix, smooth};
use super::element::Element;
use super::layer::Paint;
use super::sky;
use super::stage::{Elements, Stage};
use super::story::Weather;
use crate::rng::{fractal1, fractal2, noise1, noise2};

/// The ridge line of something, sampled once per pixel column.
pub struct Skyline {
    left: f32,
    tops: Vec<f32>,
}

impl Skyline {
    /// Rows of the line for every column that a plate of this depth can show.
    #[must_use]
    pub fn new(stage: &Stage, depth: f32, top: impl Fn(f32) -> f32) -> Self {
        let (left, right) = stage.sides(depth);
        let left = left - 64.0;
        let columns = (right - left) as usize + 128;
        Self {
            left,
            tops: (0..columns).map(|i| top(left + i as f32)).collect(),
        }
    }

    /// The row at a column, the nearest one known.
    #[must_use]
    pub fn at(&self, x: f32) -> f32 {
        let i = (x - self.left).max(0.0) as usize;
        self.tops[i.min(self.tops.len() - 1)]
    }

    fn highest(&self) -> f32 {
        self.tops.iter().copied().fold(f32::MAX, f32::min)
    }
}

/// Three ranges with rock faces lit from the side, snow on the upper parts, mist at their feet.
#[must_use]
pub fn mountains(stage: &Stage) -> Elements {
    (0..3).map(|range| mountain_range(stage, range)).collect()
}

fn mountain_range(stage: &Stage, range: u32) -> Box<dyn Element> {
    let p = stage.palette;
    let near = range as f32 / 2.0;
    let depth = mix(0.08, 0.28, near);
    let seed = stage.noise(100 + u64::from(range));
    let tall = stage.unit * mix(0.46, 0.2, near);
    let wide = stage.unit * mix(0.62, 0.4, near);
    let foot = stage.horizon + stage.height * 0.02 * near;
    let line = Skyline::new(stage, depth, |x| {
        foot - tall * (0.12 + 0.88 * peaks(x / wide, seed))
    });
    let from_left = sky::sun(stage).0 < stage.width / 2.0;
    let snowy = stage.story.weather == Weather::Snow;
    let snow_line = foot - tall * if snowy { 0.22 } else { 0.56 };
    let rock = Rgb::hex(0x5b6470).mix(Rgb::hex(0x46543f), near * 0.8);
    let distance = mix(0.66, 0.24, near);
    let highest = line.highest();
    let (top, bottom) = (
        highest - 2.0,
        (foot + stage.height * 0.12).min(stage.height),
    );
    Box::new(stage.plate((depth, depth), (top, bottom), 1.0, |x, y| {
        let down = y - line.at(x);
        if down < -1.0 {
            return Paint::NONE;
        }
        let rough = noise2(x / 23.0, y / 31.0, seed) - 0.5;
        let bend = down * 0.34 * (noise1(y / tall * 7.0, seed) - 0.5) + rough * 26.0;
        let reach = 5.0 + down * 0.11;
        let slope = (line.at(x + bend + reach) - line.at(x + bend - reach)) / (2.0 * reach);
        let facing = if from_left { -slope } else { slope };
        let grain = fractal2(x / 40.0, y / 26.0, 3, seed) - 0.5;
        let shade = 0.78 + 0.5 * smooth(-0.7, 0.7, -facing) + grain * 0.3;
        let cap = smooth(12.0, -26.0, y - snow_line + rough * 90.0 + facing * 18.0)
            * if snowy { 0.92 } else { mix(0.92, 0.0, near) };
        let face = rock
            .scale(shade)
            .mix(Rgb::hex(0xf3f7fb).scale(0.62 + 0.38 * shade), cap);
        let mist = smooth(0.35, 1.1, (y - highest) / (foot - highest + 1.0));
        let rgb = p.far(face, (distance + mist * 0.38).min(0.96));
        Paint {
            rgb,
            cover: (down + 1.0).min(1.0),
        }
    }))
}

/// Pointed heights in 0..1.
fn peaks(x: f32, seed: u32) -> f32 {
    let (mut sum, mut weight, mut scale, mut last) = (0.0, 1.0, 1.0, 1.0);
    for k in 0..7 {
        let fold = 1.0 - (2.0 * noise1(x * scale, seed.wrapping_add(k)) - 1.0).abs();
        let sharp = fold * fold * last;
        sum += weight * sharp;
        last = fold.clamp(0.35, 1.0);
        weight *= 0.47;
        scale *= 2.1;
    }
    (sum / 1.55).min(1.0)
}

/// Rolling hills of this colour, the nearer ones greener and darker at the foot.
#[must_use]
pub fn hills(stage: &Stage, colour: Rgb, height: f32) -> Elements {
    (0..3)
        .map(|ridge| hill(stage, colour, height, ridge))
        .collect()
}

fn hill(stage: &Stage, colour: Rgb, height: f32, ridge: u32) -> Box<dyn Element> {
    let p = stage.palette;
    let near = ridge as f32 / 2.0;
    let depth = mix(0.14, 0.36, near);
    let seed = stage.noise(120 + u64::from(ridge));
    let tall = stage.unit * height * mix(1.0, 0.55, near);
    let foot = stage.horizon + stage.height * 0.03 * near;
    let wide = stage.unit * mix(0.9, 0.6, near);
    let tuft = stage.unit * 0.004;
    let line = Skyline::new(stage, depth, |x| {
        foot - tall * fractal1(x / wide, 3, seed) - tuft * fractal1(x / tuft / 4.0, 2, seed)
    });
    let (top, bottom) = (
        line.highest() - 2.0,
        (foot + stage.height * 0.1).min(stage.height),
    );
    let distance = mix(0.62, 0.2, near);
    let white = stage.story.weather == Weather::Snow;
    let colour = if white { Rgb::hex(0xe6edf4) } else { colour };
    Box::new(stage.plate((depth, depth), (top, bottom), 1.0, |x, y| {
        let down = y - line.at(x);
        if down < -1.0 {
            return Paint::NONE;
        }
        let patch = fractal2(x / wide * 5.0, y / tall * 4.0, 3, seed) - 0.5;
        let slope = line.at(x + 14.0) - line.at(x - 14.0);
        let shade = 1.02 + patch * 0.4 + (slope * 0.014).clamp(-0.15, 0.15)
            - 0.22 * smooth(0.0, tall, down);
        let mist = 0.2 * smooth(0.0, tall * 1.2, down);
        Paint {
            rgb: p.far(colour.scale(shade), distance + mist),
            cover: (down + 1.0).min(1.0),
        }
    }))
}

/// Dunes: smooth flanks with one hard crest between light and shade.
#[must_use]
pub fn dunes(stage: &Stage) -> Elements {
    (0..4).map(|row| dune(stage, row)).collect()
}

fn dune(stage: &Stage, row: u32) -> Box<dyn Element> {
    let p = stage.palette;
    let near = row as f32 / 3.0;
    let depth = mix(0.15, 0.8, near);
    let seed = stage.noise(140 + u64::from(row));
    let wide = stage.unit * mix(0.7, 1.25, near);
    let tall = stage.unit * mix(0.09, 0.24, near);
    let level = mix(stage.horizon, stage.height * 0.97, near * near * 0.9);
    let line = Skyline::new(stage, depth, |x| level - tall * crest(x / wide, seed));
    let sand = Rgb::hex(0xe2b271).mix(Rgb::hex(0xd39a56), near);
    let white = stage.story.weather == Weather::Snow;
    let sand = if white { Rgb::hex(0xe9eef4) } else { sand };
    let distance = mix(0.5, 0.04, near);
    let top = line.highest() - 2.0;
    Box::new(
        stage.plate((depth, depth), (top, stage.height), 1.0, |x, y| {
            let down = y - line.at(x);
            if down < -1.0 {
                return Paint::NONE;
            }
            let lean =
                x + down * 1.15 + (noise2(x / wide * 3.0, y / tall, seed) - 0.5) * tall * 0.3;
            let slope = (line.at(lean + 9.0) - line.at(lean - 9.0)) / 18.0;
            let lee = smooth(0.02, 0.16, slope);
            let ripple = noise2(x / 46.0 + y / 5.0, y / 7.5 - x / 90.0, seed) - 0.5;
            let shade =
                1.06 - 0.34 * lee + ripple * 0.06 * near - 0.16 * smooth(0.0, tall * 2.0, down);
            Paint {
                rgb: p.far(sand.scale(shade), distance),
                cover: (down + 1.0).min(1.0),
            }
        }),
    )
}

/// A line that climbs slowly and falls fast, 0..1.
fn crest(x: f32, seed: u32) -> f32 {
    let slow = fractal1(x * 0.8, 2, seed);
    let x = x + 0.35 * slow;
    let cell = x.floor();
    let t = x - cell;
    let high = 0.35 + 0.65 * noise1(cell * 7.3, seed);
    let rise = smooth(0.0, 0.72, t) * smooth(1.0, 0.72, t);
    0.3 * slow + 0.7 * high * rise
}
