//! What a continuation promises at the cut and after it.

use super::*;
use crate::camera::{Camera, CameraOrder};
use crate::{measure, sample};

/// The last frames of a camera move over a landscape.
fn parent(motion: Motion, variant: u8) -> Vec<Frame> {
    let picture = sample::landscape(1);
    let size = sample::SIZE;
    let order = CameraOrder {
        picture: &picture,
        size,
        frames: 120,
        motion,
        variant,
        seed: 2,
        prompt: "",
    };
    let mut camera = Camera::new(&order);
    (112..120)
        .map(|n| {
            let mut out = Frame::black(size);
            camera.paint(n, &mut out);
            out
        })
        .collect()
}

fn order(tail: &[Frame], motion: Motion, variant: u8) -> CarryOrder<'_> {
    let size = sample::SIZE;
    CarryOrder {
        tail,
        size,
        frames: 96,
        motion,
        variant,
        seed: 5,
        prompt: "",
        image: None,
    }
}

fn frames(order: &CarryOrder, wanted: &[u32]) -> Vec<Frame> {
    let mut shot = CarryOn::new(order).expect("the tail has frames");
    wanted
        .iter()
        .map(|&n| {
            let mut out = Frame::black(order.size);
            shot.paint(n, &mut out);
            out
        })
        .collect()
}

#[test]
fn the_cut_is_as_smooth_as_the_parent_itself() {
    for motion in [Motion::Low, Motion::High] {
        for parent_variant in 0..4 {
            let tail = parent(motion, parent_variant);
            let mut own: Vec<_> = tail
                .windows(2)
                .map(|w| measure::ssim(&w[0], &w[1]))
                .collect();
            own.sort_by(f64::total_cmp);
            for variant in 0..4 {
                let first = frames(&order(&tail, motion, variant), &[0]).remove(0);
                let across = measure::ssim(&tail[7], &first);
                let least = own[own.len() / 2] - 0.02;
                assert!(
                    across >= least,
                    "{motion:?} {parent_variant} {variant}: {across} < {least}"
                );
            }
        }
    }
}

#[test]
fn direction_and_speed_go_on_across_the_cut() {
    for parent_variant in 0..4 {
        let tail = parent(Motion::High, parent_variant);
        let before = measure::moved(&tail[3], &tail[7]);
        for variant in 0..4 {
            let after = frames(&order(&tail, Motion::High, variant), &[3]).remove(0);
            let after = measure::moved(&tail[7], &after);
            let along = before.mean[0] * after.mean[0] + before.mean[1] * after.mean[1];
            let cosine = along / (length(before.mean) * length(after.mean));
            let speed = after.speed / before.speed;
            assert!(
                cosine > 0.9,
                "{parent_variant} -> {variant}: {before:?} turns to {after:?}"
            );
            assert!(
                (0.75..1.33).contains(&speed),
                "{parent_variant} -> {variant}: speed x {speed}"
            );
        }
    }
}

#[test]
fn the_four_continuations_go_different_ways_in_the_end() {
    let tail = parent(Motion::High, 0);
    let seen: Vec<_> = (0..4)
        .map(|variant| {
            let pair = frames(&order(&tail, Motion::High, variant), &[60, 66]);
            measure::moved(&pair[0], &pair[1]).mean
        })
        .collect();
    for a in 0..4 {
        for b in 0..a {
            let along = seen[a][0] * seen[b][0] + seen[a][1] * seen[b][1];
            let cosine = along / (length(seen[a]) * length(seen[b]));
            assert!(
                cosine < 0.5,
                "{a} goes {:?} and {b} goes {:?}",
                seen[a],
                seen[b]
            );
        }
    }
    let parents_way = measure::moved(&tail[3], &tail[7]).mean;
    let along = seen[0][0] * parents_way[0] + seen[0][1] * parents_way[1];
    assert!(
        along > 0.5 * length(seen[0]) * length(parents_way),
        "{parents_way:?} turns to {:?}",
        seen[0]
    );
}

#[test]
fn with_an_image_it_ends_exactly_there() {
    let tail = parent(Motion::High, 1);
    let goal = sample::text();
    let order = CarryOrder {
        image: Some(&goal),
        ..order(&tail, Motion::High, 0)
    };
    let seen = frames(&order, &[0, 95]);
    let own = measure::ssim(&tail[6], &tail[7]);
    assert!(measure::ssim(&tail[7], &seen[0]) >= own - 0.02);
    assert_eq!(seen[1], goal.fit(sample::SIZE));
}

#[test]
fn a_fast_pan_bares_no_border_that_the_margin_cannot_hide() {
    let size = sample::SIZE;
    let wide = sample::landscape(9).fit(Size {
        width: 640,
        height: 360,
    });
    // A pan of 9 pixels a frame: what is beyond the edge is soon wanted.
    let tail: Vec<_> = (0..8).map(|n| crop(&wide, 9 * n, size)).collect();
    let shot = CarryOn::new(&order(&tail, Motion::Low, 1)).expect("the tail has frames");
    let speed = shot.momentum().mean()[0];
    assert!((-10.0..-7.0).contains(&speed), "seen as {speed}");
    let (right, middle) = (size.width as f32, size.height as f32 / 2.0);
    for n in 1..=96 {
        let (x, _) = shot.momentum().after(n).source(right, middle);
        assert!(
            x <= right + 40.0,
            "frame {n} wants what is {} beyond the edge",
            x - right
        );
    }
    assert!(shot.momentum().after(96).source(right, middle).0 <= right + 2.0);
}

fn crop(wide: &Frame, left: u32, size: Size) -> Frame {
    let mut out = Frame::black(size);
    let (from, to) = (wide.size.width as usize, size.width as usize);
    for (row, line) in out.y.chunks_exact_mut(to).enumerate() {
        line.copy_from_slice(&wide.y[row * from + left as usize..][..to]);
    }
    out
}

#[test]
fn without_a_tail_there_is_nothing_to_go_on_from() {
    assert!(matches!(
        CarryOn::new(&order(&[], Motion::Low, 0)),
        Err(StudioError::Impossible { .. })
    ));
}

fn length([x, y]: [f32; 2]) -> f32 {
    (x * x + y * y).sqrt()
}
