//! Figures about frames: how alike two are, and how much moved between them. For tests and for whoever
//! judges a finished clip; nothing that draws depends on them.

use crate::flow::Flow;
use crate::frame::Frame;

/// Edge of the windows that SSIM compares, in pixels, and the way from one to the next.
const WINDOW: usize = 8;
const WINDOW_STEP: usize = 4;

/// Structural similarity of the lumas of two frames of one size: 1.0 for equal frames (Wang et al.,
/// 2004; uniform 8 x 8 windows every 4 pixels, as ffmpeg's `ssim` filter has it).
///
/// # Panics
/// When the sizes differ.
#[must_use]
pub fn ssim(a: &Frame, b: &Frame) -> f64 {
    assert_eq!(a.size, b.size, "frames of one size are compared");
    let (width, height) = (a.size.width as usize, a.size.height as usize);
    let mut sum = 0.0;
    let mut windows = 0.0;
    for top in (0..=height - WINDOW).step_by(WINDOW_STEP) {
        for left in (0..=width - WINDOW).step_by(WINDOW_STEP) {
            sum += window_ssim(&a.y, &b.y, width, top * width + left);
            windows += 1.0;
        }
    }
    sum / windows
}

fn window_ssim(a: &[u8], b: &[u8], stride: usize, start: usize) -> f64 {
    const C1: f64 = 6.5025; // (0.01 * 255)^2
    const C2: f64 = 58.5225; // (0.03 * 255)^2
    const COUNT: f64 = (WINDOW * WINDOW) as f64;
    let [mut sa, mut sb, mut saa, mut sbb, mut sab] = [0_u32; 5];
    for row in 0..WINDOW {
        let at = start + row * stride;
        for (&a, &b) in a[at..at + WINDOW].iter().zip(&b[at..at + WINDOW]) {
            let (a, b) = (u32::from(a), u32::from(b));
            sa += a;
            sb += b;
            saa += a * a;
            sbb += b * b;
            sab += a * b;
        }
    }
    let [sa, sb, saa, sbb, sab] = [sa, sb, saa, sbb, sab].map(|s| f64::from(s) / COUNT);
    let (va, vb, cov) = (saa - sa * sa, sbb - sb * sb, sab - sa * sb);
    ((2.0 * sa * sb + C1) * (2.0 * cov + C2)) / ((sa * sa + sb * sb + C1) * (va + vb + C2))
}

/// How things moved from one frame to the next, in pixels, the trusted parts counting most.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moved {
    /// The mean vector: to the right and down are positive.
    pub mean: [f32; 2],
    /// The mean length of the vectors, whichever way they point.
    pub speed: f32,
}

/// Measures the motion between two frames of one size.
#[must_use]
pub fn moved(from: &Frame, to: &Frame) -> Moved {
    let mut total = Moved::default();
    let mut weights = 0.0;
    for (_, [u, v], trust) in Flow::between(from, to).nodes() {
        let weight = trust + 1e-3;
        total.mean[0] += u * weight;
        total.mean[1] += v * weight;
        total.speed += (u * u + v * v).sqrt() * weight;
        weights += weight;
    }
    Moved {
        mean: total.mean.map(|c| c / weights),
        speed: total.speed / weights,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{frame::Size, grain};

    fn noise(seed: u64) -> Frame {
        let mut frame = Frame::black(Size {
            width: 64,
            height: 48,
        });
        for (i, y) in frame.y.iter_mut().enumerate() {
            *y = (120.0 + 80.0 * grain::signed(seed, i as u32, 0)) as u8;
        }
        frame
    }

    #[test]
    fn equal_frames_have_an_ssim_of_one_and_strangers_of_none() {
        assert!((ssim(&noise(1), &noise(1)) - 1.0).abs() < 1e-12);
        assert!(ssim(&noise(1), &noise(2)).abs() < 0.1);
    }

    #[test]
    fn nothing_moves_between_equal_frames() {
        assert!(moved(&noise(1), &noise(1)).speed < 1e-3);
    }
}
