//! What each model behind Runway's API takes, from the request types of the official SDK (Python
//! 5.24.0). Only the models that this server's requests can be put to; Runway sells more.

use framewright_core::spec::Mode;

use crate::limits::Seconds;
use crate::models::Line;
use crate::takes::Takes;

/// One model.
#[derive(Debug)]
pub(super) struct Model {
    pub name: &'static str,
    /// The longest `promptText`, in UTF-16 code units, where the SDK names a bound.
    pub prompt_max: usize,
    /// Whether a prompt may be left out.
    pub wordless: bool,
    /// None: no field, as long as the source.
    pub seconds: Option<Seconds>,
    /// How the frame of a video from words is said; none where the model makes none.
    pub text: Option<Frame>,
    /// The same for a video from an image.
    pub image: Option<Frame>,
    /// The field of the source video; none where the model takes none.
    pub video: Option<&'static str>,
    pub takes: Takes,
}

/// How `ratio` is said. Lines are those of the short side, as our requests name a resolution.
#[derive(Debug)]
pub(super) enum Frame {
    /// One of these sizes, required: lines and `W:H`.
    Sizes(&'static [(u32, &'static str)]),
    /// No `ratio`: the frame is that of the image, at one of these lines.
    OfTheImage(&'static [u32]),
    /// `ratio` is a word for the lines: the frame is that of the image.
    Word(&'static [(u32, &'static str)]),
}

/// Which of them makes what the pages' own names ask for, most of which Runway has retired:
/// `gen3a_turbo` on 2026-07-30, and `gen3` was never in its public API. A model's own name stands for
/// itself. No name at all is what the endpoints without a model field ask for.
pub(super) const LINES: &[Line] = &[
    ("gen3a_turbo", Some(Mode::Text), "gen4.5"),
    ("gen3a_turbo", Some(Mode::Image), "gen4_turbo"),
    ("gen3a_turbo", Some(Mode::Video), "aleph2"),
    ("gen3", Some(Mode::Text), "gen4.5"),
    ("gen3", Some(Mode::Image), "gen4_turbo"),
    ("gen3", Some(Mode::Video), "aleph2"),
    ("", Some(Mode::Text), "gen4.5"),
    ("", Some(Mode::Image), "gen4_turbo"),
    ("", Some(Mode::Video), "aleph2"),
    ("gen4_turbo", None, "gen4_turbo"),
    ("gen4.5", None, "gen4.5"),
    ("aleph2", None, "aleph2"),
    ("gen4_aleph", None, "aleph2"),
    ("kling2.5_turbo_pro", None, "kling2.5_turbo_pro"),
    ("kling3.0_standard", None, "kling3.0_standard"),
    ("kling3.0_pro", None, "kling3.0_pro"),
    ("veo3.1", None, "veo3.1"),
    ("veo3.1_fast", None, "veo3.1_fast"),
    ("wan3", None, "wan3"),
];

/// `targetAspectRatio` of `aleph2`.
pub(super) const TARGET_ASPECTS: &[&str] =
    &["16:9", "4:3", "3:2", "1:1", "2:3", "3:4", "9:16", "21:9"];

/// The sizes of `gen4_turbo`, and of `gen4.5` from an image.
const GEN4: Frame = Frame::Sizes(&[
    (720, "1280:720"),
    (720, "720:1280"),
    (720, "1104:832"),
    (720, "832:1104"),
    (720, "960:960"),
    (720, "1584:672"),
]);

const VEO: Frame = Frame::Sizes(&[
    (720, "1280:720"),
    (720, "720:1280"),
    (1080, "1920:1080"),
    (1080, "1080:1920"),
]);

const KLING_720: Frame = Frame::Sizes(&[(720, "1280:720"), (720, "720:1280"), (720, "960:960")]);

const KLING_1080: Frame = Frame::Sizes(&[
    (1080, "1920:1080"),
    (1080, "1080:1920"),
    (1080, "1440:1440"),
]);

/// What every model takes that has a `ratio`.
const FRAMED: Takes = Takes {
    end_image: false,
    audio: false,
    negative_prompt: false,
    aspect: true,
    lines: true,
    motion: false,
    tier: false,
    cfg_scale: false,
    // Judged by the operator's setting.
    flip: true,
};

/// Kling by way of Runway: an end image and `cfgScale`, no negative prompt.
const KLING: Takes = Takes {
    end_image: true,
    cfg_scale: true,
    ..FRAMED
};

