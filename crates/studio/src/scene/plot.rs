//! Which elements a story is made of, and in which order they stand. The painting itself is done by
//! one file per noun.

use super::colour::Rgb;
use super::stage::{Elements, Stage};
use super::story::{Place, Weather};
use super::troupe::Troupe;
use super::{land, sky, water};

/// What lies between the viewer and the horizon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    Water,
    Grass,
    Sand,
}

/// All elements of the stage's story, from back to front.
#[must_use]
pub fn elements(stage: &Stage) -> Elements {
    let mut elements = outdoors(stage);
    for cast in &stage.story.cast {
        if let Some(troupe) = Troupe::new(stage, cast) {
            elements.push(Box::new(troupe));
        }
    }
    elements
}

fn outdoors(stage: &Stage) -> Elements {
    let mut elements = sky::paint(stage);
    if stage.story.places[0] == Place::Sky {
        return elements;
    }
    for &place in stage.story.places.iter().rev() {
        elements.extend(backdrop(stage, place));
    }
    elements.extend(floor(stage));
    elements
}

fn backdrop(stage: &Stage, place: Place) -> Elements {
    match place {
        Place::Mountain => land::mountains(stage),
        Place::Desert => land::dunes(stage),
        Place::Sea => Vec::new(),
        _ => land::hills(stage, GRASS, 0.2),
    }
}

const GRASS: Rgb = Rgb::hex(0x6f9a4e);

fn floor(stage: &Stage) -> Elements {
    match ground(stage) {
        Ground::Water => vec![Box::new(water::Water::new(stage))],
        Ground::Sand => Vec::new(),
        Ground::Grass => vec![land::ground(stage, GRASS, 0.5)],
    }
}

/// The ground that the places agree on: water wins, as it can be seen only there.
#[must_use]
pub fn ground(stage: &Stage) -> Ground {
    let places = &stage.story.places;
    let wet = |place: &Place| matches!(place, Place::Sea | Place::River);
    if places.iter().any(wet) {
        Ground::Water
    } else if places[0] == Place::Desert && stage.story.weather != Weather::Snow {
        Ground::Sand
    } else {
        Ground::Grass
    }
}
