//! Cats, dogs and horses from the side: one skeleton, three outlines. They walk or gallop; one that
//! dances upright is `dancer`.

mod breeds;

pub use breeds::{CAT, DOG, HORSE};

use super::gait::Step;
use super::{Figure, Pose};
use crate::scene::colour::Rgb;
use crate::scene::curve::{sine, smooth};
use crate::scene::easel::{Bounds, Easel};
use crate::scene::shape::{Spot, blob, knee, limb, line, oval, polygon};
use crate::scene::story::Action;

/// An animal whose withers are one unit above the ground, looking right.
pub struct Quadruped {
    /// Trunk, neck and for a horse the head, as a closed outline.
    trunk: &'static [Spot],
    /// Where the legs hang, hind and fore, and the length of both bones.
    hips: [Spot; 2],
    bones: (f32, f32),
    /// Thickness at hip, knee, ankle and foot.
    radii: [f32; 4],
    race: Race,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Race {
    Cat,
    Dog,
    Horse,
}

/// What the instant does to the skeleton.
struct Motion {
    cycle: f32,
    step: Step,
    /// When in the cycle each leg sets down: hind far, hind near, fore far, fore near.
    order: [f32; 4],
    /// How much the trunk is lifted, and how much the head nods.
    lift: f32,
    nod: f32,
    /// Rise of the fore end over the hind one, per unit of length.
    pitch: f32,
}

impl Quadruped {
    fn motion(&self, pose: &Pose) -> Motion {
        let horse = self.race == Race::Horse;
        let fast = pose.action != Action::Natural;
        let pace = match (fast, horse) {
            (true, true) => 1.75,
            (true, false) => 2.3,
            (false, true) => 0.85,
            (false, false) => 1.15,
        };
        let cycle = pose.seconds * pace + pose.own;
        if fast {
            Motion {
                cycle,
                step: Step {
                    stride: 0.95,
                    lift: 0.27,
                    stance: 0.32,
                },
                order: [0.0, 0.12, 0.5, 0.62],
                lift: 0.06 + 0.06 * sine(cycle + 0.35),
                nod: 0.05 * sine(cycle + 0.6),
                pitch: 0.07 * sine(cycle + 0.1),
            }
        } else {
            Motion {
                cycle,
                step: Step {
                    stride: 0.46,
                    lift: 0.11,
                    stance: 0.62,
                },
                order: [0.0, 0.5, 0.25, 0.75],
                lift: 0.012 * sine(cycle * 2.0),
                nod: 0.028 * sine(cycle * 2.0 + 0.2),
                pitch: 0.0,
            }
        }
    }

    fn leg(&self, easel: &mut Easel, motion: &Motion, which: usize, ink: Rgb, foot_ink: Rgb) {
        let fore = which >= 2;
        let hip = motion.moved(self.hips[usize::from(fore)]);
        let (dx, dy) = motion.step.foot(motion.cycle + motion.order[which]);
        let foot = (hip.0 + dx + if fore { 0.02 } else { -0.05 }, dy);
        let ankle = (foot.0, foot.1 - self.radii[3]);
        let bend = if fore { -1.0 } else { 1.0 };
        let joint = knee(hip, ankle, self.bones.0, self.bones.1, bend);
        let [at_hip, at_knee, at_ankle, at_foot] = self.radii;
        let thick = at_hip * if fore { 0.74 } else { 1.0 };
        easel.fill(
            limb(&[(hip, thick), (joint, at_knee), (ankle, at_ankle)]),
            ink,
        );
        let tip = (ankle.0 + at_foot * 0.8, ankle.1 + at_foot * 0.35);
        easel.fill(
            limb(&[(ankle, at_foot * 0.9), (tip, at_foot * 0.8)]),
            foot_ink,
        );
    }

