//! Outer space: stars, a nebula, a planet with its moon; and the ground of a moon for those who walk.

use super::colour::Rgb;
use super::curve::{falloff, mix, smooth};
use super::element::Element;
use super::layer::Paint;
use super::palette;
use super::sky::Stars;
use super::stage::{Elements, Stage};
use crate::rng::{fractal2, grid, noise2};

/// Everything behind the actors.
#[must_use]
pub fn backdrop(stage: &Stage) -> Elements {
    let mut elements: Elements = vec![
        nebula(stage),
        Box::new(Stars::scattered(stage, 420, stage.height)),
    ];
    elements.push(planet(stage));
    elements.push(moon(stage));
    elements
}

/// Two hues for a nebula, by the seed or the colour that was named.
fn hues(stage: &Stage) -> (Rgb, Rgb) {
    const PAIRS: [(u32, u32); 4] = [
        (0x6a2f9c, 0x1f6f9c),
        (0x9c2f6a, 0x3f3fae),
        (0x1f7f8c, 0x5a2fa0),
        (0xa0522f, 0x7a2f7f),
    ];
    let (a, b) = PAIRS[stage.noise(800) as usize % PAIRS.len()];
    let tint = stage.story.tint.map(palette::paint);
    let hue = |hex| tint.map_or(Rgb::hex(hex), |tint| Rgb::hex(hex).mix(tint, 0.65));
    (hue(a), hue(b))
}

fn nebula(stage: &Stage) -> Box<dyn Element> {
    let seed = stage.noise(801);
    let (first, second) = hues(stage);
    let scale = stage.unit * 0.62;
    Box::new(stage.plate((0.02, 0.02), (0.0, stage.height), 2.0, |x, y| {
        let bend = fractal2(x / scale * 0.7, y / scale * 0.7, 3, seed ^ 5) * 1.6;
        let cloud = fractal2(x / scale + bend, y / scale - bend * 0.6, 6, seed);
        let band = falloff(
            ((y - stage.height * 0.62) + (x - stage.width * 0.5) * 0.36).powi(2),
            stage.unit * 0.4,
        );
        let thick = smooth(0.34, 0.86, cloud * (0.55 + 0.62 * band));
        let hue = first.mix(second, smooth(0.3, 0.75, bend / 1.6));
        let dust = grid(x as i32 / 2, y as i32 / 2, seed);
        let star = if dust > 0.9965 {
            (dust - 0.9965) * 130.0
        } else {
            0.0
        };
        let deep = Rgb::hex(0x05060f).mix(hue.scale(0.35), 0.35 * band);
        Paint::solid(
            deep.mix(hue, thick * 0.85)
                .plus(hue.mix(Rgb::hex(0xffffff), 0.6), thick * thick * 0.3)
                .plus(Rgb::hex(0xdfe6ff), star),
        )
    }))
}

/// A ball lit from the upper left, its surface given by `ground`.
fn ball(
    stage: &Stage,
    (cx, cy): (f32, f32),
    radius: f32,
    depth: f32,
    ground: impl Fn(f32, f32) -> Rgb,
    air: Rgb,
) -> Box<dyn Element> {
    let margin = radius * 1.14;
    Box::new(
        stage.plate((depth, depth), (cy - margin, cy + margin), 1.0, |x, y| {
            let (u, v) = ((x - cx) / radius, (y - cy) / radius);
            let far = (u * u + v * v).sqrt();
            if far > 1.13 {
                return Paint::NONE;
            }
            let z = (1.0 - far * far).max(0.0).sqrt();
            let light = smooth(-0.16, 0.85, -u * 0.62 - v * 0.42 + z * 0.52);
            let rim = air.scale(smooth(0.82, 1.0, far) * smooth(-0.5, 0.9, -u * 0.75 - v * 0.5));
            let bulge = 1.0 / (0.55 + 0.45 * z);
            let surface = ground(u * bulge, v * bulge)
                .scale(0.03 + light)
                .plus(rim, 0.55);
            let edge = smooth(1.0 + 1.5 / radius, 1.0 - 1.5 / radius, far);
            let halo = falloff((far - 1.0).powi(2), 0.035)
                * smooth(1.13, 1.0, far)
                * smooth(-0.2, 0.9, -u * 0.75 - v * 0.5)
                * 0.5;
            Paint {
                rgb: air.mix(surface, edge),
                cover: edge.max(halo),
            }
        }),
    )
}

