//! Woods: tree lines fading into the distance, and the trunks and branches near by.

use super::colour::Rgb;
use super::curve::{mix, smooth};
use super::easel::Easel;
use super::element::{Element, Plate};
use super::land::Skyline;
use super::layer::{Layer, Paint};
use super::shape::{Spot, limb, oval, polygon};
use super::stage::{Elements, Stage};
use super::story::Weather;
use crate::frame::Size;
use crate::rng::{Rng, fractal1, grid, noise1};

/// Tree lines behind the open ground.
#[must_use]
pub fn backdrop(stage: &Stage) -> Elements {
    (0..4).map(|row| tree_line(stage, row)).collect()
}

fn needles(stage: &Stage) -> Rgb {
    let snowy = stage.story.weather == Weather::Snow;
    if snowy {
        Rgb::hex(0x6f8a8f)
    } else {
        Rgb::hex(0x2f5d3a)
    }
}

fn tree_line(stage: &Stage, row: u32) -> Box<dyn Element> {
    let p = stage.palette;
    let near = row as f32 / 3.0;
    let depth = mix(0.12, 0.42, near);
    let seed = stage.noise(400 + u64::from(row));
    let tall = stage.unit * mix(0.2, 0.6, near * near * 0.5 + near * 0.5);
    let foot = stage.horizon + stage.height * mix(0.0, 0.1, near);
    let line = Skyline::new(stage, depth, |x| {
        let land = fractal1(x / stage.unit * 0.9, 2, seed) * stage.unit * mix(0.2, 0.06, near);
        foot - land - crowns(x, tall, seed)
    });
    let distance = mix(0.8, 0.02, near);
    let top = foot - tall - stage.unit * 0.24;
    let snowy = stage.story.weather == Weather::Snow;
    let colour = needles(stage);
    Box::new(stage.plate(
        (depth, depth),
        (top, foot + stage.height * 0.1),
        1.0,
        |x, y| {
            let down = y - line.at(x);
            if down < -1.0 {
                return Paint::NONE;
            }
            let lit = smooth(tall * 0.3, 0.0, down);
            let dapple = grid((x / 3.0) as i32, (y / 4.0) as i32, seed) - 0.5;
            let shade = 0.82 + 0.4 * lit + dapple * 0.16 * near;
            let frost = if snowy {
                smooth(tall * 0.1, 0.0, down) * 0.8
            } else {
                0.0
            };
            let leaf = colour.scale(shade).mix(Rgb::hex(0xf2f6fa), frost);
            let mist = 0.34 * smooth(0.1 * tall, 1.0 * tall, down);
            Paint {
                rgb: p.far(leaf, (distance + mist).min(0.97)),
                cover: (down + 1.0).min(1.0),
            }
        },
    ))
}

/// How high the crowns of firs reach at a column.
fn crowns(x: f32, tall: f32, seed: u32) -> f32 {
    let apart = tall * 0.27;
    let cell = (x / apart).floor() as i32;
    let mut highest: f32 = tall * 0.3;
    for i in cell - 2..=cell + 2 {
        let middle = (i as f32 + 0.2 + 0.6 * grid(i, 1, seed)) * apart;
        let height = tall * (0.45 + 0.55 * grid(i, 2, seed));
        let width = height * 0.26;
        let off = (x - middle).abs() / width;
        if off < 1.0 {
            let bough = 0.06 * height * noise1((1.0 - off) * 11.0 + i as f32 * 3.7, seed);
            highest = highest.max(height * (1.0 - off) * (1.0 - 0.18 * off) + bough * off);
        }
    }
    highest
}

/// Trunks and ferns close to the viewer, at both sides of the picture.
#[must_use]
pub fn foreground(stage: &Stage) -> Elements {
    let depth = 0.95;
    let (left, right) = stage.sides(depth);
    let left = left - 40.0;
    let even = |length: f32| (length as u32 + 2) & !1;
    let size = Size {
        width: even(right + 80.0 - left),
        height: even(stage.height + stage.reach.up + stage.reach.down + 8.0),
    };
    let top = -stage.reach.up - 2.0;
    let mut rng = stage.rng(410);
    let mut easel = Easel::sheet(size, -left, -top);
    let apart = stage.width * 0.42;
    let mut x = left - rng.unit() * apart * 0.5;
    while x < right + apart {
        let middle = (x - stage.width / 2.0).abs() < stage.width * 0.2;
        if !middle {
            trunk(stage, &mut easel, x, &mut rng);
        }
        x += apart * rng.range(0.5, 0.9);
    }
    let Some(pixmap) = easel.into_sheet() else {
        return Vec::new();
    };
    vec![Box::new(Plate::new(
        Layer::from_pixmap(&pixmap),
        left,
        top,
        depth,
    ))]
}

