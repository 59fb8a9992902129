//! How a clip was moving when it ended: a velocity for every place, smooth enough to carry a picture
//! on, and how it dies away. Read from the frames; a cut or noise reads as rest.

use crate::ease;
use crate::flow::Flow;
use crate::frame::{Frame, Size};
use crate::raster::Raster;

/// Frames that the motion takes to die away, unless it would reach too far.
const FADE: f32 = 40.0;

/// How far the picture's edge may be carried inwards, as a share of the width.
const REACH: f32 = 0.07;

/// Pixels between the places at which the velocity is kept.
const PITCH: f32 = 16.0;

/// A velocity field at the end of a clip.
#[derive(Debug)]
pub struct Momentum {
    size: Size,
    /// Pixels per frame at every 16th pixel.
    velocity: [Raster; 2],
    /// Frames until it is gone.
    fade: f32,
    /// How far a border is carried into the frame in the end, as a share of half its edge.
    bared: f32,
}

impl Momentum {
    /// The motion at the end of a tail of frames of one size, oldest first; at least one.
    #[must_use]
    pub fn of(tail: &[Frame]) -> Self {
        const GAP: usize = 4;
        let last = &tail[tail.len() - 1];
        let gap = GAP.min(tail.len() - 1);
        let velocity = if gap == 0 {
            [still(last.size), still(last.size)]
        } else {
            let [back, _] = Flow::both(last, &tail[tail.len() - 1 - gap]);
            velocity(&back, gap as f32, last.size)
        };
        let inward = inward_speed(&velocity);
        let reach = REACH * last.size.width as f32;
        let fade = FADE.min(2.0 * reach / inward.max(1e-3)).max(6.0);
        let half = last.size.width.min(last.size.height) as f32 / 2.0;
        Self {
            size: last.size,
            velocity,
            fade,
            bared: (inward * fade / 2.0 / half).min(0.25),
        }
    }

    /// The mean velocity in pixels per frame.
    #[must_use]
    pub fn mean(&self) -> [f32; 2] {
        [self.velocity[0].mean(), self.velocity[1].mean()]
    }

    /// The way the clip was going, if it was going anywhere: crossing the frame within 7 minutes counts.
    #[must_use]
    pub fn heading(&self) -> Option<[f32; 2]> {
        let [x, y] = self.mean();
        let least = self.size.width as f32 / 10_000.0;
        (x * x + y * y > least * least).then_some([x, y])
    }

    /// What the motion has done `frames` after the last frame.
    #[must_use]
    pub fn after(&self, frames: u32) -> Carried<'_> {
        let z = (frames as f32 / self.fade).min(1.0);
        Carried {
            momentum: self,
            // The speed falls as 1 - smooth(z); this is what it adds up to.
            frames: self.fade * (z - z * z * z + z * z * z * z / 2.0),
            // Borders that come in are pushed out again by growing, a little later than they come.
            growth: self.bared * ease::smooth(frames as f32 / (1.4 * self.fade)),
        }
    }
}

/// A momentum's work up to one moment.
#[derive(Clone, Copy, Debug)]
pub struct Carried<'a> {
    momentum: &'a Momentum,
    frames: f32,
    growth: f32,
}

impl Carried<'_> {
    /// Where in the last frame the pixel at (x, y) comes from.
    #[must_use]
    pub fn source(&self, x: f32, y: f32) -> (f32, f32) {
        let Size { width, height } = self.momentum.size;
        let x = x - self.growth * (x - width as f32 / 2.0);
        let y = y - self.growth * (y - height as f32 / 2.0);
        let [u, v] = [0, 1].map(|i| self.momentum.velocity[i].at(x / PITCH, y / PITCH));
        (x - self.frames * u, y - self.frames * v)
    }
}

fn still(size: Size) -> Raster {
    lattice(size, |_, _| 0.0)
}

fn lattice(size: Size, value: impl Fn(f32, f32) -> f32) -> Raster {
    let places = |edge: u32| (edge as f32 / PITCH) as usize + 2;
    Raster::from_fn(places(size.width), places(size.height), |column, row| {
        value(column as f32 * PITCH, row as f32 * PITCH)
    })
}

