//! A fish, swimming; about one and a half units from mouth to tail.

use super::{Figure, Pose};
use crate::scene::colour::Rgb;
use crate::scene::curve::{mix, sine, smooth};
use crate::scene::easel::{Bounds, Easel};
use crate::scene::shape::{Spot, blob, line, oval};

pub struct Fish;

/// The wave that runs down the body: more towards the tail.
fn bent(pose: &Pose, (x, y): Spot) -> Spot {
    let behind = smooth(0.5, -0.9, x);
    let beat = pose.seconds * mix(1.2, 1.7, pose.own) + pose.own;
    (
        x * (1.0 - 0.03 * behind),
        y + 0.11 * behind * sine(beat + x * 0.45),
    )
}

impl Figure for Fish {
    fn bounds(&self) -> Bounds {
        Bounds {
            left: -1.05,
            top: -0.65,
            right: 0.75,
            bottom: 0.65,
        }
    }

    fn draw(&self, easel: &mut Easel, pose: &Pose) {
        let white = pose.lit(Rgb::hex(0xfbf6ea));
        fins(easel, pose);
        body(easel, pose);
        bands(easel, pose, white);
        near_fin(easel, pose);
        face(easel, pose, white);
    }
}

/// Points where the wave has carried them.
fn swum(pose: &Pose, points: &[Spot]) -> Vec<Spot> {
    points.iter().map(|&spot| bent(pose, spot)).collect()
}

/// The tail and what stands out above and below.
fn fins(easel: &mut Easel, pose: &Pose) {
    let fan = 1.0 + 0.12 * sine(pose.seconds * 1.4 + 0.3);
    let tail = [
        (-0.42, -0.05),
        (-0.7, -0.3 * fan),
        (-0.92, -0.34 * fan),
        (-0.8, 0.0),
        (-0.92, 0.34 * fan),
        (-0.7, 0.3 * fan),
        (-0.42, 0.05),
    ];
    easel.fill(blob(&swum(pose, &tail)), pose.coat(0.78));
    let top = [
        (0.25, -0.24),
        (0.08, -0.46),
        (-0.18, -0.44),
        (-0.36, -0.2),
        (-0.1, -0.16),
    ];
    easel.fill(blob(&swum(pose, &top)), pose.coat(0.72));
    let low = [(0.0, 0.24), (-0.12, 0.42), (-0.26, 0.4), (-0.3, 0.18)];
    easel.fill(blob(&swum(pose, &low)), pose.coat(0.72));
}

fn body(easel: &mut Easel, pose: &Pose) {
    let body = [
        (0.62, 0.0),
        (0.5, -0.14),
        (0.22, -0.27),
        (-0.12, -0.24),
        (-0.48, -0.08),
        (-0.54, 0.0),
        (-0.48, 0.08),
        (-0.12, 0.24),
        (0.22, 0.28),
        (0.5, 0.15),
    ];
    easel.fade(
        blob(&swum(pose, &body)),
        ((0.0, -0.28), pose.coat(0.92)),
        ((0.0, 0.3), pose.coat(1.3)),
    );
}

fn bands(easel: &mut Easel, pose: &Pose, white: Rgb) {
    for x in [0.2, -0.18] {
        let tall = mix(0.21, 0.26, smooth(-0.2, 0.2, x));
        let band = [
            (x + 0.05, -tall),
            (x + 0.075, 0.0),
            (x + 0.05, tall),
            (x - 0.04, tall),
            (x - 0.015, 0.0),
            (x - 0.04, -tall),
        ];
        easel.fill(blob(&swum(pose, &band)), white);
    }
}

/// The fin at the side, beating.
fn near_fin(easel: &mut Easel, pose: &Pose) {
    let wave = 0.09 * sine(pose.seconds * 1.9 + pose.own);
    let fin = [
        (0.14, 0.05),
        (-0.04, 0.02 + wave),
        (-0.13, 0.13 + wave),
        (0.02, 0.17 + wave * 0.5),
    ];
    easel.fill(blob(&swum(pose, &fin)), pose.coat(0.66));
}

fn face(easel: &mut Easel, pose: &Pose, white: Rgb) {
    let dark = pose.lit(Rgb::hex(0x15151a));
    easel.fill(oval((0.43, -0.05), 0.058, 0.062), white);
    easel.fill(oval((0.443, -0.05), 0.034, 0.038), dark);
    easel.stroke(
        line(&[(0.615, 0.025), (0.57, 0.05), (0.53, 0.05)]),
        0.012,
        dark,
    );
}
