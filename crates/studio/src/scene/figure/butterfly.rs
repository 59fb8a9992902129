//! A butterfly, its wings opening and closing; about one unit from wing to wing.

use super::{Figure, Pose};
use crate::scene::colour::Rgb;
use crate::scene::curve::{mix, sine};
use crate::scene::easel::{Bounds, Easel};
use crate::scene::shape::{Spot, blob, limb, line, oval};

pub struct Butterfly;

const FORE: [Spot; 5] = [
    (0.02, -0.02),
    (0.14, -0.34),
    (0.44, -0.44),
    (0.5, -0.2),
    (0.26, 0.02),
];
const HIND: [Spot; 5] = [
    (0.02, 0.0),
    (0.26, 0.02),
    (0.4, 0.14),
    (0.3, 0.36),
    (0.1, 0.26),
];

/// Half a wing's outline, `open` 0..1 wide, to one side, grown around its root.
fn wing(points: &[Spot], open: f32, side: f32, grow: f32) -> Option<tiny_skia::Path> {
    let at = |&(x, y): &Spot| (x * open * side * grow, (y - x * (1.0 - open) * 0.3) * grow);
    blob(&points.iter().map(at).collect::<Vec<_>>())
}

impl Figure for Butterfly {
    fn bounds(&self) -> Bounds {
        Bounds {
            left: -0.6,
            top: -0.65,
            right: 0.6,
            bottom: 0.5,
        }
    }

    fn draw(&self, easel: &mut Easel, pose: &Pose) {
        let dark = pose.lit(Rgb::hex(0x231a1c));
        let flap = 0.5 + 0.5 * sine(pose.seconds * mix(3.4, 4.6, pose.own) + pose.own);
        let open = mix(0.22, 1.0, flap);
        for side in [-1.0, 1.0] {
            for (points, k) in [(&HIND, 0.82), (&FORE, 1.08)] {
                easel.fill(wing(points, open, side, 1.0), dark);
                easel.fill(wing(points, open, side, 0.84), pose.coat(k));
            }
            let dot = (0.36 * open * side, -0.3 - 0.11 * (1.0 - open));
            easel.fill(
                oval(dot, 0.035 * open + 0.01, 0.04),
                pose.lit(Rgb::hex(0xfff3d8)),
            );
            let feeler = [(0.0, -0.12), (0.04 * side, -0.26), (0.1 * side, -0.34)];
            easel.stroke(line(&feeler), 0.014, dark);
        }
        easel.fill(
            limb(&[
                ((0.0, -0.14), 0.034),
                ((0.0, 0.02), 0.03),
                ((0.0, 0.2), 0.016),
            ]),
            dark,
        );
    }
}
