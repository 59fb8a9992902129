//! The caption and the word "preview" on a clip, so that nothing we draw passes as a model's work.
//! Left-to-right scripts that the one embedded face has every glyph for; no shaping, no line breaks.

use crate::frame::{Frame, Size};
use crate::heal::{Area, heal};
use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};

/// Inter Medium 4.1, SIL Open Font License 1.1 (`assets/Inter-OFL.txt`).
const FACE: &[u8] = include_bytes!("../assets/Inter-Medium.ttf");
/// What every clip that we drew says of itself.
const MARK: &str = "preview";
/// Words of a caption at most; a prompt may be an essay.
const CAPTION_WORDS: usize = 9;

/// The type on a clip: set once, drawn on every frame.
#[derive(Clone, Debug)]
pub struct Label {
    patches: Vec<Patch>,
}

/// A rectangle of type and of the soft shadow beneath it; corner and sides are even.
#[derive(Clone, Debug)]
struct Patch {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    /// 0..=255, how much of the pixel is white.
    ink: Vec<u8>,
    /// 0..=255, how much of the pixel is darkened before.
    shade: Vec<u8>,
}

impl Label {
    /// Sets the mark for frames of this size, and the first words of `text` where the face has every
    /// glyph of them and there is room; else the mark stands alone.
    #[must_use]
    pub fn new(size: Size, text: Option<&str>) -> Self {
        let face = FontRef::try_from_slice(FACE).expect("the embedded face is a valid font");
        let (w, h) = (size.width as f32, size.height as f32);
        let pixels = (w.min(h) * 0.034).max(9.0);
        let margin = pixels * 1.1;
        let mark = Line::set(&face, MARK, pixels * 0.82);
        let room = w - mark.width - margin * 4.0;
        let caption = text.and_then(|text| caption(&face, text, pixels, room));
        let mark_left = w - margin - mark.width;
        let mut patches = vec![Patch::draw(&mark, mark_left, h - margin, 0.72, size)];
        patches.extend(caption.map(|line| Patch::draw(&line, margin, h - margin, 0.92, size)));
        Self { patches }
    }

    /// Draws the type over whatever the frame shows; a frame of another size is left as it is where
    /// the type does not fit.
    pub fn draw(&self, out: &mut Frame) {
        let (w, h) = (out.size.width as usize, out.size.height as usize);
        let fits = |patch: &&Patch| patch.left + patch.width <= w && patch.top + patch.height <= h;
        self.patches
            .iter()
            .filter(fits)
            .for_each(|patch| patch.draw_on(out));
    }

    /// Takes the type off a frame that it was drawn on: what was beneath it is guessed from around
    /// it. For a clip that goes on from such a frame, whose picture moves on under its own label.
    pub fn lift(&self, frame: &mut Frame) {
        for patch in &self.patches {
            let Patch {
                left,
                top,
                width,
                height,
                ..
            } = *patch;
            heal(
                frame,
                Area {
                    left,
                    top,
                    width,
                    height,
                },
            );
        }
    }
}

/// A line of glyphs in pixels, its origin at the left end of the baseline.
struct Line {
    glyphs: Vec<ab_glyph::OutlinedGlyph>,
    width: f32,
    pixels: f32,
}

impl Line {
    fn set(face: &FontRef<'_>, text: &str, pixels: f32) -> Self {
        let scale = PxScale::from(pixels);
        let sized = face.as_scaled(scale);
        let (mut pen, mut last, mut glyphs) = (0.0, None, Vec::new());
        for id in text.chars().map(|c| face.glyph_id(c)) {
            pen += last.map_or(0.0, |last| sized.kern(last, id));
            let glyph = id.with_scale_and_position(scale, point(pen, 0.0));
            glyphs.extend(face.outline_glyph(glyph));
            pen += sized.h_advance(id);
            last = Some(id);
        }
        Self {
            glyphs,
            width: pen,
            pixels,
        }
    }
}

/// As many first words as fit in `room`, with an ellipsis if there were more.
fn caption(face: &FontRef<'_>, text: &str, pixels: f32, room: f32) -> Option<Line> {
    let words: Vec<&str> = text.split_whitespace().take(CAPTION_WORDS + 1).collect();
    if words.is_empty() {
        return None;
    }
    for count in (1..=words.len().min(CAPTION_WORDS)).rev() {
        let cut = count < words.len();
        let shown = words[..count].join(" ");
        let end = |c: char| cut && c.is_ascii_punctuation();
        let shown = format!(
            "{}{}",
            shown.trim_end_matches(end),
            if cut { "…" } else { "" }
        );
        let line = Line::set(face, &shown, pixels);
        if line.width <= room {
            return shown.chars().all(|c| can_show(face, c)).then_some(line);
        }
    }
    None
}

fn can_show(face: &FontRef<'_>, c: char) -> bool {
    face.glyph_id(c).0 != 0 && !c.is_control()
}

