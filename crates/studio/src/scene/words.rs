//! Reads a prompt into a `Story`: pure, total, English. Every word stands for itself, so swapping
//! one changes what it names and leaves the rest; a word nobody knows changes nothing. Not a
//! language model: no grammar beyond "what stands before a noun belongs to it".

pub mod table;

use super::story::{Action, Camera, Cast, Colour, Kind, Mood, Place, Scale, Story, Time, Weather};
use table::{Meaning, meaning};

/// Longest phrase in the table, in words.
const PHRASE_WORDS: usize = 3;
/// How many words after a number, colour or size may still be the noun it belongs to.
const HOLD_WORDS: usize = 3;
/// Words of a prompt that are read; the rest would not fit in a few seconds anyway.
const MAX_WORDS: usize = 400;
const MAX_PLACES: usize = 2;
const MAX_KINDS: usize = 3;

/// What `prompt` asks to see, less what `negative_prompt` names. Either may be empty.
#[must_use]
pub fn read(prompt: &str, negative_prompt: &str) -> Story {
    let mut refused = Reading::default();
    refused.take(&meanings(negative_prompt));
    let mut asked = Reading::default();
    asked.take(&meanings(prompt));
    asked.drop_named_in(&refused);
    asked.into_story()
}

/// A meaning, the index of its word, and whether the word was a plural.
type Seen = (Meaning, usize, bool);

fn meanings(text: &str) -> Vec<Seen> {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(MAX_WORDS)
        .map(str::to_lowercase)
        .collect();
    let mut seen = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let (length, found) = longest(&words[at..]);
        seen.extend(found.map(|(meaning, plural)| (meaning, at + length - 1, plural)));
        at += length;
    }
    seen
}

/// The longest phrase that `words` begins with, and how many words it took (at least one).
fn longest(words: &[String]) -> (usize, Option<(Meaning, bool)>) {
    for length in (1..=PHRASE_WORDS.min(words.len())).rev() {
        if let Some(found) = look_up(&words[..length].join(" ")) {
            return (length, Some(found));
        }
    }
    (1, None)
}

fn look_up(phrase: &str) -> Option<(Meaning, bool)> {
    let plural = matches!(
        phrase,
        "people" | "men" | "women" | "children" | "geese" | "wolves"
    );
    meaning(phrase)
        .map(|found| (found, plural))
        .or_else(|| singular(phrase))
}

/// The word without its regular plural ending: cities, foxes, birds.
fn singular(word: &str) -> Option<(Meaning, bool)> {
    let city = word
        .strip_suffix("ies")
        .and_then(|stem| meaning(&format!("{stem}y")));
    let fox = || word.strip_suffix("es").and_then(meaning);
    let bird = || word.strip_suffix('s').and_then(meaning);
    city.or_else(fox).or_else(bird).map(|found| (found, true))
}

/// What has been read so far. A number, colour or size waits for the noun it belongs to.
#[derive(Default)]
struct Reading {
    places: Vec<Place>,
    cast: Vec<Cast>,
    action: Option<Action>,
    time: Option<Time>,
    weather: Option<Weather>,
    mood: Option<Mood>,
    camera: Option<Camera>,
    tint: Option<Colour>,
    refused: Vec<Meaning>,
    count: Option<(u8, usize)>,
    colour: Option<(Colour, usize)>,
    scale: Option<(Scale, usize)>,
}

impl Reading {
    fn take(&mut self, seen: &[Seen]) {
        let mut refused_after = None;
        for &(meaning, at, plural) in seen {
            let is_refused = refused_after
                .take()
                .is_some_and(|no: usize| at - no <= HOLD_WORDS);
            match meaning {
                Meaning::Not => refused_after = Some(at),
                _ if is_refused => self.refused.push(meaning),
                _ => self.note(meaning, at, plural),
            }
        }
        self.tint_with_waiting_colour();
        let refused = std::mem::take(&mut self.refused);
        refused.iter().for_each(|&meaning| self.remove(meaning));
    }

    fn note(&mut self, meaning: Meaning, at: usize, plural: bool) {
        match meaning {
            Meaning::Place(place) => self.add_place(place),
            Meaning::Actor(kind) => self.add_actor(kind, at, plural),
            Meaning::Colour(colour) => {
                self.tint_with_waiting_colour();
                self.colour = Some((colour, at));
            }
            Meaning::Count(count) => self.count = Some((count, at)),
            Meaning::Scale(scale) => self.scale = Some((scale, at)),
            Meaning::Action(action) => first(&mut self.action, action),
            Meaning::Time(time) => first(&mut self.time, time),
            Meaning::Weather(weather) => first(&mut self.weather, weather),
            Meaning::Mood(mood) => first(&mut self.mood, mood),
            Meaning::Camera(camera) => first(&mut self.camera, camera),
            Meaning::Not => {}
        }
    }

    /// A colour said of a place ("a blue sea") is the colour of the picture.
    fn add_place(&mut self, place: Place) {
        self.tint_with_waiting_colour();
        self.scale = None;
        if !self.places.contains(&place) && self.places.len() < MAX_PLACES {
            self.places.push(place);
        }
    }

