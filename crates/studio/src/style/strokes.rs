//! What a brush or a pen does: wiping detail away between outlines, and finding the lines to draw.
//! Not colour: that is the grade's.

use super::Look;
use crate::frame::{Frame, Size};

/// Brushwork for frames of one size, with its working memory.
pub struct Strokes {
    /// Share of the neighbour's value taken over, 0 to 256, by difference in luma and in chroma, which
    /// differs less between things; none: no wiping.
    carry: Option<Box<[[u16; 256]; 2]>>,
    draws_lines: bool,
    softened: Vec<u16>,
    /// Outlines, 0 (none) to 255 (firm).
    lines: Vec<u8>,
}

impl Strokes {
    pub fn new(look: &Look, size: Size) -> Self {
        let draws_lines = look.ink > 0.0 || look.pencil > 0.0 || look.glow > 0.0;
        Self {
            carry: (look.smoothing > 0.0).then(|| {
                let reach = 2.5 + 4.0 * look.smoothing;
                let most = 0.6 + 0.34 * look.smoothing;
                Box::new([carry(reach, most), carry(reach / 2.5, most)])
            }),
            draws_lines,
            softened: vec![0; size.area()],
            lines: vec![0; if draws_lines { size.area() } else { 0 }],
        }
    }

    /// Brushes the frame, and gives the outlines when the look draws any.
    pub fn draw(&mut self, frame: &mut Frame) -> Option<&[u8]> {
        let width = frame.size.width as usize;
        if let Some(carry) = &self.carry {
            let [luma, chroma] = &**carry;
            wipe(&mut frame.y, width, luma, &mut self.softened);
            wipe(&mut frame.u, width / 2, chroma, &mut self.softened);
            wipe(&mut frame.v, width / 2, chroma, &mut self.softened);
        }
        if !self.draws_lines {
            return None;
        }
        outline(&frame.y, width, &mut self.lines);
        Some(&self.lines)
    }
}

/// Falls from `most` at no difference to almost nothing at twice `reach` steps.
fn carry(reach: f32, most: f32) -> [u16; 256] {
    std::array::from_fn(|difference| {
        let d = difference as f32 / reach;
        (256.0 * most / (1.0 + d * d * d * d)) as u16
    })
}

/// An edge-aware running mean along rows and columns, there and back (recursive filtering after
/// Gastal and Oliveira, "Domain transform", 2011). Values carry 7 bits of fraction.
fn wipe(plane: &mut [u8], width: usize, carry: &[u16; 256], soft: &mut [u16]) {
    let soft = &mut soft[..plane.len()];
    for (soft, &sample) in soft.iter_mut().zip(&*plane) {
        *soft = u16::from(sample) << 7;
    }
    for (line, guide) in soft.chunks_exact_mut(width).zip(plane.chunks_exact(width)) {
        along_row(line, guide, carry);
    }
    let rows = plane.len() / width;
    for row in (1..rows).chain((1..rows).rev().map(|row| row + rows)) {
        let back = row >= rows;
        let row = if back { row - rows } else { row };
        let (above, below) = soft[(row - 1) * width..(row + 1) * width].split_at_mut(width);
        let guides = plane[(row - 1) * width..(row + 1) * width].split_at(width);
        let shares = guides
            .0
            .iter()
            .zip(guides.1)
            .map(|(a, b)| carry[usize::from(a.abs_diff(*b))]);
        let (from, to) = if back { (below, above) } else { (above, below) };
        for ((to, &from), share) in to.iter_mut().zip(&*from).zip(shares) {
            *to = drawn(*to, from, share);
        }
    }
    for (sample, &soft) in plane.iter_mut().zip(&*soft) {
        *sample = ((soft + 64) >> 7).min(255) as u8;
    }
}

fn along_row(line: &mut [u16], guide: &[u8], carry: &[u16; 256]) {
    let share = |x: usize| carry[usize::from(guide[x].abs_diff(guide[x - 1]))];
    let mut held = line[0];
    for (x, sample) in line.iter_mut().enumerate().skip(1) {
        held = drawn(*sample, held, share(x));
        *sample = held;
    }
    for x in (1..line.len()).rev() {
        held = drawn(line[x - 1], held, share(x));
        line[x - 1] = held;
    }
}

/// `own` moved towards `other` by `share` of 256.
fn drawn(own: u16, other: u16, share: u16) -> u16 {
    let [own, other, share] = [own, other, share].map(i32::from);
    (own + (((other - own) * share) >> 8)) as u16
}

/// Slopes of luma across three pixels (Sobel), halved until only firm ones reach 255; borders have
/// none.
fn outline(luma: &[u8], width: usize, lines: &mut [u8]) {
    let rows = luma.len() / width;
    lines[..width].fill(0);
    lines[(rows - 1) * width..].fill(0);
    for row in 1..rows - 1 {
        let window = &luma[(row - 1) * width..(row + 2) * width];
        let (above, rest) = window.split_at(width);
        let (here, below) = rest.split_at(width);
        let line = &mut lines[row * width..(row + 1) * width];
        (line[0], line[width - 1]) = (0, 0);
        for (x, line) in line[1..width - 1].iter_mut().enumerate() {
            let [a, b, c] = [above, here, below].map(|l| [l[x], l[x + 1], l[x + 2]].map(i32::from));
            let across = a[2] + 2 * b[2] + c[2] - a[0] - 2 * b[0] - c[0];
            let down = c[0] + 2 * c[1] + c[2] - a[0] - 2 * a[1] - a[2];
            *line = (across.abs().max(down.abs()) / 2).min(255) as u8;
        }
    }
}
