//! One test per axis: swapping a word changes what it names and leaves the rest.

use super::super::story::{
    Action, Camera, Cast, Colour, Kind, Mood, Place, Scale, Story, Time, Weather,
};
use super::read;

const PROMPT: &str = "a small red car racing by the sea at dusk in the rain, gloomy, zoom in, teal";

fn story() -> Story {
    read(PROMPT, "")
}

/// The story after one word of `PROMPT` became another.
fn swapped(from: &str, to: &str) -> Story {
    assert!(PROMPT.contains(from), "{from} is not in the prompt");
    read(&PROMPT.replacen(from, to, 1), "")
}

fn one(kind: Kind) -> Cast {
    Cast {
        kind,
        count: 1,
        colour: None,
        scale: Scale::Usual,
    }
}

#[test]
fn a_full_prompt_is_read_on_every_axis() {
    let car = Cast {
        kind: Kind::Car,
        count: 1,
        colour: Some(Colour::Red),
        scale: Scale::Small,
    };
    let expected = Story {
        places: vec![Place::Sea],
        cast: vec![car],
        action: Action::Run,
        time: Time::Dusk,
        weather: Weather::Rain,
        mood: Mood::Dark,
        camera: Camera::ZoomIn,
        tint: Some(Colour::Teal),
    };
    assert_eq!(story(), expected);
}

#[test]
fn swapping_the_place_changes_only_the_place() {
    let words = [
        ("ocean", Place::Sea),
        ("coral reef", Place::Underwater),
        ("mountains", Place::Mountain),
        ("city", Place::City),
        ("forest", Place::Forest),
        ("desert", Place::Desert),
        ("sky", Place::Sky),
        ("galaxy", Place::Space),
        ("river", Place::River),
        ("road", Place::Road),
        ("room", Place::Room),
        ("flowers", Place::Flowers),
        ("pattern", Place::Abstract),
    ];
    for (word, place) in words {
        let expected = Story {
            places: vec![place],
            ..story()
        };
        assert_eq!(swapped("sea", word), expected, "{word}");
    }
}

#[test]
fn swapping_the_actor_changes_only_its_kind() {
    let words = [
        ("fish", Kind::Fish),
        ("bird", Kind::Bird),
        ("butterfly", Kind::Butterfly),
        ("kitten", Kind::Cat),
        ("dog", Kind::Dog),
        ("horse", Kind::Horse),
        ("woman", Kind::Person),
        ("ship", Kind::Ship),
        ("rocket", Kind::Rocket),
        ("balloon", Kind::Balloon),
        ("robot", Kind::Robot),
        ("flame", Kind::Fire),
    ];
    for (word, kind) in words {
        let mut expected = story();
        expected.cast[0].kind = kind;
        assert_eq!(swapped("car", word), expected, "{word}");
    }
}

#[test]
fn swapping_the_colour_repaints_the_actor_alone() {
    for (word, colour) in [
        ("blue", Colour::Blue),
        ("golden", Colour::Gold),
        ("gray", Colour::Grey),
    ] {
        let mut expected = story();
        expected.cast[0].colour = Some(colour);
        assert_eq!(swapped("red", word), expected, "{word}");
    }
}

#[test]
fn swapping_the_free_colour_changes_only_the_tint() {
    assert_eq!(
        swapped("teal", "purple"),
        Story {
            tint: Some(Colour::Purple),
            ..story()
        }
    );
    assert_eq!(
        swapped("teal", "zzz"),
        Story {
            tint: None,
            ..story()
        }
    );
}

#[test]
fn swapping_the_size_changes_only_the_scale() {
    let mut expected = story();
    expected.cast[0].scale = Scale::Huge;
    assert_eq!(swapped("small", "giant"), expected);
}

#[test]
fn swapping_the_time_changes_only_the_time() {
    for (word, time) in [
        ("dawn", Time::Dawn),
        ("noon", Time::Day),
        ("night", Time::Night),
    ] {
        assert_eq!(swapped("dusk", word), Story { time, ..story() }, "{word}");
    }
}

#[test]
fn swapping_the_weather_changes_only_the_weather() {
    let words = [
        ("fog", Weather::Fog),
        ("snow", Weather::Snow),
        ("thunderstorm", Weather::Storm),
        ("clear", Weather::Clear),
    ];
    for (word, weather) in words {
        assert_eq!(
            swapped("rain", word),
            Story { weather, ..story() },
            "{word}"
        );
    }
}

