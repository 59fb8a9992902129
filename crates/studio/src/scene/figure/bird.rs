//! A bird in flight, seen a little from the side; about one and a half units from beak to tail.

use super::{Figure, Pose};
use crate::scene::colour::Rgb;
use crate::scene::curve::{fraction, mix, sine, smooth};
use crate::scene::easel::{Bounds, Easel};
use crate::scene::shape::{Spot, blob, oval, polygon};

pub struct Bird;

/// Wing positions: 1 up, -1 down; birds beat a few times and then glide.
fn beat(pose: &Pose) -> f32 {
    let pace = mix(1.9, 2.5, pose.own);
    let glide = smooth(0.55, 0.65, fraction(pose.seconds * 0.22 + pose.own))
        * smooth(1.0, 0.9, fraction(pose.seconds * 0.22 + pose.own));
    mix(sine(pose.seconds * pace + pose.own), 0.25, glide)
}

/// A wing that is `up` (1) or down (-1), from its root on the body; edge-on it is still a blade.
fn wing(easel: &mut Easel, (x, y): Spot, up: f32, span: f32, (ink, tip_ink): (Rgb, Rgb)) {
    let rise = |t: f32| y - up * t * span;
    let back = 0.16 + 0.12 * up.abs();
    let outline = [
        (x + 0.24, y - 0.03),
        (x + 0.22, rise(0.42) - 0.06),
        (x + 0.06 - back * 0.4, rise(0.78) - 0.05),
        (x - 0.14 - back, rise(1.02)),
        (x - 0.16, rise(0.68) + 0.07),
        (x - 0.17, rise(0.36) + 0.09),
        (x - 0.24, y + 0.05),
    ];
    easel.fill(blob(&outline), ink);
    let end = [
        (x + 0.02 - back * 0.4, rise(0.84) - 0.035),
        (x - 0.14 - back, rise(1.02)),
        (x - 0.13, rise(0.74) + 0.055),
    ];
    easel.fill(blob(&end), tip_ink);
}

impl Figure for Bird {
    fn bounds(&self) -> Bounds {
        Bounds {
            left: -0.95,
            top: -1.1,
            right: 0.85,
            bottom: 1.0,
        }
    }

    fn draw(&self, easel: &mut Easel, pose: &Pose) {
        let up = beat(pose);
        let dark = pose.lit(Rgb::hex(0x2a2c33));
        wing(
            easel,
            (0.14, -0.06),
            up * 0.94,
            0.82,
            (pose.coat(0.66), dark),
        );
        let tail = [
            (-0.42, -0.03),
            (-0.8, -0.08),
            (-0.76, 0.02),
            (-0.82, 0.1),
            (-0.42, 0.08),
        ];
        easel.fill(polygon(&tail), pose.coat(0.8));
        let body = [
            (0.62, -0.06),
            (0.5, -0.15),
            (0.3, -0.12),
            (0.0, -0.13),
            (-0.35, -0.06),
            (-0.52, 0.02),
            (-0.3, 0.12),
            (0.05, 0.15),
            (0.38, 0.1),
            (0.55, 0.03),
        ];
        easel.fade(
            blob(&body),
            ((0.0, -0.15), pose.coat(1.08)),
            ((0.0, 0.16), pose.coat(0.74)),
        );
        let beak = [(0.59, -0.085), (0.78, -0.02), (0.59, 0.0)];
        easel.fill(polygon(&beak), pose.lit(Rgb::hex(0xe8a13a)));
        easel.fill(oval((0.52, -0.075), 0.024, 0.024), dark);
        wing(easel, (0.06, -0.03), up, 1.0, (pose.coat(0.94), dark));
    }
}
