//! Moves a layer onto the frame: any shift and any scale, different on every row if need be, by
//! bilinear sampling in the planes themselves. No rotation, no colour work.

use super::layer::Plane;

/// Which sample of the source row and column the first sample of a frame row shows, and how many
/// source columns one frame column is. All at sample centres.
#[derive(Clone, Copy, Debug)]
pub struct RowMap {
    pub x: f32,
    pub y: f32,
    pub step: f32,
}

/// Rows of working memory, kept between calls.
#[derive(Default)]
pub struct Scratch {
    tall: Vec<u8>,
    wide: Vec<u8>,
    wide_cover: Vec<u8>,
}

/// Lays `plane` over `frame` (rows of `width` samples). `map` says what each row shows; `None` skips
/// the row. `opacity` is 0..256.
pub fn lay(
    plane: &Plane,
    frame: &mut [u8],
    width: usize,
    opacity: u32,
    scratch: &mut Scratch,
    map: impl Fn(usize) -> Option<RowMap>,
) {
    scratch.wide.resize(width, 0);
    scratch.wide_cover.resize(width, 0);
    for (row, out) in frame.chunks_exact_mut(width).enumerate() {
        if let Some(map) = map(row) {
            lay_row(plane, out, opacity, scratch, map);
        }
    }
}

fn lay_row(plane: &Plane, out: &mut [u8], opacity: u32, scratch: &mut Scratch, map: RowMap) {
    let Some((upper, lower, weight)) = rows(plane, map.y) else {
        return;
    };
    let (from, to) = union(plane.spans[upper], plane.spans[lower]);
    let (first, end) = columns(from, to, map, out.len());
    if first >= end {
        return;
    }
    let out = &mut out[first..end];
    let source = (from.saturating_sub(1), (to + 1).min(plane.width));
    let start = map.x + first as f32 * map.step - source.0 as f32;
    let wide = &mut scratch.wide[..out.len()];
    lerp_rows(
        &plane.values,
        plane.width,
        (upper, lower, weight),
        source,
        &mut scratch.tall,
    );
    stretch(&scratch.tall, start, map.step, wide);
    let solid = plane.solid[upper] && plane.solid[lower];
    if solid && opacity >= 256 {
        out.copy_from_slice(wide);
        return;
    }
    let cover = &mut scratch.wide_cover[..out.len()];
    if solid {
        cover.fill(255);
    } else {
        lerp_rows(
            &plane.cover,
            plane.width,
            (upper, lower, weight),
            source,
            &mut scratch.tall,
        );
        stretch(&scratch.tall, start, map.step, cover);
    }
    blend(out, wide, cover, opacity);
}

/// The two source rows around `y` and the weight of the lower one, 0..256. A solid plane goes on
/// beyond its edges; of any other there is nothing there.
fn rows(plane: &Plane, y: f32) -> Option<(usize, usize, u16)> {
    let last = plane.height as f32 - 1.0;
    if !plane.cover.is_empty() && !(0.0..=last).contains(&y) {
        return None;
    }
    let y = y.clamp(0.0, last);
    let upper = y as usize;
    Some((
        upper,
        (upper + 1).min(plane.height - 1),
        ((y - upper as f32) * 256.0) as u16,
    ))
}

fn union(a: (usize, usize), b: (usize, usize)) -> (usize, usize) {
    match (a.0 >= a.1, b.0 >= b.1) {
        (true, _) => b,
        (_, true) => a,
        _ => (a.0.min(b.0), a.1.max(b.1)),
    }
}

/// The frame columns that source columns `from..to` reach.
fn columns(from: usize, to: usize, map: RowMap, width: usize) -> (usize, usize) {
    let first = ((from as f32 - 1.0 - map.x) / map.step).ceil().max(0.0) as usize;
    let end = ((to as f32 - map.x) / map.step).ceil().max(0.0) as usize;
    (first, if from < to { end.min(width) } else { 0 })
}

/// Source columns `source` of two rows, mixed.
fn lerp_rows(
    plane: &[u8],
    width: usize,
    (upper, lower, weight): (usize, usize, u16),
    (from, to): (usize, usize),
    out: &mut Vec<u8>,
) {
    let above = &plane[upper * width + from..upper * width + to];
    let below = &plane[lower * width + from..lower * width + to];
    out.clear();
    if weight == 0 {
        out.extend_from_slice(above);
        return;
    }
    let mixed = |(&a, &b): (&u8, &u8)| {
        ((u16::from(a) * (256 - weight) + u16::from(b) * weight + 128) >> 8) as u8
    };
    out.extend(above.iter().zip(below).map(mixed));
}

/// Samples `row` at `start`, `start + step`, ... ; edges are repeated. The two commonest steps have
/// loops that the compiler turns into vector code.
fn stretch(row: &[u8], start: f32, step: f32, out: &mut [u8]) {
    let inside = start >= 0.0 && (start + step * out.len() as f32) as usize + 2 < row.len();
    if inside && step == 1.0 {
        shift(row, start, out);
    } else if inside && step == 0.5 {
        double(row, start, out);
    } else {
        resample(row, start, step, out);
    }
}

/// `weight` of 256 parts of `b`, the rest of `a`.
fn lerp(a: u8, b: u8, weight: u16) -> u8 {
    ((u16::from(a) * (256 - weight) + u16::from(b) * weight + 128) >> 8) as u8
}

