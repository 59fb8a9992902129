//! What the looks promise, on frames of a landscape.

use super::*;
use crate::{measure, sample};

/// A source of frames made beforehand, which may break at its end.
struct Reel {
    frames: std::vec::IntoIter<Frame>,
    breaks: bool,
}

impl FrameSource for Reel {
    fn next_frame(&mut self) -> Result<Option<Frame>, StudioError> {
        match self.frames.next() {
            None if self.breaks => Err(StudioError::bad_video("it breaks off")),
            next => Ok(next),
        }
    }
}

fn restyle(prompt: &str, flip: bool, frames: Vec<Frame>, breaks: bool) -> Restyle {
    let order = StyleOrder {
        prompt,
        flip,
        size: sample::SIZE,
        seed: 4,
    };
    Restyle::new(
        &order,
        Box::new(Reel {
            frames: frames.into_iter(),
            breaks,
        }),
    )
}

fn painted(prompt: &str, flip: bool) -> Frame {
    let source = sample::landscape(1).fit(sample::SIZE);
    let mut out = Frame::black(sample::SIZE);
    restyle(prompt, flip, vec![source], false).paint(0, &mut out);
    out
}

fn mean(samples: &[u8]) -> f64 {
    samples.iter().map(|&s| f64::from(s)).sum::<f64>() / samples.len() as f64
}

fn colourfulness(frame: &Frame) -> f64 {
    let off = |plane: &[u8]| {
        plane
            .iter()
            .map(|c| u32::from(c.abs_diff(128)))
            .sum::<u32>()
    };
    f64::from(off(&frame.u) + off(&frame.v)) / frame.u.len() as f64
}

#[test]
fn every_look_differs_from_every_other() {
    let prompts = [
        "as it is",
        "an anime scene",
        "pencil sketch",
        "film noir",
        "vintage",
        "cyberpunk",
        "watercolor",
        "oil painting",
        "warm",
        "golden hour",
        "winter",
        "at night",
        "dreamy",
    ];
    let frames: Vec<_> = prompts
        .iter()
        .map(|prompt| painted(prompt, false))
        .collect();
    for a in 0..prompts.len() {
        for b in 0..a {
            let apart: u64 = [
                (&frames[a].y, &frames[b].y),
                (&frames[a].u, &frames[b].u),
                (&frames[a].v, &frames[b].v),
            ]
            .iter()
            .map(|(a, b)| {
                a.iter()
                    .zip(*b)
                    .map(|(a, b)| u64::from(a.abs_diff(*b)))
                    .sum::<u64>()
            })
            .sum();
            let each = apart as f64 / frames[a].y.len() as f64;
            assert!(
                each > 1.5,
                "{} and {} differ by {each} a pixel",
                prompts[a],
                prompts[b]
            );
        }
    }
}

#[test]
fn words_do_what_they_say() {
    let plain = painted("plain words", false);
    assert_eq!(colourfulness(&painted("Film-Noir, please", false)), 0.0);
    assert!(colourfulness(&painted("anime", false)) > 1.2 * colourfulness(&plain));
    assert!(mean(&painted("the same at night", false).y) < mean(&plain.y) - 25.0);
    let (warm, cold) = (painted("warm", false), painted("cold", false));
    assert!(mean(&warm.v) > mean(&cold.v) + 5.0 && mean(&warm.u) < mean(&cold.u) - 5.0);
    assert_eq!(
        painted("a knight by the boil", false),
        plain,
        "words are matched whole"
    );
}

#[test]
fn a_medium_and_a_mood_go_together() {
    let night = painted("anime at night", false);
    assert!(mean(&night.y) < mean(&painted("anime", false).y) - 20.0);
    assert_ne!(night, painted("night", false));
}

#[test]
fn flip_turns_top_to_bottom() {
    let mut source = sample::landscape(1).fit(sample::SIZE);
    let upright = source.clone();
    turn_over(&mut source);
    let width = sample::SIZE.width as usize;
    assert_eq!(source.y[..width], upright.y[upright.y.len() - width..]);
    assert_eq!(
        source.v[..width / 2],
        upright.v[upright.v.len() - width / 2..]
    );
    turn_over(&mut source);
    assert_eq!(source, upright);
    let mut turned_back = painted("", true);
    turn_over(&mut turned_back);
    assert!(measure::ssim(&painted("", false), &turned_back) > 0.99);
}

#[test]
fn noise_in_the_source_is_not_made_worse() {
    let source = sample::landscape(1).fit(sample::SIZE);
    let mut noisy = source.clone();
    for (i, y) in noisy.y.iter_mut().enumerate() {
        *y = y.saturating_add_signed((crate::grain::hash(1, i as u32, 0) % 3) as i8 - 1);
    }
    let before = rms(&source, &noisy);
    for prompt in [
        "film",
        "anime",
        "watercolor",
        "oil",
        "noir",
        "neon",
        "night",
    ] {
        let mut shot = restyle(prompt, false, vec![source.clone(), noisy.clone()], false);
        let [mut a, mut b] = [Frame::black(sample::SIZE), Frame::black(sample::SIZE)];
        shot.paint(0, &mut a);
        shot.paint(1, &mut b);
        let after = rms(&a, &b);
        assert!(
            after < 2.0 * before,
            "{prompt}: noise of {before} became {after}"
        );
    }
}

#[test]
fn a_source_that_ends_or_breaks_holds_its_last_frame_and_says_so() {
    let source = sample::landscape(1).fit(sample::SIZE);
    for breaks in [false, true] {
        let mut shot = restyle("anime", false, vec![source.clone()], breaks);
        let [mut first, mut second] = [Frame::black(sample::SIZE), Frame::black(sample::SIZE)];
        shot.paint(0, &mut first);
        shot.paint(1, &mut second);
        assert_eq!(first, second);
        assert_eq!(shot.trouble().is_some(), breaks);
    }
}

fn rms(a: &Frame, b: &Frame) -> f64 {
    let squares =
        a.y.iter()
            .zip(&b.y)
            .map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2));
    (squares.sum::<f64>() / a.y.len() as f64).sqrt()
}
