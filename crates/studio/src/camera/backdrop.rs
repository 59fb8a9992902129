//! Plain pictures (one colour, a bare gradient) look the same wherever the camera goes. They get a
//! painter's backdrop: a soft mottling, fixed to the picture, which shows the move. Pictures with
//! anything on them are left alone.

use crate::frame::Frame;
use crate::grain;
use crate::raster::Raster;

/// Below this mean deviation from the neighbourhood, in luma steps, a place counts as plain.
const PLAIN: f32 = 0.7;

/// With more than this share of places not plain, the picture is left as it is.
const BUSY_SHARE: f32 = 0.02;

/// The octaves of the mottling: hill size as a share of the longer edge, and height in luma steps.
const OCTAVES: [(f32, f32); 3] = [(0.125, 6.0), (0.05, 4.0), (0.02, 2.5)];

/// Mottles the frame when it is plain all over.
pub(super) fn add_if_plain(frame: &mut Frame, seed: u64) {
    if !is_plain(frame) {
        return;
    }
    let (width, height) = (frame.size.width as usize, frame.size.height);
    let longer = frame.size.width.max(height) as f32;
    for (row, line) in frame.y.chunks_exact_mut(width).enumerate() {
        for (x, y) in line.iter_mut().enumerate() {
            let mottling = OCTAVES.iter().zip(seed..).map(|(&(hill, steps), seed)| {
                steps * grain::smooth(seed, hill * longer, x as f32, row as f32)
            });
            // Rounded by adding a half: what it is added to is never negative.
            let sum = f32::from(*y) + mottling.sum::<f32>() + 0.5;
            *y = (sum as i32).clamp(16, 235) as u8;
        }
    }
}

fn is_plain(frame: &Frame) -> bool {
    let luma = Raster::luma(frame, 320);
    let bend = luma.zip(&luma.blurred(2), |here, around| (here - around).abs());
    // Edges of the raster see a lopsided neighbourhood, in which even a gradient bends.
    let inside = |i: usize| {
        let (x, y) = (i % bend.width, i / bend.width);
        (3..bend.width - 3).contains(&x) && (3..bend.height.saturating_sub(3)).contains(&y)
    };
    let busy = bend
        .values
        .iter()
        .enumerate()
        .filter(|&(i, &b)| inside(i) && b > PLAIN)
        .count();
    (busy as f32) < BUSY_SHARE * bend.values.len() as f32
}
