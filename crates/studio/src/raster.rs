//! Small grey rasters of `f32`: what is *thought* about a picture (depth, pyramid levels, masks), not
//! what is shown. The few filters that such thinking needs, all of them separable boxes.

use crate::frame::Frame;

/// Rows of values, in no fixed range.
#[derive(Clone, Debug, PartialEq)]
pub struct Raster {
    pub width: usize,
    pub height: usize,
    pub values: Vec<f32>,
}

impl Raster {
    /// A raster of `value(x, y)`.
    #[must_use]
    pub fn from_fn(
        width: usize,
        height: usize,
        mut value: impl FnMut(usize, usize) -> f32,
    ) -> Self {
        let values = (0..width * height)
            .map(|i| value(i % width, i / width))
            .collect();
        Self {
            width,
            height,
            values,
        }
    }

    /// Luma shrunk by averaging so that the longer edge is about `edge` values and never enlarged.
    #[must_use]
    pub fn luma(frame: &Frame, edge: usize) -> Self {
        let (width, height) = (frame.size.width as usize, frame.size.height as usize);
        shrink(&frame.y, width, height, edge)
    }

    /// Both chroma planes, shrunk like [`Raster::luma`] to exactly the size of `like`.
    #[must_use]
    pub fn chroma(frame: &Frame, like: &Self) -> [Self; 2] {
        let (width, height) = (
            frame.size.width as usize / 2,
            frame.size.height as usize / 2,
        );
        [&frame.u, &frame.v].map(|plane| average(plane, width, height, like.width, like.height))
    }

    /// The value at a place, bilinear, edges repeated.
    #[must_use]
    pub fn at(&self, x: f32, y: f32) -> f32 {
        let x = x.clamp(0.0, (self.width - 1) as f32);
        let y = y.clamp(0.0, (self.height - 1) as f32);
        let (left, top) = (x as usize, y as usize);
        let (fx, fy) = (x - left as f32, y - top as f32);
        let row = top * self.width;
        let below = if top + 1 < self.height {
            row + self.width
        } else {
            row
        };
        let right = if left + 1 < self.width {
            left + 1
        } else {
            left
        };
        let line = |row: usize| {
            let (a, b) = (self.values[row + left], self.values[row + right]);
            a + (b - a) * fx
        };
        let (a, b) = (line(row), line(below));
        a + (b - a) * fy
    }

    /// A raster of `f(value)`.
    #[must_use]
    pub fn map(&self, f: impl FnMut(f32) -> f32) -> Self {
        let values = self.values.iter().copied().map(f).collect();
        Self { values, ..*self }
    }

    /// A raster of `f(mine, theirs)`; both must have one size.
    #[must_use]
    pub fn zip(&self, other: &Self, f: impl Fn(f32, f32) -> f32) -> Self {
        debug_assert_eq!((self.width, self.height), (other.width, other.height));
        let values = self
            .values
            .iter()
            .zip(&other.values)
            .map(|(&a, &b)| f(a, b))
            .collect();
        Self { values, ..*self }
    }

    /// The mean over a square of `2 * radius + 1`, cut at the edges.
    #[must_use]
    pub fn blurred(&self, radius: usize) -> Self {
        self.box_rows(radius)
            .transposed()
            .box_rows(radius)
            .transposed()
    }

    /// Every second value both ways, after a small blur: the next level of a pyramid.
    #[must_use]
    pub fn halved(&self) -> Self {
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        Self::from_fn(width, height, |x, y| {
            let (x1, y1) = (
                (2 * x + 1).min(self.width - 1),
                (2 * y + 1).min(self.height - 1),
            );
            let pick = |x, y: usize| self.values[y * self.width + x];
            (pick(2 * x, 2 * y) + pick(x1, 2 * y) + pick(2 * x, y1) + pick(x1, y1)) / 4.0
        })
    }

    /// Least and greatest value.
    #[must_use]
    pub fn range(&self) -> (f32, f32) {
        self.values
            .iter()
            .fold((f32::MAX, f32::MIN), |(low, high), &v| {
                (low.min(v), high.max(v))
            })
    }

    /// The mean of all values.
    #[must_use]
    pub fn mean(&self) -> f32 {
        self.values.iter().sum::<f32>() / self.values.len() as f32
    }

    fn box_rows(&self, radius: usize) -> Self {
        let mut values = Vec::with_capacity(self.values.len());
        for row in self.values.chunks_exact(self.width) {
            // f64: a running sum must not drift along the row.
            let mut sum: f64 = row.iter().take(radius).map(|&v| f64::from(v)).sum();
            for x in 0..self.width {
                sum += row.get(x + radius).map_or(0.0, |&v| f64::from(v));
                if x > radius {
                    sum -= f64::from(row[x - radius - 1]);
                }
                let count = (x + radius).min(self.width - 1) - x.saturating_sub(radius) + 1;
                values.push((sum / count as f64) as f32);
            }
        }
        Self { values, ..*self }
    }

    fn transposed(&self) -> Self {
        Self::from_fn(self.height, self.width, |x, y| {
            self.values[x * self.width + y]
        })
    }
}

fn shrink(plane: &[u8], width: usize, height: usize, edge: usize) -> Raster {
    let longer = width.max(height);
    if longer <= edge {
        return average(plane, width, height, width, height);
    }
    let scaled = |e: usize| ((e * edge + longer / 2) / longer).max(1);
    average(plane, width, height, scaled(width), scaled(height))
}

/// Each value is the mean of the source samples that fall into it.
fn average(plane: &[u8], width: usize, height: usize, to_width: usize, to_height: usize) -> Raster {
    let span = |i: usize, from: usize, to: usize| {
        let start = i * from / to;
        start..((i + 1) * from / to).max(start + 1).min(from)
    };
    let columns: Vec<_> = (0..to_width).map(|x| span(x, width, to_width)).collect();
    let mut values = Vec::with_capacity(to_width * to_height);
    for y in 0..to_height {
        let rows = span(y, height, to_height);
        values.extend(columns.iter().map(|columns| {
            let sum: u32 = rows
                .clone()
                .flat_map(|row| &plane[row * width..][columns.clone()])
                .map(|&sample| u32::from(sample))
                .sum();
            sum as f32 / (rows.len() * columns.len()) as f32
        }));
    }
    Raster {
        width: to_width,
        height: to_height,
        values,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Size;

    #[test]
    fn shrinking_keeps_the_mean_and_the_shape() {
        let mut frame = Frame::black(Size {
            width: 320,
            height: 180,
        });
        for (i, y) in frame.y.iter_mut().enumerate() {
            *y = (i * 7 % 200) as u8;
        }
        let exact = frame.y.iter().map(|&y| f64::from(y)).sum::<f64>() / frame.y.len() as f64;
        let small = Raster::luma(&frame, 80);
        assert_eq!((small.width, small.height), (80, 45));
        assert!((f64::from(small.mean()) - exact).abs() < 0.1);
    }

    #[test]
    fn a_blur_of_a_flat_raster_changes_nothing() {
        let flat = Raster::from_fn(17, 9, |_, _| 4.0);
        assert_eq!(flat.blurred(3), flat);
        assert_eq!(flat.blurred(30), flat);
    }

    #[test]
    fn values_between_are_interpolated() {
        let raster = Raster::from_fn(3, 2, |x, y| (x + 10 * y) as f32);
        assert_eq!(raster.at(0.5, 0.5), 5.5);
        assert_eq!(raster.at(-4.0, 9.0), 10.0);
    }
}
