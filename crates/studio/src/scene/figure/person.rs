//! A person who walks or runs, seen from the side, or dances, seen from the front. No face: a
//! preview does not invent one.

use super::gait::Step;
use super::{Figure, Pose};
use crate::scene::colour::Rgb;
use crate::scene::curve::sine;
use crate::scene::easel::{Bounds, Easel};
use crate::scene::shape::{Spot, blob, knee, limb, oval};
use crate::scene::story::Action;

/// One unit tall.
pub struct Person;

const SKINS: [u32; 4] = [0xe8b48f, 0xc98d63, 0x8a5a3c, 0xf0c6a4];
const HAIRS: [u32; 4] = [0x2b211d, 0x5a3a22, 0x1a1717, 0x8a5b2c];
const TROUSERS: [u32; 3] = [0x39435c, 0x4c4740, 0x5f6a75];

/// The colours of one person.
struct Dress {
    skin: Rgb,
    hair: Rgb,
    trousers: Rgb,
    long_hair: bool,
}

impl Dress {
    fn of(pose: &Pose) -> Self {
        if pose.airless {
            let white = pose.lit(Rgb::hex(0xe9ebef));
            return Self {
                skin: white,
                hair: white,
                trousers: white.scale(0.92),
                long_hair: false,
            };
        }
        let pick = |list: &[u32], spread: f32| {
            let at = (pose.own * spread) as usize % list.len();
            pose.lit(Rgb::hex(list[at]))
        };
        Self {
            skin: pick(&SKINS, 13.0),
            hair: pick(&HAIRS, 29.0),
            trousers: pick(&TROUSERS, 7.0),
            long_hair: pose.own > 0.45,
        }
    }
}

fn walk(easel: &mut Easel, pose: &Pose) {
    let dress = Dress::of(pose);
    let run = pose.action == Action::Run;
    let cycle = pose.seconds * if run { 1.45 } else { 0.92 } + pose.own;
    let step = if run {
        Step {
            stride: 0.52,
            lift: 0.2,
            stance: 0.36,
        }
    } else {
        Step {
            stride: 0.34,
            lift: 0.06,
            stance: 0.6,
        }
    };
    let bob = sine(cycle * 2.0 + 0.1) * if run { 0.022 } else { 0.009 };
    let lean = if run { 0.075 } else { 0.012 };
    let hip = (0.0, -0.485 - bob);
    let neck = (lean, -0.82 - bob);
    let swing = sine(cycle + 0.2) * if run { 0.2 } else { 0.13 };
    side_leg(
        easel,
        hip,
        step.foot(cycle + 0.5),
        dress.trousers.scale(0.72),
        pose,
    );
    side_arm(
        easel,
        neck,
        swing,
        run,
        (pose.coat(0.66), dress.skin.scale(0.8)),
    );
    coat(easel, pose, hip, neck);
    side_leg(easel, hip, step.foot(cycle), dress.trousers, pose);
    if pose.airless {
        helmet(easel, pose, (neck.0 + 0.012, neck.1 - 0.07));
    } else {
        head(easel, &dress, (neck.0 + 0.012, neck.1 - 0.085), 1.0);
    }
    side_arm(easel, neck, -swing, run, (pose.coat(0.88), dress.skin));
}

fn side_leg(easel: &mut Easel, hip: Spot, foot: (f32, f32), ink: Rgb, pose: &Pose) {
    let ankle = (hip.0 + foot.0 - 0.01, -0.035 + foot.1);
    let joint = knee(hip, ankle, 0.227, 0.227, -1.0);
    easel.fill(limb(&[(hip, 0.062), (joint, 0.046), (ankle, 0.031)]), ink);
    let toe = (ankle.0 + 0.06, ankle.1 + 0.014);
    easel.fill(
        limb(&[(ankle, 0.031), (toe, 0.02)]),
        pose.lit(Rgb::hex(0x2c2624)),
    );
}

fn side_arm(easel: &mut Easel, neck: Spot, swing: f32, run: bool, (sleeve, skin): (Rgb, Rgb)) {
    let shoulder = (neck.0, neck.1 + 0.055);
    let reach = if run { 0.2 } else { 0.29 };
    let hand = (
        shoulder.0 + swing + if run { 0.06 } else { 0.02 },
        shoulder.1 + reach - swing.abs() * 0.25,
    );
    let elbow = knee(shoulder, hand, 0.16, 0.15, 1.0);
    easel.fill(
        limb(&[(shoulder, 0.042), (elbow, 0.034), (hand, 0.026)]),
        sleeve,
    );
    easel.fill(oval(hand, 0.026, 0.028), skin);
}

fn coat(easel: &mut Easel, pose: &Pose, hip: Spot, neck: Spot) {
    let outline = [
        (neck.0, neck.1 - 0.005),
        (neck.0 + 0.085, neck.1 + 0.07),
        (neck.0 + 0.08, neck.1 + 0.2),
        (hip.0 + 0.075, hip.1 + 0.02),
        (hip.0, hip.1 + 0.05),
        (hip.0 - 0.078, hip.1 + 0.02),
        (neck.0 - 0.08, neck.1 + 0.2),
        (neck.0 - 0.08, neck.1 + 0.07),
    ];
    easel.fade(
        blob(&outline),
        ((neck.0, neck.1), pose.coat(1.1)),
        ((hip.0, hip.1), pose.coat(0.82)),
    );
}

