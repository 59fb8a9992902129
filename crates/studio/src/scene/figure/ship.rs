//! A sailing ship on the swell, about two units long; the origin is at her water line.

use super::{Figure, Pose};
use crate::scene::colour::Rgb;
use crate::scene::curve::sine;
use crate::scene::easel::{Bounds, Easel};
use crate::scene::shape::{Spot, blob, line, oval, polygon};

pub struct Ship;

/// Where someone on board stands, in the ship's units.
pub const DECK: Spot = (0.08, -0.2);

/// How the swell moves a ship: a lift in her units (up is negative) and a lean in turns.
#[must_use]
pub fn swell(seconds: f32) -> (f32, f32) {
    (
        0.03 * sine(seconds * 0.33),
        0.0075 * sine(seconds * 0.27 + 0.2),
    )
}

/// A square sail between two yards, filled by the wind.
fn sail(
    easel: &mut Easel,
    pose: &Pose,
    mast: f32,
    (top, low): (f32, f32),
    (narrow, wide): (f32, f32),
) {
    let puff = 0.07 + 0.02 * sine(pose.seconds * 0.6 + mast);
    let middle = (top + low) / 2.0;
    let outline = [
        (mast - narrow, top),
        (mast + narrow, top),
        (mast + narrow + puff * 1.4, middle - 0.02),
        (mast + wide + puff * 0.5, low),
        (mast - wide + puff * 0.4, low - 0.02),
        (mast - narrow + puff * 0.55, middle),
    ];
    let cloth = pose.lit(Rgb::hex(0xf3ead6));
    let (left, right) = ((mast - wide, top), (mast + wide + puff, low));
    easel.fade(polygon(&outline), (left, cloth.scale(0.78)), (right, cloth));
    let seam = [
        (mast, top),
        (mast + puff * 0.9, middle),
        (mast + puff * 0.4, low),
    ];
    easel.stroke(line(&seam), 0.006, cloth.scale(0.7));
    let wood = pose.lit(Rgb::hex(0x4a3324));
    easel.stroke(
        line(&[(mast - narrow - 0.03, top), (mast + narrow + 0.03, top)]),
        0.018,
        wood,
    );
}

fn hull(easel: &mut Easel, pose: &Pose) {
    let outline = [
        (-1.0, -0.36),
        (-0.72, -0.33),
        (-0.66, -0.22),
        (0.5, -0.2),
        (0.72, -0.27),
        (1.06, -0.36),
        (0.93, -0.14),
        (0.76, 0.05),
        (-0.72, 0.05),
        (-0.9, -0.08),
    ];
    let (top, low) = ((0.0, -0.34), (0.0, 0.05));
    easel.fade(
        polygon(&outline),
        (top, pose.coat(1.18)),
        (low, pose.coat(0.5)),
    );
    let trim = pose.lit(Rgb::hex(0xd9b36a));
    easel.stroke(
        line(&[(-0.96, -0.26), (-0.4, -0.125), (0.5, -0.12), (1.0, -0.26)]),
        0.02,
        trim,
    );
    for k in 0..6 {
        let x = -0.56 + k as f32 * 0.2;
        let dark = pose.lit(Rgb::hex(0x1d1512));
        let lamp = dark.mix(Rgb::hex(0xffd27a), pose.palette.lamps * 0.85);
        easel.fill(oval((x, -0.055), 0.026, 0.026), lamp);
    }
    let spar = [(0.95, -0.33), (1.38, -0.52)];
    easel.stroke(line(&spar), 0.026, pose.lit(Rgb::hex(0x4a3324)));
}

