//! A cat or a dog that dances on its hind legs, seen from the front.

use super::{Figure, Pose};
use crate::scene::colour::Rgb;
use crate::scene::curve::{fraction, sine};
use crate::scene::easel::{Bounds, Easel};
use crate::scene::shape::{Spot, blob, knee, limb, line, oval, polygon};

/// Dance steps per second.
const BEAT: f32 = 1.0;

/// An upright animal, one unit tall without its ears.
pub struct Dancer {
    pointed_ears: bool,
}

pub const CAT: Dancer = Dancer { pointed_ears: true };
pub const DOG: Dancer = Dancer {
    pointed_ears: false,
};

/// Where the parts of the body are on this beat.
struct Sway {
    beat: f32,
    hips: Spot,
    chest: Spot,
    head: Spot,
}

impl Sway {
    fn at(pose: &Pose) -> Self {
        let beat = pose.seconds * BEAT + pose.own * 0.2;
        let side = sine(beat);
        let bounce = sine(beat * 2.0 + 0.25);
        Self {
            beat,
            hips: (0.055 * side, -0.31 - 0.02 * bounce),
            chest: (-0.015 * side, -0.52 - 0.028 * bounce),
            head: (-0.055 * side, -0.775 - 0.036 * bounce),
        }
    }
}

impl Dancer {
    fn legs(easel: &mut Easel, pose: &Pose, sway: &Sway) {
        for side in [-1.0, 1.0] {
            let up = sine(sway.beat + 0.25 * (1.0 - side) + 0.0).max(0.0);
            let hip = (sway.hips.0 + 0.085 * side, sway.hips.1 + 0.05);
            let foot = (0.12 * side + 0.05 * side * up, -0.04 - 0.13 * up);
            let joint = knee(hip, foot, 0.16, 0.15, -side);
            let ink = pose.coat(0.86);
            easel.fill(limb(&[(hip, 0.085), (joint, 0.062), (foot, 0.048)]), ink);
            let toe = (foot.0 + 0.035 * side, foot.1 + 0.012);
            easel.fill(limb(&[(foot, 0.048), (toe, 0.044)]), pose.coat(1.25));
        }
    }

    fn arms(easel: &mut Easel, pose: &Pose, sway: &Sway) {
        for side in [-1.0, 1.0] {
            let wave = sine(sway.beat + 0.25 + 0.25 * side);
            let shoulder = (sway.chest.0 + 0.125 * side, sway.chest.1 - 0.015);
            let paw = (
                shoulder.0 + side * (0.2 + 0.03 * wave),
                shoulder.1 - 0.05 - 0.17 * wave,
            );
            let elbow = knee(shoulder, paw, 0.125, 0.125, -(side * wave.signum()));
            easel.fill(
                limb(&[(shoulder, 0.055), (elbow, 0.048), (paw, 0.046)]),
                pose.coat(0.94),
            );
            easel.fill(oval(paw, 0.052, 0.05), pose.coat(1.25));
        }
    }

    fn body(easel: &mut Easel, pose: &Pose, sway: &Sway) {
        let ((hx, hy), (cx, cy)) = (sway.hips, sway.chest);
        let outline = [
            (cx, cy - 0.115),
            (cx + 0.135, cy - 0.05),
            (hx + 0.165, hy - 0.03),
            (hx + 0.14, hy + 0.08),
            (hx, hy + 0.115),
            (hx - 0.14, hy + 0.08),
            (hx - 0.165, hy - 0.03),
            (cx - 0.135, cy - 0.05),
        ];
        easel.fade(
            blob(&outline),
            ((0.0, -0.65), pose.coat(1.06)),
            ((0.0, -0.2), pose.coat(0.78)),
        );
        let belly = [
            (cx, cy - 0.06),
            (hx + 0.09, hy - 0.02),
            (hx, hy + 0.075),
            (hx - 0.09, hy - 0.02),
        ];
        easel.fill(
            blob(&belly),
            pose.coat(1.0).mix(pose.lit(Rgb::hex(0xfff6e6)), 0.6),
        );
    }

    fn tail(easel: &mut Easel, pose: &Pose, sway: &Sway) {
        let (x, y) = (sway.hips.0, sway.hips.1 + 0.04);
        let swing = sine(sway.beat + 0.1);
        let tail = [
            ((x - 0.08, y), 0.04),
            ((x - 0.24, y + 0.04), 0.038),
            ((x - 0.33 - 0.03 * swing, y - 0.1), 0.035),
            ((x - 0.31 + 0.07 * swing, y - 0.25), 0.031),
            ((x - 0.25 + 0.11 * swing, y - 0.33), 0.024),
        ];
        easel.fill(limb(&tail), pose.coat(0.8));
    }

