//! Looks at the samples themselves: what a word names can be seen, and nothing else moves.

use super::{Scene, SceneOrder};
use crate::frame::{Frame, Shot, Size};

const SIZE: Size = Size {
    width: 320,
    height: 180,
};
const FRAMES: u32 = 49;

/// Frames of a scene, the numbers rising.
fn frames<const N: usize>(order: &SceneOrder<'_>, numbers: [u32; N]) -> [Frame; N] {
    let mut scene = Scene::new(order);
    numbers.map(|n| {
        let mut frame = Frame::black(order.size);
        scene.paint(n, &mut frame);
        frame
    })
}

fn order<'a>(prompt: &'a str, negative_prompt: &'a str) -> SceneOrder<'a> {
    SceneOrder {
        prompt,
        negative_prompt,
        size: SIZE,
        frames: FRAMES,
        seed: 3,
        variant: 0,
    }
}

fn still(prompt: &str) -> Frame {
    let [frame] = frames(&order(prompt, ""), [20]);
    frame
}

/// The same prompt, less what `negative` names: all else, the caption too, is the same.
fn without(prompt: &str, negative: &str) -> Frame {
    let [frame] = frames(&order(prompt, negative), [20]);
    frame
}

fn mean(plane: &[u8]) -> f32 {
    plane.iter().map(|&v| f32::from(v)).sum::<f32>() / plane.len() as f32
}

/// Luma samples above the caption that differ by more than `least`.
fn changed(a: &Frame, b: &Frame, least: u8) -> usize {
    let rows = SIZE.area() * 85 / 100;
    a.y[..rows]
        .iter()
        .zip(&b.y[..rows])
        .filter(|(a, b)| a.abs_diff(**b) > least)
        .count()
}

#[test]
fn the_same_order_paints_the_same_samples_and_another_seed_or_variant_others() {
    let base = order("a ship at sea in the rain with birds", "");
    let paint = |order: SceneOrder<'_>| frames(&order, [0, 1, 30]);
    assert!(paint(base) == paint(base));
    assert!(paint(base) != paint(SceneOrder { seed: 4, ..base }));
    assert!(paint(base) != paint(SceneOrder { variant: 1, ..base }));
}

#[test]
fn the_hour_sets_how_bright_it_is() {
    let luma = |time: &str| mean(&still(&format!("mountains at {time}")).y);
    let (day, dusk, night) = (luma("noon"), luma("dusk"), luma("night"));
    assert!(
        night < dusk - 15.0 && dusk < day - 15.0,
        "{night} {dusk} {day}"
    );
}

#[test]
fn the_colour_of_a_car_changes_the_car_and_leaves_the_sky() {
    let (red, blue) = (still("a red car on a road"), still("a blue car on a road"));
    assert!(mean(&red.v) > mean(&blue.v) + 1.0, "red is redder");
    assert!(mean(&red.u) + 1.0 < mean(&blue.u), "blue is bluer");
    let sky = SIZE.area() / 4;
    assert_eq!(red.y[..sky], blue.y[..sky]);
}

#[test]
fn more_birds_cover_more_of_the_sky() {
    let birds = |prompt: &str| changed(&still(prompt), &without(prompt, "bird"), 3);
    let (one, three, seven) = (
        birds("one bird in the sky"),
        birds("three birds in the sky"),
        birds("seven birds in the sky"),
    );
    assert!(one > 60, "{one}");
    assert!(three as f32 > 1.5 * one as f32, "{one} {three}");
    assert!(seven as f32 > 1.2 * three as f32, "{three} {seven}");
}

#[test]
fn every_actor_is_seen_and_a_negative_prompt_takes_it_away() {
    let actors = [
        ("two fish under the sea", "fish"),
        ("a bird over the sea", "bird"),
        ("a butterfly in a meadow", "butterfly"),
        ("a cat in a room", "cat"),
        ("a dog in a meadow", "dog"),
        ("a horse in the desert", "horse"),
        ("a man on a road", "people"),
        ("a car on a road", "cars"),
        ("a ship at sea", "ships"),
        ("a rocket in space", "rocket"),
        ("a balloon over the mountains", "balloons"),
        ("a robot in the city", "robots"),
        ("a fire in the forest", "fire"),
    ];
    for (prompt, negative) in actors {
        let seen = changed(&still(prompt), &without(prompt, negative), 10);
        assert!(seen > 90, "{prompt}: {seen} samples");
    }
}