/// A round helmet with a golden visor, and the pack that air comes from.
fn helmet(easel: &mut Easel, pose: &Pose, (x, y): Spot) {
    let white = pose.lit(Rgb::hex(0xf0f2f5));
    easel.fill(
        limb(&[((x - 0.11, y + 0.14), 0.05), ((x - 0.11, y + 0.29), 0.05)]),
        white.scale(0.74),
    );
    easel.fill(oval((x, y), 0.088, 0.092), white);
    easel.fill(
        oval((x + 0.026, y + 0.002), 0.06, 0.058),
        pose.lit(Rgb::hex(0x3a2f26)),
    );
    easel.fill(
        oval((x + 0.032, y - 0.006), 0.052, 0.046),
        pose.lit(Rgb::hex(0xc9923e)),
    );
    easel.glaze(
        oval((x + 0.045, y - 0.022), 0.02, 0.013),
        Rgb::hex(0xfff6dc),
        0.8,
    );
}

fn head(easel: &mut Easel, dress: &Dress, (x, y): Spot, side: f32) {
    easel.fill(
        limb(&[
            ((x - 0.01 * side, y + 0.05), 0.03),
            ((x - 0.014 * side, y + 0.1), 0.036),
        ]),
        dress.skin.scale(0.88),
    );
    if dress.long_hair {
        let locks = [
            (x - 0.02 * side, y - 0.06),
            (x - 0.075 * side, y),
            (x - 0.085 * side, y + 0.1),
            (x - 0.03 * side, y + 0.09),
        ];
        easel.fill(blob(&locks), dress.hair.scale(0.9));
    }
    easel.fill(oval((x, y), 0.06, 0.07), dress.skin);
    let cap = [
        (x + 0.05 * side, y - 0.042),
        (x + 0.02 * side, y - 0.082),
        (x - 0.04 * side, y - 0.075),
        (x - 0.072 * side, y - 0.015),
        (x - 0.05 * side, y + 0.035),
        (x - 0.03 * side, y - 0.018),
    ];
    easel.fill(blob(&cap), dress.hair);
}

fn dance(easel: &mut Easel, pose: &Pose) {
    let dress = Dress::of(pose);
    let beat = pose.seconds * 1.0 + pose.own;
    let (side, bounce) = (sine(beat), sine(beat * 2.0 + 0.25) * 0.016);
    let hip = (0.055 * side, -0.475 - bounce);
    let neck = (-0.03 * side, -0.815 - bounce);
    for leg in [-1.0, 1.0] {
        let up = (sine(beat) * leg).max(0.0);
        let root = (hip.0 + 0.04 * leg, hip.1);
        let foot = (0.09 * leg + 0.05 * up * leg, -0.035 - 0.09 * up);
        let joint = knee(root, foot, 0.235, 0.225, -leg);
        easel.fill(
            limb(&[(root, 0.058), (joint, 0.045), (foot, 0.031)]),
            dress.trousers,
        );
        let toe = (foot.0 + 0.04 * leg, foot.1 + 0.015);
        easel.fill(
            limb(&[(foot, 0.031), (toe, 0.022)]),
            pose.lit(Rgb::hex(0x2c2624)),
        );
    }
    coat(easel, pose, hip, neck);
    for arm in [-1.0, 1.0] {
        let wave = sine(beat + 0.25 * arm);
        let shoulder = (neck.0 + 0.075 * arm, neck.1 + 0.055);
        let hand = (
            shoulder.0 + arm * (0.19 - 0.05 * wave),
            shoulder.1 - 0.08 - 0.16 * wave,
        );
        let elbow = knee(shoulder, hand, 0.155, 0.15, arm);
        easel.fill(
            limb(&[(shoulder, 0.04), (elbow, 0.033), (hand, 0.025)]),
            pose.coat(0.9),
        );
        easel.fill(oval(hand, 0.027, 0.029), dress.skin);
    }
    head(easel, &dress, (neck.0 - 0.02 * side, neck.1 - 0.085), 1.0);
}

impl Figure for Person {
    fn bounds(&self) -> Bounds {
        Bounds {
            left: -0.45,
            top: -1.12,
            right: 0.45,
            bottom: 0.04,
        }
    }

    fn draw(&self, easel: &mut Easel, pose: &Pose) {
        let suit = if pose.airless {
            Rgb::hex(0xe4e7ec)
        } else {
            pose.coat
        };
        let pose = &Pose {
            coat: suit,
            ..*pose
        };
        match pose.action {
            Action::Dance => dance(easel, pose),
            Action::Natural | Action::Run => walk(easel, pose),
        }
    }

    fn shadow(&self) -> f32 {
        0.17
    }
}
