//! What an order becomes on disk.

use std::ops::ControlFlow;

use framewright_studio::clip::{self, Labels};
use framewright_studio::decode::Limits;
use framewright_studio::error::StudioError;
use framewright_studio::frame::Size;
use framewright_studio::probe;

use crate::support::{SIZE, Slope, click_wav, difference, frames_of, plan, write};

#[test]
fn a_clip_has_the_frames_and_the_length_it_was_ordered_with() {
    let dir = tempfile::tempdir().expect("a directory");
    let out = dir.path().join("clip.mp4");
    let info = write(&plan(60), 0, &out).expect("a clip");
    assert_eq!((info.size, info.frames, info.duration_ms), (SIZE, 60, 2500));
    assert!((info.fps - 24.0).abs() < 1e-9);
    assert!(
        info.video_codec.starts_with("avc1.42"),
        "{}",
        info.video_codec
    );
    assert!(!info.has_audio());
    assert_eq!(
        probe::verify(&out, &Limits::default()).expect("it decodes"),
        60
    );
    assert_eq!(info.bytes, std::fs::metadata(&out).expect("a file").len());
}

#[test]
fn what_was_painted_is_what_is_seen() {
    let dir = tempfile::tempdir().expect("a directory");
    let out = dir.path().join("clip.mp4");
    write(&plan(50), 0, &out).expect("a clip");
    let frames = frames_of(&out);
    assert_eq!(frames.len(), 50);
    for (n, frame) in (0..).zip(&frames) {
        let painted = Slope { phase: 0 }.frame(n, SIZE);
        assert!(
            difference(frame, &painted) < 4.0,
            "frame {n}: {}",
            difference(frame, &painted)
        );
        assert!(frame.u[0].abs_diff(painted.u[0]) < 6);
    }
}

#[test]
fn the_same_order_gives_the_same_bytes() {
    let dir = tempfile::tempdir().expect("a directory");
    let sound = dir.path().join("sound.wav");
    std::fs::write(&sound, click_wav(1.0, 0.5)).expect("a sound");
    let mut plan = plan(24);
    plan.audio = Some(sound);
    plan.labels.title = Some("twice".into());
    let [first, second] = ["a.mp4", "b.mp4"].map(|name| {
        let out = dir.path().join(name);
        write(&plan, 3, &out).expect("a clip");
        std::fs::read(out).expect("its bytes")
    });
    assert_eq!(first, second);
}

#[test]
fn the_index_stands_before_the_samples() {
    let dir = tempfile::tempdir().expect("a directory");
    let out = dir.path().join("clip.mp4");
    write(&plan(3), 0, &out).expect("a clip");
    let bytes = std::fs::read(out).expect("its bytes");
    let mut at = 0;
    let mut kinds = Vec::new();
    while at < bytes.len() {
        let size = u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
        kinds.push(String::from_utf8_lossy(&bytes[at + 4..at + 8]).into_owned());
        at += size as usize;
    }
    assert_eq!(kinds, ["ftyp", "uuid", "moov", "free", "mdat"]);
    assert_eq!(at, bytes.len());
}

#[test]
fn a_clip_says_that_it_is_a_preview_and_no_models_work() {
    let dir = tempfile::tempdir().expect("a directory");
    let out = dir.path().join("clip.mp4");
    let mut plan = plan(2);
    plan.labels = Labels {
        joined: false,
        title: Some("a lake".into()),
        comment: Some("slot 2".into()),
    };
    write(&plan, 0, &out).expect("a clip");
    let bytes = std::fs::read(out).expect("its bytes");
    let text = String::from_utf8_lossy(&bytes);
    let note = "A preview drawn by an algorithm, without a generative model. slot 2";
    for told in [
        note,
        "a lake",
        "digitalsourcetype/algorithmicMedia",
        "Framewright preview",
    ] {
        assert!(text.contains(told), "{told} is missing");
    }
}

#[test]
fn sound_is_as_long_as_the_picture_and_begins_with_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let (sound, out) = (dir.path().join("sound.wav"), dir.path().join("clip.mp4"));
    std::fs::write(&sound, click_wav(3.0, 0.75)).expect("a sound");
    let mut plan = plan(36);
    plan.audio = Some(sound);
    let info = write(&plan, 0, &out).expect("a clip");
    assert_eq!(info.audio_codec.as_deref(), Some("mp4a.40.2"));
    assert_eq!((info.frames, info.duration_ms), (36, 1500));
    // syom reads the sound track by its edit list: what it gives is what is heard.
    let heard = syom::read_with(&out, &syom::DecodeOptions::audio()).expect("it decodes");
    assert_eq!((heard.channels.len(), heard.channels[0].len()), (2, 72_000));
    let loud = |x: &&f32| x.abs();
    let peak = heard.channels[0]
        .iter()
        .max_by(|a, b| loud(a).total_cmp(&loud(b)));
    let at = heard.channels[0]
        .iter()
        .position(|x| Some(x) == peak)
        .expect("a peak");
    assert!(at.abs_diff(36_000) < 48, "the click is at sample {at}");
}

#[test]
fn progress_counts_every_frame_and_can_end_the_render() {
    let dir = tempfile::tempdir().expect("a directory");
    let out = dir.path().join("clip.mp4");
    let mut told = Vec::new();
    let ended = clip::write(
        &plan(9),
        &mut Slope { phase: 0 },
        &out,
        &mut |done, total| {
            told.push((done, total));
            if done == 4 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        },
    );
    assert!(matches!(ended, Err(StudioError::Cancelled)));
    assert_eq!(told, [(1, 9), (2, 9), (3, 9), (4, 9)]);
    assert_eq!(
        std::fs::read_dir(dir.path())
            .expect("the directory")
            .count(),
        0
    );
}

#[test]
fn an_order_that_cannot_be_is_refused_and_leaves_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let out = dir.path().join("clip.mp4");
    let sizes = [(15, 64), (96, 8), (97, 64), (4000, 64), (2400, 2400)];
    for (width, height) in sizes {
        let mut plan = plan(2);
        plan.size = Size { width, height };
        let refused = write(&plan, 0, &out);
        assert!(
            matches!(refused, Err(StudioError::Impossible { .. })),
            "{width} x {height}"
        );
    }
    assert!(matches!(
        write(&plan(0), 0, &out),
        Err(StudioError::Impossible { .. })
    ));
    let mut deaf = plan(2);
    deaf.audio = Some(dir.path().join("none.wav"));
    assert!(matches!(write(&deaf, 0, &out), Err(StudioError::Io { .. })));
    assert_eq!(
        std::fs::read_dir(dir.path())
            .expect("the directory")
            .count(),
        0
    );
}

#[test]
fn sizes_of_every_aspect_are_kept() {
    let dir = tempfile::tempdir().expect("a directory");
    for (width, height) in [
        (64, 112),
        (112, 64),
        (72, 72),
        (130, 56),
        (56, 130),
        (150, 98),
    ] {
        let out = dir.path().join(format!("{width}x{height}.mp4"));
        let mut plan = plan(3);
        plan.size = Size { width, height };
        assert_eq!(write(&plan, 0, &out).expect("a clip").size, plan.size);
        assert_eq!(frames_of(&out)[2].size, plan.size);
    }
}