fn trunk(stage: &Stage, easel: &mut Easel, x: f32, rng: &mut Rng) {
    let p = stage.palette;
    let thick = stage.unit * rng.range(0.022, 0.045);
    let (low, high) = (stage.height * rng.range(0.93, 1.02), -stage.reach.up - 30.0);
    let lean = stage.unit * rng.range(-0.06, 0.06);
    let bark = p.lit(Rgb::hex(0x4a3a30)).scale(0.72).mix(p.haze, 0.06);
    let root: Spot = (x, low);
    let middle = (x + lean * 0.5, mix(low, high, 0.5));
    easel.fill(
        limb(&[
            (root, thick * 1.25),
            (middle, thick),
            ((x + lean, high), thick * 0.8),
        ]),
        bark,
    );
    let rim = p.glow.mix(bark, 0.72);
    let edge = thick * 0.55;
    easel.fill(
        limb(&[
            ((x + edge, low), thick * 0.3),
            ((middle.0 + edge, middle.1), thick * 0.22),
            ((x + lean + edge, high), thick * 0.2),
        ]),
        rim,
    );
    for _ in 0..8 {
        let at = rng.range(0.35, 0.95);
        let from = (mix(x, x + lean, at), mix(low, high, at));
        let side = if rng.chance(0.5) { 1.0 } else { -1.0 };
        bough(stage, easel, from, side, rng);
    }
    let moss = p.lit(Rgb::hex(0x3b5a34)).scale(0.8);
    easel.fill(oval((x, low + thick * 0.2), thick * 2.6, thick * 0.7), moss);
}

fn bough(stage: &Stage, easel: &mut Easel, from: Spot, side: f32, rng: &mut Rng) {
    let p = stage.palette;
    let long = stage.unit * rng.range(0.08, 0.2);
    let tip = (from.0 + side * long, from.1 + long * rng.range(-0.1, 0.45));
    let bark = p.lit(Rgb::hex(0x40342c)).scale(0.7);
    easel.fill(
        limb(&[(from, stage.unit * 0.007), (tip, stage.unit * 0.002)]),
        bark,
    );
    let leaf = p.lit(needles(stage)).scale(rng.range(0.55, 0.85));
    // The lower edge is a saw: needles hang from the branch in bunches.
    let mut spray = vec![(from.0, from.1 - long * 0.05), (tip.0, tip.1 - long * 0.02)];
    for k in (0..8).rev() {
        let t = k as f32 / 7.0;
        let (x, y) = (mix(from.0, tip.0, t), mix(from.1, tip.1, t));
        let hang = long * mix(0.42, 0.05, t) * rng.range(0.75, 1.1);
        spray.push((x + side * long * 0.06, y + hang * 0.4));
        spray.push((x, y + hang));
    }
    easel.fill(polygon(&spray), leaf);
}

/// A broad-leaved tree standing in the open: a trunk and a crown of round masses.
pub fn tree(easel: &mut Easel, (x, y): Spot, tall: f32, (bark, leaf): (Rgb, Rgb), rng: &mut Rng) {
    let foot = tall * 0.035;
    let stem = [
        (x - foot, y),
        (x + foot, y),
        (x + foot * 0.6, y - tall * 0.5),
        (x - foot * 0.6, y - tall * 0.5),
    ];
    easel.fill(polygon(&stem), bark);
    for (k, ink) in [(0, leaf.scale(0.7)), (1, leaf), (2, leaf.scale(1.22))] {
        for _ in 0..7 {
            let r = tall * rng.range(0.11, 0.17) * (1.0 - 0.2 * k as f32);
            let spread = tall * (0.2 - 0.03 * k as f32);
            let at = (
                x + rng.range(-spread, spread) - tall * 0.03 * k as f32,
                y - tall * (0.62 + 0.06 * k as f32) - rng.range(-0.14, 0.18) * tall,
            );
            easel.fill(oval(at, r, r * 0.86), ink);
        }
    }
}
