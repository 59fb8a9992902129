//! One of a morph's two pictures, on its way: where its samples stand at a moment. Not the blend.

use crate::camera::{Depth, Motion};
use crate::ease;
use crate::flow::Flow;
use crate::frame::{Frame, Size};
use crate::grain;
use crate::raster::Raster;
use crate::warp::{CELL, Grid, Plate};

/// Pixels of mirror around each side, for where the other side's motion reaches out of the frame.
const MARGIN: u32 = 48;

/// A picture with its relief and the way to the other picture.
#[derive(Debug)]
pub(super) struct Side {
    plate: Plate,
    grid: Grid,
    depth: Depth,
    /// The vector to the other picture at each node, in pixels: none where it cannot be trusted.
    way: [Raster; 2],
}

impl Side {
    pub fn new(frame: &Frame, flow: &Flow, likeness: f32) -> Self {
        let grid = Grid::still(frame.size);
        Self {
            plate: Plate::new(frame, MARGIN),
            way: way(flow, &grid, likeness),
            depth: Depth::guess(frame),
            grid,
        }
    }

    /// Columns and rows of the grid.
    pub fn lattice(&self) -> (usize, usize) {
        (self.grid.columns(), self.grid.nodes() / self.grid.columns())
    }

    pub fn nearness(&self, x: f32, y: f32) -> f32 {
        self.depth.nearness(x, y)
    }

    /// Stands `moved` of the way to the other picture, seen by a camera that has drifted, every
    /// source pushed by `push` (pixels).
    pub fn place(&mut self, moved: f32, drift: Drifted, push: impl Fn(f32, f32) -> [f32; 2]) {
        let Self {
            plate,
            grid,
            depth,
            way,
        } = self;
        grid.set(plate, |x, y| {
            let (x, y) = drift.source(depth.nearness(x, y), x, y);
            let mut source = (x, y);
            // Where it comes from decides how far it has come: two rounds settle that.
            for _ in 0..2 {
                let [u, v] =
                    [0, 1].map(|i| way[i].at(source.0 / CELL as f32, source.1 / CELL as f32));
                source = (x - moved * u, y - moved * v);
            }
            let [dx, dy] = push(x, y);
            (source.0 + dx, source.1 + dy)
        });
    }

    pub fn view(&self) -> (&Plate, &Grid) {
        (&self.plate, &self.grid)
    }
}

/// The flow at the nodes, faded out where neither the neighbourhood nor the whole speaks for it, and
/// soft enough to carry a picture without tearing.
fn way(flow: &Flow, grid: &Grid, likeness: f32) -> [Raster; 2] {
    let (columns, rows) = (grid.columns(), grid.nodes() / grid.columns());
    let sample = |value: &dyn Fn(f32, f32) -> f32| {
        Raster::from_fn(columns, rows, |column, row| {
            value((column as u32 * CELL) as f32, (row as u32 * CELL) as f32)
        })
    };
    let trust = sample(&|x, y| flow.trust(x, y)).blurred(3);
    let gate = trust.map(|t| likeness * ease::smooth((t + 0.5 * likeness - 0.1) / 0.3));
    [0, 1].map(|axis| {
        let vectors = sample(&|x, y| flow.at(x, y)[axis]).blurred(1);
        vectors.zip(&gate, |vector, gate| vector * gate)
    })
}

/// The camera's life during a morph: in and out again, and sideways past pictures that differ.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drift {
    middle: [f32; 2],
    growth: f32,
    pan: [f32; 2],
}

impl Drift {
    pub fn plan(size: Size, motion: Motion, likeness: f32, seed: u64) -> Self {
        let (growth, pan) = match motion {
            Motion::Low => (0.05, 0.016),
            Motion::High => (0.12, 0.04),
        };
        let side = if grain::hash(seed, 2, 0).is_multiple_of(2) {
            1.0
        } else {
            -1.0
        };
        // A pan shifts the two sides against each other, which alike pictures would show as a ghost.
        let pan = pan * (1.0 - likeness) * side * size.width as f32;
        let middle = [size.width, size.height].map(|edge| edge as f32 / 2.0);
        Self {
            middle,
            growth,
            pan: [pan, pan * 0.2],
        }
    }

    /// The drift at time `t` of a picture that has panned `panned` of its way (negative: has yet to).
    pub fn at(&self, t: f32, panned: f32) -> Drifted {
        let pan = self.pan.map(|p| p * panned);
        Drifted {
            middle: self.middle,
            growth: self.growth * ease::swell(t),
            pan,
        }
    }
}

/// A drift at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drifted {
    middle: [f32; 2],
    growth: f32,
    pan: [f32; 2],
}

impl Drifted {
    fn source(&self, nearness: f32, x: f32, y: f32) -> (f32, f32) {
        let pull = self.growth * nearness;
        let along = |c: f32, i: usize| c - pull * (c - self.middle[i]) + self.pan[i] * nearness;
        (along(x, 0), along(y, 1))
    }
}
