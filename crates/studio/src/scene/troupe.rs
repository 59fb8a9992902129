//! Groups of actors: how many, where they stand and how they get about. What each looks like is
//! `figure`.

mod spread;

use super::colour::Rgb;
use super::curve::{fraction, mix, sine};
use super::easel::{Bounds, Easel, Stand};
use super::element::{Element, Moment};
use super::figure::{self, Figure, Pose, ship};
use super::palette::{self, Palette};
use super::shape::oval;
use super::stage::Stage;
use super::story::{Action, Cast, Kind, Place, Scale};
use crate::frame::Frame;
use crate::rng::Rng;
use spread::Spread;

/// All actors of one kind in a scene, from the farthest to the nearest.
pub struct Troupe {
    figure: Box<dyn Figure>,
    members: Vec<Member>,
    action: Action,
    palette: Palette,
    way: Way,
    easel: Easel,
    seconds: f32,
    airless: bool,
}

/// How a kind gets about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// On the ground, and the camera goes along with it.
    Ahead,
    /// Where it stands.
    There,
    Air,
    Water,
    Flutter,
    Swim,
    /// Out of the water in an arc and back into it.
    Leap,
    /// Up and away.
    Rise,
    /// On the deck of the ship.
    Aboard,
}

/// One actor: where it is in the world at the middle of the clip.
struct Member {
    x: f32,
    y: f32,
    depth: f32,
    scale: f32,
    flip: bool,
    /// Pixels per second to the right.
    speed: f32,
    coat: Rgb,
    own: f32,
}

impl Troupe {
    /// The actors of `cast`; none for a kind that is no figure.
    #[must_use]
    pub fn new(stage: &Stage, cast: &Cast) -> Option<Self> {
        let action = stage.story.action;
        let figure = figure::of(cast.kind, action)?;
        let way = way(stage, cast.kind);
        let mut rng = stage.rng(300 + cast.kind as u64);
        let mut members: Vec<Member> = (0..cast.count)
            .map(|k| Member::new(stage, cast, way, k, &mut rng))
            .collect();
        members.sort_by(|a, b| a.y.total_cmp(&b.y));
        let (palette, easel, seconds) = (stage.palette, Easel::default(), stage.seconds);
        Some(Self {
            figure,
            members,
            action,
            palette,
            way,
            easel,
            seconds,
            airless: stage.story.places[0] == Place::Space,
        })
    }

    fn stand(&self, member: &Member, at: &Moment, frame: crate::frame::Size) -> Stand {
        let since = at.seconds - self.seconds / 2.0;
        let own = at.seconds + member.own * 5.0;
        let s = member.scale;
        let (dx, dy, lean) = match self.way {
            Way::Ahead | Way::There => (0.0, 0.0, 0.0),
            Way::Air => (
                0.0,
                s * 0.22 * sine(own * 0.21),
                -0.01 * sine(own * 0.21 + 0.25),
            ),
            Way::Flutter => {
                let wander = sine(own * 0.3) + 0.5 * sine(own * 0.83);
                (
                    s * 0.9 * wander,
                    s * (0.6 * sine(own * 0.47) + 0.2 * sine(own * 1.7)),
                    0.03 * wander,
                )
            }
            Way::Swim => (
                0.0,
                s * 0.2 * sine(own * 0.16),
                0.012 * sine(own * 0.16 + 0.3),
            ),
            Way::Leap => {
                let (dx, dy, lean) = leap(own);
                (s * dx, s * dy, lean)
            }
            Way::Rise => (since * s * 0.1, -since * s * 0.34, 0.035),
            Way::Water => {
                let (lift, lean) = ship::swell(at.seconds + member.own * 7.0);
                (0.0, s * lift, lean)
            }
            Way::Aboard => return self.aboard(member, at, frame),
        };
        // Who is followed by the camera keeps its place in the picture.
        let along = if self.way == Way::Ahead {
            at.view.x * member.depth
        } else {
            0.0
        };
        let world = member.x + dx + member.speed * since + along;
        let (x, y) = at.view.place(frame, member.depth, world, member.y + dy);
        let zoom = at.view.zoom_at(member.depth);
        Stand {
            x,
            y,
            scale: s * zoom,
            flip: member.flip,
            lean,
        }
    }

