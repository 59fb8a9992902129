//! Colours as the painters mix them (sRGB-coded, 0..1) and the one way from there to YUV. No colour
//! management: BT.709, limited range, as in `frame`.

/// A colour, each part 0..1 and sRGB-coded; mixing may overshoot, conversion clamps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rgb {
    pub r: f32,
    pub g: f32,
    pub b: f32,
}

impl Rgb {
    /// From `0xRRGGBB`.
    #[must_use]
    pub const fn hex(hex: u32) -> Self {
        let [_, r, g, b] = hex.to_be_bytes();
        Self {
            r: r as f32 / 255.0,
            g: g as f32 / 255.0,
            b: b as f32 / 255.0,
        }
    }

    /// `self` at 0, `other` at 1.
    #[must_use]
    pub fn mix(self, other: Self, t: f32) -> Self {
        let part = |a: f32, b: f32| a + (b - a) * t;
        Self {
            r: part(self.r, other.r),
            g: part(self.g, other.g),
            b: part(self.b, other.b),
        }
    }

    /// Brighter (above 1) or darker (below 1).
    #[must_use]
    pub fn scale(self, k: f32) -> Self {
        Self {
            r: self.r * k,
            g: self.g * k,
            b: self.b * k,
        }
    }

    /// As seen under light of another colour: each part multiplied.
    #[must_use]
    pub fn under(self, light: Self) -> Self {
        Self {
            r: self.r * light.r,
            g: self.g * light.g,
            b: self.b * light.b,
        }
    }

    /// Light added to light.
    #[must_use]
    pub fn plus(self, light: Self, amount: f32) -> Self {
        let Self { r, g, b } = light.scale(amount);
        Self {
            r: self.r + r,
            g: self.g + g,
            b: self.b + b,
        }
    }

    /// How bright it looks, 0..1 (BT.709 weights).
    #[must_use]
    pub fn luma(self) -> f32 {
        0.2126 * self.r + 0.7152 * self.g + 0.0722 * self.b
    }

    /// Its own grey at 0, itself at 1, gaudier above.
    #[must_use]
    pub fn saturate(self, k: f32) -> Self {
        let grey = self.luma();
        Self {
            r: grey,
            g: grey,
            b: grey,
        }
        .mix(self, k)
    }

    /// Y, U, V in limited range (16..235, 16..240), not rounded.
    #[must_use]
    pub fn yuv(self) -> [f32; 3] {
        let c = self.clamped();
        let luma = c.luma();
        let u = 128.0 + 224.0 * (c.b - luma) / 1.8556;
        let v = 128.0 + 224.0 * (c.r - luma) / 1.5748;
        [16.0 + 219.0 * luma, u, v]
    }

    /// Every part within 0..1.
    #[must_use]
    pub fn clamped(self) -> Self {
        Self {
            r: self.r.clamp(0.0, 1.0),
            g: self.g.clamp(0.0, 1.0),
            b: self.b.clamp(0.0, 1.0),
        }
    }

    /// For tiny-skia, with an opacity of 0..1.
    #[must_use]
    pub fn ink(self, opacity: f32) -> tiny_skia::Color {
        let c = self.clamped();
        tiny_skia::Color::from_rgba(c.r, c.g, c.b, opacity.clamp(0.0, 1.0))
            .expect("all four parts were clamped to 0..1")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_primaries_land_where_bt_709_says() {
        let rounded = |hex| Rgb::hex(hex).yuv().map(|part| part.round() as u8);
        assert_eq!(rounded(0x00_0000), [16, 128, 128]);
        assert_eq!(rounded(0xff_ffff), [235, 128, 128]);
        assert_eq!(rounded(0xff_0000), [63, 102, 240]);
        assert_eq!(rounded(0x00_00ff), [32, 240, 118]);
    }
}