    fn ears(&self, easel: &mut Easel, pose: &Pose, (x, y): Spot) {
        for side in [-1.0, 1.0] {
            if self.pointed_ears {
                let tip = (x + 0.175 * side, y - 0.285);
                let ear = [
                    (x + 0.04 * side, y - 0.14),
                    tip,
                    (x + 0.205 * side, y - 0.05),
                ];
                easel.fill(polygon(&ear), pose.coat(0.94));
                let inside = [
                    (x + 0.085 * side, y - 0.14),
                    (x + 0.163 * side, y - 0.235),
                    (x + 0.18 * side, y - 0.08),
                ];
                easel.fill(polygon(&inside), pose.lit(Rgb::hex(0xe8a39c)));
            } else {
                let ear = [
                    (x + 0.12 * side, y - 0.15),
                    (x + 0.22 * side, y - 0.12),
                    (x + 0.255 * side, y + 0.06),
                    (x + 0.17 * side, y + 0.08),
                ];
                easel.fill(blob(&ear), pose.coat(0.55));
            }
        }
    }

    fn face(&self, easel: &mut Easel, pose: &Pose, sway: &Sway) {
        let (x, y) = sway.head;
        self.ears(easel, pose, sway.head);
        let top = ((x, y - 0.18), pose.coat(1.14));
        easel.fade(
            oval((x, y), 0.215, 0.18),
            top,
            ((x, y + 0.18), pose.coat(0.92)),
        );
        let cheek = pose.coat(1.0).mix(pose.lit(Rgb::hex(0xfff8ec)), 0.72);
        easel.fill(oval((x, y + 0.075), 0.105, 0.07), cheek);
        let dark = pose.lit(Rgb::hex(0x1a1512));
        let closed = fraction(pose.seconds * 0.31 + pose.own) > 0.95;
        for side in [-1.0, 1.0] {
            let eye = (x + 0.087 * side, y - 0.025);
            if closed {
                let lid = [
                    (eye.0 - 0.035, eye.1),
                    (eye.0, eye.1 + 0.018),
                    (eye.0 + 0.035, eye.1),
                ];
                easel.stroke(line(&lid), 0.012, dark);
            } else {
                easel.fill(oval(eye, 0.042, 0.05), dark);
                easel.fill(
                    oval((eye.0 + 0.012, eye.1 - 0.017), 0.014, 0.016),
                    pose.lit(Rgb::hex(0xffffff)),
                );
            }
            self.whiskers(easel, pose, (x, y), side);
            let smile = [
                (x, y + 0.075),
                (x + 0.03 * side, y + 0.1),
                (x + 0.06 * side, y + 0.085),
            ];
            easel.stroke(line(&smile), 0.009, dark);
        }
        let nose = if self.pointed_ears {
            Rgb::hex(0xd9807c)
        } else {
            Rgb::hex(0x201a18)
        };
        easel.fill(oval((x, y + 0.052), 0.025, 0.017), pose.lit(nose));
    }

    fn whiskers(&self, easel: &mut Easel, pose: &Pose, (x, y): Spot, side: f32) {
        if !self.pointed_ears {
            return;
        }
        let ink = pose.lit(Rgb::hex(0xfdfaf4));
        for lift in [-0.035, 0.0, 0.035] {
            let whisker = [
                (x + 0.085 * side, y + 0.07 + lift * 0.4),
                (x + 0.27 * side, y + 0.055 + lift),
            ];
            easel.stroke(line(&whisker), 0.006, ink);
        }
        for k in [-0.05, 0.0, 0.05] {
            easel.stroke(
                line(&[(x + k, y - 0.17), (x + k * 0.8, y - 0.11)]),
                0.016,
                pose.coat(0.7),
            );
        }
    }
}

impl Figure for Dancer {
    fn bounds(&self) -> Bounds {
        Bounds {
            left: -0.55,
            top: -1.2,
            right: 0.5,
            bottom: 0.06,
        }
    }

    fn draw(&self, easel: &mut Easel, pose: &Pose) {
        let sway = Sway::at(pose);
        Self::tail(easel, pose, &sway);
        Self::legs(easel, pose, &sway);
        Self::body(easel, pose, &sway);
        Self::arms(easel, pose, &sway);
        self.face(easel, pose, &sway);
    }

    fn shadow(&self) -> f32 {
        0.28
    }
}
