//! A rocket under thrust, nose up, about one and a half units tall; the origin is at its nozzle.

use super::{Figure, Pose};
use crate::rng::noise1;
use crate::scene::colour::Rgb;
use crate::scene::easel::{Bounds, Easel};
use crate::scene::shape::{Spot, blob, oval, polygon};

pub struct Rocket;

fn flame(easel: &mut Easel, pose: &Pose) {
    let flicker = noise1(pose.seconds * 11.0, 5);
    easel.glow((0.0, 0.15), 0.75, Rgb::hex(0xff9a3c), 0.5);
    for (width, length, ink) in [
        (0.17, 0.75, 0xff6a1e),
        (0.115, 0.55, 0xffb33c),
        (0.06, 0.36, 0xfff4c8),
    ] {
        let long = length * (0.8 + 0.4 * flicker);
        let lean = 0.03 * (noise1(pose.seconds * 7.0, 9) - 0.5);
        let tongue = [
            (-width * 0.7, -0.02),
            (0.0, -0.05),
            (width * 0.7, -0.02),
            (width, 0.14),
            (lean, long),
            (-width, 0.14),
        ];
        easel.glaze(blob(&tongue), Rgb::hex(ink), 0.92);
    }
}

fn hull(easel: &mut Easel, pose: &Pose) {
    for side in [-1.0, 1.0] {
        let fin = [
            (0.13 * side, -0.45),
            (0.36 * side, -0.08),
            (0.34 * side, 0.03),
            (0.13 * side, -0.1),
        ];
        easel.fill(
            polygon(&fin),
            pose.lit(Rgb::hex(0xc53a34))
                .scale(if side > 0.0 { 0.75 } else { 1.0 }),
        );
    }
    let outline: [Spot; 9] = [
        (0.0, -1.42),
        (0.1, -1.22),
        (0.19, -0.9),
        (0.2, -0.45),
        (0.13, -0.02),
        (-0.13, -0.02),
        (-0.2, -0.45),
        (-0.19, -0.9),
        (-0.1, -1.22),
    ];
    easel.fade(
        blob(&outline),
        ((-0.2, 0.0), pose.coat(1.05)),
        ((0.22, 0.0), pose.coat(0.56)),
    );
    let nose = [
        (0.0, -1.42),
        (0.1, -1.22),
        (0.135, -1.1),
        (0.0, -1.06),
        (-0.135, -1.1),
        (-0.1, -1.22),
    ];
    easel.fill(blob(&nose), pose.lit(Rgb::hex(0xc53a34)));
    easel.fill(
        oval((0.0, -0.82), 0.095, 0.095),
        pose.lit(Rgb::hex(0x9aa3ad)),
    );
    let glass = Rgb::hex(0x2b5f8f).mix(Rgb::hex(0xffe2a0), pose.palette.lamps * 0.6);
    easel.fill(
        oval((0.0, -0.82), 0.07, 0.07),
        pose.lit(glass).mix(glass, 0.4),
    );
    easel.glaze(oval((-0.022, -0.845), 0.024, 0.02), Rgb::hex(0xffffff), 0.7);
}

impl Figure for Rocket {
    fn bounds(&self) -> Bounds {
        Bounds {
            left: -0.8,
            top: -1.5,
            right: 0.8,
            bottom: 1.0,
        }
    }

    fn draw(&self, easel: &mut Easel, pose: &Pose) {
        flame(easel, pose);
        hull(easel, pose);
    }
}
