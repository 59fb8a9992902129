//! A painted sheet larger than the frame: planar YUV like the frame itself, with coverage, painted
//! once and then moved. Values are premultiplied, so that moving by a part of a pixel leaves no
//! fringes.

use super::colour::Rgb;
use crate::frame::Size;
use tiny_skia::Pixmap;

/// A colour and how much of what is behind it hides, 0..1.
#[derive(Clone, Copy, Debug)]
pub struct Paint {
    pub rgb: Rgb,
    pub cover: f32,
}

impl Paint {
    /// Nothing there.
    pub const NONE: Self = Self {
        rgb: Rgb {
            r: 0.0,
            g: 0.0,
            b: 0.0,
        },
        cover: 0.0,
    };

    /// Hides all that is behind.
    #[must_use]
    pub fn solid(rgb: Rgb) -> Self {
        Self { rgb, cover: 1.0 }
    }
}

/// One plane of a layer: samples, coverage (empty where all is covered) and, per row, the first and
/// one past the last column with anything in it.
#[derive(Clone, Debug)]
pub struct Plane {
    pub width: usize,
    pub height: usize,
    pub values: Vec<u8>,
    pub cover: Vec<u8>,
    pub spans: Vec<(usize, usize)>,
    /// Per row, whether all of it is covered.
    pub solid: Vec<bool>,
}

/// Three planes; the chroma ones have half the size.
#[derive(Clone, Debug)]
pub struct Layer {
    pub size: Size,
    pub y: Plane,
    pub u: Plane,
    pub v: Plane,
}

/// An 8x8 ordered dither, in steps of a 64th: it turns the bands of a slow gradient into a texture
/// too fine to see, and costs the encoder less than noise would.
const DITHER: [[u8; 8]; 8] = [
    [0, 32, 8, 40, 2, 34, 10, 42],
    [48, 16, 56, 24, 50, 18, 58, 26],
    [12, 44, 4, 36, 14, 46, 6, 38],
    [60, 28, 52, 20, 62, 30, 54, 22],
    [3, 35, 11, 43, 1, 33, 9, 41],
    [51, 19, 59, 27, 49, 17, 57, 25],
    [15, 47, 7, 39, 13, 45, 5, 37],
    [63, 31, 55, 23, 61, 29, 53, 21],
];

impl Layer {
    /// Asks `paint` for every pixel, given its centre in pixels.
    #[must_use]
    pub fn paint(size: Size, paint: impl Fn(f32, f32) -> Paint) -> Self {
        let (w, h) = (size.width as usize, size.height as usize);
        let mut build = Build::new(w, h);
        for row in (0..h).step_by(2) {
            for column in (0..w).step_by(2) {
                let four = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| {
                    let paint = paint((column + dx) as f32 + 0.5, (row + dy) as f32 + 0.5);
                    Paint {
                        cover: paint.cover.clamp(0.0, 1.0),
                        ..paint
                    }
                });
                build.put(column, row, four);
            }
        }
        build.finish(size)
    }

    /// From what tiny-skia drew; the pixmap's sides must be even.
    #[must_use]
    pub fn from_pixmap(pixmap: &Pixmap) -> Self {
        let size = Size {
            width: pixmap.width(),
            height: pixmap.height(),
        };
        let pixels = pixmap.pixels();
        Self::paint(size, |x, y| {
            let pixel = pixels[y as usize * size.width as usize + x as usize].demultiply();
            let part = |value: u8| f32::from(value) / 255.0;
            let rgb = Rgb {
                r: part(pixel.red()),
                g: part(pixel.green()),
                b: part(pixel.blue()),
            };
            Paint {
                rgb,
                cover: part(pixel.alpha()),
            }
        })
    }
}

/// The planes while they fill up, two rows and two columns at a time.
struct Build {
    width: usize,
    y: Vec<u8>,
    u: Vec<u8>,
    v: Vec<u8>,
    cover: Vec<u8>,
    chroma_cover: Vec<u8>,
}

