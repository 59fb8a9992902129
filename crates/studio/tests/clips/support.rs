//! A shot whose every frame is known, and short ways to write and read it.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use framewright_studio::clip::{self, ClipPlan, Labels};
use framewright_studio::decode::{Limits, Reader};
use framewright_studio::error::StudioError;
use framewright_studio::frame::{Frame, Shot, Size};
use framewright_studio::probe::ClipInfo;

pub const SIZE: Size = Size {
    width: 96,
    height: 64,
};

/// A slope of grey that moves, with a colour that turns; `phase` tells two shots apart.
pub struct Slope {
    pub phase: u32,
}

impl Shot for Slope {
    fn paint(&mut self, n: u32, out: &mut Frame) {
        let Size { width, height } = out.size;
        for y in 0..height {
            for x in 0..width {
                let at = (y * width + x) as usize;
                out.y[at] = 40 + ((x + y * 2 + (n + self.phase) * 3) % 160) as u8;
            }
        }
        out.u.fill(96 + ((n + self.phase) * 2 % 64) as u8);
        out.v.fill(160 - ((n + self.phase) * 2 % 64) as u8);
    }
}

impl Slope {
    pub fn frame(&mut self, n: u32, size: Size) -> Frame {
        let mut frame = Frame::black(size);
        self.paint(n, &mut frame);
        frame
    }
}

pub fn plan(frames: u32) -> ClipPlan {
    ClipPlan {
        size: SIZE,
        fps: 24,
        frames,
        audio: None,
        after: None,
        labels: Labels::default(),
    }
}

pub fn write(plan: &ClipPlan, phase: u32, out: &Path) -> Result<ClipInfo, StudioError> {
    clip::write(plan, &mut Slope { phase }, out, &mut |_, _| {
        ControlFlow::Continue(())
    })
}

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

pub fn frames_of(path: &Path) -> Vec<Frame> {
    let mut reader = Reader::open(path, 24, &Limits::default()).expect("a readable clip");
    std::iter::from_fn(|| reader.next_frame().expect("every frame decodes")).collect()
}

/// Mean difference of the luma samples, in steps of 255.
pub fn difference(a: &Frame, b: &Frame) -> f64 {
    assert_eq!(a.size, b.size);
    let sum: u64 =
        a.y.iter()
            .zip(&b.y)
            .map(|(a, b)| u64::from(a.abs_diff(*b)))
            .sum();
    sum as f64 / a.y.len() as f64
}

/// A 16-bit stereo WAV with one click at `click` seconds and nothing else.
pub fn click_wav(seconds: f32, click: f32) -> Vec<u8> {
    const RATE: u32 = 48_000;
    let frames = (RATE as f32 * seconds) as u32;
    let mut out = Vec::new();
    out.extend_from_slice(b"RIFF");
    out.extend_from_slice(&(36 + frames * 4).to_le_bytes());
    out.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x02\0");
    out.extend_from_slice(&RATE.to_le_bytes());
    out.extend_from_slice(&(RATE * 4).to_le_bytes());
    out.extend_from_slice(b"\x04\0\x10\0data");
    out.extend_from_slice(&(frames * 4).to_le_bytes());
    let at = (RATE as f32 * click) as u32;
    for n in 0..frames {
        let x: i16 = if n == at { 30_000 } else { 0 };
        out.extend_from_slice(&x.to_le_bytes());
        out.extend_from_slice(&x.to_le_bytes());
    }
    out
}