fn shift(row: &[u8], start: f32, out: &mut [u8]) {
    let first = start as usize;
    let weight = ((start - first as f32) * 256.0) as u16;
    let (left, right) = (&row[first..], &row[first + 1..]);
    for ((out, &a), &b) in out.iter_mut().zip(left).zip(right) {
        *out = lerp(a, b, weight);
    }
}

/// Two samples for each of the row's: the second lies half a sample on.
fn double(row: &[u8], start: f32, out: &mut [u8]) {
    let first = start as usize;
    let weight = ((start - first as f32) * 256.0) as u16;
    let next = usize::from(weight >= 128);
    let later = if next == 1 {
        weight - 128
    } else {
        weight + 128
    };
    let (left, right) = (&row[first..], &row[first + 1..]);
    let (left_later, right_later) = (&row[first + next..], &row[first + next + 1..]);
    let early = left.iter().zip(right);
    let late = left_later.iter().zip(right_later);
    for ((pair, (&a, &b)), (&c, &d)) in out.chunks_mut(2).zip(early).zip(late) {
        pair[0] = lerp(a, b, weight);
        if let Some(second) = pair.get_mut(1) {
            *second = lerp(c, d, later);
        }
    }
}

fn resample(row: &[u8], start: f32, step: f32, out: &mut [u8]) {
    let last = (row.len() as i64 - 1).max(0) << 16;
    let (mut at, step) = ((start * 65536.0) as i64, (step * 65536.0) as i64);
    let end = at + step * out.len() as i64;
    if at >= 0 && end < last {
        for out in out {
            let pair = &row[(at >> 16) as usize..][..2];
            *out = lerp(pair[0], pair[1], ((at >> 8) & 255) as u16);
            at += step;
        }
        return;
    }
    for out in out {
        let held = at.clamp(0, last);
        let column = (held >> 16) as usize;
        let next = (column + 1).min(row.len() - 1);
        *out = lerp(row[column], row[next], ((held >> 8) & 255) as u16);
        at += step;
    }
}

/// Premultiplied `over`: what is there shows through where the cover is thin.
fn blend(out: &mut [u8], values: &[u8], cover: &[u8], opacity: u32) {
    if opacity >= 256 {
        for ((out, &value), &cover) in out.iter_mut().zip(values).zip(cover) {
            *out = value.saturating_add(through(*out, cover));
        }
        return;
    }
    let part = |value: u8| ((u32::from(value) * opacity) >> 8) as u8;
    for ((out, &value), &cover) in out.iter_mut().zip(values).zip(cover) {
        *out = part(value).saturating_add(through(*out, part(cover)));
    }
}

/// What remains of `under` below a cover of 0..255: the exact rounded product over 255.
fn through(under: u8, cover: u8) -> u8 {
    let product = u16::from(under) * u16::from(255 - cover) + 128;
    ((product + (product >> 8)) >> 8) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Size;
    use crate::scene::colour::Rgb;
    use crate::scene::layer::{Layer, Paint};

    const SIZE: Size = Size {
        width: 64,
        height: 32,
    };

    fn ramp() -> Layer {
        Layer::paint(SIZE, |x, _| {
            let grey = x / 64.0;
            Paint::solid(Rgb {
                r: grey,
                g: grey,
                b: grey,
            })
        })
    }

    fn laid(layer: &Layer, map: RowMap) -> Vec<u8> {
        let mut frame = vec![0; SIZE.area()];
        lay(
            &layer.y,
            &mut frame,
            64,
            256,
            &mut Scratch::default(),
            |row| {
                Some(RowMap {
                    y: map.y + row as f32,
                    ..map
                })
            },
        );
        frame
    }

    #[test]
    fn standing_still_copies_every_sample() {
        let layer = ramp();
        assert_eq!(
            laid(
                &layer,
                RowMap {
                    x: 0.0,
                    y: 0.0,
                    step: 1.0
                }
            ),
            layer.y.values
        );
    }

    #[test]
    fn half_a_pixel_lies_between_its_neighbours() {
        let layer = ramp();
        let half = laid(
            &layer,
            RowMap {
                x: 0.5,
                y: 0.0,
                step: 1.0,
            },
        );
        for (pair, got) in layer.y.values.windows(2).zip(half).take(62) {
            assert!((pair[0]..=pair[1]).contains(&got), "{pair:?} {got}");
        }
    }

    #[test]
    fn doubling_and_resampling_agree() {
        let row: Vec<u8> = (0..80).map(|i| (i * 37 % 251) as u8).collect();
        for start in [3.0, 3.25, 3.5, 3.75] {
            let (mut a, mut b) = ([0; 65], [0; 65]);
            double(&row, start, &mut a);
            resample(&row, start, 0.5, &mut b);
            assert_eq!(a, b, "from {start}");
        }
    }

    #[test]
    fn shifting_and_resampling_agree() {
        let row: Vec<u8> = (0..80).map(|i| (i * 37 % 251) as u8).collect();
        let (mut a, mut b) = ([0; 64], [0; 64]);
        shift(&row, 3.25, &mut a);
        resample(&row, 3.25, 1.0, &mut b);
        assert_eq!(a, b);
    }

    #[test]
    fn what_is_not_covered_stays_as_it_was() {
        let hole = Layer::paint(SIZE, |x, _| {
            if x < 32.0 {
                Paint::solid(Rgb::hex(0xff_ffff))
            } else {
                Paint::NONE
            }
        });
        let out = laid(
            &hole,
            RowMap {
                x: 0.0,
                y: 0.0,
                step: 1.0,
            },
        );
        assert!(out[..32].iter().all(|&v| v >= 235) && out[33..64].iter().all(|&v| v == 0));
    }
}
