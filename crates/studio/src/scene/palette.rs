//! The colours of a scene: hour, weather, mood and tint worked into one set that every painter
//! takes from, so that things drawn apart look as if one light fell on them.

use super::colour::Rgb;
use super::story::{Colour, Mood, Place, Story, Time, Weather};

/// The light and the air of a scene.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    pub zenith: Rgb,
    pub upper: Rgb,
    pub horizon: Rgb,
    /// The disc of the sun or the moon, and the light around it.
    pub sun: Rgb,
    pub glow: Rgb,
    /// What distance fades into.
    pub haze: Rgb,
    pub cloud_lit: Rgb,
    pub cloud_shade: Rgb,
    /// What the colour of a thing is multiplied by.
    pub light: Rgb,
    /// How thick the sky is with cloud, 0..1.
    pub clouds: f32,
    /// How much of sun, moon and stars is seen, 0..1.
    pub clearness: f32,
    /// 1 at night, 0 by day, between at dusk and dawn: lamps, windows, headlights.
    pub lamps: f32,
}

impl Palette {
    #[must_use]
    pub fn new(story: &Story) -> Self {
        let hour = at(story.time);
        let palette = in_weather(hour, story.weather);
        let palette = over_a_city(in_mood(palette, story.mood), story);
        let palette = story.tint.map_or(palette, |tint| tinted(palette, tint));
        // No air, no hour: the sun is always up somewhere.
        let light = if story.places[0] == Place::Space {
            rgb(0xf4f2ee)
        } else {
            palette.light
        };
        Self { light, ..palette }
    }

    /// A thing's own colour under this light.
    #[must_use]
    pub fn lit(&self, colour: Rgb) -> Rgb {
        colour.under(self.light)
    }

    /// The same at a distance of 0 (here) to 1 (lost in the haze).
    #[must_use]
    pub fn far(&self, colour: Rgb, distance: f32) -> Rgb {
        self.lit(colour).mix(self.haze, distance)
    }
}

const fn rgb(hex: u32) -> Rgb {
    Rgb::hex(hex)
}

fn at(time: Time) -> Palette {
    match time {
        Time::Day => DAY,
        Time::Dawn => DAWN,
        Time::Dusk => DUSK,
        Time::Night => NIGHT,
    }
}

const DAY: Palette = Palette {
    zenith: rgb(0x2a6fc2),
    upper: rgb(0x66a9e4),
    horizon: rgb(0xd6ebf4),
    sun: rgb(0xfffbe8),
    glow: rgb(0xfff1c4),
    haze: rgb(0xb4d0e6),
    cloud_lit: rgb(0xffffff),
    cloud_shade: rgb(0xaec3d9),
    light: rgb(0xffffff),
    clouds: 0.42,
    clearness: 1.0,
    lamps: 0.0,
};

const DAWN: Palette = Palette {
    zenith: rgb(0x56689f),
    upper: rgb(0xc79bb4),
    horizon: rgb(0xffd9ae),
    sun: rgb(0xfff0cc),
    glow: rgb(0xffcf8f),
    haze: rgb(0xe3b7ab),
    cloud_lit: rgb(0xffdcc2),
    cloud_shade: rgb(0x9c7f9f),
    light: rgb(0xf7dccd),
    clouds: 0.46,
    clearness: 1.0,
    lamps: 0.25,
};

const DUSK: Palette = Palette {
    zenith: rgb(0x2b2c63),
    upper: rgb(0xa24f7c),
    horizon: rgb(0xffa050),
    sun: rgb(0xffe2a0),
    glow: rgb(0xff9448),
    haze: rgb(0xb8606a),
    cloud_lit: rgb(0xffa66b),
    cloud_shade: rgb(0x5e3a6c),
    light: rgb(0xd9a190),
    clouds: 0.5,
    clearness: 1.0,
    lamps: 0.65,
};

const NIGHT: Palette = Palette {
    zenith: rgb(0x050a1f),
    upper: rgb(0x0f1d44),
    horizon: rgb(0x2d4374),
    sun: rgb(0xf6f2e0),
    glow: rgb(0x8fa6d8),
    haze: rgb(0x22335f),
    cloud_lit: rgb(0x3b4d7c),
    cloud_shade: rgb(0x131d3d),
    light: rgb(0x5a6a96),
    clouds: 0.3,
    clearness: 1.0,
    lamps: 1.0,
};

/// Weather takes colour and light out of the sky, by how thick it is.
fn in_weather(palette: Palette, weather: Weather) -> Palette {
    let (grey, dim, clouds, clearness) = match weather {
        Weather::Clear => return palette,
        Weather::Cloudy => (0.45, 0.92, 0.85, 0.35),
        Weather::Fog => (0.6, 1.0, 0.3, 0.3),
        Weather::Rain => (0.6, 0.78, 0.8, 0.12),
        Weather::Storm => (0.62, 0.44, 0.95, 0.05),
        Weather::Snow => (0.5, 0.98, 0.5, 0.25),
    };
    // What is dark already would drown.
    let dim = dim + (1.0 - dim) * 0.75 * palette.lamps;
    let dull = |c: Rgb| c.saturate(1.0 - grey).scale(dim);
    Palette {
        zenith: dull(palette.zenith.mix(palette.upper, 0.6)),
        upper: dull(palette.upper),
        horizon: dull(palette.horizon),
        haze: dull(palette.haze),
        glow: dull(palette.glow),
        cloud_lit: dull(palette.cloud_lit.mix(palette.cloud_shade, 0.35)),
        cloud_shade: dull(palette.cloud_shade.scale(0.85)),
        light: palette
            .light
            .saturate(1.0 - grey * 0.6)
            .scale(0.5 + dim * 0.5),
        clouds,
        clearness,
        lamps: palette
            .lamps
            .max(if dim < 0.6 { 0.7 } else { (1.0 - dim) * 1.5 }),
        ..palette
    }
}

