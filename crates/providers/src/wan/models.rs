//! Which Wan models take what. The 2.5 and 2.6 lines are documented; of 2.7 the official SDK
//! (2.0.2) shows the media list and documents written by others the rest.

use framewright_core::spec::{Mode, Spec};

use crate::limits::Seconds;
use crate::models::Line;
use crate::takes::Takes;

/// One model; each makes videos of one mode.
#[derive(Debug)]
pub(super) struct Model {
    pub name: &'static str,
    pub mode: Mode,
    pub seconds: Seconds,
    /// Lines of the short side.
    pub lines: &'static [u32],
    pub wire: Wire,
    pub takes: Takes,
}

/// How inputs and frame are said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire {
    /// `parameters.size`, `W*H`.
    Size,
    /// `input.img_url` and `parameters.resolution`; the frame is the image's.
    Image,
    /// `parameters.resolution` and `parameters.ratio`.
    Ratio,
    /// `input.media`, a list of what there is, and `parameters.resolution`.
    Media,
}

/// What the page's names mean with and without an image. A model's own name stands for itself; no
/// name is what the endpoints without a model field ask for.
pub(super) const LINES: &[Line] = &[
    ("wan2.5", Some(Mode::Text), "wan2.5-t2v-preview"),
    ("wan2.5", Some(Mode::Image), "wan2.5-i2v-preview"),
    ("wan2.6", Some(Mode::Text), "wan2.6-t2v"),
    ("wan2.6", Some(Mode::Image), "wan2.6-i2v"),
    ("wan2.6-flash", Some(Mode::Image), "wan2.6-i2v-flash"),
    ("", Some(Mode::Text), "wan2.6-t2v"),
    ("", Some(Mode::Image), "wan2.6-i2v"),
    ("wan2.5-t2v-preview", None, "wan2.5-t2v-preview"),
    ("wan2.5-i2v-preview", None, "wan2.5-i2v-preview"),
    ("wan2.6-t2v", None, "wan2.6-t2v"),
    ("wan2.6-t2v-us", None, "wan2.6-t2v-us"),
    ("wan2.6-i2v", None, "wan2.6-i2v"),
    ("wan2.6-i2v-flash", None, "wan2.6-i2v-flash"),
    ("wan2.7-t2v", None, "wan2.7-t2v"),
    ("wan2.7-i2v", None, "wan2.7-i2v"),
];

/// Sizes by lines (documented; 480 for 2.5 alone).
pub(super) const SIZES: &[(u32, &str)] = &[
    (480, "832*480"),
    (480, "480*832"),
    (480, "624*624"),
    (720, "1280*720"),
    (720, "720*1280"),
    (720, "960*960"),
    (720, "1088*832"),
    (720, "832*1088"),
    (1080, "1920*1080"),
    (1080, "1080*1920"),
    (1080, "1440*1440"),
    (1080, "1632*1248"),
    (1080, "1248*1632"),
];

/// `parameters.ratio` of 2.7.
pub(super) const RATIOS: &[&str] = &["16:9", "9:16", "1:1", "4:3", "3:4"];

/// Lines where a spec names none: the vendor's own default.
pub(super) const USUAL_LINES: u32 = 1080;

/// What all of them take.
const ALL: Takes = Takes {
    negative_prompt: true,
    lines: true,
    end_image: false,
    audio: false,
    aspect: false,
    motion: false,
    tier: false,
    cfg_scale: false,
    flip: false,
};

const TEXT: Takes = Takes {
    audio: true,
    aspect: true,
    ..ALL
};

const IMAGE: Takes = Takes { audio: true, ..ALL };

pub(super) const MODELS: &[Model] = &[
    Model {
        name: "wan2.5-t2v-preview",
        mode: Mode::Text,
        seconds: Seconds::OneOf(&[5, 10]),
        lines: &[480, 720, 1080],
        wire: Wire::Size,
        takes: TEXT,
    },
    Model {
        name: "wan2.5-i2v-preview",
        mode: Mode::Image,
        seconds: Seconds::OneOf(&[5, 10]),
        lines: &[480, 720, 1080],
        wire: Wire::Image,
        takes: IMAGE,
    },
    Model {
        name: "wan2.6-t2v",
        mode: Mode::Text,
        seconds: Seconds::Within(2, 15),
        lines: &[720, 1080],
        wire: Wire::Size,
        takes: TEXT,
    },
    Model {
        name: "wan2.6-t2v-us",
        mode: Mode::Text,
        seconds: Seconds::OneOf(&[5, 10]),
        lines: &[720, 1080],
        wire: Wire::Size,
        takes: TEXT,
    },
    Model {
        name: "wan2.6-i2v",
        mode: Mode::Image,
        seconds: Seconds::Within(2, 15),
        lines: &[720, 1080],
        wire: Wire::Image,
        takes: IMAGE,
    },
    Model {
        name: "wan2.6-i2v-flash",
        mode: Mode::Image,
        seconds: Seconds::Within(2, 15),
        lines: &[720, 1080],
        wire: Wire::Image,
        takes: IMAGE,
    },
    Model {
        name: "wan2.7-t2v",
        mode: Mode::Text,
        seconds: Seconds::Within(2, 15),
        lines: &[720, 1080],
        wire: Wire::Ratio,
        takes: Takes {
            aspect: true,
            ..ALL
        },
    },
    Model {
        name: "wan2.7-i2v",
        mode: Mode::Image,
        seconds: Seconds::Within(2, 15),
        lines: &[720, 1080],
        wire: Wire::Media,
        takes: Takes {
            end_image: true,
            audio: true,
            ..ALL
        },
    },
];

impl Model {
    pub fn named(name: &str) -> Option<&'static Self> {
        MODELS.iter().find(|model| model.name == name)
    }

    /// The lines of a video, where the spec names some and where it does not.
    pub fn lines_of(spec: &Spec) -> u32 {
        spec.lines.unwrap_or(USUAL_LINES)
    }
}
