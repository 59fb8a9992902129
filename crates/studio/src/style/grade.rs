//! Tones and colours of a look: curves as tables, tints by tone, lines over the picture, paper and
//! vignette. One pass over the luma, one over the chroma.

use super::Look;
use crate::ease;
use crate::frame::{Frame, Size};
use crate::grain;

/// A look's tables for frames of one size.
pub struct Grade {
    tone: [u8; 256],
    /// What a line of each strength takes from (256 = nothing) and adds to the luma beneath.
    line: Box<[(u16, u16); 256]>,
    /// Tints by luma, with saturation left over: u, v, share of 256.
    tint: Box<[(i16, i16); 256]>,
    saturation: i32,
    glows: bool,
    /// What the corners keep, of 256, and the paper's relief; neither changes from frame to frame.
    light: Vec<u16>,
    paper: Vec<i8>,
    halo: Vec<u8>,
}

impl Grade {
    pub fn new(look: &Look, size: Size, seed: u64) -> Self {
        Self {
            tone: std::array::from_fn(|luma| tone(look, luma as f32)),
            line: Box::new(std::array::from_fn(|strength| line(look, strength as f32))),
            tint: Box::new(std::array::from_fn(|luma| tint(look, luma as f32))),
            saturation: (look.saturation * 256.0) as i32,
            glows: look.glow > 0.0,
            light: vignette(look.vignette, size),
            paper: paper(look.paper, size, seed),
            halo: Vec::new(),
        }
    }

    /// Grades the frame in place; `lines` are outlines, one for each luma sample.
    pub fn apply(&mut self, frame: &mut Frame, lines: Option<&[u8]>) {
        let width = frame.size.width as usize;
        self.colour(frame, lines);
        for y in &mut frame.y {
            *y = self.tone[usize::from(*y)];
        }
        if let Some(lines) = lines {
            for (y, &line) in frame.y.iter_mut().zip(lines) {
                let (keep, add) = self.line[usize::from(line)];
                *y = (((u16::from(*y) * keep) >> 8) + add).min(235) as u8;
            }
            if self.glows {
                halo(lines, width, &mut self.halo);
                for (y, &halo) in frame.y.iter_mut().zip(&self.halo) {
                    *y = y.saturating_add(halo.saturating_add(halo / 2)).min(235);
                }
            }
        }
        self.finish(frame);
    }

    /// Chroma by saturation and by the tint of the tone beneath; a glowing line keeps its colour pure.
    fn colour(&self, frame: &mut Frame, lines: Option<&[u8]>) {
        let half = frame.size.width as usize / 2;
        let chroma = frame
            .u
            .chunks_exact_mut(half)
            .zip(frame.v.chunks_exact_mut(half));
        for (row, (us, vs)) in chroma.enumerate() {
            let luma = &frame.y[4 * row * half..][..2 * half];
            let lines = lines.map(|lines| &lines[4 * row * half..][..2 * half]);
            for (x, (u, v)) in us.iter_mut().zip(vs).enumerate() {
                let (tint_u, tint_v) = self.tint[usize::from(luma[2 * x])];
                let pure = match lines {
                    Some(lines) if self.glows => i32::from(lines[2 * x]),
                    _ => 0,
                };
                let shade = |c: u8, tint: i16| {
                    let c = (i32::from(c) - 128) * (self.saturation + 2 * pure) / 256;
                    (128 + c + i32::from(tint)).clamp(16, 240) as u8
                };
                (*u, *v) = (shade(*u, tint_u), shade(*v, tint_v));
            }
        }
    }

    fn finish(&self, frame: &mut Frame) {
        if !self.paper.is_empty() {
            for (y, &grain) in frame.y.iter_mut().zip(&self.paper) {
                *y = y.saturating_add_signed(grain).clamp(16, 235);
            }
        }
        if !self.light.is_empty() {
            for (y, &keep) in frame.y.iter_mut().zip(&self.light) {
                *y = (16 + ((u16::from(y.saturating_sub(16)) * keep) >> 8)) as u8;
            }
        }
    }
}

/// The tone curve at one luma: contrast about the middle, brightness, a lifted black, flat tones with
/// soft steps between them.
fn tone(look: &Look, luma: f32) -> u8 {
    const MIDDLE: f32 = 116.0;
    let curved = MIDDLE + (luma - MIDDLE) * look.contrast + look.brightness;
    let lifted = 16.0 + look.fade + (curved - 16.0) * (219.0 - look.fade) / 219.0;
    let stepped = if look.tones == 0 {
        lifted
    } else {
        step(lifted, 219.0 / f32::from(look.tones))
    };
    // Under pencil lines the picture is but a wash of graphite.
    let washed = stepped + look.pencil * (0.62 * (235.0 - stepped));
    (washed + 0.5).clamp(16.0, 235.0) as u8
}