/// The flow back in time, turned round, per frame; where it cannot be trusted, what the rest of the
/// picture does (one affine motion).
fn velocity(back: &Flow, gap: f32, size: Size) -> [Raster; 2] {
    let whole = [0, 1].map(|axis| Affine::fit(back, axis));
    let trust = lattice(size, |x, y| back.trust(x, y)).blurred(3);
    let own = trust.map(|t| ease::smooth((t - 0.05) / 0.25));
    let mean_trust = trust.mean();
    let alive = ease::smooth((mean_trust - 0.02) / 0.06);
    [0, 1].map(|axis| {
        let found = lattice(size, |x, y| back.at(x, y)[axis]).blurred(2);
        let general = lattice(size, |x, y| whole[axis].at(x, y));
        let departure = found
            .zip(&general, |f, g| f - g)
            .zip(&own, |d, own| d * own);
        general.zip(&departure, |g, d| -(g + d) * alive / gap)
    })
}

/// The greatest speed at which a border moves into the frame, in pixels per frame.
fn inward_speed([u, v]: &[Raster; 2]) -> f32 {
    let (columns, rows) = (u.width, u.height);
    let sides = (0..rows).flat_map(|row| {
        let start = row * columns;
        [u.values[start], -u.values[start + columns - 1]]
    });
    let ends = (0..columns).flat_map(|x| [v.values[x], -v.values[(rows - 1) * columns + x]]);
    sides.chain(ends).fold(0.0, f32::max)
}

/// One component of an affine motion: constant + x part + y part, fitted by weighted least squares.
struct Affine {
    parts: [f64; 3],
}

impl Affine {
    fn fit(flow: &Flow, axis: usize) -> Self {
        let mut fitted = Self { parts: [0.0; 3] };
        // Three rounds: what disagrees with the last fit (a thing of its own motion) counts less.
        for round in 0..3 {
            let mut sums = [[0.0_f64; 4]; 3];
            for ([x, y], vector, trust) in flow.nodes() {
                let miss = f64::from(vector[axis] - fitted.at(x, y));
                let agrees = if round == 0 {
                    1.0
                } else {
                    1.0 / (1.0 + miss * miss)
                };
                let weight = (f64::from(trust) + 1e-4) * agrees;
                let terms = [1.0, f64::from(x), f64::from(y)];
                for (row, term) in sums.iter_mut().zip(terms) {
                    let scaled = weight * term;
                    let known = [1.0, terms[1], terms[2], f64::from(vector[axis])];
                    row.iter_mut()
                        .zip(known)
                        .for_each(|(sum, k)| *sum += scaled * k);
                }
            }
            fitted.parts = solve(sums);
        }
        fitted
    }

    fn at(&self, x: f32, y: f32) -> f32 {
        (self.parts[0] + self.parts[1] * f64::from(x) + self.parts[2] * f64::from(y)) as f32
    }
}

/// Three equations in three unknowns, by elimination; a hopeless system gives zeros.
fn solve(mut rows: [[f64; 4]; 3]) -> [f64; 3] {
    for i in 0..3 {
        let pivot = rows[i];
        if pivot[i].abs() < 1e-9 {
            return [0.0; 3];
        }
        for (k, row) in rows.iter_mut().enumerate() {
            if k != i {
                let factor = row[i] / pivot[i];
                row.iter_mut()
                    .zip(pivot)
                    .for_each(|(cell, p)| *cell -= factor * p);
            }
        }
    }
    [0, 1, 2].map(|i| rows[i][3] / rows[i][i])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_equations_are_solved() {
        let solved = solve([
            [2.0, 1.0, 0.0, 4.0],
            [1.0, 3.0, 1.0, 10.0],
            [0.0, 1.0, 4.0, 14.0],
        ]);
        for (found, wanted) in solved.into_iter().zip([1.0, 2.0, 3.0]) {
            assert!((found - wanted).abs() < 1e-9);
        }
        assert_eq!(solve([[0.0; 4]; 3]), [0.0; 3]);
    }

    #[test]
    fn a_single_frame_is_at_rest() {
        let momentum = Momentum::of(&[Frame::black(Size {
            width: 64,
            height: 64,
        })]);
        assert_eq!((momentum.mean(), momentum.heading()), ([0.0; 2], None));
        assert_eq!(momentum.after(20).source(10.0, 20.0), (10.0, 20.0));
    }
}
