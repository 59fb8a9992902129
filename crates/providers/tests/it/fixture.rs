//! What the contract suite has to know of a kind: its settings, the requests it must send, and what
//! recorded answers of its vendor mean. A fixture is written from the vendor's facts, never from what
//! the adapter happens to send.

use framewright_core::attempt::{Class, Spend};
use framewright_core::failure::FailureCode;
use framewright_core::spec::{InputUrl, Mode, Role, Spec, TaskType};
use framewright_core::work::Progress;
use framewright_providers::{Observation, Source, SubmitError};
use serde_json::Value;

/// Everything the suite asks of one kind. Start from [`Fixture::of`].
pub struct Fixture {
    /// Its word in the registry.
    pub kind: &'static str,
    /// The name of its double.
    pub double: &'static str,
    /// What its base URL has after scheme, host and port.
    pub base_path: &'static str,
    /// Further settings, as TOML.
    pub settings: &'static str,
    pub class: Class,
    /// A credential in the vendor's form.
    pub key: &'static str,
    /// Another one.
    pub other_key: &'static str,
    /// Header names (lower case) and values that every call with this credential carries.
    pub headers: fn(&str) -> Vec<(&'static str, String)>,
    /// Requests that must be sent. The first one is also what the other checks buy.
    pub cases: Vec<Case>,
    /// What `supports` refuses, with a part of its sentence.
    pub refused: Vec<Refused>,
    /// Answers to a submit, with the vendor's own codes.
    pub answers: Vec<Said>,
    /// The statuses that refuse a submit whatever the body says; every other one from 300 to 599 must
    /// be unknown.
    pub definite: Vec<u16>,
    /// Recorded answers to a poll.
    pub polls: Vec<Poll>,
    /// States of the double, in its script's form: a job that is done, failed, running.
    pub stages: [Value; 3],
    /// The text of an upstream job that the vendor does not know.
    pub unknown_job: &'static str,
    /// Method and path of a cancel, with `{job}` for the job's id; none where nothing can be sent.
    pub cancel: Option<(&'static str, &'static str)>,
    /// A part of what `check` tells; none where there is nothing to ask.
    pub check: Option<&'static str>,
    /// How the names of the SDKs' recordings begin; see `contract::sdks`.
    pub recordings: Vec<&'static str>,
    /// What the SDKs were recorded with where a call has not a case's name.
    pub sdk: Vec<Alike>,
}

impl Fixture {
    /// A fixture with nothing in it but names; the double has the kind's word.
    pub fn of(kind: &'static str, class: Class) -> Self {
        Self {
            kind,
            double: kind,
            base_path: "",
            settings: "",
            class,
            key: "key-of-the-contract-1",
            other_key: "key-of-the-contract-2",
            headers: |key| vec![("authorization", format!("Bearer {key}"))],
            cases: Vec::new(),
            refused: Vec::new(),
            answers: Vec::new(),
            definite: framewright_providers::call::DEFINITE.to_vec(),
            polls: Vec::new(),
            stages: [Value::Null, Value::Null, Value::Null],
            unknown_job: "",
            cancel: None,
            check: None,
            recordings: vec![kind],
            sdk: Vec::new(),
        }
    }
}

/// A spec and the request it becomes.
pub struct Case {
    pub name: &'static str,
    pub spec: Spec,
    /// What the route names; mostly empty.
    pub upstream_model: &'static str,
    /// Width and height of the start image and the video.
    pub pixels: (u32, u32),
    /// The upstream job and output that an extend continues.
    pub parent: Option<(&'static str, u8)>,
    pub path: &'static str,
    /// The whole body. Inputs have their role's word as bytes: see [`media`].
    pub body: Value,
}

impl Case {
    /// A case with an image of 1600 by 900 and no word of the route.
    pub fn new(name: &'static str, spec: Spec, path: &'static str, body: Value) -> Self {
        Self {
            name,
            spec,
            upstream_model: "",
            pixels: (1600, 900),
            parent: None,
            path,
            body,
        }
    }
}

/// The same input as in one recorded call of the vendor's SDK.
pub struct Alike {
    /// The call's name in the recording.
    pub call: &'static str,
    pub spec: Spec,
    pub upstream_model: &'static str,
    /// The upstream job and output that an extend continues.
    pub parent: Option<(&'static str, u8)>,
}

impl Alike {
    /// A call of no word of the route.
    pub fn new(call: &'static str, spec: Spec) -> Self {
        Self {
            call,
            spec,
            upstream_model: "",
            parent: None,
        }
    }
}

/// A spec that cannot be made, and a part of the sentence that says so.
pub struct Refused {
    pub spec: Spec,
    pub upstream_model: &'static str,
    pub says: &'static str,
}

impl Refused {
    pub fn new(spec: Spec, says: &'static str) -> Self {
        Self {
            spec,
            upstream_model: "",
            says,
        }
    }
}

/// An answer to a submit and what it means.
pub struct Said {
    pub status: u16,
    pub body: Value,
    pub means: Means,
}

impl Said {
    pub fn new(status: u16, body: Value, means: Means) -> Self {
        Self {
            status,
            body,
            means,
        }
    }
}

/// A refused submit without its texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    NotSent,
    Shed,
    Busy,
    Rejected,
    Unauthorized,
    OutOfMoney,
    Content,
    Unknown,
}

impl Means {
    pub fn of(error: &SubmitError) -> Self {
        match error {
            SubmitError::NotSent { .. } => Self::NotSent,
            SubmitError::Shed { .. } => Self::Shed,
            SubmitError::Busy { .. } => Self::Busy,
            SubmitError::Rejected(_) => Self::Rejected,
            SubmitError::Unauthorized { .. } => Self::Unauthorized,
            SubmitError::OutOfMoney { .. } => Self::OutOfMoney,
            SubmitError::Content(_) => Self::Content,
            SubmitError::Unknown { .. } => Self::Unknown,
        }
    }
}

/// What the vendor answers to the request or requests of one poll, in order, and what that shows.
pub struct Poll {
    pub name: &'static str,
    /// The upstream job that is asked for.
    pub job: &'static str,
    pub answers: Vec<(u16, Value)>,
    pub shows: Seen,
}

impl Poll {
    pub fn new(name: &'static str, job: &'static str, body: Value, shows: Seen) -> Self {
        Self {
            name,
            job,
            answers: vec![(200, body)],
            shows,
        }
    }
}

/// An observation without its texts.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    Running(Option<Progress>),
    Done(Vec<Source>, Spend),
    Failed(FailureCode, Spend),
    Gone,
}

impl Seen {
    pub fn of(observation: Observation) -> Self {
        match observation {
            Observation::Running { progress, .. } => Self::Running(progress),
            Observation::Done { outputs, spend } => Self::Done(outputs, spend),
            Observation::Failed { failure, spend } => Self::Failed(failure.code, spend),
            Observation::Gone => Self::Gone,
        }
    }