impl Patch {
    /// The line with its baseline's left end at `left`, `base`, in ink of this opacity.
    fn draw(line: &Line, left: f32, base: f32, opacity: f32, size: Size) -> Self {
        let pad = (line.pixels * 0.5) as usize + 2;
        let even = |x: f32| (x.max(0.0) as usize) & !1;
        let (x0, y0) = (
            even(left - pad as f32),
            even(base - line.pixels - pad as f32),
        );
        let room = |from: usize, length: f32, all: u32| {
            (((length as usize + 2 * pad + 3) & !1).min(all as usize - from)) & !1
        };
        let width = room(x0, line.width, size.width);
        let height = room(y0, line.pixels * 1.3, size.height);
        let mut ink = vec![0; width * height];
        for glyph in &line.glyphs {
            let bounds = glyph.px_bounds();
            let (dx, dy) = (
                bounds.min.x + left - x0 as f32,
                bounds.min.y + base - y0 as f32,
            );
            glyph.draw(|x, y, cover| {
                let (x, y) = (x as usize + dx as usize, y as usize + dy as usize);
                if x < width && y < height {
                    let value = (cover.clamp(0.0, 1.0) * opacity * 255.0) as u8;
                    ink[y * width + x] = ink[y * width + x].max(value);
                }
            });
        }
        let shade = shadow(&ink, width, height, pad / 2);
        Self {
            left: x0,
            top: y0,
            width,
            height,
            ink,
            shade,
        }
    }

    fn draw_on(&self, out: &mut Frame) {
        let stride = out.size.width as usize;
        for row in 0..self.height {
            let from = (self.top + row) * stride + self.left;
            let at = row * self.width;
            let samples = &mut out.y[from..from + self.width];
            for (k, sample) in samples.iter_mut().enumerate() {
                let shaded = towards(*sample, 16, self.shade[at + k]);
                *sample = towards(shaded, 235, self.ink[at + k]);
            }
        }
        self.draw_chroma(&mut out.u, stride / 2);
        self.draw_chroma(&mut out.v, stride / 2);
    }

    fn draw_chroma(&self, plane: &mut [u8], stride: usize) {
        for row in 0..self.height / 2 {
            for column in 0..self.width / 2 {
                let at = row * 2 * self.width + column * 2;
                let four = [at, at + 1, at + self.width, at + self.width + 1];
                let cover = four
                    .iter()
                    .map(|&k| u32::from(self.ink[k].max(self.shade[k])))
                    .sum::<u32>();
                let sample = &mut plane[(self.top / 2 + row) * stride + self.left / 2 + column];
                *sample = towards(*sample, 128, (cover / 4) as u8);
            }
        }
    }
}

fn towards(from: u8, to: u8, share: u8) -> u8 {
    let share = u32::from(share);
    ((u32::from(from) * (255 - share) + u32::from(to) * share + 127) / 255) as u8
}

/// The ink, spread over `radius` pixels both ways and thinned.
fn shadow(ink: &[u8], width: usize, height: usize, radius: usize) -> Vec<u8> {
    let across = spread(ink, width, height, radius, 1, width);
    let both = spread(&across, height, width, radius, width, 1);
    both.into_iter()
        .map(|value| (u32::from(value) * 7 / 4).min(165) as u8)
        .collect()
}

/// A running mean along lines of `length` samples, `step` apart; the lines are `next` apart.
fn spread(
    from: &[u8],
    length: usize,
    lines: usize,
    radius: usize,
    step: usize,
    next: usize,
) -> Vec<u8> {
    let mut out = vec![0; from.len()];
    for line in 0..lines {
        for k in 0..length {
            let near = k.saturating_sub(radius)..(k + radius + 1).min(length);
            let sum: u32 = near.map(|i| u32::from(from[line * next + i * step])).sum();
            out[line * next + k * step] = (sum / (2 * radius as u32 + 1)) as u8;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size {
        width: 640,
        height: 360,
    };

    fn drawn(text: Option<&str>) -> Frame {
        let mut frame = Frame::black(SIZE);
        Label::new(SIZE, text).draw(&mut frame);
        frame
    }

    /// Bright samples in a half of the frame.
    fn bright(frame: &Frame, right: bool) -> usize {
        let half = SIZE.width as usize / 2;
        let row = |row: &[u8]| {
            let part = if right { &row[half..] } else { &row[..half] };
            part.iter().filter(|&&y| y > 120).count()
        };
        frame.y.chunks_exact(SIZE.width as usize).map(row).sum()
    }

    #[test]
    fn the_mark_is_there_with_and_without_a_caption() {
        let (with, without) = (drawn(Some("A quiet sea")), drawn(None));
        assert!(bright(&without, true) > 30);
        assert_eq!(bright(&without, false), 0);
        assert!(bright(&with, false) > 100);
        assert_eq!(bright(&with, true), bright(&without, true));
    }

    #[test]
    fn words_without_glyphs_are_left_out_and_the_mark_stays() {
        assert_eq!(drawn(Some("海 at night")), drawn(None));
        assert_eq!(drawn(Some("  \n ")), drawn(None));
        assert_ne!(drawn(Some("Привет, café")), drawn(None));
    }

    #[test]
    fn a_long_text_is_cut_to_fit_and_a_tiny_frame_does_not_panic() {
        let long = "words ".repeat(500);
        assert!(bright(&drawn(Some(&long)), false) > 100);
        for size in [
            Size::even(16, 16),
            Size::even(40, 300),
            Size::even(854, 480),
        ] {
            Label::new(size, Some(&long)).draw(&mut Frame::black(size));
        }
    }

    #[test]
    fn type_is_white_whatever_the_picture_is() {
        let mut frame = Frame::black(SIZE);
        frame.y.fill(235);
        frame.u.fill(240);
        Label::new(SIZE, None).draw(&mut frame);
        assert!(
            frame.y.iter().any(|&y| y < 200),
            "a shadow sets it off from white"
        );
        assert!(frame.u.iter().any(|&u| u < 222), "colour fades below it");
    }
}