impl Build {
    fn new(width: usize, height: usize) -> Self {
        let (all, quarter) = (width * height, width * height / 4);
        Self {
            width,
            y: vec![0; all],
            u: vec![0; quarter],
            v: vec![0; quarter],
            cover: vec![0; all],
            chroma_cover: vec![0; quarter],
        }
    }

    fn put(&mut self, column: usize, row: usize, four: [Paint; 4]) {
        let cover = four.iter().map(|paint| paint.cover).sum::<f32>() / 4.0;
        if cover <= 0.0 {
            return;
        }
        let (mut u, mut v) = (0.0, 0.0);
        for (k, paint) in four.into_iter().enumerate() {
            let (x, y) = (column + k % 2, row + k / 2);
            let [luma, this_u, this_v] = paint.rgb.yuv();
            let at = y * self.width + x;
            self.y[at] = quantise(luma * paint.cover, x, y);
            self.cover[at] = (paint.cover * 255.0 + 0.5) as u8;
            u += this_u * paint.cover / 4.0;
            v += this_v * paint.cover / 4.0;
        }
        let at = row / 2 * (self.width / 2) + column / 2;
        self.u[at] = quantise(u, column / 2, row / 2);
        self.v[at] = quantise(v, column / 2 + 3, row / 2 + 5);
        self.chroma_cover[at] = (cover * 255.0 + 0.5) as u8;
    }

    fn finish(self, size: Size) -> Layer {
        let (half_width, half_height) = (self.width / 2, size.height as usize / 2);
        let chroma = self.chroma_cover;
        Layer {
            size,
            y: Plane::new(self.width, size.height as usize, self.y, self.cover),
            u: Plane::new(half_width, half_height, self.u, chroma.clone()),
            v: Plane::new(half_width, half_height, self.v, chroma),
        }
    }
}

fn quantise(value: f32, x: usize, y: usize) -> u8 {
    (value + f32::from(DITHER[y % 8][x % 8]) / 64.0) as u8
}

impl Plane {
    fn new(width: usize, height: usize, values: Vec<u8>, cover: Vec<u8>) -> Self {
        let spans = cover.chunks_exact(width).map(span).collect();
        let solid = cover
            .chunks_exact(width)
            .map(|row| row.iter().all(|&c| c == 255))
            .collect();
        let cover = if cover.iter().all(|&c| c == 255) {
            Vec::new()
        } else {
            cover
        };
        Self {
            width,
            height,
            values,
            cover,
            spans,
            solid,
        }
    }
}

fn span(row: &[u8]) -> (usize, usize) {
    let first = row.iter().position(|&c| c > 0).unwrap_or(row.len());
    let end = row
        .iter()
        .rposition(|&c| c > 0)
        .map_or(first, |last| last + 1);
    (first, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_solid_sheet_needs_no_coverage_and_a_half_one_knows_where_it_is() {
        let size = Size {
            width: 32,
            height: 16,
        };
        let solid = Layer::paint(size, |_, _| Paint::solid(Rgb::hex(0x80_8080)));
        assert!(solid.y.cover.is_empty() && solid.u.cover.is_empty());
        let half = Layer::paint(size, |x, _| {
            if x > 16.0 {
                Paint::solid(Rgb::hex(0))
            } else {
                Paint::NONE
            }
        });
        assert!(half.y.spans.iter().all(|&span| span == (16, 32)));
        assert!(half.u.spans.iter().all(|&span| span == (8, 16)));
    }

    #[test]
    fn dither_keeps_the_mean_of_a_value_between_two_steps() {
        let size = Size {
            width: 64,
            height: 64,
        };
        let grey = 100.3 / 219.0;
        let layer = Layer::paint(size, |_, _| {
            Paint::solid(Rgb {
                r: grey,
                g: grey,
                b: grey,
            })
        });
        let mean = layer.y.values.iter().map(|&v| f32::from(v)).sum::<f32>() / 4096.0;
        assert!((mean - 116.3).abs() < 0.05, "mean {mean}");
    }
}