    pub fn done(url: &str, spend: Spend) -> Self {
        Self::Done(vec![Source::Url(url.into())], spend)
    }
}

/// A spec as its endpoint makes it, with the media of its mode.
pub fn spec(task_type: &str, mode: Mode, model: &str, prompt: &str) -> Spec {
    let spec = Spec {
        model: model.into(),
        prompt: prompt.into(),
        ..Spec::new(TaskType::new(task_type), mode)
    };
    match mode {
        Mode::Image => with(spec, Role::Start),
        Mode::Video => with(spec, Role::Video),
        Mode::Text | Mode::Extend => spec,
    }
}

/// The spec with one input more.
pub fn with(mut spec: Spec, role: Role) -> Spec {
    spec.inputs.push(InputUrl {
        role,
        field: field(role).into(),
        url: "https://media.example/x".into(),
    });
    spec
}

fn field(role: Role) -> &'static str {
    match role {
        Role::Start => "image_url",
        Role::End => "end_image_url",
        Role::Video | Role::Parent => "video_url",
        Role::Audio => "audio_url",
    }
}

/// The MIME type and bytes of an input of this role: its word, such as `start`, which is `c3RhcnQ=`
/// in base64; `end` is `ZW5k`, `video` is `dmlkZW8=`, `audio` is `YXVkaW8=`, `parent` is `cGFyZW50`.
pub fn media(role: Role) -> (&'static str, &'static [u8]) {
    let mime = match role {
        Role::Start | Role::End => "image/png",
        Role::Video | Role::Parent => "video/mp4",
        Role::Audio => "audio/mpeg",
    };
    (mime, role.word().as_bytes())
}

/// What a vendor's own number of its own unit comes to.
pub fn known(amount: f64, currency: &str) -> Spend {
    Spend::Known {
        micros: (amount * 1e6) as i64,
        currency: currency.into(),
    }
}
