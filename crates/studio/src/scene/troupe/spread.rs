//! Where each member of a group stands: spread over the picture without a pattern that shows, and
//! apart from the other groups.

use super::{Way, has_passengers};
use crate::rng::Rng;
use crate::scene::curve::{fraction, mix};
use crate::scene::stage::Stage;
use crate::scene::story::{Kind, Place};

/// One member's share of its group.
pub struct Spread {
    /// 0..=1 along the group.
    pub t: f32,
    /// How many others there are.
    pub crowd: f32,
    pub index: u8,
    /// Pixels per unit of the figure.
    pub scale: f32,
}

impl Spread {
    /// World x and y in pixels, and depth.
    pub fn spot(&self, stage: &Stage, kind: Kind, way: Way, rng: &mut Rng) -> (f32, f32, f32) {
        let (w, h) = (stage.width, stage.height);
        let apart = ((0.22 + 0.055 * self.crowd) * w).max(self.room(kind) * self.crowd);
        let aside = (self.t - 0.5) * apart.min(w * 1.1);
        let middle = w * (0.49 + self.group_offset(stage, kind));
        match way {
            Way::Air => self.afloat_in_air(stage, (0.16, 0.6), stage.horizon.min(h * 0.82), rng),
            Way::Flutter | Way::Swim => self.afloat_in_air(stage, (0.3, 0.8), h, rng),
            Way::Leap => self.leaping(stage, aside),
            Way::Water => self.afloat(stage, aside),
            Way::Aboard => Self {
                t: 0.5,
                crowd: 0.0,
                ..*self
            }
            .afloat(stage, 0.0),
            Way::Rise if stage.story.is_in(Place::Space) => (middle + aside, h * 0.62, 0.2),
            Way::Rise => (middle + aside, h * 0.56, 0.2),
            Way::Ahead | Way::There => (middle + aside, self.floor(stage, kind), 0.8),
        }
    }

    /// Pixels that one of a kind needs beside the next.
    fn room(&self, kind: Kind) -> f32 {
        self.scale
            * match kind {
                Kind::Car => 1.5,
                Kind::Horse | Kind::Dog | Kind::Cat => 1.35,
                _ => 0.0,
            }
    }

    /// 0..1, scattered, and for one alone the middle of things.
    fn row(&self) -> f32 {
        if self.crowd > 0.0 {
            fraction(f32::from(self.index) * 0.618)
        } else {
            0.55
        }
    }

    /// Groups of different kinds stand side by side, in frame widths from the middle.
    fn group_offset(&self, stage: &Stage, kind: Kind) -> f32 {
        let cast = &stage.story.cast;
        let at = cast.iter().position(|one| one.kind == kind).unwrap_or(0);
        (at as f32 - (cast.len() - 1) as f32 / 2.0) * 0.3
    }

    fn afloat_in_air(
        &self,
        stage: &Stage,
        (top, low): (f32, f32),
        level: f32,
        rng: &mut Rng,
    ) -> (f32, f32, f32) {
        let wide = (0.3 + 0.06 * self.crowd).min(0.92);
        let row = fraction(f32::from(self.index) * 0.618 + 0.3);
        let x = stage.width * (0.5 + (self.t - 0.5) * wide + rng.range(-0.05, 0.05));
        (
            x,
            level * mix(top, low, row) + stage.height * rng.range(-0.02, 0.02),
            0.3,
        )
    }

    fn leaping(&self, stage: &Stage, aside: f32) -> (f32, f32, f32) {
        let below = stage.height - stage.horizon;
        (
            stage.width * 0.6 + aside * 1.4,
            stage.horizon + below * mix(0.4, 0.75, self.row()),
            0.5,
        )
    }

    fn afloat(&self, stage: &Stage, aside: f32) -> (f32, f32, f32) {
        let below = stage.height - stage.horizon;
        let near = if has_passengers(stage) {
            0.62
        } else {
            mix(0.16, 0.4, self.row())
        };
        (
            stage.width * 0.47 + aside,
            stage.horizon + below * near,
            0.5,
        )
    }

    /// The row that feet stand on.
    fn floor(&self, stage: &Stage, kind: Kind) -> f32 {
        let level = match kind {
            Kind::Robot if self.scale > 0.7 * stage.unit => 0.93,
            // Two lanes: the far one for every other car.
            Kind::Car if self.index % 2 == 1 => 0.85,
            Kind::Car => 0.915,
            _ => mix(0.8, 0.9, self.row()),
        };
        stage.height * level
    }
}
