//! Where figures are drawn, each frame anew: a small pixmap just large enough, then straight into
//! the frame's planes. What stands still belongs on a `layer` instead.

use super::colour::Rgb;
use crate::colour::{chroma, luma};
use crate::frame::{Frame, Size};
use tiny_skia::{
    FillRule, GradientStop, LinearGradient, Paint, Path, Pixmap, Point, RadialGradient, Shader,
    SpreadMode, Stroke, Transform,
};

/// The box that a figure never leaves, in its own units.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
}

/// How a figure's units become pixels: where its origin is on the screen, pixels per unit, looking
/// left instead of right, and a lean in turns (clockwise).
#[derive(Clone, Copy, Debug)]
pub struct Stand {
    pub x: f32,
    pub y: f32,
    pub scale: f32,
    pub flip: bool,
    pub lean: f32,
}

/// A sheet of pixels that is used again for every figure.
#[derive(Default)]
pub struct Easel {
    pixmap: Option<Pixmap>,
    corner: (usize, usize),
    to: Transform,
}

impl Easel {
    /// Clears a sheet for a figure of these bounds; false where nothing of it would be seen.
    pub fn begin(&mut self, frame: Size, bounds: Bounds, stand: Stand) -> bool {
        let mirror = if stand.flip { -1.0 } else { 1.0 };
        let (sin, cos) = (
            super::curve::sine(stand.lean),
            super::curve::cosine(stand.lean),
        );
        let k = stand.scale;
        let to = Transform::from_row(
            k * mirror * cos,
            k * mirror * sin,
            -k * sin,
            k * cos,
            stand.x,
            stand.y,
        );
        let Some([left, top, right, bottom]) = reach(to, bounds, frame) else {
            return false;
        };
        let (width, height) = (right - left, bottom - top);
        let fits = |sheet: &Pixmap| sheet.width() == width && sheet.height() == height;
        match self.pixmap.as_mut().filter(|sheet| fits(sheet)) {
            Some(sheet) => sheet.data_mut().fill(0),
            None => self.pixmap = Pixmap::new(width, height),
        }
        self.corner = (left as usize, top as usize);
        self.to = to.post_translate(-(left as f32), -(top as f32));
        true
    }

    /// A sheet of this size to draw a whole layer on, in pixels, the origin at `x`, `y`.
    #[must_use]
    pub fn sheet(size: Size, x: f32, y: f32) -> Self {
        let pixmap = Pixmap::new(size.width, size.height);
        Self {
            pixmap,
            corner: (0, 0),
            to: Transform::from_translate(x, y),
        }
    }

    /// What was drawn.
    #[must_use]
    pub fn into_sheet(self) -> Option<Pixmap> {
        self.pixmap
    }

    /// Fills an outline.
    pub fn fill(&mut self, path: Option<Path>, ink: Rgb) {
        self.shade(path, Shader::SolidColor(ink.ink(1.0)));
    }

    /// Fills an outline with see-through ink.
    pub fn glaze(&mut self, path: Option<Path>, ink: Rgb, opacity: f32) {
        self.shade(path, Shader::SolidColor(ink.ink(opacity)));
    }

    /// Fills an outline from one ink at `from` to another at `to`.
    pub fn fade(&mut self, path: Option<Path>, from: ((f32, f32), Rgb), to: ((f32, f32), Rgb)) {
        let stops = vec![
            GradientStop::new(0.0, from.1.ink(1.0)),
            GradientStop::new(1.0, to.1.ink(1.0)),
        ];
        let point = |(x, y)| Point::from_xy(x, y);
        let (a, b, all) = (point(from.0), point(to.0), Transform::identity());
        if let Some(shader) = LinearGradient::new(a, b, stops, SpreadMode::Pad, all) {
            self.shade(path, shader);
        }
    }