    /// On a ship: `x`, `y` and `depth` are the ship's, `speed` is her scale.
    fn aboard(&self, member: &Member, at: &Moment, frame: crate::frame::Size) -> Stand {
        let (lift, lean) = ship::swell(at.seconds);
        let ship_scale = member.speed;
        let aside = (member.own - 0.5) * 0.6;
        let x = member.x + (ship::DECK.0 + aside) * ship_scale;
        let y = member.y + (ship::DECK.1 + lift) * ship_scale;
        let (x, y) = at.view.place(frame, member.depth, x, y);
        Stand {
            x,
            y,
            scale: member.scale * at.view.zoom_at(member.depth),
            flip: false,
            lean,
        }
    }

    fn draw_shadow(&mut self, stand: Stand, out: &mut Frame) {
        let half = self.figure.shadow();
        if half <= 0.0 || self.way == Way::Aboard {
            return;
        }
        let bounds = Bounds {
            left: -half,
            top: -half * 0.16,
            right: half,
            bottom: half * 0.16,
        };
        if self
            .easel
            .begin(out.size, bounds, Stand { lean: 0.0, ..stand })
        {
            let dark = self.palette.haze.scale(0.12);
            let opacity = mix(0.2, 0.12, self.palette.lamps);
            for k in [1.0, 0.82, 0.62] {
                self.easel
                    .glaze(oval((0.0, 0.0), half * k, half * 0.14 * k), dark, opacity);
            }
            self.easel.finish(out);
        }
    }
}

impl Element for Troupe {
    fn draw(&mut self, at: &Moment, out: &mut Frame) {
        for index in 0..self.members.len() {
            let member = &self.members[index];
            let stand = self.stand(member, at, out.size);
            let pose = Pose {
                seconds: at.seconds + member.own * 2.0,
                action: self.action,
                coat: member.coat,
                palette: self.palette,
                own: member.own,
                airless: self.airless,
            };
            self.draw_shadow(stand, out);
            if self.easel.begin(out.size, self.figure.bounds(), stand) {
                self.figure.draw(&mut self.easel, &pose);
                self.easel.finish(out);
            }
        }
    }
}

fn above_water(stage: &Stage) -> bool {
    let first = stage.story.places[0];
    first != Place::Underwater && (stage.story.is_in(Place::Sea) || stage.story.is_in(Place::River))
}

/// One leap: where the fish is beside its place, in its units, and its lean. Between two leaps it is
/// far below the frame.
fn leap(own: f32) -> (f32, f32, f32) {
    let cycle = fraction(own * 0.36) / 0.6;
    if cycle > 1.0 {
        return (0.0, 1.0e4, 0.0);
    }
    (
        (cycle - 0.5) * 2.6,
        0.12 - 1.35 * sine(cycle * 0.5),
        (cycle - 0.5) * 0.3,
    )
}

fn way(stage: &Stage, kind: Kind) -> Way {
    let walks = matches!(
        kind,
        Kind::Cat | Kind::Dog | Kind::Horse | Kind::Person | Kind::Robot
    );
    if walks && stage.story.has(Kind::Ship) {
        return Way::Aboard;
    }
    match kind {
        Kind::Bird => Way::Air,
        Kind::Balloon => Way::Air,
        Kind::Butterfly => Way::Flutter,
        Kind::Fish if above_water(stage) => Way::Leap,
        Kind::Fish => Way::Swim,
        Kind::Ship => Way::Water,
        Kind::Rocket => Way::Rise,
        Kind::Robot => Way::There,
        _ if stage.story.action == Action::Dance => Way::There,
        _ => Way::Ahead,
    }
}

