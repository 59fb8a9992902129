//! The ground from the horizon to the lower edge: grass, snow, paving, and a road across it or into
//! the distance. Water is `water`, dunes are `land`.

use super::colour::Rgb;
use super::curve::{falloff, fraction, mix, smooth};
use super::element::Element;
use super::layer::Paint;
use super::sky;
use super::stage::Stage;
use super::story::Weather;
use crate::rng::{fractal2, noise2};

/// What is laid over the ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    None,
    /// A road from side to side, for someone who is seen from the side.
    Across,
    /// A road that goes away from the viewer.
    Away,
}

/// The ground's own colour and roughness, and the road on it.
#[derive(Clone, Copy, Debug)]
pub struct Cover {
    pub colour: Rgb,
    /// 0 for paving, 1 for rough grass.
    pub texture: f32,
    pub way: Way,
}

/// Where a road that goes across lies, in frame heights.
pub const ACROSS: (f32, f32) = (0.80, 0.965);

/// Paints the whole ground as one plate, near at the lower edge and far at the horizon.
#[must_use]
pub fn paint(stage: &Stage, cover: Cover) -> Box<dyn Element> {
    let p = stage.palette;
    let seed = stage.noise(160);
    let (top, bottom) = (stage.horizon, stage.height);
    let white = stage.story.weather == Weather::Snow && cover.texture > 0.2;
    let colour = if white {
        Rgb::hex(0xe8eef5)
    } else {
        cover.colour
    };
    let texture = if white {
        cover.texture * 0.35
    } else {
        cover.texture
    };
    let (sun_x, _) = sky::sun(stage);
    let wet = matches!(stage.story.weather, Weather::Rain | Weather::Storm);
    Box::new(stage.plate((0.3, 1.0), (top, bottom), 1.0, |x, y| {
        let t = ((y - top) / (bottom - top)).clamp(0.0, 1.0);
        let far = 1.0 / (t + 0.09);
        let side = (x - stage.width / 2.0) / stage.unit * far;
        let patch = fractal2(side * 1.4, far * 2.6, 4, seed) - 0.5;
        let blade = noise2(x / (2.0 + 3.0 * t), y / (3.0 + 9.0 * t), seed) - 0.5;
        let shade = 1.05 + texture * (patch * 0.7 + blade * 0.3 * t) - 0.3 * t;
        let bare = colour.scale(shade);
        let laid = match cover.way {
            Way::None => bare,
            Way::Across => across(stage, bare, x, y, blade),
            Way::Away => away(stage, bare, x, t, blade),
        };
        let rgb = p.far(laid, 0.42 * (1.0 - t) * (1.0 - t));
        let shine = falloff((x - sun_x) * (x - sun_x), stage.width * 0.3) * (1.0 - t) * 0.18;
        let sheen = if wet && texture < 0.2 {
            0.26 * smooth(0.45, 0.62, patch + 0.5)
        } else {
            0.0
        };
        let rgb = rgb
            .mix(p.upper.mix(p.horizon, 0.5), sheen)
            .mix(p.glow, shine * p.clearness);
        Paint {
            rgb,
            cover: ((y - top) / 3.0).clamp(0.0, 1.0),
        }
    }))
}

/// The near bank of a water, for those who cannot walk on it: a strip along the lower edge with a
/// line of foam.
pub fn shore(stage: &Stage, colour: Rgb) -> Box<dyn Element> {
    let p = stage.palette;
    let seed = stage.noise(170);
    let level = stage.height * 0.765;
    let wave = stage.unit * 0.05;
    Box::new(
        stage.plate((0.8, 1.0), (level - wave, stage.height), 1.0, |x, y| {
            let edge = level + wave * (fractal2(x / stage.unit * 1.3, 0.5, 3, seed) - 0.5) * 1.6;
            let down = (y - edge) / stage.unit;
            if down < -0.012 {
                return Paint::NONE;
            }
            let grain = noise2(x / 2.5, y / 2.0, seed) - 0.5;
            let patch = fractal2(x / 120.0, y / 40.0, 3, seed) - 0.5;
            let damp = smooth(0.07, 0.0, down);
            let dry = colour.scale(1.04 + grain * 0.07 + patch * 0.16 - 0.3 * damp);
            let froth = smooth(0.011, 0.0, (down - 0.002).abs()) * (0.55 + 0.45 * patch);
            let rgb = p
                .lit(dry)
                .mix(p.horizon, 0.16 * damp)
                .mix(p.lit(Rgb::hex(0xf6fbff)), froth);
            Paint {
                rgb,
                cover: smooth(-0.012, -0.002, down),
            }
        }),
    )
}

const ASPHALT: Rgb = Rgb::hex(0x565a62);
const LINE: Rgb = Rgb::hex(0xeeeade);

/// A road from side to side, its dashes running along the middle.
fn across(stage: &Stage, bare: Rgb, x: f32, y: f32, grain: f32) -> Rgb {
    let (top, low) = (ACROSS.0 * stage.height, ACROSS.1 * stage.height);
    let soft = 1.6;
    let on = smooth(top - soft, top + soft, y) * smooth(low + soft, low - soft, y);
    if on <= 0.0 {
        return bare;
    }
    let wide = low - top;
    let at = (y - top) / wide;
    let edge = line_at(at, 0.07, 0.018) + line_at(at, 0.93, 0.022);
    let dash = stage.unit * 0.3;
    let step = fraction(x / dash);
    let dashed = smooth(0.0, 0.02, step) * smooth(0.56, 0.54, step) * line_at(at, 0.5, 0.022);
    let stone = ASPHALT.scale(0.92 + grain * 0.12 + 0.08 * at);
    bare.mix(stone.mix(LINE, (edge + dashed).min(1.0) * 0.9), on)
}

/// A road to the vanishing point, `t` 0 at the horizon and 1 at the lower edge.
fn away(stage: &Stage, bare: Rgb, x: f32, t: f32, grain: f32) -> Rgb {
    let bend = stage.unit * 0.22 * (1.0 - t) * (1.0 - t);
    let half = stage.unit * mix(0.008, 0.62, t);
    let off = (x - stage.width / 2.0 - bend) / half;
    let soft = 1.5 / half;
    let on = smooth(1.0 + soft, 1.0 - soft, off.abs());
    if on <= 0.0 {
        let verge = smooth(1.28, 1.0, off.abs()) * 0.5;
        return bare.mix(Rgb::hex(0xa08d68), verge);
    }
    let far = 1.0 / (t + 0.05);
    let dashed = if fraction(far * 1.6) < 0.55 {
        line_at(off, 0.0, 0.024)
    } else {
        0.0
    };
    let edge = line_at(off.abs(), 0.9, 0.02);
    let stone = ASPHALT.scale(0.94 + grain * 0.1);
    bare.mix(stone.mix(LINE, (edge + dashed).min(1.0) * 0.88), on)
}

/// 1 on a line at `middle`, `half` wide to either side, with a soft edge.
fn line_at(at: f32, middle: f32, half: f32) -> f32 {
    smooth(half * 1.5, half * 0.7, (at - middle).abs())
}
