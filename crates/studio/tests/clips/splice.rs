//! Two clips in one file: whatever they were, every frame decodes, the cut is shown once, and samples
//! are copied where one description fits both.

use std::ops::ControlFlow;
use std::path::Path;

use framewright_studio::decode::{Decoder, H264, Limits};
use framewright_studio::demux::{self, Codec, Video};
use framewright_studio::error::StudioError;
use framewright_studio::frame::{Frame, Size};
use framewright_studio::measure::ssim;
use framewright_studio::probe::ClipInfo;
use framewright_studio::refit;
use framewright_studio::splice::{Spliced, splice};

use crate::support::{SIZE, Slope, fixture, plan, write};

/// Frames that were encoded twice are at least this much like the first.
const ALIKE: f64 = 0.97;

fn joined(parent: &Path, part: &Path, out: &Path) -> (ClipInfo, Spliced) {
    splice(parent, part, out, &mut |_, _| ControlFlow::Continue(())).expect("it can be joined")
}

/// Every frame that a file shows, with none left out or repeated.
fn shown(path: &Path) -> Vec<Frame> {
    let mut decoder = H264::open(path, &Limits::default()).expect("H.264");
    let next = || decoder.next_shown().expect("every frame decodes");
    std::iter::from_fn(next).map(|shown| shown.frame).collect()
}

fn video(path: &Path) -> Video {
    let (_, movie) = demux::open(path, &Limits::default()).expect("an index");
    movie.video
}

fn samples(path: &Path) -> Vec<Vec<u8>> {
    let bytes = std::fs::read(path).expect("a file");
    let of = |s: &demux::Sample| bytes[s.at as usize..][..s.size as usize].to_vec();
    video(path).samples.iter().map(of).collect()
}

fn has_one_description(path: &Path) -> bool {
    matches!(video(path).codec, Codec::H264(entries) if entries.len() == 1)
}

fn all_alike(found: &[Frame], wanted: &[Frame]) {
    assert_eq!(found.len(), wanted.len());
    for (n, (found, wanted)) in found.iter().zip(wanted).enumerate() {
        let likeness = ssim(found, wanted);
        assert!(likeness > ALIKE, "frame {n}: {likeness}");
    }
}

#[test]
fn two_clips_of_one_maker_are_copied_and_the_cut_is_shown_once() {
    let dir = tempfile::tempdir().expect("a directory");
    let [parent, part, out] = ["1.mp4", "2.mp4", "12.mp4"].map(|name| dir.path().join(name));
    write(&plan(30), 0, &parent).expect("a clip");
    write(&plan(13), 29, &part).expect("a clip that begins as that one ends");
    let (info, how) = joined(&parent, &part, &out);
    assert_eq!(how, Spliced::Copied);
    assert_eq!((info.frames, info.duration_ms), (42, 1750));
    assert!(has_one_description(&out));
    let copied = samples(&out);
    assert_eq!(copied[..29], samples(&parent)[..29]);
    assert_eq!(copied[29..], samples(&part));
    let painted: Vec<Frame> = (0..42).map(|n| Slope { phase: 0 }.frame(n, SIZE)).collect();
    all_alike(&shown(&out), &painted);
}

#[test]
fn b_frames_are_copied_whole_with_the_first_frame_of_the_part_all_but_gone() {
    let dir = tempfile::tempdir().expect("a directory");
    let out = dir.path().join("twice.mp4");
    let clip = fixture("b-frames-30fps.mp4");
    let (info, how) = joined(&clip, &clip, &out);
    assert_eq!(how, Spliced::Copied);
    let once = shown(&clip);
    let twice = shown(&out);
    assert!(info.duration_ms.abs_diff(1967) <= 1, "{}", info.duration_ms);
    assert!(twice.starts_with(&once[..29]) && twice.ends_with(&once));
    let video = video(&out);
    let mut times: Vec<i64> = video.samples.iter().map(demux::Sample::shown).collect();
    times.sort_unstable();
    let steps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let usual = steps[0];
    assert!(
        steps.iter().all(|step| *step == usual || *step == 1),
        "{steps:?}"
    );
    assert!(
        steps.iter().filter(|step| **step == 1).count() <= 1,
        "{steps:?}"
    );
}

