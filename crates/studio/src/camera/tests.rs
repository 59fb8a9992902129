//! What the camera promises, over pictures of several kinds.

use super::*;
use crate::{measure, sample};

fn order(picture: &Picture, motion: Motion, variant: u8) -> CameraOrder<'_> {
    let size = sample::SIZE;
    CameraOrder {
        picture,
        size,
        frames: 120,
        motion,
        variant,
        seed: 7,
        prompt: "a quiet day",
    }
}

fn frame(order: &CameraOrder, n: u32) -> Frame {
    let mut out = Frame::black(order.size);
    Camera::new(order).paint(n, &mut out);
    out
}

/// Motion over the middle of the clip, a few frames apart so that slow moves are seen well.
fn moved(order: &CameraOrder) -> measure::Moved {
    measure::moved(&frame(order, 60), &frame(order, 66))
}

fn pictures() -> Vec<(&'static str, Picture)> {
    vec![
        ("landscape", sample::landscape(1)),
        ("another landscape", sample::landscape(50)),
        ("gradient", sample::gradient(false)),
        ("gradient downwards", sample::gradient(true)),
        ("grey", sample::flat([120.0; 3])),
        ("white", sample::flat([255.0; 3])),
        ("text", sample::text()),
    ]
}

#[test]
fn the_first_frame_is_the_picture() {
    let picture = sample::landscape(3);
    let first = frame(&order(&picture, Motion::High, 1), 0);
    assert_eq!(first, picture.fit(sample::SIZE));
}

#[test]
fn the_four_variants_go_different_ways() {
    for (name, picture) in pictures() {
        for motion in [Motion::Low, Motion::High] {
            let orders: Vec<_> = (0..4)
                .map(|v| CameraOrder {
                    seed: 40 + u64::from(v),
                    ..order(&picture, motion, v)
                })
                .collect();
            let ways: Vec<_> = orders.iter().map(|o| moved(o).mean).collect();
            let ends: Vec<_> = orders.iter().map(|o| frame(o, 119)).collect();
            for (a, b) in [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)] {
                let cosine = cosine(ways[a], ways[b]);
                let alike = measure::ssim(&ends[a], &ends[b]);
                assert!(
                    cosine < 0.5 || alike < 0.85,
                    "{name}, {motion:?}: {a} and {b} both go {:?} {:?}, SSIM {alike}",
                    ways[a],
                    ways[b]
                );
            }
        }
    }
}

#[test]
fn high_motion_moves_at_least_two_and_a_half_times_as_much_as_low() {
    for (name, picture) in pictures() {
        for variant in 0..4 {
            let [low, high] =
                [Motion::Low, Motion::High].map(|m| moved(&order(&picture, m, variant)).speed);
            assert!(
                high > 2.5 * low,
                "{name}, variant {variant}: low {low}, high {high}"
            );
        }
    }
}

#[test]
fn near_things_move_more_than_far_ones() {
    let picture = sample::landscape(1);
    let order = order(&picture, Motion::High, 0);
    let flow = crate::flow::Flow::between(&frame(&order, 60), &frame(&order, 66));
    let speed = |y: f32| {
        let across = (100..380)
            .step_by(20)
            .map(|x| flow.at(x as f32, y)[0].abs());
        across.sum::<f32>()
    };
    let (sky, meadow) = (speed(40.0), speed(235.0));
    assert!(meadow > 1.15 * sky, "sky {sky}, meadow {meadow}");
}

#[test]
fn words_choose_the_first_way() {
    let picture = sample::landscape(1);
    for (prompt, axis, sign) in [
        ("Pan left slowly", 0, 1.0),
        ("pan right", 0, -1.0),
        ("then tilt up", 1, 1.0),
    ] {
        let way = moved(&CameraOrder {
            prompt,
            ..order(&picture, Motion::High, 0)
        })
        .mean;
        assert!(
            way[axis] * sign > way[1 - axis].abs(),
            "{prompt} moved the picture by {way:?}"
        );
    }
}

#[test]
fn zooming_out_ends_on_the_whole_picture() {
    let picture = sample::landscape(1);
    let order = CameraOrder {
        prompt: "zoom out",
        ..order(&picture, Motion::High, 2)
    };
    assert_eq!(frame(&order, 119), picture.fit(order.size));
}

fn cosine(a: [f32; 2], b: [f32; 2]) -> f32 {
    let length = |v: [f32; 2]| (v[0] * v[0] + v[1] * v[1]).sqrt();
    (a[0] * b[0] + a[1] * b[1]) / (length(a) * length(b)).max(1e-6)
}
