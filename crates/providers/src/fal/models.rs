//! fal's endpoints for this server's requests, and the fields of each: by fal's own model pages.
//! Every endpoint makes videos in one way: from text, or from an image.

use framewright_core::spec::{Mode, Role};

use crate::limits::Seconds;
use crate::models::Line;
use crate::takes::Takes;

/// One endpoint.
#[derive(Debug)]
pub(super) struct Model {
    /// The endpoint's id, which is the path of its submit.
    pub name: &'static str,
    pub mode: Mode,
    /// The field of the start image.
    pub start: &'static str,
    /// The field of the end image.
    pub end: &'static str,
    pub seconds: Seconds,
    /// Lines of the short side; empty: cannot be chosen.
    pub lines: &'static [u32],
    pub takes: Takes,
}

/// `aspect_ratio` of what is made from text.
pub(super) const ASPECTS: &[&str] = &["16:9", "9:16", "1:1"];

/// Lines where a spec names none, for endpoints where they can be chosen.
pub(super) const USUAL_LINES: u32 = 1080;

const KLING: Takes = Takes {
    negative_prompt: true,
    cfg_scale: true,
    // On the professional endpoints, whatever `mode` says: the standard ones are `KLING_STANDARD`.
    tier: true,
    aspect: false,
    end_image: false,
    audio: false,
    lines: false,
    motion: false,
    flip: false,
};

const WAN: Takes = Takes {
    negative_prompt: true,
    audio: true,
    lines: true,
    aspect: false,
    cfg_scale: false,
    tier: false,
    end_image: false,
    motion: false,
    flip: false,
};

const fn text(
    name: &'static str,
    seconds: &'static [u32],
    lines: &'static [u32],
    takes: Takes,
) -> Model {
    Model {
        name,
        mode: Mode::Text,
        start: "",
        end: "",
        seconds: Seconds::OneOf(seconds),
        lines,
        takes: Takes {
            aspect: true,
            ..takes
        },
    }
}

const fn image(
    name: &'static str,
    fields: (&'static str, &'static str),
    seconds: &'static [u32],
    lines: &'static [u32],
    takes: Takes,
) -> Model {
    Model {
        name,
        mode: Mode::Image,
        start: fields.0,
        end: fields.1,
        seconds: Seconds::OneOf(seconds),
        lines,
        takes: Takes {
            end_image: !fields.1.is_empty(),
            ..takes
        },
    }
}

const FIVE_TEN: &[u32] = &[5, 10];
const TO_FIFTEEN: &[u32] = &[5, 10, 15];
const ALL_LINES: &[u32] = &[480, 720, 1080];
const HIGH_LINES: &[u32] = &[720, 1080];
/// Kling 2.6 has no `cfg_scale`.
const KLING_26: Takes = Takes {
    cfg_scale: false,
    ..KLING
};

/// A standard endpoint cannot do what `mode=pro` asks for.
const KLING_STANDARD: Takes = Takes {
    tier: false,
    ..KLING
};

const KLING_16_TEXT: &str = "fal-ai/kling-video/v1.6/pro/text-to-video";
const KLING_16_IMAGE: &str = "fal-ai/kling-video/v1.6/pro/image-to-video";
const KLING_16_STANDARD_TEXT: &str = "fal-ai/kling-video/v1.6/standard/text-to-video";
const KLING_16_STANDARD_IMAGE: &str = "fal-ai/kling-video/v1.6/standard/image-to-video";
const KLING_25_STANDARD_IMAGE: &str = "fal-ai/kling-video/v2.5-turbo/standard/image-to-video";
const KLING_25_TEXT: &str = "fal-ai/kling-video/v2.5-turbo/pro/text-to-video";
const KLING_25_IMAGE: &str = "fal-ai/kling-video/v2.5-turbo/pro/image-to-video";
const KLING_26_TEXT: &str = "fal-ai/kling-video/v2.6/pro/text-to-video";
const KLING_26_IMAGE: &str = "fal-ai/kling-video/v2.6/pro/image-to-video";
const WAN_25_TEXT: &str = "fal-ai/wan-25-preview/text-to-video";
const WAN_25_IMAGE: &str = "fal-ai/wan-25-preview/image-to-video";
const WAN_26_TEXT: &str = "wan/v2.6/text-to-video";
const WAN_26_IMAGE: &str = "wan/v2.6/image-to-video";
const WAN_26_FLASH: &str = "wan/v2.6/image-to-video/flash";

