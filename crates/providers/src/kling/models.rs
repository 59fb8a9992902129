//! Which Kling models take what, on each of the two wires (documented in September 2026, but where
//! it says otherwise), and what the retired names of the API's page mean today.

use framewright_core::spec::Mode;

use crate::limits::Seconds;
use crate::models::Line;

/// The two shapes of Kling's API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Wire {
    /// `/v1/videos/…`, the model in the body. The default: the only one with a negative prompt, for
    /// both kinds of credential, and with no end announced.
    #[default]
    Legacy,
    /// `/text-to-video/{model}`, the model in the path; one look shows 20 jobs.
    New,
}

/// Where an end image may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndImage {
    Never,
    /// In professional mode: 1080 lines.
    Professional,
    Always,
}

/// One model.
#[derive(Debug)]
pub(super) struct Model {
    pub name: &'static str,
    pub wire: Wire,
    pub from_text: bool,
    pub seconds: Seconds,
    /// Characters of a prompt.
    pub prompt_max: usize,
    pub end_image: EndImage,
    /// Elsewhere it is left out: 2.x refuses or ignores it, and the new wire has no such field.
    pub cfg_scale: bool,
}

const SECONDS: Seconds = Seconds::OneOf(&[5, 10]);
const MORE_SECONDS: Seconds = Seconds::Within(3, 15);

const LEGACY: Model = Model {
    name: "",
    wire: Wire::Legacy,
    from_text: true,
    seconds: SECONDS,
    prompt_max: 2_500,
    end_image: EndImage::Professional,
    cfg_scale: false,
};

const NEW: Model = Model {
    wire: Wire::New,
    ..LEGACY
};

pub(super) const MODELS: &[Model] = &[
    // Retired on 2026-09-15, by a notice that others quote; sent only where the operator's own table
    // says so.
    Model {
        name: "kling-v1",
        cfg_scale: true,
        ..LEGACY
    },
    Model {
        name: "kling-v1-5",
        from_text: false,
        cfg_scale: true,
        ..LEGACY
    },
    Model {
        name: "kling-v1-6",
        cfg_scale: true,
        ..LEGACY
    },
    Model {
        name: "kling-v2-5-turbo",
        ..LEGACY
    },
    Model {
        name: "kling-v2-6",
        ..LEGACY
    },
    Model {
        name: "kling-v3",
        seconds: MORE_SECONDS,
        // Documented as missing from 2.x only.
        cfg_scale: true,
        ..LEGACY
    },
    Model {
        name: "kling-2.5-turbo",
        ..NEW
    },
    Model {
        name: "kling-2.6",
        ..NEW
    },
    Model {
        name: "kling-3.0",
        seconds: MORE_SECONDS,
        prompt_max: 3_072,
        end_image: EndImage::Always,
        ..NEW
    },
    Model {
        name: "kling-3.0-turbo",
        seconds: MORE_SECONDS,
        prompt_max: 3_072,
        end_image: EndImage::Never,
        ..NEW
    },
];

impl Model {
    pub fn named(name: &str, wire: Wire) -> Option<&'static Self> {
        let mut all = MODELS.iter();
        all.find(|model| model.name == name && model.wire == wire)
    }

    pub fn makes_from(&self, mode: Mode) -> bool {
        match mode {
            Mode::Text => self.from_text,
            Mode::Image => true,
            Mode::Video | Mode::Extend => false,
        }
    }
}

impl Wire {
    /// What names mean on this wire: those of the page are retired, a model's own stands for itself.
    pub fn lines(self) -> &'static [Line] {
        match self {
            Self::Legacy => &[
                ("", None, "kling-v2-5-turbo"),
                ("kling-v1", None, "kling-v2-5-turbo"),
                ("kling-v1-5", None, "kling-v2-5-turbo"),
                ("kling-v1-6", None, "kling-v2-5-turbo"),
                ("kling-v2-5-turbo", None, "kling-v2-5-turbo"),
                ("kling-v2-6", None, "kling-v2-6"),
                ("kling-v3", None, "kling-v3"),
            ],
            Self::New => &[
                ("", None, "kling-2.5-turbo"),
                ("kling-v1", None, "kling-2.5-turbo"),
                ("kling-v1-5", None, "kling-2.5-turbo"),
                ("kling-v1-6", None, "kling-2.5-turbo"),
                ("kling-2.5-turbo", None, "kling-2.5-turbo"),
                ("kling-2.6", None, "kling-2.6"),
                ("kling-3.0", None, "kling-3.0"),
                ("kling-3.0-turbo", None, "kling-3.0-turbo"),
            ],
        }
    }
}
