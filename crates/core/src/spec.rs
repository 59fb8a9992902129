//! The validated, provider-neutral description of the video wanted. Not the client's JSON (that
//! is `api`'s) and not a provider's request (that is its adapter's).

use crate::attempt::UpstreamJob;
use crate::clock::Millis;
use crate::id::TaskId;

/// The wire word of an endpoint family, such as `kling-video`. Open on purpose: an endpoint brings
/// its own word, and nothing matches over all of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskType(String);

impl TaskType {
    #[must_use]
    pub fn new(word: impl Into<String>) -> Self {
        Self(word.into())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a video is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// From words alone.
    Text,
    /// From a start image, with or without an end image.
    Image,
    /// From a video, restyled.
    Video,
    /// From the end of an output of another task.
    Extend,
}

impl Mode {
    /// The word for logs, columns and routes.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::Video => "video",
            Self::Extend => "extend",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Text, Self::Image, Self::Video, Self::Extend]
            .into_iter()
            .find(|m| m.word() == word)
    }
}

/// How much should move: Midjourney's `motion`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    Low,
    High,
}

/// Kling's `mode`: standard or professional.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    Standard,
    Professional,
}

/// Width to height, in lowest terms as the client named it (`16:9`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aspect {
    pub width: u32,
    pub height: u32,
}

/// What an input is to the video.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    Start,
    End,
    Video,
    Audio,
    /// The output that an extend continues; named by the store, never by a URL of the client.
    Parent,
}

impl Role {
    /// The word for columns and logs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Parent => "parent",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::Start,
            Self::End,
            Self::Video,
            Self::Audio,
            Self::Parent,
        ]
        .into_iter()
        .find(|role| role.word() == word)
    }
}

/// Media the client named: `field` is the request's own word for it, for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputUrl {
    pub role: Role,
    pub field: String,
    pub url: String,
}

/// The output that an extend continues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parent {
    pub task: TaskId,
    /// Position in the parent's `video_urls`, from 1.
    pub position: u8,
    /// How that output came to be. The request does not say it: it is looked up before the task is
    /// stored, and stored with it, as the parent may be gone when the extend is sent.
    pub made: Option<Made>,
}

/// How an output came to be, as its attempt froze it: an extend of it belongs there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    pub provider: String,
    /// The only key whose account has the job.
    pub key_name: String,
    /// Scheme, host and port that the job was bought at.
    pub origin: String,
    pub job: UpstreamJob,
    /// Which of the job's outputs, from 0.
    pub job_index: u8,
    /// The job made the last part only, which was joined behind another video here: the provider
    /// does not have what an extend of it continues.
    pub joined: bool,
    /// Length of the output, ms.
    pub duration_ms: Millis,
}

/// Whether the answer carries `video_url` or `video_urls`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultShape {
    One,
    Many,
}

impl ResultShape {
    /// That of an endpoint whose tasks want so many outputs.
    #[must_use]
    pub fn of(slots: u8) -> Self {
        if slots == 1 { Self::One } else { Self::Many }
    }
}

/// Everything a provider may need to know, checked and with defaults filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Spec {
    pub task_type: TaskType,
    pub mode: Mode,
    /// The model's name as routes know it, after defaults and aliases. Empty where the endpoint has
    /// no model field.
    pub model: String,
    /// May be empty where the endpoint allows it.
    pub prompt: String,
    pub negative_prompt: Option<String>,
    /// Absent: that of the start image, video or parent.
    pub aspect: Option<Aspect>,
    /// Lines of the short side: 480, 720 or 1080. Absent: the provider's own choice.
    pub lines: Option<u32>,
    /// Seconds of new video, 1 to 60.
    pub duration_s: u32,
    pub motion: Option<Motion>,
    pub tier: Option<Tier>,
    /// 0 to 1.
    pub cfg_scale: Option<f64>,
    /// Turn the picture top to bottom.
    pub flip: bool,
    pub inputs: Vec<InputUrl>,
    pub parent: Option<Parent>,
    /// Outputs wanted: 1, or 4.
    pub slots: u8,
    pub shape: ResultShape,
}

impl Spec {
    /// One video of 5 s and no wish about it: where endpoints and tests begin, each naming only what
    /// it is about.
    #[must_use]
    pub fn new(task_type: TaskType, mode: Mode) -> Self {
        Self {
            task_type,
            mode,
            model: String::new(),
            prompt: String::new(),
            negative_prompt: None,
            aspect: None,
            lines: None,
            duration_s: 5,
            motion: None,
            tier: None,
            cfg_scale: None,
            flip: false,
            inputs: Vec::new(),
            parent: None,
            slots: 1,
            shape: ResultShape::One,
        }
    }

    /// With so many outputs, answered in the shape that goes with them.
    #[must_use]
    pub fn with_slots(self, slots: u8) -> Self {
        Self {
            slots,
            shape: ResultShape::of(slots),
            ..self
        }
    }
}
