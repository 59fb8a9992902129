//! What strangers send. The fixtures are made by ffmpeg from its own test picture.

use framewright_studio::decode::{Limits, last_frame, last_frames};
use framewright_studio::error::StudioError;
use framewright_studio::frame::Size;
use framewright_studio::{decode, probe};

use crate::support::{SIZE, difference, fixture, frames_of, plan, write};

#[test]
fn b_frames_come_in_the_order_they_are_shown() {
    let path = fixture("b-frames-30fps.mp4");
    let mut decoder = decode::open(&path, 24, &Limits::default()).expect("a readable file");
    let (mut last, mut count) = (0, 0);
    while let Some(shown) = decoder.next_shown().expect("every frame decodes") {
        assert_eq!(
            shown.from, last,
            "frame {count} does not follow the one before"
        );
        last = shown.until;
        count += 1;
    }
    assert_eq!((count, last), (30, u64::from(decoder.timescale())));
    assert_eq!(
        probe::read(&path, &Limits::default())
            .expect("a head")
            .frames,
        30
    );
}

#[test]
fn thirty_frames_a_second_are_read_as_twenty_four() {
    assert_eq!(frames_of(&fixture("b-frames-30fps.mp4")).len(), 24);
}

#[test]
fn a_turned_phone_video_is_read_upright() {
    let path = fixture("turned.mov");
    let info = probe::read(&path, &Limits::default()).expect("a head");
    assert_eq!(info.rotation, 270);
    assert_eq!(
        info.size,
        Size {
            width: 64,
            height: 96
        }
    );
    let frames = frames_of(&path);
    assert_eq!((frames.len(), frames[0].size), (12, info.size));
}

#[test]
fn the_last_frames_are_those_of_a_whole_reading() {
    let dir = tempfile::tempdir().expect("a directory");
    let ours = dir.path().join("clip.mp4");
    write(&plan(70), 0, &ours).expect("a clip");
    for path in [ours, fixture("turned.mov")] {
        let all = frames_of(&path);
        assert_eq!(
            last_frames(&path, 3, &Limits::default()).expect("frames"),
            all[all.len() - 3..]
        );
        assert_eq!(
            &last_frame(&path, &Limits::default()).expect("a frame"),
            &all[all.len() - 1]
        );
        let many = last_frames(&path, 500, &Limits::default()).expect("frames");
        assert_eq!(many.len(), all.len());
    }
}

#[test]
fn the_last_frames_of_open_groups_are_right_too() {
    let path = fixture("b-frames-30fps.mp4");
    let mut decoder = decode::open(&path, 30, &Limits::default()).expect("a readable file");
    let mut all = Vec::new();
    while let Some(shown) = decoder.next_shown().expect("every frame decodes") {
        all.push(shown.frame);
    }
    let last = last_frames(&path, 8, &Limits::default()).expect("frames");
    assert_eq!(last.len(), 8);
    for (a, b) in last.iter().zip(&all[22..]) {
        assert!(difference(a, b) < 1e-9);
    }
}

#[test]
fn what_needs_ffmpeg_names_the_package() {
    for (name, codec) in [("hevc.mp4", "HEVC"), ("fragmented.mp4", "fragmented MP4")] {
        let Err(refused) = decode::H264::open(&fixture(name), &Limits::default()) else {
            panic!("{name} was opened");
        };
        assert!(
            matches!(refused, StudioError::NeedsFfmpeg { .. }),
            "{refused:?}"
        );
        let told = refused.to_string();
        assert!(
            told.contains(codec) && told.contains("Debian package `ffmpeg`"),
            "{told}"
        );
    }
}

#[test]
fn limits_are_kept_before_anything_is_decoded() {
    let path = fixture("b-frames-30fps.mp4");
    let all = Limits::default();
    let tight = [
        Limits {
            max_duration_ms: 999,
            ..all
        },
        Limits {
            max_pixels: 96 * 64 - 1,
            ..all
        },
        Limits {
            max_samples: 29,
            ..all
        },
    ];
    for limits in tight {
        let refused = probe::read(&path, &limits);
        assert!(
            matches!(refused, Err(StudioError::TooLarge { .. })),
            "{refused:?}"
        );
    }
    let exact = Limits {
        max_duration_ms: 1000,
        max_pixels: 96 * 64,
        max_samples: 30,
        ..all
    };
    assert_eq!(probe::read(&path, &exact).expect("within").size, SIZE);
}
