//! Which elements a story is made of, and in which order they stand. The painting itself is done by
//! one file per noun.

use super::colour::Rgb;
use super::fire::Fire;
use super::ground::{Cover, Way};
use super::stage::{Elements, Stage};
use super::story::{Cast, Kind, Place, Scale, Weather};
use super::troupe::Troupe;
use super::water::Water;
use super::{calm, city, deep, flowers, forest, ground, land, room, sky, space, weather};

const GRASS: Rgb = Rgb::hex(0x6f9a4e);
const FOREST_FLOOR: Rgb = Rgb::hex(0x5a6b3e);
const PAVING: Rgb = Rgb::hex(0x6b6e76);
const SAND: Rgb = Rgb::hex(0xdcc08c);

/// All elements of the stage's story, from back to front.
#[must_use]
pub fn elements(stage: &Stage) -> Elements {
    match stage.story.places[0] {
        Place::Abstract => with_actors(stage, calm::scene(stage)),
        Place::Space => in_space(stage),
        Place::Underwater => under_water(stage),
        Place::Room => in_a_room(stage),
        _ => outdoors(stage),
    }
}

fn with_actors(stage: &Stage, mut elements: Elements) -> Elements {
    elements.extend(actors(stage));
    elements
}

fn in_space(stage: &Stage) -> Elements {
    let mut elements = space::backdrop(stage);
    let walks = |cast: &Cast| !matches!(cast.kind, Kind::Rocket | Kind::Ship | Kind::Balloon);
    if stage.story.cast.iter().any(walks) {
        elements.push(space::ground(stage));
    }
    with_actors(stage, elements)
}

fn under_water(stage: &Stage) -> Elements {
    let mut elements = with_actors(stage, deep::backdrop(stage));
    elements.extend(deep::before(stage));
    elements
}

/// What is outside the window has the weather; the actors are inside.
fn in_a_room(stage: &Stage) -> Elements {
    let mut elements = sky::paint(stage);
    elements.extend(land::hills(stage, GRASS, 0.2));
    elements.push(ground::paint(
        stage,
        Cover {
            colour: GRASS,
            texture: 0.5,
            way: Way::None,
        },
    ));
    elements.extend(weather::behind(stage));
    elements.extend(weather::before(stage));
    elements.extend(room::inside(stage));
    with_actors(stage, elements)
}

fn outdoors(stage: &Stage) -> Elements {
    let story = stage.story;
    let mut elements = sky::paint(stage);
    if story.places[0] != Place::Sky {
        for &place in story.places.iter().rev() {
            elements.extend(backdrop(stage, place));
        }
        elements.extend(weather::behind(stage));
        elements.extend(floor(stage));
    }
    elements.extend(actors(stage));
    if in_bloom(stage) {
        elements.extend(flowers::before(stage));
    }
    if story.is_in(Place::Forest) && story.places[0] != Place::Sky {
        elements.extend(forest::foreground(stage));
    }
    elements.extend(weather::before(stage));
    elements
}

/// What stands at the horizon.
fn backdrop(stage: &Stage, place: Place) -> Elements {
    let only = stage.story.places.len() == 1;
    match place {
        Place::Mountain => land::mountains(stage),
        Place::Desert => land::dunes(stage),
        Place::Forest => forest::backdrop(stage),
        Place::City if has_giant(stage) => city_of_giants(stage),
        Place::City => city::skyline(stage, city::all_rows()),
        Place::River if only => land::hills(stage, GRASS, 0.22)
            .into_iter()
            .chain(forest_edge(stage))
            .collect(),
        Place::Flowers | Place::Road if only => land::hills(stage, GRASS, 0.2),
        Place::Room => land::hills(stage, GRASS, 0.2),
        _ => Vec::new(),
    }
}

/// Giants stand between the rows of towers, up to the hips in them.
fn city_of_giants(stage: &Stage) -> Elements {
    let mut elements = city::skyline(stage, 0..3);
    let giants = stage
        .story
        .cast
        .iter()
        .filter(|cast| cast.kind == Kind::Robot);
    for troupe in giants.filter_map(|cast| Troupe::new(stage, cast)) {
        elements.push(Box::new(troupe));
    }
    elements.extend(city::low_row(stage));
    elements
}

