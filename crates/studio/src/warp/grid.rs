//! Where output pixels come from, known at every 16th pixel both ways. Not a motion: whoever moves
//! the camera writes the nodes anew for each frame.

use super::Plate;
use crate::frame::Size;

/// Pixels between two nodes.
pub const CELL: u32 = 16;

/// The nodes, row by row, from the top left pixel to at least one pixel past the last.
#[derive(Clone, Debug)]
pub struct Grid {
    columns: usize,
    rows: usize,
    /// Source x and y in 1/65536 of a pixel.
    nodes: Vec<[i32; 2]>,
}

impl Grid {
    /// The grid of a frame that does not move.
    #[must_use]
    pub fn still(size: Size) -> Self {
        let [columns, rows] = [size.width, size.height].map(|e| e.div_ceil(CELL) as usize + 1);
        let nodes = (0..rows * columns)
            .map(|i| [(i % columns) as i32, (i / columns) as i32].map(|c| (c * CELL as i32) << 16))
            .collect();
        Self {
            columns,
            rows,
            nodes,
        }
    }

    /// Sets every node to `source(x, y)`, all in pixels of the frame. What lies out of the plate's
    /// reach is brought back to it; no number at all (NaN) counts as the top left pixel.
    pub fn set(&mut self, plate: &Plate, mut source: impl FnMut(f32, f32) -> (f32, f32)) {
        let (reach, size) = (plate.reach(), plate.size());
        // Nodes right of and below the last pixel lie up to a cell outside; they may stay there as far
        // as the margin goes, so that a still grid copies the last cell exactly.
        let bound =
            |c: f32, edge: u32| (c.clamp(-reach, edge as f32 - 1.0 + reach) * 65_536.0) as i32;
        for (i, node) in self.nodes.iter_mut().enumerate() {
            let x = (i % self.columns) as f32 * CELL as f32;
            let y = (i / self.columns) as f32 * CELL as f32;
            let (x, y) = source(x, y);
            *node = [bound(x, size.width), bound(y, size.height)];
        }
    }

    /// How many nodes there are: the length of a table of weights.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.nodes.len()
    }

    /// Nodes in a row.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The nodes above and below a row of cells.
    pub(super) fn node_rows(&self, row: usize) -> (&[[i32; 2]], &[[i32; 2]]) {
        debug_assert!(
            row + 1 < self.rows,
            "the last row of nodes lies below the frame"
        );
        let above = &self.nodes[row * self.columns..];
        above[..2 * self.columns].split_at(self.columns)
    }
}
