//! The requests of the five documented endpoints, rebuilt from a spec: the client's own fields with
//! the values that were checked, and nothing of its webhooks. Which endpoint it is follows from the
//! model, so that a route may send what one page asks for to another.

use framewright_core::defaults::{self, midjourney};
use framewright_core::spec::{Mode, Motion, Role, Spec, Tier};
use framewright_core::task::Input;
use serde_json::{Map, Value};

use crate::limits::Seconds;
use crate::provider::{Order, Unsupported};
use crate::takes::{Takes, not_made, unknown_model, unsupported};

/// What the endpoints without a model field are called in routes.
pub(super) const MIDJOURNEY: &str = "midjourney";

/// One family of endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    Midjourney,
    Runway,
    Kling,
    Wan,
}

/// Media of an order by their URLs.
pub(super) type Media = [(Role, String)];

impl Endpoint {
    /// By the model's name. Names that are newer than the pages pass: the upstream judges them.
    pub(super) fn of(model: &str) -> Result<Self, Unsupported> {
        const FAMILIES: [(&str, Endpoint); 4] = [
            (MIDJOURNEY, Endpoint::Midjourney),
            ("gen", Endpoint::Runway),
            ("kling-", Endpoint::Kling),
            ("wan", Endpoint::Wan),
        ];
        let family = FAMILIES.iter().find(|(word, _)| model.starts_with(word));
        let endpoint = family.map(|(_, endpoint)| *endpoint);
        endpoint.ok_or_else(|| unknown_model(model))
    }

    pub(super) fn path(self, mode: Mode) -> &'static str {
        match self {
            Self::Midjourney if mode == Mode::Extend => "/imagine-video-extend",
            Self::Midjourney => "/imagine-video",
            Self::Runway => "/runway-imagine",
            Self::Kling => "/kling-imagine",
            Self::Wan => "/wan-imagine",
        }
    }

    /// Videos that one task of it makes.
    pub(super) fn videos(self) -> u8 {
        match self {
            Self::Midjourney => midjourney::SLOTS,
            Self::Runway | Self::Kling | Self::Wan => 1,
        }
    }

    /// Whether the endpoint has a place for all that is asked for.
    pub(super) fn judge(self, spec: &Spec, model: &str) -> Result<(), Unsupported> {
        self.judge_mode(spec.mode, model)?;
        self.takes(spec).judge(spec, model)?;
        self.seconds(spec.mode, model).judge(spec, model)?;
        let standard_only = matches!(model, "kling-v1" | "kling-v1-6");
        match spec.tier {
            Some(Tier::Professional) if standard_only => Err(unsupported(format!(
                "mode=pro cannot be honoured with {model}: of the provider's models only \
                 kling-v1-5 has it"
            ))),
            _ => Ok(()),
        }
    }

    fn judge_mode(self, mode: Mode, model: &str) -> Result<(), Unsupported> {
        let makes: &[Mode] = match self {
            Self::Midjourney => &[Mode::Image, Mode::Extend],
            Self::Runway => &[Mode::Text, Mode::Image, Mode::Video],
            Self::Kling | Self::Wan => &[Mode::Text, Mode::Image],
        };
        match makes.contains(&mode) {
            true => Ok(()),
            false => Err(not_made(mode, model)),
        }
    }

    fn takes(self, spec: &Spec) -> Takes {
        let words = spec.mode == Mode::Text;
        let nothing = Takes::default();
        match self {
            // An extend may name an image to move to; the start of a new video stands alone.
            Self::Midjourney => Takes {
                end_image: spec.mode == Mode::Extend,
                motion: true,
                ..nothing
            },
            Self::Runway => Takes {
                end_image: spec.mode == Mode::Image,
                aspect: words,
                flip: true,
                ..nothing
            },
            Self::Kling => Takes {
                end_image: spec.mode == Mode::Image,
                negative_prompt: true,
                aspect: words,
                tier: true,
                cfg_scale: true,
                ..nothing
            },
            // It has no field for the shape, and means 16:9 for words alone.
            Self::Wan => Takes {
                audio: true,
                negative_prompt: true,
                aspect: words && spec.aspect == Some(defaults::ASPECT),
                lines: true,
                ..nothing
            },
        }
    }

    fn seconds(self, mode: Mode, model: &str) -> Seconds {
        match self {
            Self::Midjourney if mode == Mode::Extend => Seconds::OneOf(&[midjourney::EXTEND_S]),
            Self::Midjourney => Seconds::OneOf(&[midjourney::DURATION_S]),
            Self::Wan if model != "wan2.5" => Seconds::Within(2, 15),
            Self::Runway | Self::Kling | Self::Wan => Seconds::OneOf(&[5, 10]),
        }
    }

    /// The body of the endpoint's request.
    ///
    /// # Errors
    /// [`Unsupported`], where an extend does not know what it continues.
    pub(super) fn body(self, order: &Order<'_>, media: &Media) -> Result<Value, Unsupported> {
        let spec = order.spec;
        let mut body = Map::new();
        let words = Some(spec.prompt.as_str()).filter(|words| !words.is_empty());
        put(&mut body, "prompt", words);
        match self {
            Self::Midjourney => midjourney(order, &mut body)?,
            Self::Runway => runway(order, &mut body),
            Self::Kling => kling(order, &mut body),
            Self::Wan => wan(order, &mut body),
        }
        for (role, url) in media {
            put(&mut body, field(*role, spec.mode), Some(url.as_str()));
        }
        Ok(Value::Object(body))
    }
}

