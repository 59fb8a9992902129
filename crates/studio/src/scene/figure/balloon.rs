//! A hot-air balloon, one and a half units tall; the origin is in the middle of its envelope.

use super::{Figure, Pose};
use crate::rng::noise1;
use crate::scene::colour::Rgb;
use crate::scene::easel::{Bounds, Easel};
use crate::scene::shape::{Spot, blob, line, polygon, rect};

pub struct Balloon;

/// The envelope's outline, squeezed to `k` of its width: one gore's edge.
fn gore(k: f32) -> Vec<Spot> {
    let half = [
        (0.0, -0.62),
        (0.3, -0.53),
        (0.5, -0.24),
        (0.5, 0.06),
        (0.34, 0.36),
        (0.12, 0.6),
    ];
    let right = half.iter().map(|&(x, y)| (x * k, y));
    let left = half.iter().rev().map(|&(x, y)| (-x * k, y)).take(5);
    right.chain(left).collect()
}

impl Figure for Balloon {
    fn bounds(&self) -> Bounds {
        Bounds {
            left: -0.6,
            top: -0.72,
            right: 0.6,
            bottom: 1.0,
        }
    }

    fn draw(&self, easel: &mut Easel, pose: &Pose) {
        let rope = pose.lit(Rgb::hex(0x4b3c30));
        for x in [-0.09, 0.09] {
            easel.stroke(line(&[(x * 1.2, 0.56), (x, 0.8)]), 0.01, rope);
        }
        let cream = pose.lit(Rgb::hex(0xf6ecd6));
        for (k, striped) in [(1.0, false), (0.78, true), (0.5, false), (0.2, true)] {
            let ink = if striped { cream } else { pose.coat(1.05) };
            let path = blob(&gore(k));
            easel.fade(
                path,
                ((-0.5, -0.3), ink.scale(1.08)),
                ((0.5, 0.3), ink.scale(0.72)),
            );
        }
        easel.fill(
            polygon(&[(-0.12, 0.55), (0.12, 0.55), (0.09, 0.63), (-0.09, 0.63)]),
            pose.coat(0.5),
        );
        let burn = noise1(pose.seconds * 1.3 + pose.own * 9.0, 3);
        if burn > 0.5 {
            easel.glow((0.0, 0.62), 0.2, Rgb::hex(0xffb84a), (burn - 0.5) * 2.0);
        }
        let basket = pose.lit(Rgb::hex(0x8a5c34));
        easel.fill(rect(-0.1, 0.79, 0.1, 0.94), basket);
        easel.fill(rect(-0.11, 0.78, 0.11, 0.81), basket.scale(0.7));
    }
}