    fn tail(&self, easel: &mut Easel, pose: &Pose, motion: &Motion) {
        let sway = sine(motion.cycle + 0.3);
        let at = |spot: Spot| motion.moved(spot);
        let flow = if pose.action == Action::Natural {
            0.0
        } else {
            0.28
        };
        match self.race {
            Race::Horse => {
                let root = at((-0.53, -0.88));
                let hair = pose.coat(0.42);
                let mid = (
                    root.0 - 0.16 - flow,
                    root.1 + 0.12 - flow * 0.5 + 0.03 * sway,
                );
                let low = (
                    root.0 - 0.17 - flow * 2.0 + 0.06 * sway,
                    root.1 + 0.42 - flow,
                );
                let end = (
                    root.0 - 0.10 - flow * 2.6 + 0.10 * sway,
                    root.1 + 0.66 - flow * 1.6,
                );
                easel.fill(
                    limb(&[(root, 0.05), (mid, 0.075), (low, 0.085), (end, 0.02)]),
                    hair,
                );
            }
            Race::Dog => {
                let root = at((-0.6, -0.86));
                let wag = 0.09 * sine(pose.seconds * 2.6);
                let mid = (root.0 - 0.18, root.1 - 0.12);
                let end = (root.0 - 0.20 + wag, root.1 - 0.38);
                easel.fill(
                    limb(&[(root, 0.085), (mid, 0.065), (end, 0.03)]),
                    pose.coat(0.96),
                );
            }
            Race::Cat => {
                let root = at((-0.74, -0.82));
                let curl = 0.1 * sine(pose.seconds * 0.7 + pose.own);
                let tail = [
                    (root, 0.075),
                    ((root.0 - 0.2, root.1 - 0.02), 0.068),
                    (
                        (root.0 - 0.33 - flow * 0.4, root.1 - 0.2 + flow * 0.5),
                        0.064,
                    ),
                    ((root.0 - 0.33 + curl - flow, root.1 - 0.46 + flow), 0.058),
                    (
                        (
                            root.0 - 0.24 + curl * 2.0 - flow * 1.4,
                            root.1 - 0.64 + flow * 1.3,
                        ),
                        0.045,
                    ),
                ];
                easel.fill(limb(&tail), pose.coat(0.94));
            }
        }
    }

    fn trunk(&self, easel: &mut Easel, pose: &Pose, motion: &Motion) {
        let outline: Vec<Spot> = self.trunk.iter().map(|&spot| motion.moved(spot)).collect();
        let (light, shade) = (pose.coat(1.12), pose.coat(0.72));
        easel.fade(blob(&outline), ((0.0, -1.15), light), ((0.0, -0.42), shade));
    }

