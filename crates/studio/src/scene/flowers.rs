//! A meadow in bloom: rows of flowers that the wind bends, smaller and denser further away; and
//! single trees for a roadside.

use super::colour::Rgb;
use super::curve::{cosine, mix, sine};
use super::easel::Easel;
use super::element::{Element, Plate};
use super::forest;
use super::layer::Layer;
use super::palette;
use super::shape::{blob, line, oval};
use super::stage::{Elements, Stage};
use crate::frame::Size;
use crate::rng::Rng;

const PETALS: [u32; 5] = [0xe8483f, 0xf6c945, 0xf4f1ea, 0xc77be0, 0xf08fb4];

/// Flowers from the horizon to behind the actors.
#[must_use]
pub fn behind(stage: &Stage) -> Elements {
    (0..3).filter_map(|row| bed(stage, row)).collect()
}

/// Large flowers at the lower edge, in front of the actors.
#[must_use]
pub fn before(stage: &Stage) -> Elements {
    bed(stage, 3).into_iter().collect()
}

fn bed(stage: &Stage, row: u32) -> Option<Box<dyn Element>> {
    let near = row as f32 / 3.0;
    let depth = mix(0.45, 1.0, near);
    let level = mix(
        stage.horizon + stage.height * 0.07,
        stage.height * 1.03,
        near.powi(2) * 0.75 + near * 0.25,
    );
    let tall = stage.unit * mix(0.045, 0.2, near);
    let (mut easel, left, top, size) = sheet(stage, depth, level - tall * 1.5, level + tall * 0.4);
    let mut rng = stage.rng(1000 + u64::from(row));
    let apart = tall * mix(0.2, 0.42, near);
    let count = (size.width as f32 / apart) as u32;
    for k in 0..count {
        let x = left + (k as f32 + rng.unit()) * apart;
        let depth_jitter = rng.unit();
        let foot = level + tall * 0.3 * depth_jitter;
        flower(
            stage,
            &mut easel,
            (x, foot),
            tall * rng.range(0.6, 1.1),
            near,
            &mut rng,
        );
    }
    let mut plate = Plate::new(Layer::from_pixmap(&easel.into_sheet()?), left, top, depth);
    plate.sway = tall * 0.09;
    Some(Box::new(plate))
}

/// A sheet for one depth between two world rows.
fn sheet(stage: &Stage, depth: f32, top: f32, bottom: f32) -> (Easel, f32, f32, Size) {
    let (left, right) = stage.sides(depth);
    let left = left - 60.0;
    let even = |length: f32| (length as u32 + 2) & !1;
    let size = Size {
        width: even(right + 60.0 - left),
        height: even(bottom - top),
    };
    (Easel::sheet(size, -left, -top), left, top, size)
}

fn flower(
    stage: &Stage,
    easel: &mut Easel,
    (x, y): (f32, f32),
    tall: f32,
    near: f32,
    rng: &mut Rng,
) {
    let p = stage.palette;
    let distance = mix(0.3, 0.0, near);
    let lean = tall * rng.range(-0.16, 0.16);
    let head = (x + lean, y - tall);
    let stem = p.far(Rgb::hex(0x4d7f3c).scale(rng.range(0.75, 1.1)), distance);
    easel.stroke(
        line(&[(x, y), (x + lean * 0.3, y - tall * 0.5), head]),
        (tall * 0.028).max(1.0),
        stem,
    );
    for side in [-1.0, 1.0] {
        let at = (x + lean * 0.2, y - tall * rng.range(0.2, 0.5));
        let leaf = [
            at,
            (at.0 + side * tall * 0.14, at.1 - tall * 0.12),
            (at.0 + side * tall * 0.2, at.1 - tall * 0.2),
            (at.0 + side * tall * 0.06, at.1 - tall * 0.06),
        ];
        easel.fill(blob(&leaf), stem);
    }
    let named = stage
        .story
        .tint
        .filter(|_| rng.chance(0.8))
        .map(palette::paint);
    let petal = named.unwrap_or(Rgb::hex(PETALS[(rng.unit() * 5.0) as usize % PETALS.len()]));
    let petal = p.far(petal, distance);
    let r = tall * rng.range(0.13, 0.18);
    let petals = if near < 0.3 { 4 } else { 7 };
    let turn = rng.unit();
    for k in 0..petals {
        let angle = turn + k as f32 / petals as f32;
        let at = (
            head.0 + cosine(angle) * r * 0.62,
            head.1 + sine(angle) * r * 0.5,
        );
        easel.fill(
            oval(at, r * 0.46, r * 0.4),
            petal.scale(if k % 2 == 0 { 1.0 } else { 0.86 }),
        );
    }
    easel.fill(
        oval(head, r * 0.32, r * 0.28),
        p.far(Rgb::hex(0xf0b83a), distance),
    );
}

/// Trees beyond a road, one here and there; a gap in the middle where the road itself goes.
#[must_use]
pub fn roadside(stage: &Stage, gap: bool) -> Elements {
    let depth = 0.5;
    let level = stage.horizon + (stage.height - stage.horizon) * 0.2;
    let tall = stage.unit * 0.34;
    let (mut easel, left, top, size) = sheet(stage, depth, level - tall * 1.15, level + 8.0);
    let mut rng = stage.rng(1040);
    let p = stage.palette;
    let mut x = left + rng.unit() * tall;
    while x < left + size.width as f32 {
        if gap && (x - stage.width / 2.0).abs() < tall * 1.1 {
            x += tall;
            continue;
        }
        let leaf = p.far(Rgb::hex(0x4d8040).scale(rng.range(0.8, 1.1)), 0.16);
        let bark = p.far(Rgb::hex(0x5a4636), 0.16);
        forest::tree(
            &mut easel,
            (x, level + 4.0),
            tall * rng.range(0.55, 1.0),
            (bark, leaf),
            &mut rng,
        );
        x += tall * rng.range(0.7, 2.6);
    }
    let Some(pixmap) = easel.into_sheet() else {
        return Vec::new();
    };
    let mut plate = Plate::new(Layer::from_pixmap(&pixmap), left, top, depth);
    plate.sway = tall * 0.008;
    vec![Box::new(plate)]
}
