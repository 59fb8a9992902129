//! A walking machine from the front: armour plates, a visor that glows, a cannon on one arm. One
//! unit tall.

use super::{Figure, Pose};
use crate::scene::colour::Rgb;
use crate::scene::curve::{fraction, mix, sine, smooth};
use crate::scene::easel::{Bounds, Easel};
use crate::scene::shape::{Spot, knee, limb, oval, polygon, rect};
use crate::scene::story::Action;

pub struct Robot;

/// Where the machine is in its slow movement.
struct Sway {
    hips: Spot,
    chest: Spot,
    /// How far each arm is raised, 0..1, left and right.
    raised: [f32; 2],
    /// How far each foot is off the ground.
    feet: [f32; 2],
}

impl Sway {
    fn at(pose: &Pose) -> Self {
        let lively = pose.action != Action::Natural;
        let beat = pose.seconds * if lively { 0.9 } else { 0.24 } + pose.own;
        let side = sine(beat);
        let bob = 0.008 * sine(beat * 2.0);
        let hips = (0.02 * side, -0.455 + bob);
        let aim = smooth(0.3, 2.2, pose.seconds);
        let wave = 0.5 + 0.5 * sine(beat + 0.25);
        let raised = if lively {
            [wave, 1.0 - wave]
        } else {
            [0.12 + 0.05 * side, 0.25 + 0.6 * aim]
        };
        let feet =
            [(-side).max(0.0), side.max(0.0)].map(|up| up * if lively { 0.06 } else { 0.022 });
        Self {
            hips,
            chest: (-0.012 * side, -0.66 + bob * 1.4),
            raised,
            feet,
        }
    }
}

/// A plate with a lit upper edge.
fn plate(easel: &mut Easel, pose: &Pose, points: &[Spot], k: f32) {
    let top = points.iter().map(|p| p.1).fold(f32::MAX, f32::min);
    let low = points.iter().map(|p| p.1).fold(f32::MIN, f32::max);
    easel.fade(
        polygon(points),
        ((0.0, top), pose.coat(k * 1.3)),
        ((0.0, low), pose.coat(k * 0.66)),
    );
}

/// The colour of everything on it that shines.
fn energy(pose: &Pose) -> Rgb {
    let warm = pose.palette.lamps < 0.2;
    if warm {
        Rgb::hex(0xff6a3a)
    } else {
        Rgb::hex(0x4be3ff)
    }
}

fn leg(easel: &mut Easel, pose: &Pose, sway: &Sway, side: f32) {
    let up = sway.feet[usize::from(side > 0.0)];
    let hip = (sway.hips.0 + 0.085 * side, sway.hips.1 + 0.03);
    let ankle = (0.135 * side, -0.07 - up);
    let joint = knee(hip, ankle, 0.184, 0.184, -side);
    easel.fill(limb(&[(hip, 0.05), (joint, 0.042)]), pose.coat(0.5));
    easel.fill(limb(&[(joint, 0.045), (ankle, 0.03)]), pose.coat(0.45));
    let (jx, jy) = joint;
    let thigh = [
        (hip.0 - 0.055, hip.1 + 0.02),
        (hip.0 + 0.055, hip.1 + 0.02),
        (jx + 0.045, jy - 0.03),
        (jx - 0.045, jy - 0.03),
    ];
    plate(easel, pose, &thigh, 0.84);
    let (ax, ay) = ankle;
    let shin = [
        (jx - 0.055, jy + 0.005),
        (jx + 0.055, jy + 0.005),
        (ax + 0.072, ay - 0.01),
        (ax - 0.072, ay - 0.01),
    ];
    plate(easel, pose, &shin, 0.96);
    easel.fill(oval(joint, 0.046, 0.04), pose.coat(0.62));
    easel.fill(
        oval(joint, 0.022, 0.02),
        energy(pose).mix(pose.coat(0.7), 0.35),
    );
    let foot = [
        (ax - 0.07, ay),
        (ax + 0.07, ay),
        (ax + 0.1, ay + 0.07),
        (ax - 0.1, ay + 0.07),
    ];
    plate(easel, pose, &foot, 0.7);
}

fn arm(easel: &mut Easel, pose: &Pose, sway: &Sway, side: f32) {
    let raised = sway.raised[usize::from(side > 0.0)];
    let shoulder = (sway.chest.0 + 0.185 * side, sway.chest.1 - 0.07);
    let hand = (
        shoulder.0 + side * mix(0.055, 0.24, raised),
        shoulder.1 + mix(0.34, -0.02, raised),
    );
    let elbow = knee(shoulder, hand, 0.18, 0.18, -side);
    easel.fill(limb(&[(shoulder, 0.04), (elbow, 0.036)]), pose.coat(0.5));
    easel.fill(limb(&[(elbow, 0.05), (hand, 0.055)]), pose.coat(0.86));
    easel.fill(limb(&[(elbow, 0.03), (hand, 0.03)]), pose.coat(1.12));
    if side > 0.0 {
        cannon(easel, pose, elbow, hand);
    } else {
        for k in [-0.03, 0.0, 0.03] {
            let tip = (hand.0 + k, hand.1 + 0.065);
            easel.fill(
                limb(&[((hand.0 + k * 0.6, hand.1 + 0.02), 0.017), (tip, 0.012)]),
                pose.coat(0.55),
            );
        }
    }
    let (x, y) = shoulder;
    let pad = [
        (x - 0.1 * side, y - 0.06),
        (x + 0.05 * side, y - 0.085),
        (x + 0.105 * side, y + 0.0),
        (x + 0.075 * side, y + 0.075),
        (x - 0.06 * side, y + 0.06),
    ];
    plate(easel, pose, &pad, 1.04);
    let strip = [(x - 0.02 * side, y + 0.035), (x + 0.07 * side, y + 0.045)];
    easel.stroke(crate::scene::shape::line(&strip), 0.01, energy(pose));
}

