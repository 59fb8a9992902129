//! How feet move: on the ground they go back evenly, in the air they swing forward in an arc.

use crate::scene::curve::{fraction, mix, sine, smooth};

/// One foot's path, in a figure's units.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// How far the foot goes back while it carries.
    pub stride: f32,
    /// How high it swings.
    pub lift: f32,
    /// The share of a cycle that it is on the ground, 0..1.
    pub stance: f32,
}

impl Step {
    /// Where the foot is beside its neutral place: forward, and up (negative) from the ground.
    #[must_use]
    pub fn foot(&self, cycle: f32) -> (f32, f32) {
        let at = fraction(cycle);
        if at < self.stance {
            return (self.stride * (0.5 - at / self.stance), 0.0);
        }
        let swing = (at - self.stance) / (1.0 - self.stance);
        let forward = mix(-0.5, 0.5, smooth(0.0, 1.0, swing));
        (self.stride * forward, -self.lift * sine(swing * 0.5))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foot_goes_round_without_jumps_and_never_below_the_ground() {
        let step = Step {
            stride: 0.6,
            lift: 0.2,
            stance: 0.6,
        };
        let mut last = step.foot(0.0);
        for i in 1..=300 {
            let now = step.foot(i as f32 / 200.0);
            assert!(
                (now.0 - last.0).abs() < 0.03 && (now.1 - last.1).abs() < 0.03,
                "step {i}"
            );
            assert!(now.1 <= 0.0);
            last = now;
        }
    }
}
