//! Damaged files: any answer but a panic, and none of them takes long.

use std::path::Path;

use framewright_studio::decode::{H264, Limits, last_frames};
use framewright_studio::{audio, probe};

use crate::support::{click_wav, fixture, plan, write};

/// A small generator with a fixed seed (xorshift64*), so that a failure can be run again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % sides
    }
}

/// Flips bytes, writes extreme numbers, cuts off, or doubles a stretch.
fn damaged(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for _ in 0..=dice.roll(6) {
        let at = dice.roll(out.len());
        match dice.roll(8) {
            0 => out.truncate(at.max(16)),
            1 => out[at..].iter_mut().take(4).for_each(|b| *b = 0xff),
            2 => out[at..].iter_mut().take(4).for_each(|b| *b = 0),
            3 => {
                let stretch = out[at..(at + 200).min(out.len())].to_vec();
                out.splice(at..at, stretch);
            }
            _ => out[at] ^= 1 << dice.roll(8),
        }
    }
    out
}

/// Everything that reads a stranger's file; the answers do not matter.
fn read_all(path: &Path) -> bool {
    let limits = Limits::default();
    let head = probe::read(path, &limits).is_ok();
    let last = last_frames_of_ours(path, &limits);
    head | last | probe::verify(path, &limits).is_ok()
}

/// Without the detour through an ffmpeg that this machine may have.
fn last_frames_of_ours(path: &Path, limits: &Limits) -> bool {
    H264::open_near_end(path, 2, limits).is_ok() && last_frames(path, 2, limits).is_ok()
}

#[test]
fn sixty_damaged_files_are_answered() {
    let dir = tempfile::tempdir().expect("a directory");
    let ours = dir.path().join("ours.mp4");
    write(&plan(14), 0, &ours).expect("a clip");
    let seeds = [ours, fixture("b-frames-30fps.mp4"), fixture("turned.mov")];
    let victims = seeds.map(|path| std::fs::read(path).expect("a file"));
    let mut dice = Dice(0x5eed);
    let path = dir.path().join("damaged.mp4");
    let mut readable = 0;
    for n in 0..60 {
        std::fs::write(&path, damaged(&victims[n % 3], &mut dice)).expect("written");
        readable += u32::from(read_all(&path));
    }
    // Neither so mild that nothing broke, nor so wild that nothing was decoded.
    assert!(
        (5..55).contains(&readable),
        "{readable} of 60 could be read"
    );
}

#[test]
fn an_index_with_extreme_numbers_is_answered() {
    let dir = tempfile::tempdir().expect("a directory");
    let ours = dir.path().join("ours.mp4");
    write(&plan(3), 0, &ours).expect("a clip");
    let bytes = std::fs::read(&ours).expect("a file");
    let end = bytes
        .windows(4)
        .position(|four| four == b"mdat")
        .expect("samples");
    let path = dir.path().join("damaged.mp4");
    for at in (24..end).step_by(4) {
        for extreme in [0u32, 1, 0x7fff_ffff, u32::MAX] {
            let mut damaged = bytes.clone();
            damaged[at..at + 4].copy_from_slice(&extreme.to_be_bytes());
            std::fs::write(&path, &damaged).expect("written");
            // Only the index: decoding three frames a thousand times over shows nothing new.
            let _ = probe::read(&path, &Limits::default());
        }
    }
}

#[test]
fn damaged_sound_is_answered() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("damaged.wav");
    let bytes = click_wav(0.2, 0.1);
    let mut dice = Dice(7);
    let answered = (0..60).filter(|_| {
        let head = damaged(&bytes[..200], &mut dice);
        std::fs::write(&path, [head.as_slice(), &bytes[200..]].concat()).expect("written");
        audio::duration_ms(&path).is_ok() && audio::encode(&path, 24, 24).is_ok()
    });
    assert!(answered.count() > 5);
}
