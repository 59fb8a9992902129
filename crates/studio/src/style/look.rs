//! A look as figures: what is done to a frame, not how. Every look there is stands here as a constant.

use super::words;

/// What a style does to a frame. Shares are 0.0 to 1.0; tints are chroma steps `[u, v]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// How strongly detail is wiped away between outlines.
    pub smoothing: f32,
    /// Flat tones of luma; 0 leaves them continuous.
    pub tones: u8,
    /// Dark lines along outlines.
    pub ink: f32,
    /// How much of the picture gives way to lines on paper.
    pub pencil: f32,
    /// Bright lines along outlines, with a halo.
    pub glow: f32,
    /// Slope of the tone curve at middle grey, and what is added to every tone.
    pub contrast: f32,
    pub brightness: f32,
    /// How far black is lifted.
    pub fade: f32,
    pub saturation: f32,
    /// Tints of the darkest and the lightest tones.
    pub shadows: [f32; 2],
    pub lights: [f32; 2],
    /// Grain of the paper, in luma steps.
    pub paper: f32,
    /// How much darker the corners are.
    pub vignette: f32,
}

impl Look {
    /// The look that a prompt asks for: a medium ("anime"), a mood ("at night"), or both; the first
    /// medium and the first mood in the tables' order win. Without either, [`Look::FILM`].
    #[must_use]
    pub fn for_prompt(prompt: &str) -> Self {
        let medium = words::find(prompt, &words::MEDIA);
        let mood = words::find(prompt, &words::MOODS);
        match (medium, mood) {
            (None, None) => Self::FILM,
            (Some(medium), None) => *medium,
            (None, Some(mood)) => *mood,
            (Some(medium), Some(mood)) => medium.in_mood(mood),
        }
    }

    /// The medium stays, the light is the mood's.
    fn in_mood(self, mood: &Self) -> Self {
        let add = |a: [f32; 2], b: [f32; 2]| [a[0] + b[0], a[1] + b[1]];
        Self {
            contrast: self.contrast * mood.contrast,
            brightness: self.brightness + mood.brightness,
            saturation: self.saturation * mood.saturation,
            shadows: add(self.shadows, mood.shadows),
            lights: add(self.lights, mood.lights),
            vignette: self.vignette.max(mood.vignette),
            ..self
        }
    }

    /// Nothing done at all: the base of the others.
    pub const PLAIN: Self = Self {
        smoothing: 0.0,
        tones: 0,
        ink: 0.0,
        pencil: 0.0,
        glow: 0.0,
        contrast: 1.0,
        brightness: 0.0,
        fade: 0.0,
        saturation: 1.0,
        shadows: [0.0; 2],
        lights: [0.0; 2],
        paper: 0.0,
        vignette: 0.0,
    };

    /// A gentle film grade: a little contrast, blue shadows, warm lights.
    pub const FILM: Self = Self {
        contrast: 1.12,
        saturation: 1.08,
        shadows: [6.0, -5.0],
        lights: [-5.0, 4.0],
        vignette: 0.14,
        ..Self::PLAIN
    };

    pub const CARTOON: Self = Self {
        smoothing: 0.8,
        tones: 9,
        ink: 0.9,
        contrast: 1.1,
        brightness: 6.0,
        saturation: 1.45,
        ..Self::PLAIN
    };

    pub const SKETCH: Self = Self {
        smoothing: 0.3,
        pencil: 1.0,
        saturation: 0.0,
        paper: 5.0,
        ..Self::PLAIN
    };

    pub const NOIR: Self = Self {
        contrast: 1.45,
        brightness: -8.0,
        saturation: 0.0,
        vignette: 0.45,
        ..Self::PLAIN
    };

    pub const VINTAGE: Self = Self {
        contrast: 0.9,
        fade: 18.0,
        saturation: 0.35,
        shadows: [-10.0, 7.0],
        lights: [-20.0, 9.0],
        paper: 2.5,
        vignette: 0.38,
        ..Self::PLAIN
    };

    pub const NEON: Self = Self {
        smoothing: 0.4,
        glow: 1.0,
        contrast: 1.2,
        brightness: -38.0,
        saturation: 1.7,
        shadows: [24.0, 12.0],
        lights: [14.0, 6.0],
        vignette: 0.3,
        ..Self::PLAIN
    };

    pub const WATERCOLOUR: Self = Self {
        smoothing: 1.0,
        tones: 12,
        ink: 0.35,
        contrast: 0.86,
        brightness: 18.0,
        saturation: 1.2,
        lights: [-3.0, 2.0],
        paper: 4.5,
        ..Self::PLAIN
    };

    pub const OIL: Self = Self {
        smoothing: 1.0,
        tones: 16,
        ink: 0.15,
        contrast: 1.15,
        saturation: 1.4,
        paper: 4.0,
        vignette: 0.15,
        ..Self::PLAIN
    };

    pub const WARM: Self = Self {
        saturation: 1.1,
        shadows: [-5.0, 4.0],
        lights: [-14.0, 9.0],
        brightness: 3.0,
        ..Self::PLAIN
    };

    pub const GOLDEN: Self = Self {
        contrast: 1.08,
        saturation: 1.15,
        shadows: [-8.0, 7.0],
        lights: [-26.0, 14.0],
        brightness: 4.0,
        vignette: 0.2,
        ..Self::PLAIN
    };

    pub const COLD: Self = Self {
        contrast: 1.05,
        saturation: 0.85,
        shadows: [12.0, -7.0],
        lights: [9.0, -6.0],
        ..Self::PLAIN
    };

    pub const NIGHT: Self = Self {
        contrast: 0.92,
        brightness: -52.0,
        saturation: 0.6,
        shadows: [14.0, -4.0],
        lights: [10.0, -5.0],
        vignette: 0.35,
        ..Self::PLAIN
    };

    pub const DREAM: Self = Self {
        smoothing: 0.5,
        contrast: 0.85,
        brightness: 14.0,
        saturation: 0.9,
        shadows: [6.0, 7.0],
        lights: [2.0, 6.0],
        fade: 10.0,
        ..Self::PLAIN
    };
}
