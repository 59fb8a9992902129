//! How near each part of a picture is, guessed from the picture alone: what is low, what stands out
//! from the edges of the picture and what is full of detail is near; skies and plain walls are far.
//! A plausible relief for a gentle parallax, not a measurement.

use crate::frame::{Frame, Size};
use crate::raster::Raster;

/// Longer edge of the map, in values.
const EDGE: usize = 160;

/// How much the farthest and the nearest things move, against the middle.
///
/// A wider span bends what stands upright: its foot is nearer than its head here, while in the world
/// it is not.
const FAR: f32 = 0.8;
const NEAR: f32 = 1.2;

/// A relief over a frame.
#[derive(Clone, Debug)]
pub struct Depth {
    nearness: Raster,
    /// Values of the map for each pixel of the frame, both ways.
    scale: [f32; 2],
}

impl Depth {
    /// Reads the relief out of a frame.
    #[must_use]
    pub fn guess(frame: &Frame) -> Self {
        let luma = Raster::luma(frame, EDGE);
        let raw = raw_nearness(frame, &luma);
        let settled = settle(&raw, &luma);
        Self {
            scale: scale(frame.size, &settled),
            nearness: stretch(&settled),
        }
    }

    /// How much a thing at a pixel moves, 0.8 (far) to 1.2 (near).
    #[must_use]
    pub fn nearness(&self, x: f32, y: f32) -> f32 {
        self.nearness.at(x * self.scale[0], y * self.scale[1])
    }
}

fn scale(size: Size, raster: &Raster) -> [f32; 2] {
    let per_pixel = |values: usize, pixels: u32| values as f32 / pixels as f32;
    [
        per_pixel(raster.width, size.width),
        per_pixel(raster.height, size.height),
    ]
}

/// The three guesses in one, each 0 to 1.
fn raw_nearness(frame: &Frame, luma: &Raster) -> Raster {
    let apart = standing_out(frame, luma);
    let detail = detail(luma);
    let seen = apart.zip(&detail, |apart, detail| 0.34 * apart + 0.16 * detail);
    let low = Raster::from_fn(luma.width, luma.height, |_, y| {
        crate::ease::smooth((y as f32 + 0.5) / luma.height as f32)
    });
    seen.zip(&low, |seen, low| seen + 0.5 * low)
}

/// How far a place's colour is from the colours along the top and the sides of the picture, weighted
/// towards the middle: what fills the middle alone is a subject.
fn standing_out(frame: &Frame, luma: &Raster) -> Raster {
    let chroma = Raster::chroma(frame, luma);
    let colour = |i: usize| {
        [
            luma.values[i] * 0.6,
            chroma[0].values[i],
            chroma[1].values[i],
        ]
    };
    let (width, height) = (luma.width, luma.height);
    let strip = (width.min(height) / 12).max(1);
    let mean = |inside: &dyn Fn(usize, usize) -> bool| {
        let places = (0..width * height).filter(|i| inside(i % width, i / width));
        let (sum, count) = places.map(colour).fold(([0.0; 3], 0.0), |(sum, count), c| {
            ([sum[0] + c[0], sum[1] + c[1], sum[2] + c[2]], count + 1.0)
        });
        sum.map(|s: f32| s / count)
    };
    let edges = [
        mean(&|_, y| y < strip),
        mean(&|x, _| x < strip),
        mean(&|x, _| x >= width - strip),
    ];
    let apart = Raster::from_fn(width, height, |x, y| {
        let here = colour(y * width + x);
        edges
            .iter()
            .map(|edge| distance(here, *edge))
            .fold(f32::MAX, f32::min)
    });
    let most = apart.range().1.max(24.0);
    Raster::from_fn(width, height, |x, y| {
        let across = 2.0 * (x as f32 + 0.5) / width as f32 - 1.0;
        let down = 2.0 * (y as f32 + 0.5) / height as f32 - 1.0;
        let middle = 1.0 - 0.5 * (across * across + down * down);
        apart.values[y * width + x] / most * middle.max(0.15)
    })
}

fn distance(a: [f32; 3], b: [f32; 3]) -> f32 {
    let square: f32 = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum();
    square.sqrt()
}

/// How busy the neighbourhood is: deviation from its mean, spread out, 1 at a firm texture.
fn detail(luma: &Raster) -> Raster {
    let around = luma.blurred(2);
    let busy = luma.zip(&around, |here, mean| (here - mean).abs());
    busy.blurred(6).map(|b| (b / 8.0).min(1.0))
}

/// Makes the relief follow the picture's own outlines (He, Sun, Tang: guided image filtering, 2010),
/// then soft enough that no step bends a straight line visibly.
fn settle(raw: &Raster, guide: &Raster) -> Raster {
    const RADIUS: usize = 9;
    const FLATNESS: f32 = 120.0;
    let mean_guide = guide.blurred(RADIUS);
    let mean_raw = raw.blurred(RADIUS);
    let variance = guide
        .zip(guide, |g, h| g * h)
        .blurred(RADIUS)
        .zip(&mean_guide, |gg, m| gg - m * m);
    let shared = guide.zip(raw, |g, r| g * r).blurred(RADIUS);
    let product = mean_guide.zip(&mean_raw, |g, r| g * r);
    let slope = shared
        .zip(&product, |both, apart| both - apart)
        .zip(&variance, |covariance, variance| {
            covariance / (variance + FLATNESS)
        });
    let offset = mean_raw.zip(&slope.zip(&mean_guide, |s, m| s * m), |raw, part| {
        raw - part
    });
    let (slope, offset) = (slope.blurred(RADIUS), offset.blurred(RADIUS));
    let followed = slope
        .zip(guide, |s, g| s * g)
        .zip(&offset, |part, o| part + o);
    followed.blurred(7).blurred(7)
}

/// Spreads the relief over the whole range of [`Depth::nearness`]. A picture with little relief keeps
/// little: noise is not blown up to mountains.
fn stretch(relief: &Raster) -> Raster {
    let (low, high) = relief.range();
    let span = (high - low).max(0.25);
    let middle = (low + high) / 2.0;
    relief.map(|r| (FAR + NEAR) / 2.0 + (NEAR - FAR) * (r - middle) / span)
}