    /// Light that fades to nothing at `radius`.
    pub fn glow(&mut self, centre: (f32, f32), radius: f32, ink: Rgb, opacity: f32) {
        let stops = vec![
            GradientStop::new(0.0, ink.ink(opacity)),
            GradientStop::new(0.35, ink.ink(opacity * 0.45)),
            GradientStop::new(1.0, ink.ink(0.0)),
        ];
        let centre_at = Point::from_xy(centre.0, centre.1);
        let all = Transform::identity();
        let shader = RadialGradient::new(
            centre_at,
            0.0,
            centre_at,
            radius,
            stops,
            SpreadMode::Pad,
            all,
        );
        if let Some(shader) = shader {
            self.shade(super::shape::oval(centre, radius, radius), shader);
        }
    }

    /// Draws along a path, `width` units wide, with round ends.
    pub fn stroke(&mut self, path: Option<Path>, width: f32, ink: Rgb) {
        let (Some(path), Some(sheet)) = (path, self.pixmap.as_mut()) else {
            return;
        };
        let round = tiny_skia::LineCap::Round;
        let stroke = Stroke {
            width,
            line_cap: round,
            ..Stroke::default()
        };
        let paint = Paint {
            shader: Shader::SolidColor(ink.ink(1.0)),
            ..Paint::default()
        };
        sheet.stroke_path(&path, &paint, &stroke, self.to, None);
    }

    fn shade(&mut self, path: Option<Path>, shader: Shader<'_>) {
        let (Some(path), Some(sheet)) = (path, self.pixmap.as_mut()) else {
            return;
        };
        let paint = Paint {
            shader,
            ..Paint::default()
        };
        sheet.fill_path(&path, &paint, FillRule::Winding, self.to, None);
    }

    /// Lays the sheet over the frame.
    pub fn finish(&self, out: &mut Frame) {
        let Some(sheet) = &self.pixmap else { return };
        let (width, stride) = (sheet.width() as usize, out.size.width as usize);
        let (left, top) = self.corner;
        for (pair, rows) in sheet.data().chunks_exact(width * 8).enumerate() {
            let (upper, lower) = rows.split_at(width * 4);
            let row = top + pair * 2;
            lay_luma(upper, &mut out.y[row * stride + left..][..width]);
            lay_luma(lower, &mut out.y[(row + 1) * stride + left..][..width]);
            let from = row / 2 * (stride / 2) + left / 2;
            let (u, v) = (
                &mut out.u[from..][..width / 2],
                &mut out.v[from..][..width / 2],
            );
            lay_chroma(upper, lower, u, v);
        }
    }
}

/// The even pixel box that the bounds cover inside the frame.
fn reach(to: Transform, b: Bounds, frame: Size) -> Option<[u32; 4]> {
    let corners = [
        (b.left, b.top),
        (b.right, b.top),
        (b.left, b.bottom),
        (b.right, b.bottom),
    ];
    let at = corners.map(|(x, y)| (to.sx * x + to.kx * y + to.tx, to.ky * x + to.sy * y + to.ty));
    let low = |pick: fn(&(f32, f32)) -> f32| at.iter().map(pick).fold(f32::MAX, f32::min);
    let high = |pick: fn(&(f32, f32)) -> f32| at.iter().map(pick).fold(f32::MIN, f32::max);
    let even = |value: f32, end: u32| (value.clamp(0.0, end as f32) as u32) & !1;
    let left = even(low(|p| p.0) - 2.0, frame.width);
    let top = even(low(|p| p.1) - 2.0, frame.height);
    let right = even(high(|p| p.0) + 3.0, frame.width);
    let bottom = even(high(|p| p.1) + 3.0, frame.height);
    (left < right && top < bottom).then_some([left, top, right, bottom])
}