/// The inputs that the body names: all but the parent's own video, which stands there by its id.
pub(super) fn named<'a>(order: &Order<'a>) -> impl Iterator<Item = &'a Input> {
    let inputs = order.inputs.iter();
    inputs.filter(|input| input.role != Role::Parent)
}

fn put(body: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        body.insert(name.to_owned(), value.into());
    }
}

fn field(role: Role, mode: Mode) -> &'static str {
    match role {
        // An extend's page has the image to move to in `image_url`.
        Role::End if mode == Mode::Extend => "image_url",
        Role::Start => "image_url",
        Role::End => "end_image_url",
        Role::Video | Role::Parent => "video_url",
        Role::Audio => "audio_url",
    }
}

fn midjourney(order: &Order<'_>, body: &mut Map<String, Value>) -> Result<(), Unsupported> {
    let motion = match order.spec.motion.unwrap_or(midjourney::MOTION) {
        Motion::Low => "low",
        Motion::High => "high",
    };
    put(body, "motion", Some(motion));
    if order.spec.mode == Mode::Extend {
        let parent = order.parent;
        let parent = parent
            .ok_or_else(|| unsupported("the task that this one continues was not made there"))?;
        put(body, "parent_task_id", Some(parent.job.0.as_str()));
        // A string, from 1.
        put(body, "index", Some((parent.job_index + 1).to_string()));
    }
    Ok(())
}

fn runway(order: &Order<'_>, body: &mut Map<String, Value>) {
    generation(order, body);
    if order.spec.flip {
        put(body, "flip", Some(true));
    }
}

fn kling(order: &Order<'_>, body: &mut Map<String, Value>) {
    let spec = order.spec;
    generation(order, body);
    put(body, "negative_prompt", spec.negative_prompt.as_deref());
    put(body, "cfg_scale", spec.cfg_scale);
    let mode = spec.tier.map(|tier| match tier {
        Tier::Standard => "std",
        Tier::Professional => "pro",
    });
    put(body, "mode", mode);
}

/// What the runway and kling pages have in common.
fn generation(order: &Order<'_>, body: &mut Map<String, Value>) {
    let spec = order.spec;
    let generation = match spec.mode {
        Mode::Video => "video2video",
        Mode::Text => "text2video",
        Mode::Image | Mode::Extend => "image2video",
    };
    put(body, "generation_type", Some(generation));
    put(body, "model", Some(order.upstream_model));
    put(body, "duration", Some(spec.duration_s));
    let aspect = spec.aspect.filter(|_| spec.mode == Mode::Text);
    let aspect = aspect.map(|aspect| format!("{}:{}", aspect.width, aspect.height));
    put(body, "aspect_ratio", aspect);
}

fn wan(order: &Order<'_>, body: &mut Map<String, Value>) {
    let spec = order.spec;
    put(body, "model", Some(order.upstream_model));
    put(body, "duration", Some(spec.duration_s));
    put(body, "negative_prompt", spec.negative_prompt.as_deref());
    put(
        body,
        "resolution",
        spec.lines.map(|lines| format!("{lines}P")),
    );
}