fn planet(stage: &Stage) -> Box<dyn Element> {
    let seed = stage.noise(810);
    let (x, y) = (stage.width * 0.74, stage.height * 0.4);
    let (hue, other) = hues(stage);
    let gas = grid(1, 1, seed) > 0.5;
    let air = if gas {
        other.mix(Rgb::hex(0xffe0c0), 0.5)
    } else {
        Rgb::hex(0x7fc4ff)
    };
    let ground = move |u: f32, v: f32| {
        if gas {
            let swirl = fractal2(u * 2.0, v * 7.0, 4, seed) - 0.5;
            let band = fractal2(0.5, v * 6.0 + swirl * 0.9 + u * 0.5, 4, seed ^ 3);
            return Rgb::hex(0xe9c9a0)
                .mix(hue.mix(Rgb::hex(0xb06a4a), 0.6), smooth(0.3, 0.7, band));
        }
        let land = fractal2(u * 2.3 + 7.0, v * 2.3, 6, seed);
        let soil = Rgb::hex(0x4a7a46).mix(Rgb::hex(0xb39a66), smooth(0.55, 0.7, land));
        let sea = Rgb::hex(0x1c4f8e).mix(Rgb::hex(0x2f7fae), smooth(0.4, 0.52, land));
        let cloud = smooth(0.5, 0.72, fractal2(u * 3.0, v * 5.0, 5, seed ^ 8));
        sea.mix(soil, smooth(0.515, 0.53, land))
            .mix(Rgb::hex(0xffffff), cloud * 0.9)
    };
    ball(stage, (x, y), stage.unit * 0.27, 0.12, ground, air)
}

fn moon(stage: &Stage) -> Box<dyn Element> {
    let seed = stage.noise(820);
    let at = (stage.width * 0.2, stage.height * 0.24);
    let grey = move |u: f32, v: f32| {
        let rough = fractal2(u * 4.0, v * 4.0, 4, seed);
        Rgb::hex(0xb9b4aa)
            .scale(0.7 + 0.5 * rough - 0.28 * smooth(0.6, 0.75, noise2(u * 3.0, v * 3.0, seed)))
    };
    ball(
        stage,
        at,
        stage.unit * 0.062,
        0.08,
        grey,
        Rgb::hex(0x6a6f7a),
    )
}

/// The dusty ground of a moon.
#[must_use]
pub fn ground(stage: &Stage) -> Box<dyn Element> {
    let seed = stage.noise(830);
    let level = stage.height * 0.72;
    Box::new(stage.plate(
        (0.35, 1.0),
        (level - stage.unit * 0.05, stage.height),
        1.0,
        |x, y| {
            let rise = stage.unit * 0.04 * fractal2(x / stage.unit * 1.7, 0.5, 4, seed);
            let down = y - (level - rise);
            if down < 0.0 {
                return Paint::NONE;
            }
            let t = (down / (stage.height - level)).clamp(0.0, 1.0);
            let far = 1.0 / (t + 0.12);
            let (u, v) = ((x - stage.width / 2.0) / stage.unit * far * 2.0, far * 3.0);
            let here = fractal2(u, v, 5, seed);
            let slope = fractal2(u - 0.08, v - 0.1, 5, seed) - here;
            let grey = mix(0.3, 0.62, t) + slope * 3.0 + (here - 0.5) * 0.25;
            Paint {
                rgb: Rgb::hex(0xc9c3ba).scale(grey.clamp(0.06, 1.0)),
                cover: (down + 0.2).min(1.0),
            }
        },
    ))
}
