//! A frame made ready for sub-pixel sampling: a mirrored margin all round, and beside each sample its
//! right, lower and lower-right neighbours, so that one load gives all that a bilinear sample needs.

use crate::frame::{Frame, Size};

/// A frame to sample from. Coordinates may leave the frame by `margin` pixels less one.
#[derive(Clone, Debug)]
pub struct Plate {
    size: Size,
    margin: u32,
    planes: [Plane; 3],
}

impl Plate {
    /// `margin` in pixels; what lies there is the frame seen in a mirror. Made even, for chroma, and
    /// wide enough for the grid's last cells, which may stick out of the frame.
    #[must_use]
    pub fn new(frame: &Frame, margin: u32) -> Self {
        let margin = (margin & !1).max(super::CELL + 2);
        let Size { width, height } = frame.size;
        let planes = [
            Plane::new(&frame.y, width, height, margin),
            Plane::new(&frame.u, width / 2, height / 2, margin / 2),
            Plane::new(&frame.v, width / 2, height / 2, margin / 2),
        ];
        Self {
            size: frame.size,
            margin,
            planes,
        }
    }

    /// Size of the frame inside the margin.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// How far outside the frame a source may lie, in pixels. One less than the mirrored margin (two
    /// for chroma's sake), as a bilinear sample looks one pixel further and rounds down.
    #[must_use]
    pub fn reach(&self) -> f32 {
        self.margin as f32 - 2.0
    }

    pub(super) fn plane(&self, index: usize) -> &Plane {
        &self.planes[index]
    }
}

/// One plane in quads: sample, right neighbour, lower, lower right, from the low byte up.
#[derive(Clone, Debug)]
pub struct Plane {
    stride: usize,
    margin: i32,
    quads: Vec<u32>,
}

impl Plane {
    fn new(samples: &[u8], width: u32, height: u32, margin: u32) -> Self {
        let columns = mirrored(width as usize, margin as usize);
        let rows = mirrored(height as usize, margin as usize);
        let line = |row: usize| &samples[row * width as usize..][..width as usize];
        let stride = columns.len() - 1;
        let mut quads = Vec::with_capacity(stride * (rows.len() - 1));
        for pair in rows.windows(2) {
            let (top, bottom) = (line(pair[0]), line(pair[1]));
            quads.extend(
                columns.windows(2).map(|x| {
                    u32::from_le_bytes([top[x[0]], top[x[1]], bottom[x[0]], bottom[x[1]]])
                }),
            );
        }
        Self {
            stride,
            margin: margin as i32,
            quads,
        }
    }

    /// Fills `span` with samples along a line: start and step in 1/65536 of a sample.
    #[inline]
    pub fn sample(&self, start: [i32; 2], step: [i32; 2], span: &mut [u8]) {
        let [mut x, mut y] = start.map(|c| c + (self.margin << 16));
        for sample in span {
            let quad = self.quads[(y >> 16) as usize * self.stride + (x >> 16) as usize];
            *sample = bilinear(quad, (x as u32 >> 8) & 255, (y as u32 >> 8) & 255);
            x += step[0];
            y += step[1];
        }
    }
}

/// Both rows are interpolated by one multiplication each: two 16-bit lanes, which 255 * 256 fits.
#[inline]
fn bilinear(quad: u32, x: u32, y: u32) -> u8 {
    let (left, right) = (quad & 0x00ff_00ff, (quad >> 8) & 0x00ff_00ff);
    let rows = left * (256 - x) + right * x;
    (((rows & 0xffff) * (256 - y) + (rows >> 16) * y + 0x8000) >> 16) as u8
}

/// Indices -margin..=length + margin, folded back into 0..length at both ends, edge repeated.
fn mirrored(length: usize, margin: usize) -> Vec<usize> {
    let period = 2 * length as i64;
    (-(margin as i64)..=(length + margin) as i64)
        .map(|i| {
            let i = i.rem_euclid(period);
            i.min(period - 1 - i) as usize
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_margin_is_the_picture_in_a_mirror() {
        assert_eq!(mirrored(4, 2), [1, 0, 0, 1, 2, 3, 3, 2, 1]);
    }

    #[test]
    fn a_sample_between_four_is_their_weighted_mean() {
        let quad = u32::from_le_bytes([0, 100, 200, 40]);
        assert_eq!(bilinear(quad, 0, 0), 0);
        assert_eq!(bilinear(quad, 128, 0), 50);
        assert_eq!(bilinear(quad, 0, 128), 100);
        assert_eq!(bilinear(quad, 128, 128), 85);
    }
}
