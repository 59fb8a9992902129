//! The video models that Replicate sells for this server's requests, and what each takes. Names and
//! fields by a third-party table of its model pages: the vendor has no list of them in its clients.

use framewright_core::spec::{Mode, Role};

use crate::limits::Seconds;
use crate::models::Line;
use crate::takes::Takes;

/// One official model.
#[derive(Debug)]
pub(super) struct Model {
    /// Owner and name.
    pub name: &'static str,
    /// The field of the start image; none where it makes videos from text alone.
    pub start: Option<&'static str>,
    /// Whether it makes videos from text.
    pub text: bool,
    /// The field of the end image.
    pub end: Option<&'static str>,
    pub seconds: Seconds,
    /// Lines of the short side; empty: cannot be chosen.
    pub lines: &'static [u32],
    pub frame: Frame,
    /// What `cfg_scale` is called.
    pub scale: Option<&'static str>,
    pub aspects: &'static [&'static str],
    pub takes: Takes,
}

/// How a model is told the size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// `aspect_ratio`, of text alone: an image has its own.
    Aspect,
    /// `size`, as `1280*720`.
    Size,
    /// `resolution`, as `720p`; the shape is the image's.
    Resolution,
}

/// `size` by lines and shape.
pub(super) const SIZES: &[(u32, &str)] = &[
    (480, "832*480"),
    (480, "480*832"),
    (720, "1280*720"),
    (720, "720*1280"),
    (1080, "1920*1080"),
    (1080, "1080*1920"),
];

/// Lines where a spec names none.
pub(super) const USUAL_LINES: u32 = 720;

const THREE: &[&str] = &["16:9", "9:16", "1:1"];
const SIX: &[&str] = &["16:9", "9:16", "4:3", "3:4", "1:1", "21:9"];

const KLING: Takes = Takes {
    negative_prompt: true,
    aspect: true,
    tier: true,
    end_image: false,
    audio: false,
    lines: false,
    motion: false,
    cfg_scale: false,
    flip: false,
};

const WAN: Takes = Takes {
    negative_prompt: true,
    audio: true,
    lines: true,
    aspect: true,
    tier: false,
    end_image: false,
    motion: false,
    cfg_scale: false,
    flip: false,
};

const WAN_IMAGE: Takes = Takes {
    aspect: false,
    ..WAN
};

pub(super) const MODELS: &[Model] = &[
    Model {
        name: "kwaivgi/kling-v2.5-turbo-pro",
        start: Some("start_image"),
        text: true,
        end: Some("end_image"),
        seconds: Seconds::OneOf(&[5, 10]),
        lines: &[],
        frame: Frame::Aspect,
        scale: Some("guidance_scale"),
        aspects: THREE,
        takes: Takes {
            end_image: true,
            cfg_scale: true,
            ..KLING
        },
    },
    Model {
        name: "kwaivgi/kling-v2.6",
        start: Some("start_image"),
        text: true,
        end: None,
        seconds: Seconds::OneOf(&[5, 10]),
        lines: &[],
        frame: Frame::Aspect,
        scale: None,
        aspects: THREE,
        takes: KLING,
    },
    Model {
        name: "runwayml/gen-4.5",
        start: Some("image"),
        text: true,
        end: None,
        seconds: Seconds::OneOf(&[5, 10]),
        lines: &[],
        frame: Frame::Aspect,
        scale: None,
        aspects: SIX,
        takes: Takes {
            negative_prompt: false,
            tier: false,
            ..KLING
        },
    },
    wan_text("wan-video/wan-2.5-t2v", &[480, 720, 1080], &[5, 10]),
    wan_text("wan-video/wan-2.6-t2v", &[720, 1080], &[5, 10, 15]),
    wan_image("wan-video/wan-2.5-i2v", &[480, 720, 1080], &[5, 10]),
    wan_image("wan-video/wan-2.6-i2v", &[720, 1080], &[5, 10, 15]),
    wan_image("wan-video/wan2.6-i2v-flash", &[720, 1080], &[5, 10, 15]),
];

const fn wan_text(name: &'static str, lines: &'static [u32], seconds: &'static [u32]) -> Model {
    Model {
        name,
        start: None,
        text: true,
        end: None,
        seconds: Seconds::OneOf(seconds),
        lines,
        frame: Frame::Size,
        scale: None,
        aspects: &["16:9", "9:16"],
        takes: WAN,
    }
}

const fn wan_image(name: &'static str, lines: &'static [u32], seconds: &'static [u32]) -> Model {
    Model {
        name,
        start: Some("image"),
        text: false,
        end: None,
        seconds: Seconds::OneOf(seconds),
        lines,
        frame: Frame::Resolution,
        scale: None,
        aspects: &[],
        takes: WAN_IMAGE,
    }
}

/// The names on the API's pages, most of which their makers have retired.
pub(super) const LINES: &[Line] = &[
    ("kling-v1", None, "kwaivgi/kling-v2.5-turbo-pro"),
    ("kling-v1-5", None, "kwaivgi/kling-v2.5-turbo-pro"),
    ("kling-v1-6", None, "kwaivgi/kling-v2.5-turbo-pro"),
    ("gen3a_turbo", Some(Mode::Text), "runwayml/gen-4.5"),
    ("gen3a_turbo", Some(Mode::Image), "runwayml/gen-4.5"),
    ("gen3", Some(Mode::Text), "runwayml/gen-4.5"),
    ("gen3", Some(Mode::Image), "runwayml/gen-4.5"),
    ("wan2.5", Some(Mode::Text), "wan-video/wan-2.5-t2v"),
    ("wan2.5", Some(Mode::Image), "wan-video/wan-2.5-i2v"),
    ("wan2.6", Some(Mode::Text), "wan-video/wan-2.6-t2v"),
    ("wan2.6", Some(Mode::Image), "wan-video/wan-2.6-i2v"),
    (
        "wan2.6-flash",
        Some(Mode::Image),
        "wan-video/wan2.6-i2v-flash",
    ),
    // The Midjourney endpoints name no model; their start image is animated by this one.
    ("", Some(Mode::Image), "kwaivgi/kling-v2.5-turbo-pro"),
];

impl Model {
    pub fn named(name: &str) -> Option<&'static Self> {
        MODELS.iter().find(|model| model.name == name)
    }

    pub fn makes(&self, mode: Mode) -> bool {
        match mode {
            Mode::Text => self.text,
            Mode::Image => self.start.is_some(),
            Mode::Video | Mode::Extend => false,
        }
    }

    /// The field of an input.
    pub fn field(&self, role: Role) -> Option<&'static str> {
        match role {
            Role::Start => self.start,
            Role::End => self.end,
            Role::Audio => Some("audio"),
            Role::Video | Role::Parent => None,
        }
    }
}