/// The lamps of a city colour the air above it at night.
fn over_a_city(palette: Palette, story: &Story) -> Palette {
    if !story.is_in(Place::City) || palette.lamps < 0.5 {
        return palette;
    }
    let glow = rgb(0x8a6a78);
    Palette {
        horizon: palette.horizon.mix(glow, 0.5),
        upper: palette.upper.mix(glow, 0.16),
        haze: palette.haze.mix(glow, 0.36),
        cloud_lit: palette.cloud_lit.mix(glow, 0.3),
        light: palette.light.mix(rgb(0xa890a0), 0.3),
        ..palette
    }
}

fn in_mood(palette: Palette, mood: Mood) -> Palette {
    match mood {
        Mood::Plain => palette,
        Mood::Joyful => palette.each(|c| c.saturate(1.3).scale(1.03)),
        Mood::Dreamy => palette.each(|c| c.mix(rgb(0xe9b8f0).scale(c.luma().max(0.2)), 0.3)),
        Mood::Dark => palette.each(|c| c.saturate(0.6).scale(0.6)),
        Mood::Dramatic => Palette {
            zenith: palette.zenith.scale(0.62),
            upper: palette.upper.scale(0.78),
            cloud_shade: palette.cloud_shade.scale(0.6),
            clouds: palette.clouds.max(0.62),
            ..palette
        },
        Mood::Futuristic => futuristic(palette),
        Mood::Monochrome => palette.each(|c| c.saturate(0.0)),
    }
}

/// Violet air with a magenta rim, darker than the hour would have it: lamps show.
fn futuristic(palette: Palette) -> Palette {
    Palette {
        zenith: palette.zenith.mix(rgb(0x150a38), 0.75),
        upper: palette.upper.mix(rgb(0x4b1f7c), 0.7),
        horizon: palette.horizon.mix(rgb(0xff5fa8), 0.62),
        haze: palette.haze.mix(rgb(0x7b3fa8), 0.7),
        glow: palette.glow.mix(rgb(0xff6fc0), 0.5),
        cloud_lit: palette.cloud_lit.mix(rgb(0xd060b8), 0.6),
        cloud_shade: palette.cloud_shade.mix(rgb(0x2a1452), 0.7),
        light: palette.light.mix(rgb(0x9a84d8), 0.55),
        lamps: palette.lamps.max(0.85),
        ..palette
    }
}

fn tinted(palette: Palette, tint: Colour) -> Palette {
    let ink = paint(tint);
    palette.each(|c| {
        let bright = c.luma().clamp(0.08, 0.95);
        c.mix(ink.scale(bright / ink.luma().max(0.12)), 0.42)
    })
}

impl Palette {
    fn each(self, change: impl Fn(Rgb) -> Rgb) -> Self {
        Self {
            zenith: change(self.zenith),
            upper: change(self.upper),
            horizon: change(self.horizon),
            sun: change(self.sun),
            glow: change(self.glow),
            haze: change(self.haze),
            cloud_lit: change(self.cloud_lit),
            cloud_shade: change(self.cloud_shade),
            light: change(self.light),
            ..self
        }
    }
}

/// The pigment that a colour word stands for.
#[must_use]
pub fn paint(colour: Colour) -> Rgb {
    rgb(match colour {
        Colour::Red => 0xd02f2c,
        Colour::Orange => 0xee8130,
        Colour::Yellow => 0xf4cf3a,
        Colour::Gold => 0xd9a441,
        Colour::Green => 0x3f9e4d,
        Colour::Teal => 0x2aa6a4,
        Colour::Blue => 0x2c62cf,
        Colour::Purple => 0x7d45bd,
        Colour::Pink => 0xee82ae,
        Colour::Brown => 0x7c5233,
        Colour::Black => 0x25262b,
        Colour::White => 0xf1f0ea,
        Colour::Grey => 0x8d939c,
    })
}

/// How high the horizon is in a place, from the top, in frame heights.
#[must_use]
pub fn horizon(story: &Story) -> f32 {
    let level = match story.places[0] {
        Place::Sea => 0.56,
        Place::River => 0.58,
        Place::City => 0.74,
        Place::Sky => 0.86,
        _ => 0.64,
    };
    if story.camera == super::story::Camera::Aerial {
        level - 0.16
    } else {
        level
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::words::read;

    fn sky(prompt: &str) -> Rgb {
        Palette::new(&read(prompt, "")).upper
    }

    #[test]
    fn night_is_darker_than_dusk_and_dusk_than_day() {
        assert!(sky("night").luma() < sky("dusk").luma());
        assert!(sky("dusk").luma() < sky("day").luma());
    }

    #[test]
    fn storms_dim_and_black_and_white_has_no_colour() {
        assert!(sky("storm").luma() < sky("day").luma());
        let grey = sky("a sea in black and white");
        assert!((grey.r - grey.b).abs() < 0.001);
    }

    #[test]
    fn a_tint_pulls_the_sky_towards_itself() {
        let (plain, red) = (sky("a mountain"), sky("a mountain, red"));
        assert!(red.r - red.b > plain.r - plain.b + 0.2);
    }
}