/// The weapon on the right arm, its muzzle charging.
fn cannon(easel: &mut Easel, pose: &Pose, elbow: Spot, hand: Spot) {
    let (dx, dy) = ((hand.0 - elbow.0) / 0.18, (hand.1 - elbow.1) / 0.18);
    let muzzle = (hand.0 + dx * 0.13, hand.1 + dy * 0.13);
    easel.fill(limb(&[(hand, 0.056), (muzzle, 0.046)]), pose.coat(0.42));
    easel.fill(
        limb(&[
            ((hand.0 + dx * 0.09, hand.1 + dy * 0.09), 0.055),
            (muzzle, 0.055),
        ]),
        pose.coat(0.7),
    );
    let charge = 0.55 + 0.45 * sine(pose.seconds * 1.1) * smooth(0.0, 2.0, pose.seconds);
    easel.fill(
        oval(muzzle, 0.032, 0.032),
        energy(pose).mix(Rgb::hex(0xffffff), 0.4 * charge),
    );
    easel.glow(
        muzzle,
        0.17 * (0.7 + 0.5 * charge),
        energy(pose),
        0.75 * charge,
    );
}

fn trunk(easel: &mut Easel, pose: &Pose, sway: &Sway) {
    let ((hx, hy), (cx, cy)) = (sway.hips, sway.chest);
    easel.fill(
        limb(&[((hx, hy), 0.07), ((cx, cy + 0.08), 0.085)]),
        pose.coat(0.42),
    );
    let pelvis = [
        (hx - 0.12, hy - 0.035),
        (hx + 0.12, hy - 0.035),
        (hx + 0.075, hy + 0.075),
        (hx - 0.075, hy + 0.075),
    ];
    plate(easel, pose, &pelvis, 0.74);
    let chest = [
        (cx - 0.17, cy - 0.13),
        (cx + 0.17, cy - 0.13),
        (cx + 0.19, cy - 0.03),
        (cx + 0.1, cy + 0.115),
        (cx - 0.1, cy + 0.115),
        (cx - 0.19, cy - 0.03),
    ];
    plate(easel, pose, &chest, 1.0);
    for side in [-1.0, 1.0] {
        let vent = [
            (cx + 0.03 * side, cy - 0.1),
            (cx + 0.145 * side, cy - 0.1),
            (cx + 0.15 * side, cy - 0.03),
            (cx + 0.055 * side, cy + 0.01),
        ];
        plate(easel, pose, &vent, 0.8);
    }
    let pulse = 0.75 + 0.25 * sine(pose.seconds * 0.6);
    easel.fill(oval((cx, cy + 0.03), 0.038, 0.038), pose.coat(0.4));
    easel.fill(
        oval((cx, cy + 0.03), 0.026, 0.026),
        energy(pose).mix(Rgb::hex(0xffffff), 0.35 * pulse),
    );
    easel.glow((cx, cy + 0.03), 0.12, energy(pose), 0.6 * pulse);
}

fn head(easel: &mut Easel, pose: &Pose, sway: &Sway) {
    let turn = 0.018 * sine(pose.seconds * 0.17 + pose.own);
    let (x, y) = (sway.chest.0 + turn, sway.chest.1 - 0.2);
    easel.fill(rect(x - 0.035, y, x + 0.035, y + 0.09), pose.coat(0.4));
    let skull = [
        (x - 0.06, y - 0.075),
        (x + 0.06, y - 0.075),
        (x + 0.08, y - 0.01),
        (x + 0.055, y + 0.06),
        (x - 0.055, y + 0.06),
        (x - 0.08, y - 0.01),
    ];
    plate(easel, pose, &skull, 1.05);
    let visor = [
        (x - 0.06 + turn, y - 0.025),
        (x + 0.06 + turn, y - 0.025),
        (x + 0.045 + turn, y + 0.008),
        (x - 0.045 + turn, y + 0.008),
    ];
    easel.fill(polygon(&visor), Rgb::hex(0x101418));
    let scan = fraction(pose.seconds * 0.3) * 2.0 - 1.0;
    let eye = energy(pose).mix(Rgb::hex(0xffffff), 0.25);
    easel.fill(
        rect(x - 0.05 + turn, y - 0.016, x + 0.05 + turn, y - 0.002),
        eye,
    );
    easel.glow(
        (x + turn + 0.03 * scan.abs() - 0.015, y - 0.008),
        0.1,
        energy(pose),
        0.7,
    );
    for side in [-1.0, 1.0] {
        let horn = [
            (x + 0.06 * side, y - 0.06),
            (x + 0.115 * side, y - 0.135),
            (x + 0.078 * side, y - 0.02),
        ];
        easel.fill(polygon(&horn), pose.coat(0.85));
    }
}

impl Figure for Robot {
    fn bounds(&self) -> Bounds {
        Bounds {
            left: -0.62,
            top: -1.1,
            right: 0.85,
            bottom: 0.05,
        }
    }

    fn draw(&self, easel: &mut Easel, pose: &Pose) {
        let sway = Sway::at(pose);
        [-1.0, 1.0]
            .into_iter()
            .for_each(|side| leg(easel, pose, &sway, side));
        arm(easel, pose, &sway, -1.0);
        trunk(easel, pose, &sway);
        head(easel, pose, &sway);
        arm(easel, pose, &sway, 1.0);
    }

    fn shadow(&self) -> f32 {
        0.3
    }
}
