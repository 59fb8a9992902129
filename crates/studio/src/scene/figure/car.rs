//! A car from the side, driving; about two and a quarter units long. Its lights burn when it is dark.

use super::{Figure, Pose};
use crate::scene::colour::Rgb;
use crate::scene::curve::{cosine, sine};
use crate::scene::easel::{Bounds, Easel};
use crate::scene::shape::{Spot, blob, line, oval, polygon, rect};
use crate::scene::story::Action;

pub struct Car;

const WHEEL: f32 = 0.2;
const AXLES: [f32; 2] = [-0.68, 0.7];

fn wheel(easel: &mut Easel, pose: &Pose, (x, y): Spot, turns: f32) {
    easel.fill(oval((x, y), WHEEL, WHEEL), pose.lit(Rgb::hex(0x17181b)));
    easel.fill(
        oval((x, y), WHEEL * 0.64, WHEEL * 0.64),
        pose.lit(Rgb::hex(0xb9bfc6)),
    );
    easel.fill(
        oval((x, y), WHEEL * 0.54, WHEEL * 0.54),
        pose.lit(Rgb::hex(0x5b6168)),
    );
    for spoke in 0..5 {
        let angle = spoke as f32 / 5.0 + turns;
        let tip = (
            x + cosine(angle) * WHEEL * 0.55,
            y + sine(angle) * WHEEL * 0.55,
        );
        easel.stroke(line(&[(x, y), tip]), 0.03, pose.lit(Rgb::hex(0xd4d9de)));
    }
    easel.fill(
        oval((x, y), WHEEL * 0.14, WHEEL * 0.14),
        pose.lit(Rgb::hex(0xe8ebee)),
    );
}

/// Points as high as the springs hold them.
fn risen(dy: f32, points: &[Spot]) -> Vec<Spot> {
    points.iter().map(|&(x, y)| (x, y + dy)).collect()
}

fn body(easel: &mut Easel, pose: &Pose, dy: f32) {
    shell(easel, pose, dy);
    windows(easel, pose, dy);
    seams(easel, pose, dy);
    easel.fill(
        rect(-1.06, -0.17 + dy, 1.08, -0.11 + dy),
        pose.lit(Rgb::hex(0x24262b)),
    );
    for x in AXLES {
        easel.fill(
            oval((x, -WHEEL), WHEEL * 1.2, WHEEL * 1.2),
            pose.lit(Rgb::hex(0x15161a)),
        );
    }
}

fn shell(easel: &mut Easel, pose: &Pose, dy: f32) {
    let cabin = [
        (-0.62, -0.52),
        (-0.42, -0.76),
        (-0.1, -0.82),
        (0.18, -0.78),
        (0.52, -0.53),
        (0.0, -0.48),
    ];
    easel.fill(blob(&risen(dy, &cabin)), pose.coat(0.86));
    let shell = [
        (-1.08, -0.42),
        (-1.02, -0.53),
        (-0.6, -0.56),
        (0.0, -0.55),
        (0.52, -0.54),
        (0.92, -0.46),
        (1.1, -0.36),
        (1.13, -0.22),
        (1.06, -0.14),
        (0.0, -0.12),
        (-1.02, -0.14),
        (-1.11, -0.24),
    ];
    let (top, low) = ((0.0, -0.58 + dy), (0.0, -0.1 + dy));
    easel.fade(
        blob(&risen(dy, &shell)),
        (top, pose.coat(1.28)),
        (low, pose.coat(0.6)),
    );
}

fn windows(easel: &mut Easel, pose: &Pose, dy: f32) {
    let glass = pose.lit(Rgb::hex(0x26384a)).mix(pose.palette.horizon, 0.28);
    let rear = [
        (-0.5, -0.55),
        (-0.36, -0.71),
        (-0.1, -0.755),
        (-0.06, -0.55),
    ];
    let front = [(0.0, -0.55), (-0.04, -0.755), (0.15, -0.72), (0.4, -0.55)];
    easel.fill(polygon(&risen(dy, &rear)), glass);
    easel.fill(polygon(&risen(dy, &front)), glass);
    let gleam = [(0.1, -0.56), (0.02, -0.73), (0.08, -0.725), (0.18, -0.56)];
    easel.glaze(polygon(&risen(dy, &gleam)), Rgb::hex(0xffffff), 0.25);
}

/// The line along the side, the door's edge and its handle.
fn seams(easel: &mut Easel, pose: &Pose, dy: f32) {
    easel.stroke(
        line(&risen(dy, &[(-1.0, -0.38), (0.0, -0.4), (1.05, -0.33)])),
        0.014,
        pose.coat(1.5),
    );
    easel.stroke(
        line(&risen(dy, &[(-0.03, -0.52), (-0.02, -0.2)])),
        0.012,
        pose.coat(0.5),
    );
    easel.stroke(
        line(&risen(dy, &[(0.08, -0.44), (0.19, -0.44)])),
        0.02,
        pose.coat(0.5),
    );
}

fn lights(easel: &mut Easel, pose: &Pose, dy: f32) {
    let lamps = pose.palette.lamps;
    let (front, rear) = ((1.06, -0.33 + dy), (-1.07, -0.36 + dy));
    let warm = Rgb::hex(0xfff0c0);
    easel.fill(oval(front, 0.045, 0.05), pose.lit(warm).mix(warm, lamps));
    easel.fill(
        oval(rear, 0.03, 0.055),
        pose.lit(Rgb::hex(0xc02a24)).mix(Rgb::hex(0xff3a30), lamps),
    );
    if lamps > 0.3 {
        let beam = [front, (3.1, -0.62), (3.1, 0.1), (2.0, 0.08), (1.3, 0.02)];
        easel.glaze(polygon(&beam), warm, 0.13 * lamps);
        let core = [front, (2.7, -0.4), (2.7, 0.02)];
        easel.glaze(polygon(&core), warm, 0.12 * lamps);
        easel.glow(front, 0.34, warm, 0.85 * lamps);
        easel.glow(rear, 0.22, Rgb::hex(0xff3020), 0.8 * lamps);
    }
}

impl Figure for Car {
    fn bounds(&self) -> Bounds {
        Bounds {
            left: -1.35,
            top: -0.95,
            right: 3.1,
            bottom: 0.12,
        }
    }

    fn draw(&self, easel: &mut Easel, pose: &Pose) {
        let speed = if pose.action == Action::Run { 2.6 } else { 1.7 };
        let bump = 0.008 * sine(pose.seconds * 3.1) + 0.005 * sine(pose.seconds * 7.3);
        body(easel, pose, bump);
        for x in AXLES {
            wheel(easel, pose, (x, -WHEEL), pose.seconds * speed);
        }
        lights(easel, pose, bump);
    }

    fn shadow(&self) -> f32 {
        1.15
    }
}
