//! Soft dots and streaks, stamped straight into the planes: flakes, drops, sparks, bubbles.

use super::colour::Rgb;
use super::curve::mix;
use crate::frame::Frame;

/// A dot of light or of anything small.
#[derive(Clone, Copy, Debug)]
pub struct Dot {
    pub x: f32,
    pub y: f32,
    /// Where it has faded to nothing, in pixels.
    pub radius: f32,
    /// 0..=1 at its middle.
    pub strength: f32,
}

/// Stamps a dot that is densest in the middle.
pub fn dot(out: &mut Frame, at: Dot, colour: Rgb) {
    let yuv = colour.yuv();
    let (width, height) = (out.size.width as usize, out.size.height as usize);
    stamp(&mut out.y, (width, height), at, yuv[0]);
    let half = Dot {
        x: at.x / 2.0 - 0.25,
        y: at.y / 2.0 - 0.25,
        radius: (at.radius / 2.0).max(1.0),
        ..at
    };
    stamp(&mut out.u, (width / 2, height / 2), half, yuv[1]);
    stamp(&mut out.v, (width / 2, height / 2), half, yuv[2]);
}

fn stamp(plane: &mut [u8], (width, height): (usize, usize), at: Dot, value: f32) {
    let clip = |from: f32, end: usize| from.clamp(0.0, end as f32) as usize;
    let (left, right) = (
        clip(at.x - at.radius, width),
        clip(at.x + at.radius + 1.0, width),
    );
    let (top, bottom) = (
        clip(at.y - at.radius, height),
        clip(at.y + at.radius + 1.0, height),
    );
    let scale = 1.0 / (at.radius * at.radius);
    for row in top..bottom {
        let dy = row as f32 + 0.5 - at.y;
        for (column, sample) in plane[row * width..][..width]
            .iter_mut()
            .enumerate()
            .take(right)
            .skip(left)
        {
            let dx = column as f32 + 0.5 - at.x;
            let inside = 1.0 - (dx * dx + dy * dy) * scale;
            if inside > 0.0 {
                *sample = mix(f32::from(*sample), value, inside * at.strength) as u8;
            }
        }
    }
}

/// Draws a thin slanted streak downward from `x`, `y`: `length` rows, `slant` columns per row.
/// Luma only, as rain has no colour of its own.
pub fn streak(
    out: &mut Frame,
    (x, y): (f32, f32),
    length: f32,
    slant: f32,
    (luma, strength): (f32, f32),
) {
    let (width, height) = (out.size.width as usize, out.size.height as usize);
    let rows = y.max(0.0) as usize..((y + length).clamp(0.0, height as f32) as usize);
    for row in rows {
        let along = (row as f32 - y) / length;
        let at = x + slant * (row as f32 - y);
        if at < 0.0 || at as usize + 1 >= width {
            continue;
        }
        let share = strength * along.clamp(0.0, 1.0);
        let (column, part) = (at as usize, at - at.floor());
        let pair = &mut out.y[row * width + column..][..2];
        pair[0] = mix(f32::from(pair[0]), luma, share * (1.0 - part)) as u8;
        pair[1] = mix(f32::from(pair[1]), luma, share * part) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Size;

    #[test]
    fn dots_and_streaks_beyond_the_edge_are_cut() {
        let mut frame = Frame::black(Size {
            width: 32,
            height: 32,
        });
        for (x, y) in [(-3.0, 5.0), (31.9, 31.9), (40.0, -9.0), (0.0, 0.0)] {
            dot(
                &mut frame,
                Dot {
                    x,
                    y,
                    radius: 4.0,
                    strength: 1.0,
                },
                Rgb::hex(0xff_ffff),
            );
            streak(&mut frame, (x, y), 20.0, -0.4, (235.0, 1.0));
        }
        assert!(frame.y[0] > 100, "the dot in the corner is there");
        assert_eq!(frame.y[16 * 32 + 16], 16, "the middle is untouched");
    }
}