fn rigging(easel: &mut Easel, pose: &Pose) {
    let rope = pose.lit(Rgb::hex(0x5d5145));
    let wood = pose.lit(Rgb::hex(0x4a3324));
    for (mast, top) in [(-0.5, -1.3), (0.1, -1.55), (0.62, -1.2)] {
        easel.stroke(line(&[(mast, -0.2), (mast, top)]), 0.03, wood);
    }
    for (from, to) in [
        ((0.62, -1.2), (1.36, -0.51)),
        ((0.1, -1.55), (0.62, -1.2)),
        ((-0.5, -1.3), (-0.96, -0.36)),
        ((0.1, -1.55), (-0.5, -1.3)),
    ] {
        easel.stroke(line(&[from, to]), 0.007, rope);
    }
    let jib = [(0.72, -1.06), (1.3, -0.53), (0.78, -0.42)];
    let cloth = pose.lit(Rgb::hex(0xece2cc));
    easel.fill(blob(&jib), cloth.scale(0.88));
}

fn flag(easel: &mut Easel, pose: &Pose) {
    let wave = |x: f32| 0.025 * sine(pose.seconds * 1.3 - x * 2.2);
    let (x, y) = (0.1, -1.56);
    let cloth = [
        (x, y),
        (x - 0.12, y + wave(0.12)),
        (x - 0.26, y + 0.02 + wave(0.26)),
        (x - 0.26, y + 0.12 + wave(0.26)),
        (x - 0.12, y + 0.11 + wave(0.12)),
        (x, y + 0.1),
    ];
    easel.fill(polygon(&cloth), pose.lit(Rgb::hex(0xc8423a)));
}

/// Her dark shape on the water below, in strips that slide over each other.
fn mirror(easel: &mut Easel, pose: &Pose) {
    let ink = pose.coat(0.32).mix(pose.palette.haze, 0.25);
    for k in 0..9 {
        let t = k as f32 / 8.0;
        let slide = 0.05 * (0.4 + t) * sine(pose.seconds * 0.45 + t * 2.3);
        let half = 0.86 - 0.42 * t;
        let strip = oval((slide + 0.04, 0.07 + 0.055 * k as f32), half, 0.034);
        easel.glaze(strip, ink, 0.42 * (1.0 - 0.85 * t));
    }
}

/// Lanterns at stern and mast, lit when it is dark.
fn lanterns(easel: &mut Easel, pose: &Pose) {
    let lamps = pose.palette.lamps;
    if lamps > 0.3 {
        for at in [(-0.93, -0.45), (0.1, -0.5), (1.0, -0.44)] {
            easel.glow(at, 0.42, Rgb::hex(0xffb85a), 0.62 * lamps);
            easel.fill(oval(at, 0.022, 0.028), Rgb::hex(0xfff0c4));
        }
    }
}

impl Figure for Ship {
    fn bounds(&self) -> Bounds {
        Bounds {
            left: -1.2,
            top: -1.75,
            right: 1.45,
            bottom: 0.56,
        }
    }

    fn draw(&self, easel: &mut Easel, pose: &Pose) {
        mirror(easel, pose);
        rigging(easel, pose);
        sail(easel, pose, -0.5, (-1.2, -0.86), (0.13, 0.19));
        sail(easel, pose, -0.5, (-0.82, -0.42), (0.18, 0.23));
        sail(easel, pose, 0.62, (-1.1, -0.8), (0.11, 0.16));
        sail(easel, pose, 0.62, (-0.76, -0.4), (0.16, 0.2));
        sail(easel, pose, 0.1, (-1.42, -1.08), (0.15, 0.22));
        sail(easel, pose, 0.1, (-1.04, -0.58), (0.21, 0.27));
        flag(easel, pose);
        hull(easel, pose);
        lanterns(easel, pose);
        let foam = pose.lit(Rgb::hex(0xf4fbff));
        let froth = |x: f32| 0.012 * sine(pose.seconds * 1.1 + x * 1.7);
        let wash = [
            (-1.12, 0.07),
            (-0.5, 0.035 + froth(0.3)),
            (0.2, 0.045 + froth(0.7)),
            (0.84, 0.02),
            (0.96, 0.075),
            (0.0, 0.1),
            (-0.8, 0.1),
        ];
        easel.glaze(blob(&wash), foam, 0.55);
    }
}