#[test]
fn swapping_the_mood_changes_only_the_mood() {
    for (word, mood) in [
        ("dreamy", Mood::Dreamy),
        ("epic", Mood::Dramatic),
        ("happy", Mood::Joyful),
    ] {
        assert_eq!(swapped("gloomy", word), Story { mood, ..story() }, "{word}");
    }
}

#[test]
fn swapping_the_camera_words_changes_only_the_camera() {
    let words = [
        ("zoom out", Camera::ZoomOut),
        ("pan left", Camera::PanLeft),
        ("pan right", Camera::PanRight),
        ("dolly in", Camera::ZoomIn),
        ("orbit", Camera::Orbit),
        ("static shot", Camera::Still),
        ("aerial view", Camera::Aerial),
        ("tilt up", Camera::TiltUp),
        ("tilt down", Camera::TiltDown),
    ];
    for (word, camera) in words {
        assert_eq!(
            swapped("zoom in", word),
            Story { camera, ..story() },
            "{word}"
        );
    }
}

#[test]
fn swapping_the_action_changes_only_the_action() {
    assert_eq!(
        swapped("racing", "dancing"),
        Story {
            action: Action::Dance,
            ..story()
        }
    );
    assert_eq!(
        swapped("racing", "standing"),
        Story {
            action: Action::Natural,
            ..story()
        }
    );
}

#[test]
fn numbers_and_plurals_count_the_actors() {
    let count = |prompt: &str| read(prompt, "").cast[0].count;
    let cases = [
        ("one bird", 1),
        ("a bird", 1),
        ("three birds", 3),
        ("a pair of swans", 2),
        ("2 white horses", 2),
        ("birds", 3),
        ("a flock of birds", 7),
        ("a dozen fish", 12),
        ("people walking", 3),
        ("wolves", 3),
    ];
    for (prompt, expected) in cases {
        assert_eq!(count(prompt), expected, "{prompt}");
    }
}

#[test]
fn an_unknown_word_changes_nothing_and_alone_gives_a_calm_picture() {
    assert_eq!(swapped("gloomy", "gloomy quxly"), story());
    let calm = read("quxly blorp — Ωμέγα 猫", "");
    assert_eq!((calm.places, calm.cast), (vec![Place::Abstract], vec![]));
    assert_eq!(read("", "").places, [Place::Abstract]);
}

#[test]
fn the_negative_prompt_removes_what_it_names() {
    let less = |negative: &str| read(PROMPT, negative);
    assert_eq!(
        less("cars"),
        Story {
            cast: vec![],
            ..story()
        }
    );
    assert_eq!(
        less("rain, blurry"),
        Story {
            weather: Weather::Clear,
            ..story()
        }
    );
    assert_eq!(
        less("dusk"),
        Story {
            time: Time::Day,
            ..story()
        }
    );
    assert_eq!(
        less("teal"),
        Story {
            tint: None,
            ..story()
        }
    );
    assert_eq!(
        less("ocean").places,
        [Place::Road],
        "where a car is at home"
    );
    assert_eq!(
        less("snow, people, night"),
        story(),
        "what is not there cannot be removed"
    );
    assert_eq!(less("red car").cast, []);
}

#[test]
fn a_no_inside_the_prompt_removes_too() {
    let story = read("a harbour with ships, no people, without rain", "");
    assert_eq!(
        (story.places, story.weather),
        (vec![Place::Sea], Weather::Clear)
    );
    assert_eq!(
        story.cast,
        [Cast {
            count: 3,
            ..one(Kind::Ship)
        }]
    );
}

#[test]
fn a_prompt_with_many_things_keeps_them_all() {
    let story = read("a cat dancing on a ship at night in the rain", "");
    assert_eq!(story.cast, [one(Kind::Cat), one(Kind::Ship)]);
    assert_eq!((story.action, story.time), (Action::Dance, Time::Night));
    assert_eq!(
        (story.weather, story.places),
        (Weather::Rain, vec![Place::Sea])
    );
}

#[test]
fn the_vendors_own_samples_are_understood() {
    let mech = read(
        "A colossal mech suit towering over a futuristic cityscape, its powerful weapons primed \
         for battle against an unseen threat.",
        "",
    );
    assert_eq!(
        mech.cast,
        [Cast {
            scale: Scale::Huge,
            ..one(Kind::Robot)
        }]
    );
    assert_eq!(
        (mech.places, mech.mood),
        (vec![Place::City], Mood::Futuristic)
    );
    let cat = read("a cat dancing", "");
    assert_eq!(
        (cat.cast, cat.action),
        (vec![one(Kind::Cat)], Action::Dance)
    );
}