fn lay_luma(pixels: &[u8], out: &mut [u8]) {
    for (pixel, sample) in pixels.chunks_exact(4).zip(out) {
        let cover = u32::from(pixel[3]);
        if cover > 0 {
            let above = u32::from(luma([pixel[0], pixel[1], pixel[2]])) - 16;
            // Premultiplied ink adds its luma above black; black itself is 16 times the cover.
            let sum = above * 255 + 16 * cover + u32::from(*sample) * (255 - cover);
            *sample = ((sum + 127) / 255) as u8;
        }
    }
}

fn lay_chroma(upper: &[u8], lower: &[u8], u: &mut [u8], v: &mut [u8]) {
    let fours = upper.chunks_exact(8).zip(lower.chunks_exact(8));
    for ((a, b), (u, v)) in fours.zip(u.iter_mut().zip(v)) {
        let mean = |k: usize| {
            let sum = [a[k], a[k + 4], b[k], b[k + 4]]
                .into_iter()
                .map(u32::from)
                .sum::<u32>();
            ((sum + 2) / 4) as u8
        };
        let cover = i32::from(mean(3));
        if cover > 0 {
            let [ink_u, ink_v] = chroma([mean(0), mean(1), mean(2)]);
            // Premultiplied ink has premultiplied chroma around 128.
            let over = |ink: u8, old: u8| {
                let rest = (i32::from(old) - 128) * (255 - cover) / 255;
                (i32::from(ink) + rest).clamp(16, 240) as u8
            };
            (*u, *v) = (over(ink_u, *u), over(ink_v, *v));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::shape::rect;

    const SIZE: Size = Size {
        width: 64,
        height: 48,
    };
    const BOUNDS: Bounds = Bounds {
        left: -1.0,
        top: -1.0,
        right: 1.0,
        bottom: 1.0,
    };

    fn stand(x: f32, y: f32) -> Stand {
        Stand {
            x,
            y,
            scale: 10.0,
            flip: false,
            lean: 0.0,
        }
    }

    #[test]
    fn ink_lands_where_it_stands_and_nowhere_else() {
        let (mut easel, mut frame) = (Easel::default(), Frame::black(SIZE));
        assert!(easel.begin(SIZE, BOUNDS, stand(20.0, 20.0)));
        easel.fill(rect(-1.0, -1.0, 1.0, 1.0), Rgb::hex(0xff_ffff));
        easel.finish(&mut frame);
        let lit = |x: usize, y: usize| frame.y[y * 64 + x];
        assert_eq!([lit(20, 20), lit(11, 11), lit(28, 28)], [235; 3]);
        assert_eq!([lit(8, 20), lit(40, 20), lit(20, 40)], [16; 3]);
    }

    #[test]
    fn see_through_ink_mixes_luma_and_chroma() {
        let (mut easel, mut frame) = (Easel::default(), Frame::black(SIZE));
        assert!(easel.begin(SIZE, BOUNDS, stand(20.0, 20.0)));
        easel.glaze(rect(-1.0, -1.0, 1.0, 1.0), Rgb::hex(0xff_0000), 0.5);
        easel.finish(&mut frame);
        let (y, v) = (frame.y[20 * 64 + 20], frame.v[10 * 32 + 10]);
        assert!((38..=41).contains(&y), "luma {y} between 16 and 63");
        assert!((182..=186).contains(&v), "chroma {v} between 128 and 240");
    }

    #[test]
    fn a_figure_off_the_screen_is_not_drawn_and_one_at_the_edge_is_cut() {
        let (mut easel, mut frame) = (Easel::default(), Frame::black(SIZE));
        assert!(!easel.begin(SIZE, BOUNDS, stand(-40.0, 20.0)));
        for (x, y) in [(0.0, 0.0), (63.0, 47.0), (0.0, 47.0)] {
            assert!(easel.begin(SIZE, BOUNDS, stand(x, y)));
            easel.fill(rect(-1.0, -1.0, 1.0, 1.0), Rgb::hex(0xff_ffff));
            easel.finish(&mut frame);
        }
        assert_eq!((frame.y[0], frame.y[47 * 64 + 63]), (235, 235));
    }
}