/// Flat over most of a step and steep between: a sample near the border does not flip between two
/// tones from one frame to the next, it slides.
fn step(luma: f32, height: f32) -> f32 {
    let at = (luma - 16.0).max(0.0) / height;
    let (whole, part) = (at as u32 as f32, at - at as u32 as f32);
    16.0 + (whole + 0.25 * part + 0.75 * ease::smooth((part - 0.5) / 0.5 * 1.4 + 0.5)) * height
}

/// What a line of some strength (0 to 255) does to the luma beneath it.
fn line(look: &Look, strength: f32) -> (u16, u16) {
    let firm = ease::smooth((strength - 22.0) / 70.0);
    let drawn = ease::smooth((strength - 5.0) / 50.0);
    let taken = (0.82 * look.ink * firm).max(0.8 * look.pencil * drawn);
    let lit = ease::smooth((strength - 16.0) / 60.0);
    let (keep, add) = (256.0 * (1.0 - taken), 160.0 * look.glow * lit);
    (keep as u16, add as u16)
}

fn tint(look: &Look, luma: f32) -> (i16, i16) {
    let light = ease::smooth((luma - 16.0) / 219.0);
    // Pure black and white take less: a tint there looks like a fault.
    let ends = ((luma - 12.0) / 24.0)
        .min((244.0 - luma) / 24.0)
        .clamp(0.3, 1.0);
    let mix = |i: usize| (look.shadows[i] + (look.lights[i] - look.shadows[i]) * light) * ends;
    (mix(0) as i16, mix(1) as i16)
}

fn vignette(depth: f32, size: Size) -> Vec<u16> {
    if depth == 0.0 {
        return Vec::new();
    }
    let [half_width, half_height] = [size.width, size.height].map(|edge| edge as f32 / 2.0);
    let keep = |x: u32, y: u32| {
        let across = (x as f32 + 0.5) / half_width - 1.0;
        let down = (y as f32 + 0.5) / half_height - 1.0;
        let out = ease::smooth(((across * across + down * down) - 0.35) / 1.5);
        (256.0 * (1.0 - depth * out)) as u16
    };
    let Size { width, height } = size;
    (0..height)
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .map(|(x, y)| keep(x, y))
        .collect()
}

/// The paper's tooth: two grains, coarse and fine.
fn paper(steps: f32, size: Size, seed: u64) -> Vec<i8> {
    if steps == 0.0 {
        return Vec::new();
    }
    let Size { width, height } = size;
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (x as f32, y as f32)));
    places
        .map(|(x, y)| {
            let coarse = grain::smooth(seed, 7.0, x, y);
            let fine = grain::smooth(seed + 1, 2.5, x, y);
            (steps * (0.6 * coarse + 0.6 * fine)) as i8
        })
        .collect()
}

/// Lines spread over 13 pixels both ways, by running sums.
fn halo(lines: &[u8], width: usize, halo: &mut Vec<u8>) {
    const REACH: usize = 6;
    const COUNT: u32 = 2 * REACH as u32 + 1;
    halo.clear();
    for line in lines.chunks_exact(width) {
        let at = |x: usize| line.get(x).map_or(0, |&l| u32::from(l));
        let mut sum: u32 = (0..REACH).map(at).sum();
        for x in 0..width {
            sum += at(x + REACH);
            halo.push((sum / COUNT) as u8);
            sum -= x.checked_sub(REACH).map_or(0, at);
        }
    }
    let rows = lines.len() / width;
    let across = halo.clone();
    let row = |y: usize| across.get(y * width..(y + 1) * width);
    let mut sums = vec![0_u32; width];
    let add = |sums: &mut [u32], row: Option<&[u8]>| {
        sums.iter_mut()
            .zip(row.unwrap_or_default())
            .for_each(|(sum, &l)| *sum += u32::from(l));
    };
    (0..REACH).for_each(|y| add(&mut sums, row(y)));
    for y in 0..rows {
        add(&mut sums, row(y + REACH));
        for (halo, sum) in halo[y * width..(y + 1) * width].iter_mut().zip(&sums) {
            *halo = (sum / COUNT) as u8;
        }
        if let Some(gone) = y.checked_sub(REACH).and_then(row) {
            sums.iter_mut()
                .zip(gone)
                .for_each(|(sum, &l)| *sum -= u32::from(l));
        }
    }
}