impl Member {
    fn new(stage: &Stage, cast: &Cast, way: Way, index: u8, rng: &mut Rng) -> Self {
        let crowd = f32::from(cast.count - 1);
        let t = if crowd > 0.0 {
            f32::from(index) / crowd
        } else {
            0.5
        };
        let coats = figure::usual_coats(cast.kind);
        let usual = usual_coat(stage, coats, index);
        let scale = stage.unit * height(stage, cast);
        let place = Spread {
            t,
            crowd,
            index,
            scale,
        };
        let (x, y, depth) = place.spot(stage, cast.kind, way, rng);
        let nearness = if matches!(way, Way::Air | Way::Swim | Way::Flutter) {
            rng.range(0.7, 1.1)
        } else {
            1.0
        };
        let speed = match way {
            Way::Air if cast.kind == Kind::Balloon => stage.unit * rng.range(0.01, 0.02),
            Way::Air => stage.unit * rng.range(0.11, 0.15),
            Way::Swim => stage.unit * rng.range(0.05, 0.09),
            Way::Water => stage.unit * 0.02,
            Way::Aboard => stage.unit * ship_height(stage),
            _ => 0.0,
        };
        Self {
            x,
            y,
            depth,
            scale: scale * nearness,
            flip: false,
            speed,
            coat: cast.colour.map_or(usual, palette::paint),
            own: fraction(f32::from(index) * 0.618 + rng.unit() * 0.2),
        }
    }
}

/// One of a kind's coats; a light one where a dark one would be lost in the dark.
fn usual_coat(stage: &Stage, coats: &[u32], index: u8) -> Rgb {
    let start = stage.noise(310) as usize % coats.len();
    let first = index as usize + start;
    let dark = stage.palette.lamps > 0.6;
    let turn = |k: usize| Rgb::hex(coats[(first + k) % coats.len()]);
    let seen = (0..coats.len())
        .map(turn)
        .find(|coat| !dark || coat.luma() > 0.28);
    seen.unwrap_or_else(|| turn(0).mix(Rgb::hex(0xffffff), if dark { 0.2 } else { 0.0 }))
}

/// The size of a kind's unit, in stage units.
fn height(stage: &Stage, cast: &Cast) -> f32 {
    let usual = match cast.kind {
        Kind::Cat | Kind::Dog if stage.story.action == Action::Dance => 0.5,
        Kind::Cat => 0.22,
        Kind::Dog => 0.23,
        Kind::Horse => 0.3,
        Kind::Person => 0.44,
        Kind::Robot => 0.58,
        Kind::Bird => 0.17,
        Kind::Butterfly => 0.16,
        Kind::Fish if above_water(stage) => 0.13,
        Kind::Fish => 0.2,
        Kind::Car => 0.23,
        Kind::Ship => return ship_height(stage),
        Kind::Rocket => 0.32,
        Kind::Balloon => 0.26,
        Kind::Fire => 0.3,
    };
    let aboard = way(stage, cast.kind) == Way::Aboard;
    let scale = match cast.scale {
        Scale::Small => 0.62,
        Scale::Usual => 1.0,
        Scale::Huge => 1.5,
    };
    let crowd = 1.0 - 0.045 * f32::from(cast.count - 1);
    usual * scale * crowd.max(0.55) * if aboard { 0.72 } else { 1.0 }
}

/// The size of a ship's unit: larger when someone is aboard.
fn ship_height(stage: &Stage) -> f32 {
    let is_huge = |cast: &Cast| cast.kind == Kind::Ship && cast.scale == Scale::Huge;
    let huge = stage.story.cast.iter().any(is_huge);
    if huge || has_passengers(stage) {
        0.44
    } else {
        0.26
    }
}

fn has_passengers(stage: &Stage) -> bool {
    stage
        .story
        .cast
        .iter()
        .any(|cast| way(stage, cast.kind) == Way::Aboard)
}