pub(super) const MODELS: &[Model] = &[
    text(KLING_25_TEXT, FIVE_TEN, &[], KLING),
    image(
        KLING_25_IMAGE,
        ("image_url", "tail_image_url"),
        FIVE_TEN,
        &[],
        KLING,
    ),
    image(
        KLING_25_STANDARD_IMAGE,
        ("image_url", ""),
        FIVE_TEN,
        &[],
        KLING_STANDARD,
    ),
    text(KLING_16_TEXT, FIVE_TEN, &[], KLING),
    text(KLING_16_STANDARD_TEXT, FIVE_TEN, &[], KLING_STANDARD),
    image(
        KLING_16_IMAGE,
        ("image_url", "tail_image_url"),
        FIVE_TEN,
        &[],
        KLING,
    ),
    image(
        KLING_16_STANDARD_IMAGE,
        ("image_url", ""),
        FIVE_TEN,
        &[],
        KLING_STANDARD,
    ),
    text(KLING_26_TEXT, FIVE_TEN, &[], KLING_26),
    image(
        KLING_26_IMAGE,
        ("start_image_url", "end_image_url"),
        FIVE_TEN,
        &[],
        KLING_26,
    ),
    text(WAN_25_TEXT, FIVE_TEN, ALL_LINES, WAN),
    image(WAN_25_IMAGE, ("image_url", ""), FIVE_TEN, ALL_LINES, WAN),
    text(WAN_26_TEXT, TO_FIFTEEN, HIGH_LINES, WAN),
    image(WAN_26_IMAGE, ("image_url", ""), TO_FIFTEEN, HIGH_LINES, WAN),
    image(WAN_26_FLASH, ("image_url", ""), TO_FIFTEEN, HIGH_LINES, WAN),
];

/// The names on the API's pages. fal's endpoints of Kling 1.x may outlive Kling's own retirement of
/// them; nothing is known of that, so the next model stands for them.
pub(super) const LINES: &[Line] = &[
    ("kling-v1", Some(Mode::Text), KLING_25_TEXT),
    ("kling-v1", Some(Mode::Image), KLING_25_IMAGE),
    ("kling-v1-5", Some(Mode::Text), KLING_25_TEXT),
    ("kling-v1-5", Some(Mode::Image), KLING_25_IMAGE),
    ("kling-v1-6", Some(Mode::Text), KLING_25_TEXT),
    ("kling-v1-6", Some(Mode::Image), KLING_25_IMAGE),
    ("wan2.5", Some(Mode::Text), WAN_25_TEXT),
    ("wan2.5", Some(Mode::Image), WAN_25_IMAGE),
    ("wan2.6", Some(Mode::Text), WAN_26_TEXT),
    ("wan2.6", Some(Mode::Image), WAN_26_IMAGE),
    ("wan2.6-flash", Some(Mode::Image), WAN_26_FLASH),
    // The Midjourney endpoints name no model; their start image is animated by this one.
    ("", Some(Mode::Image), KLING_25_IMAGE),
];

/// The same for `mode=std`, where it is another endpoint: Kling 2.5 has a standard one from images
/// alone.
pub(super) const STANDARD_LINES: &[Line] = &[
    ("kling-v1", Some(Mode::Text), KLING_25_TEXT),
    ("kling-v1", Some(Mode::Image), KLING_25_STANDARD_IMAGE),
    ("kling-v1-5", Some(Mode::Text), KLING_25_TEXT),
    ("kling-v1-5", Some(Mode::Image), KLING_25_STANDARD_IMAGE),
    ("kling-v1-6", Some(Mode::Text), KLING_25_TEXT),
    ("kling-v1-6", Some(Mode::Image), KLING_25_STANDARD_IMAGE),
];

impl Model {
    pub fn named(name: &str) -> Option<&'static Self> {
        MODELS.iter().find(|model| model.name == name)
    }

    /// The field of an input.
    pub fn field(&self, role: Role) -> Option<&'static str> {
        let field = match role {
            Role::Start => self.start,
            Role::End => self.end,
            Role::Audio => "audio_url",
            Role::Video | Role::Parent => "",
        };
        (!field.is_empty()).then_some(field)
    }
}