#[test]
fn behind_a_clip_of_ours_only_the_part_is_encoded_again_in_the_parents_size() {
    let dir = tempfile::tempdir().expect("a directory");
    let [parent, part, out] = ["1.mp4", "2.mp4", "12.mp4"].map(|name| dir.path().join(name));
    write(&plan(24), 0, &parent).expect("a clip");
    let mut wide = plan(12);
    wide.size = Size {
        width: 192,
        height: 64,
    };
    write(&wide, 0, &part).expect("a clip");
    let (info, how) = joined(&parent, &part, &out);
    assert_eq!(how, Spliced::PartEncoded);
    assert_eq!((info.size, info.frames), (SIZE, 35));
    assert!(has_one_description(&out));
    assert_eq!(samples(&out)[..24], samples(&parent));
    let part: Vec<Frame> = shown(&part).iter().map(|f| refit::refit(f, SIZE)).collect();
    all_alike(&shown(&out)[24..], &part[1..]);
}

#[test]
fn a_stranger_and_ours_are_both_encoded_again_at_the_strangers_rate() {
    let dir = tempfile::tempdir().expect("a directory");
    let [part, out] = ["2.mp4", "12.mp4"].map(|name| dir.path().join(name));
    let parent = fixture("b-frames-30fps.mp4");
    let mut plan = plan(31);
    plan.fps = 30;
    write(&plan, 0, &part).expect("a clip");
    let (info, how) = joined(&parent, &part, &out);
    assert_eq!(how, Spliced::Encoded);
    assert_eq!((info.size, info.frames, info.duration_ms), (SIZE, 60, 2000));
    assert!(has_one_description(&out));
    let mut wanted = shown(&parent);
    wanted.extend_from_slice(&shown(&part)[1..]);
    all_alike(&shown(&out), &wanted);
}

#[test]
fn a_parent_on_its_side_is_joined_upright() {
    let dir = tempfile::tempdir().expect("a directory");
    let [part, out] = ["2.mp4", "12.mp4"].map(|name| dir.path().join(name));
    write(&plan(7), 0, &part).expect("a clip");
    let (info, how) = joined(&fixture("turned.mov"), &part, &out);
    let upright = Size {
        width: 64,
        height: 96,
    };
    assert_eq!(
        (how, info.size, info.rotation),
        (Spliced::Encoded, upright, 0)
    );
    let before = shown(&fixture("turned.mov"));
    let after = shown(&out);
    assert!(ssim(&after[0], &before[0]) > ALIKE);
    assert!(ssim(&after[11], &before[11]) > ALIKE);
}

#[test]
fn a_joined_clip_can_be_joined_again_without_touching_what_it_has() {
    let dir = tempfile::tempdir().expect("a directory");
    let [part, once, twice] = ["p.mp4", "1.mp4", "2.mp4"].map(|name| dir.path().join(name));
    write(&plan(13), 0, &part).expect("a clip");
    joined(&fixture("b-frames-30fps.mp4"), &part, &once);
    let (info, how) = joined(&once, &part, &twice);
    assert_eq!(how, Spliced::PartEncoded);
    let before = samples(&once);
    assert_eq!(samples(&twice)[..before.len()], before);
    assert_eq!(info.frames as usize, shown(&twice).len());
}

#[test]
fn a_join_that_is_called_off_leaves_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let part = dir.path().join("part.mp4");
    write(&plan(13), 0, &part).expect("a clip");
    let out = dir.path().join("out.mp4");
    let parent = fixture("b-frames-30fps.mp4");
    let ended = splice(&parent, &part, &out, &mut |_, _| ControlFlow::Break(()));
    assert!(matches!(ended, Err(StudioError::Cancelled)), "{ended:?}");
    assert_eq!(std::fs::read_dir(dir.path()).expect("readable").count(), 1);
}

#[test]
fn a_joined_file_says_that_it_is_one_and_no_preview() {
    let dir = tempfile::tempdir().expect("a directory");
    let [part, out] = ["p.mp4", "o.mp4"].map(|name| dir.path().join(name));
    write(&plan(3), 0, &part).expect("a clip");
    joined(&part, &part, &out);
    let bytes = std::fs::read(&out).expect("a file");
    let says = |words: &str| bytes.windows(words.len()).any(|at| at == words.as_bytes());
    assert!(says("digitalsourcetype/compositeSynthetic") && says("and its continuation, joined"));
    assert!(!says("Framewright preview"));
}