    fn head(&self, easel: &mut Easel, pose: &Pose, motion: &Motion) {
        match self.race {
            Race::Horse => horse_head(easel, pose, motion),
            Race::Dog => dog_head(easel, pose, motion),
            Race::Cat => cat_head(easel, pose, motion),
        }
    }
}

impl Motion {
    /// Where a point of the standing animal is now: lifted, pitched, and the head nods.
    fn moved(&self, (x, y): Spot) -> Spot {
        let ahead = smooth(0.45, 0.9, x);
        (x, y - self.lift - self.pitch * x + self.nod * ahead)
    }
}

fn horse_head(easel: &mut Easel, pose: &Pose, motion: &Motion) {
    let at = |x: f32, y: f32| motion.moved((x, y));
    let wind = 0.03 * sine(motion.cycle * 2.0)
        + if pose.action == Action::Natural {
            0.0
        } else {
            0.05
        };
    let ear = [at(0.74, -1.45), at(0.765, -1.565), at(0.815, -1.46)];
    easel.fill(polygon(&ear), pose.coat(0.9));
    let mane = [
        at(0.82, -1.47),
        at(0.74, -1.52),
        at(0.60, -1.42),
        at(0.44, -1.22),
        at(0.28 - wind, -1.08),
        at(0.33 - wind, -0.96),
        at(0.42 - wind, -1.0),
        at(0.50 - wind, -1.03),
        at(0.56, -1.14),
        at(0.66, -1.28),
        at(0.74, -1.38),
    ];
    easel.fill(blob(&mane), pose.coat(0.42));
    let muzzle = [
        at(0.94, -1.07),
        at(1.03, -1.09),
        at(1.035, -1.17),
        at(0.985, -1.22),
        at(0.93, -1.14),
    ];
    easel.fill(blob(&muzzle), pose.coat(0.6));
    easel.fill(
        oval(at(0.845, -1.34), 0.021, 0.024),
        pose.lit(Rgb::hex(0x17110d)),
    );
    easel.fill(
        oval(at(1.01, -1.15), 0.012, 0.014),
        pose.lit(Rgb::hex(0x17110d)),
    );
}

fn dog_head(easel: &mut Easel, pose: &Pose, motion: &Motion) {
    let at = |x: f32, y: f32| motion.moved((x, y));
    easel.fill(
        limb(&[(at(0.74, -1.24), 0.2), (at(0.86, -1.2), 0.15)]),
        pose.coat(1.06),
    );
    easel.fill(
        limb(&[(at(0.88, -1.16), 0.115), (at(1.06, -1.13), 0.085)]),
        pose.coat(1.14),
    );
    let dark = pose.lit(Rgb::hex(0x1b1614));
    easel.fill(oval(at(1.125, -1.165), 0.042, 0.035), dark);
    easel.fill(oval(at(0.875, -1.285), 0.028, 0.032), dark);
    easel.fill(
        oval(at(0.884, -1.294), 0.009, 0.009),
        pose.lit(Rgb::hex(0xffffff)),
    );
    easel.stroke(
        line(&[at(1.11, -1.1), at(1.03, -1.065), at(0.94, -1.07)]),
        0.016,
        dark,
    );
    let flap = 0.03 * sine(motion.cycle * 2.0);
    let ear = [
        at(0.62, -1.42),
        at(0.75, -1.4),
        at(0.75, -1.2),
        at(0.68 + flap, -1.02),
        at(0.58 + flap, -1.12),
    ];
    easel.fill(blob(&ear), pose.coat(0.6));
    let collar = [at(0.52, -1.1), at(0.64, -0.98), at(0.74, -0.93)];
    easel.stroke(line(&collar), 0.055, pose.lit(Rgb::hex(0xc23b3b)));
}

fn cat_head(easel: &mut Easel, pose: &Pose, motion: &Motion) {
    let at = |x: f32, y: f32| motion.moved((x, y));
    let pink = pose.lit(Rgb::hex(0xe29a94));
    easel.fill(
        polygon(&[at(0.62, -1.33), at(0.64, -1.56), at(0.78, -1.4)]),
        pose.coat(0.82),
    );
    easel.fill(
        polygon(&[at(0.80, -1.4), at(0.93, -1.56), at(0.97, -1.3)]),
        pose.coat(0.95),
    );
    easel.fill(
        polygon(&[at(0.845, -1.38), at(0.915, -1.48), at(0.935, -1.32)]),
        pink,
    );
    easel.fill(oval(at(0.79, -1.21), 0.235, 0.205), pose.coat(1.08));
    easel.fill(
        limb(&[(at(0.90, -1.14), 0.1), (at(0.97, -1.13), 0.075)]),
        pose.coat(1.3),
    );
    easel.fill(
        polygon(&[at(1.01, -1.18), at(1.06, -1.18), at(1.035, -1.145)]),
        pink,
    );
    let iris = pose.lit(Rgb::hex(0xb7d35a));
    let dark = pose.lit(Rgb::hex(0x14120f));
    easel.fill(oval(at(0.90, -1.255), 0.038, 0.042), iris);
    easel.fill(oval(at(0.908, -1.255), 0.015, 0.038), dark);
    let whisker = pose.lit(Rgb::hex(0xf4f1ea));
    for dy in [-0.03, 0.01, 0.05] {
        easel.stroke(
            line(&[at(0.97, -1.13), at(1.2, -1.15 + dy * 2.2)]),
            0.008,
            whisker,
        );
    }
    for x in [-0.45, -0.25, -0.05, 0.15] {
        let stripe = [at(x, -0.96), at(x + 0.03, -0.86), at(x, -0.76)];
        easel.stroke(line(&stripe), 0.035, pose.coat(0.76));
    }
}

impl Figure for Quadruped {
    fn bounds(&self) -> Bounds {
        Bounds {
            left: -1.75,
            top: -1.85,
            right: 1.35,
            bottom: 0.1,
        }
    }

    fn draw(&self, easel: &mut Easel, pose: &Pose) {
        let motion = self.motion(pose);
        let hoof = if self.race == Race::Horse {
            pose.coat(0.35)
        } else {
            pose.coat(1.15)
        };
        let far = pose.coat(0.55);
        self.tail(easel, pose, &motion);
        self.leg(easel, &motion, 0, far, hoof.scale(0.6));
        self.leg(easel, &motion, 2, far, hoof.scale(0.6));
        self.trunk(easel, pose, &motion);
        self.leg(easel, &motion, 1, pose.coat(0.86), hoof);
        self.leg(easel, &motion, 3, pose.coat(0.82), hoof);
        self.head(easel, pose, &motion);
    }

    fn shadow(&self) -> f32 {
        0.8
    }
}