    fn add_actor(&mut self, kind: Kind, at: usize, plural: bool) {
        let near = |from: usize| at - from <= HOLD_WORDS;
        let said = self
            .count
            .take()
            .filter(|&(_, from)| near(from))
            .map(|(count, _)| count);
        let count = said.filter(|&count| !(plural && count == 1));
        let fallback = if plural { 3 } else { 1 };
        let scale = self.scale.take().filter(|&(_, from)| near(from));
        let cast = Cast {
            kind,
            count: count.unwrap_or(fallback),
            colour: self
                .colour
                .take_if(|&mut (_, from)| near(from))
                .map(|(colour, _)| colour),
            scale: scale.map_or(Scale::Usual, |(scale, _)| scale),
        };
        let known = self.cast.iter().any(|one| one.kind == kind);
        if !known && self.cast.len() < MAX_KINDS {
            self.cast.push(cast);
        }
    }

    fn tint_with_waiting_colour(&mut self) {
        if let Some((colour, _)) = self.colour.take() {
            first(&mut self.tint, colour);
        }
    }

    fn drop_named_in(&mut self, refused: &Self) {
        refused
            .places
            .iter()
            .for_each(|&place| self.remove(Meaning::Place(place)));
        refused
            .cast
            .iter()
            .for_each(|cast| self.remove(Meaning::Actor(cast.kind)));
        let one = |meaning: Option<Meaning>| meaning.into_iter().collect::<Vec<_>>();
        let others = [
            one(refused.action.map(Meaning::Action)),
            one(refused.time.map(Meaning::Time)),
            one(refused.weather.map(Meaning::Weather)),
            one(refused.mood.map(Meaning::Mood)),
            one(refused.camera.map(Meaning::Camera)),
            one(refused.tint.map(Meaning::Colour)),
        ];
        others
            .iter()
            .flatten()
            .for_each(|&meaning| self.remove(meaning));
        for cast in refused.cast.iter().filter_map(|cast| cast.colour) {
            self.remove(Meaning::Colour(cast));
        }
    }

    fn remove(&mut self, unwanted: Meaning) {
        match unwanted {
            Meaning::Place(place) => self.places.retain(|&one| one != place),
            Meaning::Actor(kind) => self.cast.retain(|one| one.kind != kind),
            Meaning::Colour(colour) => self.remove_colour(colour),
            Meaning::Action(action) => forget(&mut self.action, action),
            Meaning::Time(time) => forget(&mut self.time, time),
            Meaning::Weather(weather) => forget(&mut self.weather, weather),
            Meaning::Mood(mood) => forget(&mut self.mood, mood),
            Meaning::Camera(camera) => forget(&mut self.camera, camera),
            Meaning::Count(_) | Meaning::Scale(_) | Meaning::Not => {}
        }
    }

    fn remove_colour(&mut self, colour: Colour) {
        forget(&mut self.tint, colour);
        self.cast
            .iter_mut()
            .for_each(|cast| forget(&mut cast.colour, colour));
    }

    fn into_story(self) -> Story {
        let places = if self.places.is_empty() {
            vec![self.usual_place()]
        } else {
            self.places
        };
        Story {
            places,
            cast: self.cast,
            action: self.action.unwrap_or(Action::Natural),
            time: self.time.unwrap_or(Time::Day),
            weather: self.weather.unwrap_or(Weather::Clear),
            mood: self.mood.unwrap_or(Mood::Plain),
            camera: self.camera.unwrap_or(Camera::Drift),
            tint: self.tint,
        }
    }

    /// Where it happens when the text does not say: on the water if a ship is in it, else where the
    /// first actor is at home, else where the weather or the hour is best seen.
    fn usual_place(&self) -> Place {
        let ship = self.cast.iter().find(|cast| cast.kind == Kind::Ship);
        match ship.or(self.cast.first()).map(|cast| cast.kind) {
            Some(Kind::Fish) => Place::Underwater,
            Some(Kind::Bird | Kind::Balloon) => Place::Sky,
            Some(Kind::Butterfly | Kind::Dog | Kind::Horse) => Place::Flowers,
            Some(Kind::Cat) => Place::Room,
            Some(Kind::Person | Kind::Car) => Place::Road,
            Some(Kind::Ship) => Place::Sea,
            Some(Kind::Rocket) => Place::Space,
            Some(Kind::Robot) => Place::City,
            Some(Kind::Fire) => Place::Forest,
            None => self.place_for_the_air(),
        }
    }

    fn place_for_the_air(&self) -> Place {
        match (self.weather, self.time) {
            (Some(Weather::Rain | Weather::Storm), _) => Place::City,
            (Some(Weather::Snow | Weather::Fog), _) => Place::Forest,
            (Some(Weather::Clear | Weather::Cloudy), _) => Place::Sky,
            (None, Some(_)) => Place::Sea,
            (None, None) => Place::Abstract,
        }
    }
}

fn first<T>(slot: &mut Option<T>, value: T) {
    slot.get_or_insert(value);
}

fn forget<T: PartialEq + Copy>(slot: &mut Option<T>, unwanted: T) {
    if *slot == Some(unwanted) {
        *slot = None;
    }
}

#[cfg(test)]
#[path = "words/tests.rs"]
mod tests;
