//! One level of the pyramid: a vector for each node of a coarse lattice, found from the level above
//! and from the neighbours, then settled with them.

use super::patch::{Match, Patch};
use crate::raster::Raster;

/// Pixels between nodes.
const STRIDE: usize = 6;

/// How far the topmost level looks in all directions, in its pixels.
const FIRST_REACH: i32 = 7;

/// Vectors on a lattice, in pixels of the level they were found on.
#[derive(Clone, Debug)]
pub struct Field {
    u: Raster,
    v: Raster,
    trust: Raster,
    /// How much structure there was to look for, 0.0 to 1.0.
    structure: Raster,
}

impl Field {
    /// Searches `to` for the patches of `from`, starting at the vectors of the next coarser level.
    pub fn search(from: &Raster, to: &Raster, coarser: Option<&Self>) -> Self {
        let columns = from.width.div_ceil(STRIDE);
        let rows = from.height.div_ceil(STRIDE);
        let mut found: Vec<Match> = Vec::with_capacity(columns * rows);
        for i in 0..columns * rows {
            let patch = Patch::around(from, centre(i % columns), centre(i / columns));
            let left = (i % columns > 0).then(|| found[i - 1].vector);
            let above = (i >= columns).then(|| found[i - columns].vector);
            found.push(best(&patch, to, coarser, [left, above]));
        }
        let raster = |value: fn(&Match) -> f32| Raster {
            width: columns,
            height: rows,
            values: found.iter().map(value).collect(),
        };
        let raw = Self {
            u: raster(|m| m.vector[0]),
            v: raster(|m| m.vector[1]),
            trust: raster(|m| m.trust),
            structure: raster(|m| m.structure),
        };
        raw.settled()
    }

    /// The vector at a pixel of the level.
    pub fn vector(&self, x: f32, y: f32) -> [f32; 2] {
        let (x, y) = (lattice(x), lattice(y));
        [self.u.at(x, y), self.v.at(x, y)]
    }

    /// The trust at a pixel of the level.
    pub fn trust(&self, x: f32, y: f32) -> f32 {
        self.trust.at(lattice(x), lattice(y))
    }

    /// The share of the structure that is trusted.
    pub fn found(&self) -> f32 {
        self.trust.mean() / self.structure.mean().max(1e-3)
    }

    /// Place, vector and trust of each node.
    pub fn nodes(&self) -> impl Iterator<Item = ([f32; 2], [f32; 2], f32)> {
        (0..self.u.values.len()).map(|i| {
            let vector = [self.u.values[i], self.v.values[i]];
            (self.place(i), vector, self.trust.values[i])
        })
    }

    /// The same vectors, trusted `factor(place, vector)` times as much, and settled again.
    pub fn weighed(&self, factor: impl Fn([f32; 2], [f32; 2]) -> f32) -> Self {
        let mut weighed = self.clone();
        for (i, (place, vector, _)) in self.nodes().enumerate() {
            weighed.trust.values[i] *= factor(place, vector);
        }
        weighed.settled()
    }

    fn place(&self, i: usize) -> [f32; 2] {
        [i % self.u.width, i / self.u.width].map(|node| centre(node) as f32)
    }

    /// Vectors lean on trusted neighbours: a little where they are trusted themselves, wholly where
    /// they are not. Three rounds, each reaching further, let motion flow into plain areas.
    fn settled(mut self) -> Self {
        const OWN_WEIGHT: f32 = 4.0;
        const FLOOR: f32 = 1e-3;
        for radius in [1, 2, 4] {
            let weight = self.trust.map(|t| t + FLOOR);
            let around = weight.blurred(radius);
            let share = weight.map(|w| OWN_WEIGHT * w / (OWN_WEIGHT * w + 1.0));
            let settle = |own: &Raster| {
                let drawn = own.zip(&weight, |c, w| c * w).blurred(radius);
                let mean = drawn.zip(&around, |c, w| c / w);
                let lean = mean.zip(&share, |m, s| m * (1.0 - s));
                own.zip(&share, |c, s| c * s).zip(&lean, |a, b| a + b)
            };
            (self.u, self.v) = (settle(&self.u), settle(&self.v));
        }
        self
    }
}

fn centre(node: usize) -> usize {
    node * STRIDE + STRIDE / 2
}

fn lattice(pixel: f32) -> f32 {
    (pixel - (STRIDE / 2) as f32) / STRIDE as f32
}

/// The best of what the neighbours and the coarser level propose, refined.
fn best(
    patch: &Patch,
    to: &Raster,
    coarser: Option<&Field>,
    neighbours: [Option<[f32; 2]>; 2],
) -> Match {
    // A new proposal must be clearly better: on plain areas all are alike, and the first wins. One
    // from far away must be far better, or chance would send patches across the picture.
    const BETTER: f32 = 0.95;
    const FAR_BETTER: f32 = 0.5;
    let [x, y] = patch.centre();
    let still = ([0.0; 2], patch.difference(to, [0.0; 2]));
    let better = |share: f32| {
        move |least: ([f32; 2], f32), vector: [f32; 2]| {
            let difference = patch.difference(to, vector);
            if difference < share * least.1 {
                (vector, difference)
            } else {
                least
            }
        }
    };
    let led = match coarser {
        Some(field) => {
            let coarse = field.vector(x / 2.0 - 0.25, y / 2.0 - 0.25);
            better(BETTER)(still, coarse.map(|c| 2.0 * c))
        }
        None => {
            let found = everywhere_near().fold(still, better(1.0));
            if found.1 < FAR_BETTER * still.1 {
                found
            } else {
                still
            }
        }
    };
    let (start, _) = neighbours.into_iter().flatten().fold(led, better(BETTER));
    patch.refined(to, start)
}

fn everywhere_near() -> impl Iterator<Item = [f32; 2]> {
    let side = -FIRST_REACH..=FIRST_REACH;
    side.clone()
        .flat_map(move |y| side.clone().map(move |x| [x as f32, y as f32]))
}