/// The far rows of a wood, as the other bank of a river.
fn forest_edge(stage: &Stage) -> Elements {
    forest::backdrop(stage).into_iter().take(2).collect()
}

fn floor(stage: &Stage) -> Elements {
    let story = stage.story;
    if story.is_in(Place::Sea) || story.is_in(Place::River) {
        let mut elements: Elements = vec![Box::new(Water::new(stage))];
        if stage.story.cast.iter().any(|cast| needs_land(stage, cast)) {
            let bank = if story.is_in(Place::Sea) { SAND } else { GRASS };
            elements.push(ground::shore(stage, bank));
        }
        return elements;
    }
    if story.places[0] == Place::Desert {
        return Vec::new();
    }
    let (colour, texture) = match story.places[0] {
        Place::City => (PAVING, 0.1),
        Place::Forest => (FOREST_FLOOR, 0.7),
        _ if story.is_in(Place::City) => (PAVING, 0.1),
        _ => (GRASS, 0.5),
    };
    let mut elements: Elements = vec![ground::paint(
        stage,
        Cover {
            colour,
            texture,
            way: road(stage),
        },
    )];
    if in_bloom(stage) {
        elements.extend(flowers::behind(stage));
    } else if story.places[0] == Place::Road {
        elements.extend(flowers::roadside(stage, road(stage) == Way::Away));
    }
    elements
}

/// Whether these actors cannot be on the water, and are on no ship either.
fn needs_land(stage: &Stage, cast: &Cast) -> bool {
    match cast.kind {
        Kind::Car | Kind::Fire => true,
        Kind::Cat | Kind::Dog | Kind::Horse | Kind::Person | Kind::Robot => {
            !stage.story.has(Kind::Ship)
        }
        _ => false,
    }
}

fn in_bloom(stage: &Stage) -> bool {
    stage.story.is_in(Place::Flowers) && stage.story.weather != Weather::Snow
}

/// A road is seen along its length unless someone drives or walks on it.
fn road(stage: &Stage) -> Way {
    let story = stage.story;
    let used = !story.cast.is_empty();
    match (story.is_in(Place::Road), story.is_in(Place::City)) {
        (_, _) if story.has(Kind::Car) => Way::Across,
        (true, _) if used => Way::Across,
        (true, _) => Way::Away,
        (false, true) if used && !has_giant(stage) => Way::Across,
        (false, true) => Way::Away,
        _ => Way::None,
    }
}

fn has_giant(stage: &Stage) -> bool {
    let giant = |cast: &Cast| cast.kind == Kind::Robot && cast.scale == Scale::Huge;
    stage.story.is_in(Place::City) && stage.story.cast.iter().any(giant)
}

/// The actors, those farther away or larger first.
fn actors(stage: &Stage) -> Elements {
    let mut cast = stage.story.cast.clone();
    // Giants are there already, among the towers.
    cast.retain(|one| one.kind != Kind::Robot || !has_giant(stage));
    cast.sort_by_key(|one| standing(one.kind));
    let mut elements = Elements::new();
    for one in &cast {
        if one.kind == Kind::Fire {
            elements.push(Box::new(Fire::new(stage, one)));
        } else if let Some(troupe) = Troupe::new(stage, one) {
            elements.push(Box::new(troupe));
        }
    }
    elements
}

/// How near to the viewer a kind stands.
fn standing(kind: Kind) -> u8 {
    match kind {
        Kind::Balloon | Kind::Rocket => 0,
        Kind::Bird => 1,
        Kind::Ship => 2,
        Kind::Robot => 3,
        Kind::Car => 4,
        Kind::Horse | Kind::Fire => 5,
        Kind::Person => 6,
        Kind::Cat | Kind::Dog => 7,
        Kind::Fish | Kind::Butterfly => 8,
    }
}