pub(super) const MODELS: &[Model] = &[
    Model {
        name: "gen4_turbo",
        prompt_max: 1_000,
        wordless: true,
        // The type is a plain integer; 5 and 10 are what is known to work.
        seconds: Some(Seconds::OneOf(&[5, 10])),
        text: None,
        image: Some(GEN4),
        video: None,
        takes: FRAMED,
    },
    Model {
        name: "gen4.5",
        prompt_max: 1_000,
        wordless: false,
        seconds: Some(Seconds::Within(2, 10)),
        text: Some(Frame::Sizes(&[(720, "1280:720"), (720, "720:1280")])),
        image: Some(GEN4),
        video: None,
        takes: FRAMED,
    },
    Model {
        name: "aleph2",
        prompt_max: 1_000,
        wordless: true,
        seconds: None,
        text: None,
        image: None,
        video: Some("videoUri"),
        takes: Takes {
            lines: false,
            ..FRAMED
        },
    },
    Model {
        name: "kling2.5_turbo_pro",
        prompt_max: usize::MAX,
        wordless: false,
        seconds: Some(Seconds::OneOf(&[5, 10])),
        text: Some(Frame::Sizes(&[
            (1080, "1920:1080"),
            (1080, "1440:1440"),
            (1080, "1080:1920"),
            (720, "1280:720"),
            (720, "720:720"),
            (720, "720:1280"),
        ])),
        // Its lines are not documented for this mode.
        image: Some(Frame::OfTheImage(&[])),
        video: None,
        takes: KLING,
    },
    Model {
        name: "kling3.0_standard",
        prompt_max: usize::MAX,
        wordless: true,
        seconds: Some(Seconds::Any),
        text: Some(KLING_720),
        image: Some(Frame::OfTheImage(&[720])),
        video: None,
        takes: KLING,
    },
    Model {
        name: "kling3.0_pro",
        prompt_max: usize::MAX,
        wordless: true,
        seconds: Some(Seconds::Any),
        text: Some(KLING_1080),
        image: Some(Frame::OfTheImage(&[1080])),
        video: None,
        takes: KLING,
    },
    Model {
        name: "veo3.1",
        prompt_max: 1_000,
        wordless: true,
        seconds: Some(Seconds::OneOf(&[4, 6, 8])),
        text: Some(VEO),
        image: Some(VEO),
        video: None,
        takes: VEO_TAKES,
    },
    Model {
        name: "veo3.1_fast",
        prompt_max: 1_000,
        wordless: true,
        seconds: Some(Seconds::OneOf(&[4, 6, 8])),
        text: Some(VEO),
        image: Some(VEO),
        video: None,
        takes: VEO_TAKES,
    },
    Model {
        name: "wan3",
        prompt_max: usize::MAX,
        wordless: false,
        seconds: Some(Seconds::Any),
        text: Some(Frame::Sizes(&[
            (720, "1280:720"),
            (720, "1104:832"),
            (720, "960:960"),
            (720, "832:1104"),
            (720, "720:1280"),
            (480, "832:480"),
            (480, "720:544"),
            (480, "624:624"),
            (480, "544:720"),
            (480, "480:832"),
            (1080, "1920:1080"),
            (1080, "1648:1248"),
            (1080, "1440:1440"),
            (1080, "1248:1648"),
            (1080, "1080:1920"),
        ])),
        // With a first frame the size must be one of the words (SDK docstring).
        image: Some(Frame::Word(&[
            (720, "auto_720p"),
            (480, "auto_480p"),
            (1080, "auto_1080p"),
        ])),
        video: None,
        takes: Takes {
            end_image: true,
            ..FRAMED
        },
    },
];

const VEO_TAKES: Takes = Takes {
    end_image: true,
    negative_prompt: true,
    ..FRAMED
};

impl Model {
    pub fn named(name: &str) -> Option<&'static Self> {
        MODELS.iter().find(|model| model.name == name)
    }

    /// How it says the frame in this mode; none where it does not make such videos.
    pub fn frame(&self, mode: Mode) -> Option<&Frame> {
        match mode {
            Mode::Text => self.text.as_ref(),
            Mode::Image => self.image.as_ref(),
            Mode::Video | Mode::Extend => None,
        }
    }

    pub fn makes(&self, mode: Mode) -> bool {
        self.frame(mode).is_some() || (mode == Mode::Video && self.video.is_some())
    }
}

impl Frame {
    /// The lines it can have, in the order the vendor names them; empty where that is not known.
    pub fn lines(&self) -> Vec<u32> {
        let mut all = match self {
            Self::Sizes(named) | Self::Word(named) => {
                named.iter().map(|(lines, _)| *lines).collect()
            }
            Self::OfTheImage(lines) => lines.to_vec(),
        };
        all.sort_unstable();
        all.dedup();
        all
    }
}
