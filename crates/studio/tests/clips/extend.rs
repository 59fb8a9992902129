//! A clip that goes on where another ends.

use std::path::Path;

use framewright_studio::clip::ClipPlan;
use framewright_studio::decode::Limits;
use framewright_studio::demux::{self, Codec};
use framewright_studio::error::StudioError;
use framewright_studio::frame::Size;
use framewright_studio::probe;

use crate::support::{SIZE, Slope, difference, fixture, frames_of, plan, write};

/// The coded samples of a file, in decode order.
fn samples(path: &Path) -> Vec<Vec<u8>> {
    let bytes = std::fs::read(path).expect("a file");
    let (_, movie) = demux::open(path, &Limits::default()).expect("an index");
    let of = |s: &demux::Sample| bytes[s.at as usize..][..s.size as usize].to_vec();
    movie.video.samples.iter().map(of).collect()
}

fn descriptions(path: &Path) -> usize {
    let (_, movie) = demux::open(path, &Limits::default()).expect("an index");
    match movie.video.codec {
        Codec::H264(entries) => entries.len(),
        Codec::Other(code) => panic!("{code}"),
    }
}

fn after(parent: &Path, frames: u32) -> ClipPlan {
    let mut plan = plan(frames);
    plan.after = Some(parent.to_owned());
    plan
}

#[test]
fn the_parents_samples_are_copied_and_ours_need_no_second_description() {
    let dir = tempfile::tempdir().expect("a directory");
    let [first, second, third] = ["1.mp4", "2.mp4", "3.mp4"].map(|name| dir.path().join(name));
    write(&plan(30), 0, &first).expect("a clip");
    let info = write(&after(&first, 12), 30, &second).expect("an extended clip");
    assert_eq!((info.frames, info.duration_ms), (42, 1750));
    let info = write(&after(&second, 12), 42, &third).expect("an extended extension");
    assert_eq!((info.frames, info.duration_ms), (54, 2250));
    assert_eq!(samples(&third)[..30], samples(&first));
    assert_eq!(samples(&third)[..42], samples(&second));
    assert_eq!(descriptions(&third), 1);
    assert_eq!(
        probe::verify(&third, &Limits::default()).expect("it decodes"),
        54
    );
    for (n, frame) in (0..).zip(frames_of(&third)) {
        let painted = Slope { phase: 0 }.frame(n, SIZE);
        assert!(difference(&frame, &painted) < 4.0, "frame {n}");
    }
}

#[test]
fn a_strangers_clip_goes_on_with_a_description_of_its_own() {
    let dir = tempfile::tempdir().expect("a directory");
    let (once, twice) = (dir.path().join("once.mp4"), dir.path().join("twice.mp4"));
    let parent = fixture("b-frames-30fps.mp4");
    let info = write(&after(&parent, 24), 0, &once).expect("an extended clip");
    assert_eq!((info.frames, info.duration_ms), (54, 2000));
    let info = write(&after(&once, 24), 24, &twice).expect("an extended extension");
    assert_eq!((info.frames, info.duration_ms), (78, 3000));
    assert_eq!(samples(&twice)[..30], samples(&parent));
    assert_eq!(descriptions(&twice), 2);
    assert_eq!(
        probe::verify(&twice, &Limits::default()).expect("it decodes"),
        78
    );
    // At 24 a second the new frames are the last 48 of 72.
    let frames = frames_of(&twice);
    assert_eq!(frames.len(), 72);
    for (n, frame) in (0..).zip(&frames[24..]) {
        let painted = Slope { phase: 0 }.frame(n, SIZE);
        assert!(difference(frame, &painted) < 4.0, "frame {n}");
    }
    let before = frames_of(&parent);
    assert!(before.iter().zip(&frames).all(|(a, b)| a == b));
}

#[test]
fn a_turned_parent_goes_on_upright() {
    let dir = tempfile::tempdir().expect("a directory");
    let out = dir.path().join("clip.mp4");
    let mut plan = after(&fixture("turned.mov"), 6);
    plan.size = Size {
        width: 64,
        height: 96,
    };
    let info = write(&plan, 0, &out).expect("an extended clip");
    assert_eq!(
        (info.size, info.frames, info.rotation),
        (plan.size, 18, 270)
    );
    let painted = Slope { phase: 0 }.frame(5, plan.size);
    assert!(difference(&frames_of(&out)[17], &painted) < 4.0);
}

#[test]
fn another_size_does_not_go_on() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut plan = after(&fixture("b-frames-30fps.mp4"), 6);
    plan.size = Size {
        width: 64,
        height: 96,
    };
    let refused = write(&plan, 0, &dir.path().join("clip.mp4"));
    assert!(
        matches!(refused, Err(StudioError::Impossible { .. })),
        "{refused:?}"
    );
}