#[test]
fn every_place_looks_different_from_every_other() {
    let places = [
        "sea",
        "underwater",
        "mountain",
        "city",
        "forest",
        "desert",
        "sky",
        "space",
        "river",
        "road",
        "room",
        "flowers",
        "abstract",
    ];
    let stills = places.map(still);
    for (i, a) in stills.iter().enumerate() {
        for (j, b) in stills.iter().enumerate().skip(i + 1) {
            let share = changed(a, b, 8) as f32 / SIZE.area() as f32;
            assert!(share > 0.1, "{} and {}: {share}", places[i], places[j]);
        }
    }
}

#[test]
fn weather_is_seen_and_can_be_refused() {
    for weather in ["rain", "snow", "fog", "a storm", "clouds overcast"] {
        let prompt = format!("a forest, {weather}");
        let seen = changed(&still(&prompt), &without(&prompt, weather), 6);
        assert!(seen > 2000, "{weather}: {seen} samples");
    }
}

#[test]
fn a_tint_and_a_mood_colour_the_picture() {
    let plain = still("mountains");
    assert!(mean(&still("mountains, pink").v) > mean(&plain.v) + 2.0);
    let grey = still("mountains, black and white");
    assert!(grey.u.iter().chain(&grey.v).all(|&c| c.abs_diff(128) < 34));
    assert!(mean(&still("mountains, gloomy").y) < mean(&plain.y) - 10.0);
}

#[test]
fn panning_left_and_right_end_on_different_sides() {
    let ends = |prompt: &str| frames(&order(prompt, ""), [0, FRAMES - 1]);
    let [left_first, left_last] = ends("a forest, pan left");
    let [right_first, right_last] = ends("a forest, pan right");
    assert!(changed(&left_first, &left_last, 10) > 3000);
    // What one pan begins with, the other ends on, but for the clouds that drift meanwhile.
    assert!(changed(&left_first, &right_last, 10) < changed(&left_first, &left_last, 10) / 2);
    assert!(changed(&right_first, &left_last, 10) < changed(&left_first, &left_last, 10) / 2);
}

#[test]
fn every_sample_is_written_whatever_was_there() {
    let prompts = [
        "sea, zoom out",
        "underwater",
        "mountain, tilt up",
        "city, aerial",
        "forest, orbit",
        "desert, tilt down",
        "sky",
        "space, zoom in",
        "river, pan left",
        "road, car",
        "a room, tilt up",
        "flowers, dolly in",
        "abstract",
        "a giant robot in a city",
    ];
    for prompt in prompts {
        let base = order(prompt, "");
        for n in [0, FRAMES - 1] {
            let mut black = Frame::black(SIZE);
            let mut white = Frame::black(SIZE);
            white.y.fill(235);
            white.u.fill(90);
            white.v.fill(200);
            Scene::new(&base).paint(n, &mut black);
            Scene::new(&base).paint(n, &mut white);
            assert!(black == white, "{prompt}, frame {n}");
        }
    }
}

#[test]
fn scenes_move_without_jumping() {
    for prompt in [
        "sea",
        "a horse running",
        "snow in a forest",
        "abstract",
        "three fish",
        "campfire at night",
    ] {
        let [a, b, later] = frames(&order(prompt, ""), [10, 11, 40]);
        let apart = |a: &Frame, b: &Frame| {
            let sum: u32 =
                a.y.iter()
                    .zip(&b.y)
                    .map(|(a, b)| u32::from(a.abs_diff(*b)))
                    .sum();
            sum as f32 / SIZE.area() as f32
        };
        let (near, far) = (apart(&a, &b), apart(&a, &later));
        assert!(near > 0.01, "{prompt} stands still");
        assert!(near < 9.0 && far > near, "{prompt} jumps: {near}, {far}");
    }
}

#[test]
fn any_shape_of_frame_and_any_length_will_do() {
    for (width, height) in [
        (90, 160),
        (160, 160),
        (252, 108),
        (16, 16),
        (128, 16),
        (16, 128),
    ] {
        for frames in [1, 2, 240] {
            let size = Size::even(width, height);
            let base = order(
                "a giant robot and twelve cats by a river, city, flowers, storm",
                "",
            );
            let mut scene = Scene::new(&SceneOrder {
                size,
                frames,
                ..base
            });
            let mut frame = Frame::black(size);
            [0, frames - 1]
                .into_iter()
                .for_each(|n| scene.paint(n, &mut frame));
            assert!(frame.y.iter().any(|&y| y != 16), "{width}x{height}");
        }
    }
}
