//! One square patch of a level, and the search for where it went: a comparison that does not mind a
//! change of brightness, and Gauss-Newton steps to a fraction of a pixel (inverse compositional:
//! Baker and Matthews, "Lucas-Kanade 20 years on", 2004).

use crate::raster::Raster;

/// Edge of a patch in pixels.
const EDGE: usize = 8;
const AREA: usize = EDGE * EDGE;

/// A patch, less its mean, with its slopes.
pub struct Patch {
    /// Top left corner in the level.
    left: usize,
    top: usize,
    values: [f32; AREA],
    slopes: [[f32; 2]; AREA],
    /// The slopes' structure: sums of xx, xy, yy.
    structure: [f32; 3],
}

/// A vector that was found, with the trust it deserves, 0.0 to 1.0, and the most that it could have
/// had: the structure of its patch.
pub struct Match {
    pub vector: [f32; 2],
    pub trust: f32,
    pub structure: f32,
}

impl Patch {
    /// The patch whose middle is at (x, y), or as near as the edges allow.
    pub fn around(level: &Raster, x: usize, y: usize) -> Self {
        let corner = |c: usize, edge: usize| {
            c.saturating_sub(EDGE / 2)
                .min(edge.saturating_sub(EDGE + 1))
        };
        let (left, top) = (corner(x, level.width), corner(y, level.height));
        let mut patch = Self {
            left,
            top,
            values: cut(level, left as f32, top as f32),
            slopes: [[0.0; 2]; AREA],
            structure: [0.0; 3],
        };
        patch.slope(level);
        patch
    }

    fn slope(&mut self, level: &Raster) {
        let pick = |x: usize, y: usize| level.values[y * level.width + x];
        for (i, slope) in self.slopes.iter_mut().enumerate() {
            let (x, y) = (self.left + i % EDGE, self.top + i / EDGE);
            let (right, below) = ((x + 1).min(level.width - 1), (y + 1).min(level.height - 1));
            let across = pick(right, y) - pick(x.saturating_sub(1), y);
            let down = pick(x, below) - pick(x, y.saturating_sub(1));
            *slope = [across / 2.0, down / 2.0];
            self.structure[0] += slope[0] * slope[0];
            self.structure[1] += slope[0] * slope[1];
            self.structure[2] += slope[1] * slope[1];
        }
    }

    /// The middle, in pixels of the level.
    pub fn centre(&self) -> [f32; 2] {
        [self.left, self.top].map(|corner| (corner + EDGE / 2) as f32)
    }

    /// Mean square difference to `to` at a vector, brightness aside.
    pub fn difference(&self, to: &Raster, vector: [f32; 2]) -> f32 {
        let there = self.seen(to, vector);
        let sum: f32 = self
            .values
            .iter()
            .zip(there)
            .map(|(a, b)| (a - b) * (a - b))
            .sum();
        sum / AREA as f32
    }

    /// Steps from `start` to the best vector nearby, and says how good it is.
    pub fn refined(&self, to: &Raster, start: [f32; 2]) -> Match {
        const ROUNDS: usize = 6;
        const STILL: f32 = 0.01;
        let mut vector = start;
        for _ in 0..ROUNDS {
            let [u, v] = self.step(to, vector);
            vector = [vector[0] - u, vector[1] - v];
            if u.abs() + v.abs() < STILL {
                break;
            }
        }
        let strayed = (0..2).any(|i| (vector[i] - start[i]).abs() > EDGE as f32 / 2.0);
        let vector = if strayed { start } else { vector };
        let structure = self.structured();
        Match {
            vector,
            trust: structure * self.likeness(to, vector),
            structure,
        }
    }

    /// One Gauss-Newton step; damped, so that a plain patch stays where it was.
    fn step(&self, to: &Raster, vector: [f32; 2]) -> [f32; 2] {
        const DAMPING: f32 = 8.0;
        let [xx, xy, yy] = self.structure;
        let (xx, yy) = (xx + DAMPING, yy + DAMPING);
        let determinant = xx * yy - xy * xy;
        let there = self.seen(to, vector);
        let mut pull = [0.0; 2];
        for ((slope, mine), theirs) in self.slopes.iter().zip(&self.values).zip(there) {
            pull[0] += slope[0] * (theirs - mine);
            pull[1] += slope[1] * (theirs - mine);
        }
        let u = (yy * pull[0] - xy * pull[1]) / determinant;
        let v = (xx * pull[1] - xy * pull[0]) / determinant;
        [u, v]
    }

    /// Near 1.0 where the patch has structure both ways, and cannot slide along itself.
    fn structured(&self) -> f32 {
        const FIRM: f32 = 24.0;
        let [xx, xy, yy] = self.structure;
        let spread = ((xx - yy) * (xx - yy) / 4.0 + xy * xy).sqrt();
        let weaker = ((xx + yy) / 2.0 - spread).max(0.0);
        weaker / (weaker + FIRM)
    }

    /// 1.0 where `to` shows the patch as it was, 0.0 where the rest is as great as the patch.
    fn likeness(&self, to: &Raster, vector: [f32; 2]) -> f32 {
        let contrast = self.values.iter().map(|v| v * v).sum::<f32>() / AREA as f32;
        let alike = (1.0 - self.difference(to, vector) / (contrast + 2.0)).max(0.0);
        alike * alike
    }

    /// What `to` shows at a vector, less its mean.
    fn seen(&self, to: &Raster, vector: [f32; 2]) -> [f32; AREA] {
        cut(
            to,
            self.left as f32 + vector[0],
            self.top as f32 + vector[1],
        )
    }
}

/// A patch of a level less its mean, bilinear; a corner outside is brought back inside.
fn cut(level: &Raster, left: f32, top: f32) -> [f32; AREA] {
    let inside = |c: f32, edge: usize| c.clamp(0.0, edge.saturating_sub(EDGE + 1) as f32);
    let (left, top) = (inside(left, level.width), inside(top, level.height));
    let (x, y) = (left as usize, top as usize);
    let (fx, fy) = (left - x as f32, top - y as f32);
    let mut lines = [[0.0; EDGE]; EDGE + 1];
    for (row, line) in lines.iter_mut().enumerate() {
        let start = (y + row) * level.width + x;
        let source = &level.values[start..=start + EDGE];
        for (value, pair) in line.iter_mut().zip(source.windows(2)) {
            *value = pair[0] + (pair[1] - pair[0]) * fx;
        }
    }
    let mut values = [0.0; AREA];
    let mut sum = 0.0;
    for (row, values) in values.chunks_exact_mut(EDGE).enumerate() {
        for ((value, above), below) in values.iter_mut().zip(lines[row]).zip(lines[row + 1]) {
            *value = above + (below - above) * fy;
            sum += *value;
        }
    }
    values.map(|value| value - sum / AREA as f32)
}
