//! Figures: what each kind of actor looks like at an instant, drawn on an easel in units of its
//! own. Where they stand and how they get about is `troupe`.

pub mod balloon;
pub mod bird;
pub mod butterfly;
pub mod car;
pub mod dancer;
pub mod fish;
pub mod gait;
pub mod person;
pub mod quadruped;
pub mod robot;
pub mod rocket;
pub mod ship;

use super::colour::Rgb;
use super::easel::{Bounds, Easel};
use super::palette::Palette;
use super::story::{Action, Kind};

/// What a figure knows when it is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Pose {
    /// Seconds since it began to move, each member of a group shifted by some.
    pub seconds: f32,
    pub action: Action,
    /// Its main colour, not yet lit.
    pub coat: Rgb,
    pub palette: Palette,
    /// 0..1, the same for one member all through the clip: markings, clothes, pace.
    pub own: f32,
    /// Whether there is nothing to breathe: people wear suits.
    pub airless: bool,
}

impl Pose {
    /// The coat under the scene's light, `k` times as bright.
    #[must_use]
    pub fn coat(&self, k: f32) -> Rgb {
        self.lit(self.coat.scale(k))
    }

    /// Another colour under the scene's light. Nothing is quite lost in the dark.
    #[must_use]
    pub fn lit(&self, colour: Rgb) -> Rgb {
        self.palette.lit(colour).plus(colour, 0.07)
    }
}

/// A kind of actor.
pub trait Figure: Send {
    /// The box it stays in. The origin is where it touches the ground (or its middle if it floats).
    fn bounds(&self) -> Bounds;
    /// Draws it looking to the right.
    fn draw(&self, easel: &mut Easel, pose: &Pose);
    /// Whether it throws a shadow on the ground at its origin, and how wide, in its units.
    fn shadow(&self) -> f32 {
        0.0
    }
}

/// The figure of a kind when it does this; fire is no figure, and has none.
#[must_use]
pub fn of(kind: Kind, action: Action) -> Option<Box<dyn Figure>> {
    Some(match (kind, action) {
        (Kind::Cat, Action::Dance) => Box::new(dancer::CAT),
        (Kind::Dog, Action::Dance) => Box::new(dancer::DOG),
        (Kind::Cat, _) => Box::new(quadruped::CAT),
        (Kind::Dog, _) => Box::new(quadruped::DOG),
        (Kind::Horse, _) => Box::new(quadruped::HORSE),
        (Kind::Person, _) => Box::new(person::Person),
        (Kind::Robot, _) => Box::new(robot::Robot),
        (Kind::Bird, _) => Box::new(bird::Bird),
        (Kind::Butterfly, _) => Box::new(butterfly::Butterfly),
        (Kind::Fish, _) => Box::new(fish::Fish),
        (Kind::Car, _) => Box::new(car::Car),
        (Kind::Ship, _) => Box::new(ship::Ship),
        (Kind::Rocket, _) => Box::new(rocket::Rocket),
        (Kind::Balloon, _) => Box::new(balloon::Balloon),
        (Kind::Fire, _) => return None,
    })
}

/// The coats that a kind comes in when no colour is named.
#[must_use]
pub fn usual_coats(kind: Kind) -> &'static [u32] {
    match kind {
        Kind::Cat => &[0xd98a45, 0x6d6a70, 0xe8ddca, 0x3a3a40],
        Kind::Dog => &[0xb9803f, 0xd9b98a, 0x54423a, 0xe6dfd2],
        Kind::Horse => &[0x7a4a2b, 0x94602f, 0x4a3326, 0xc9b79a],
        Kind::Person => &[0xc8453f, 0x2f5f9e, 0xe0a93b, 0x3f7f62, 0x7b4a87],
        Kind::Robot => &[0x7d8794],
        Kind::Bird => &[0xf2f2ee, 0x4a505c, 0xe9e6da],
        Kind::Butterfly => &[0xf08a2e, 0x5b8ff0, 0xf2c83a, 0xd860a8],
        Kind::Fish => &[0xf28a2c, 0xf5c23d, 0x3f8fd8, 0xe65f5f],
        Kind::Car => &[0xc9322f, 0x2a62b8, 0xe9b535, 0xdfe3e6],
        Kind::Ship => &[0x6b4228, 0x7a3b2c],
        Kind::Rocket => &[0xe8ebef],
        Kind::Balloon => &[0xd8433c, 0xe9a23b, 0x3f7fc4, 0x5a9e5a],
        Kind::Fire => &[0xff8a20],
    }
}
