//! Taking a small rectangle out of a frame: what stands above it is mirrored into it and shifted in
//! tone until it meets its surroundings all round (Perez, Gangnet, Blake, "Poisson image editing",
//! 2003). For type that must not travel with the picture beneath it; not for large holes.

use crate::frame::Frame;

/// A rectangle of a frame in pixels; corner and sides are even, for chroma.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    pub left: usize,
    pub top: usize,
    pub width: usize,
    pub height: usize,
}

/// Fills the area from what lies around it. What does not lie in the frame is left out.
pub fn heal(frame: &mut Frame, area: Area) {
    let width = frame.size.width as usize;
    fill(&mut frame.y, width, area);
    let half = |n: usize| n / 2;
    let area = Area {
        left: half(area.left),
        top: half(area.top),
        width: half(area.width),
        height: half(area.height),
    };
    fill(&mut frame.u, width / 2, area);
    fill(&mut frame.v, width / 2, area);
}

fn fill(plane: &mut [u8], stride: usize, area: Area) {
    let rows = plane.len() / stride;
    let right = (area.left + area.width).min(stride);
    let bottom = (area.top + area.height).min(rows);
    if area.left >= right || area.top >= bottom {
        return;
    }
    let (width, height) = (right - area.left, bottom - area.top);
    // Mirrored at the upper edge, or at the lower one where there is no room above.
    let mirror = |row: usize| {
        let above = (2 * area.top).checked_sub(row + 1);
        above.unwrap_or_else(|| (2 * bottom).saturating_sub(row + 1).min(rows - 1))
    };
    let misfit = |x: usize, y: usize| {
        f32::from(plane[y * stride + x]) - f32::from(plane[mirror(y) * stride + x])
    };
    let membrane = membrane(width, height, |column, row| {
        // One sample outside on every side; beyond the frame nothing is known.
        let x = (area.left + column)
            .checked_sub(1)
            .filter(|&x| x < stride)?;
        let y = (area.top + row).checked_sub(1).filter(|&y| y < rows)?;
        let inside = (area.left..right).contains(&x) && (area.top..bottom).contains(&y);
        (!inside).then(|| misfit(x, y))
    });
    for row in 0..height {
        for column in 0..width {
            let (x, y) = (area.left + column, area.top + row);
            let value = f32::from(plane[mirror(y) * stride + x]);
            let shifted = value + membrane[(row + 1) * (width + 2) + column + 1];
            plane[y * stride + x] = (shifted + 0.5).clamp(16.0, 240.0) as u8;
        }
    }
}

/// The smoothest surface over a rectangle with a rim one wide, given where `edge` says so (Laplace's
/// equation, over-relaxed until it no longer shows in 8 bits).
fn membrane(width: usize, height: usize, edge: impl Fn(usize, usize) -> Option<f32>) -> Vec<f32> {
    const ROUNDS: usize = 160;
    const EAGERNESS: f32 = 1.85;
    let stride = width + 2;
    let mut values = vec![0.0; stride * (height + 2)];
    let mut free = Vec::with_capacity(width * height);
    for row in 0..height + 2 {
        for column in 0..stride {
            let at = row * stride + column;
            match edge(column, row) {
                Some(value) => values[at] = value,
                None if (1..=height).contains(&row) && (1..=width).contains(&column) => {
                    free.push(at);
                }
                // Where the frame ends nothing pulls: the rim starts at rest.
                None => {}
            }
        }
    }
    for _ in 0..ROUNDS {
        for &at in &free {
            let around =
                values[at - 1] + values[at + 1] + values[at - stride] + values[at + stride];
            values[at] += EAGERNESS * (around / 4.0 - values[at]);
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    const AREA: Area = Area {
        left: 380,
        top: 236,
        width: 64,
        height: 20,
    };

    #[test]
    fn type_on_a_picture_is_gone_without_a_seam() {
        let clean = sample::landscape(1).fit(sample::SIZE);
        let mut marked = clean.clone();
        let width = sample::SIZE.width as usize;
        for row in AREA.top + 4..AREA.top + 16 {
            marked.y[row * width + AREA.left + 4..][..56].fill(235);
        }
        heal(&mut marked, AREA);
        let inside = |frame: &Frame| {
            let rows = (AREA.top..AREA.top + AREA.height).map(|row| row * width + AREA.left);
            let sum: u32 = rows
                .flat_map(|start| &frame.y[start..start + AREA.width])
                .map(|&y| u32::from(y))
                .sum();
            sum as f32 / (AREA.width * AREA.height) as f32
        };
        let apart = (inside(&clean) - inside(&marked)).abs();
        assert!(apart < 8.0, "the mean inside is off by {apart}");
        for (i, (&was, &is)) in clean.y.iter().zip(&marked.y).enumerate() {
            let (x, y) = (i % width, i / width);
            let inside = (AREA.left..AREA.left + AREA.width).contains(&x)
                && (AREA.top..AREA.top + AREA.height).contains(&y);
            assert!(
                inside || was == is,
                "a sample outside was touched at {x}, {y}"
            );
        }
    }

    #[test]
    fn a_slope_is_carried_through() {
        let mut frame = Frame::black(sample::SIZE);
        let width = sample::SIZE.width as usize;
        let slope = |x: usize, y: usize| (30 + x / 4 + y / 4) as u8;
        for (i, y) in frame.y.iter_mut().enumerate() {
            *y = slope(i % width, i / width);
        }
        let clean = frame.clone();
        heal(&mut frame, AREA);
        for (was, is) in clean.y.iter().zip(&frame.y) {
            assert!(was.abs_diff(*is) <= 3, "{was} became {is}");
        }
    }

    #[test]
    fn an_area_that_ends_the_frame_is_filled_too() {
        let mut frame = sample::landscape(1).fit(sample::SIZE);
        heal(
            &mut frame,
            Area {
                left: 440,
                top: 250,
                width: 60,
                height: 40,
            },
        );
        heal(
            &mut frame,
            Area {
                left: 0,
                top: 0,
                width: 40,
                height: 20,
            },
        );
    }
}
