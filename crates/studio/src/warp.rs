//! Moving samples: an inverse warp of planar YUV over a coarse grid, and the blend of two. The grid
//! says, every 16 pixels, where in the source an output pixel comes from; between its nodes that is
//! interpolated. Nothing is ever uncovered: nodes are kept inside the plate, and so is all between.

mod grid;
mod plate;

pub use grid::{CELL, Grid};
pub use plate::Plate;

use crate::frame::Frame;
use plate::Plane;

/// Paints `out` from `plate` through `grid`; both are of `out`'s size.
pub fn warp(plate: &Plate, grid: &Grid, out: &mut Frame) {
    for_planes(out, |index, width, samples| {
        let lens = Lens::of(plate, grid, index);
        for (row, line) in samples.chunks_exact_mut(width).enumerate() {
            lens.row(row, line);
        }
    });
}

/// Paints a blend of two warps: `weights` (0 = all of the first, 256 = all of the second) stand at
/// the nodes of the grid, in its order.
pub fn blend(first: (&Plate, &Grid), second: (&Plate, &Grid), weights: &[u16], out: &mut Frame) {
    let mut other = vec![0; out.size.width as usize];
    for_planes(out, |index, width, samples| {
        let [one, two] = [first, second].map(|(plate, grid)| Lens::of(plate, grid, index));
        let other = &mut other[..width];
        for (row, line) in samples.chunks_exact_mut(width).enumerate() {
            one.row(row, line);
            two.row(row, other);
            one.mix(row, weights, line, other);
        }
    });
}

fn for_planes(out: &mut Frame, mut paint: impl FnMut(usize, usize, &mut [u8])) {
    let width = out.size.width as usize;
    paint(0, width, &mut out.y);
    paint(1, width / 2, &mut out.u);
    paint(2, width / 2, &mut out.v);
}

/// One plane seen through the grid, at that plane's own scale.
struct Lens<'a> {
    plane: &'a Plane,
    grid: &'a Grid,
    /// Samples of this plane in a cell, as a power of two: 4 for luma, 3 for chroma.
    cell_bits: u32,
    /// How much finer the grid's coordinates are than this plane's: 0 for luma, 1 for chroma.
    halvings: u32,
}

impl<'a> Lens<'a> {
    fn of(plate: &'a Plate, grid: &'a Grid, index: usize) -> Self {
        let halvings = u32::from(index > 0);
        let cell_bits = CELL.ilog2() - halvings;
        Self {
            plane: plate.plane(index),
            grid,
            cell_bits,
            halvings,
        }
    }

    /// One row, cell by cell: in a cell the source runs along a straight line.
    fn row(&self, row: usize, line: &mut [u8]) {
        let part = (row & ((1 << self.cell_bits) - 1)) as i32;
        let (above, below) = self.grid.node_rows(row >> self.cell_bits);
        let node = |i: usize| -> [i32; 2] {
            std::array::from_fn(|axis| {
                let (a, b) = (above[i][axis], below[i][axis]);
                (a + (((b - a) * part) >> self.cell_bits)) >> self.halvings
            })
        };
        let mut left = node(0);
        for (i, span) in line.chunks_mut(1 << self.cell_bits).enumerate() {
            let right = node(i + 1);
            let step = [0, 1].map(|axis| (right[axis] - left[axis]) >> self.cell_bits);
            self.plane.sample(left, step, span);
            left = right;
        }
    }

    /// `line` moves towards `other` by the weights at the nodes.
    fn mix(&self, row: usize, weights: &[u16], line: &mut [u8], other: &[u8]) {
        let bits = self.cell_bits;
        let part = (row & ((1 << bits) - 1)) as i32;
        let at = (row >> bits) * self.grid.columns();
        let weight = |i: usize| {
            let [a, b] = [at + i, at + i + self.grid.columns()].map(|n| i32::from(weights[n]));
            (a << bits) + (b - a) * part
        };
        let spans = line.chunks_mut(1 << bits).zip(other.chunks(1 << bits));
        for (i, (span, other)) in spans.enumerate() {
            let (start, step) = (weight(i) << bits, weight(i + 1) - weight(i));
            for (x, (a, &b)) in span.iter_mut().zip(other).enumerate() {
                let weight = (start + step * x as i32) >> (2 * bits);
                let [from, to] = [i32::from(*a), i32::from(b)];
                *a = (from + (((to - from) * weight + 128) >> 8)) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Size;

    fn ramp(size: Size) -> Frame {
        let mut frame = Frame::black(size);
        for (i, y) in frame.y.iter_mut().enumerate() {
            *y = (20 + i % size.width as usize * 2) as u8;
        }
        frame
    }

    #[test]
    fn a_grid_that_moves_nothing_copies_every_sample() {
        for size in [
            Size {
                width: 96,
                height: 64,
            },
            Size {
                width: 90,
                height: 54,
            },
        ] {
            let frame = ramp(size);
            let plate = Plate::new(&frame, 8);
            let mut out = Frame::black(size);
            warp(&plate, &Grid::still(size), &mut out);
            assert_eq!(out, frame);
        }
    }

    #[test]
    fn half_a_pixel_falls_between_two_samples() {
        let size = Size {
            width: 64,
            height: 32,
        };
        let plate = Plate::new(&ramp(size), 8);
        let mut grid = Grid::still(size);
        grid.set(&plate, |x, y| (x + 0.5, y));
        let mut out = Frame::black(size);
        warp(&plate, &grid, &mut out);
        assert_eq!(out.y[..4], [21, 23, 25, 27]);
    }

    #[test]
    fn sources_far_outside_stay_on_the_plate() {
        let size = Size {
            width: 48,
            height: 32,
        };
        let plate = Plate::new(&ramp(size), 8);
        let mut grid = Grid::still(size);
        let mut out = Frame::black(size);
        for far in [-1e6, 1e6, f32::NAN] {
            grid.set(&plate, |x, y| (x + far, y - far));
            warp(&plate, &grid, &mut out);
            assert!(out.y.iter().all(|&y| y >= 20));
        }
    }

    #[test]
    fn weights_of_256_show_the_second_alone() {
        let size = Size {
            width: 64,
            height: 48,
        };
        let [a, b] = [ramp(size), Frame::black(size)];
        let [first, second] = [&a, &b].map(|f| Plate::new(f, 8));
        let grid = Grid::still(size);
        let mut out = Frame::black(size);
        for (weight, wanted) in [(0, &a), (256, &b)] {
            let weights = vec![weight; grid.nodes()];
            blend((&first, &grid), (&second, &grid), &weights, &mut out);
            assert_eq!(&out, wanted);
        }
    }
}
