//! The second API's request: one path for all models, with the parameters of the model's family in
//! an object of their own (types of its SDK).

use framewright_core::defaults::{self, kling, midjourney};
use framewright_core::spec::{Mode, Motion, Role, Spec, Tier};
use serde_json::{Map, Value, json};

use crate::limits::{Seconds, lines_among};
use crate::provider::{Order, Unsupported};
use crate::takes::{Takes, not_made, unknown_model, unsupported};

/// Models that share their parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Kling,
    Wan,
    Runway,
    Midjourney,
}

/// Shapes of Runway's models there: the SDK says six, these are the six of the first API's page.
const RUNWAY_ASPECTS: [(u32, u32); 6] = [(16, 9), (9, 16), (4, 3), (3, 4), (1, 1), (21, 9)];

/// What no model of it makes.
pub(super) fn judge_mode(spec: &Spec) -> Result<(), Unsupported> {
    match spec.mode {
        Mode::Extend | Mode::Video => Err(not_made(spec.mode, "the provider")),
        Mode::Text | Mode::Image => Ok(()),
    }
}

impl Family {
    /// By the model's name there. Newer models of a family pass: the provider judges them.
    pub(super) fn of(model: &str) -> Result<Self, Unsupported> {
        const FAMILIES: [(&str, Family); 4] = [
            ("kling-", Family::Kling),
            ("wan-", Family::Wan),
            ("runway-", Family::Runway),
            ("midjourney-", Family::Midjourney),
        ];
        let family = FAMILIES.iter().find(|(word, _)| model.starts_with(word));
        let family = family.map(|(_, family)| *family);
        family.ok_or_else(|| unknown_model(model))
    }

    /// Videos that one job makes.
    pub(super) fn videos(self) -> u8 {
        match self {
            Self::Midjourney => midjourney::SLOTS,
            Self::Kling | Self::Wan | Self::Runway => 1,
        }
    }

    pub(super) fn judge(self, spec: &Spec, model: &str) -> Result<(), Unsupported> {
        let images_only = self == Self::Midjourney || model == "runway-gen4-turbo";
        if images_only && spec.mode != Mode::Image {
            return Err(not_made(spec.mode, model));
        }
        self.takes(spec).judge(spec, model)?;
        self.seconds().judge(spec, model)?;
        self.judge_frame(spec, model)
    }

    fn takes(self, spec: &Spec) -> Takes {
        let words = spec.mode == Mode::Text;
        let nothing = Takes::default();
        match self {
            Self::Kling => Takes {
                end_image: true,
                negative_prompt: true,
                aspect: true,
                tier: true,
                cfg_scale: true,
                ..nothing
            },
            // No field for the shape; words alone mean 16:9.
            Self::Wan => Takes {
                audio: true,
                negative_prompt: true,
                aspect: words && spec.aspect == Some(defaults::ASPECT),
                lines: true,
                ..nothing
            },
            Self::Runway => Takes {
                aspect: true,
                ..nothing
            },
            Self::Midjourney => Takes {
                lines: true,
                motion: true,
                ..nothing
            },
        }
    }

    fn seconds(self) -> Seconds {
        match self {
            Self::Midjourney => Seconds::OneOf(&[midjourney::DURATION_S]),
            Self::Runway => Seconds::OneOf(&[5, 10]),
            // The SDK's types name no bounds.
            Self::Kling | Self::Wan => Seconds::Any,
        }
    }

    fn judge_frame(self, spec: &Spec, model: &str) -> Result<(), Unsupported> {
        let aspect = spec.aspect.map(|aspect| (aspect.width, aspect.height));
        match (self, aspect) {
            (Self::Runway, Some(aspect)) if !RUNWAY_ASPECTS.contains(&aspect) => {
                let all = RUNWAY_ASPECTS.map(|(width, height)| format!("{width}:{height}"));
                Err(unsupported(format!(
                    "aspect_ratio must be one of: {} with {model}",
                    all.join(", ")
                )))
            }
            (Self::Midjourney, _) => lines_among(spec, &[480, 720], model).map(drop),
            _ => Ok(()),
        }
    }

    /// The whole body but for the callback, which the submit adds.
    pub(super) fn body(self, order: &Order<'_>, media: &[(Role, String)]) -> Value {
        let (spec, mut own) = (order.spec, Map::new());
        match self {
            Self::Kling => kling(spec, &mut own),
            Self::Wan => wan(spec, &mut own),
            Self::Runway => runway(spec, &mut own),
            Self::Midjourney => midjourney(spec, &mut own),
        }
        for (role, url) in media {
            own.insert(self.field(*role).into(), json!(url));
        }
        let (model, params) = (order.upstream_model, self.params());
        json!({ "model": model, "prompt": spec.prompt, params: own })
    }

    fn params(self) -> &'static str {
        match self {
            Self::Kling => "klingParams",
            Self::Wan => "wanParams",
            Self::Runway => "runwayParams",
            Self::Midjourney => "midjourneyVideoParams",
        }
    }

    fn field(self, role: Role) -> &'static str {
        match (self, role) {
            (_, Role::Audio) => "audio",
            (_, Role::End) => "end_image",
            (Self::Kling | Self::Midjourney, _) => "start_image",
            (Self::Wan | Self::Runway, _) => "image",
        }
    }
}

fn put(own: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        own.insert(name.to_owned(), value.into());
    }
}

/// `W:H`, where it is asked for.
fn aspect(spec: &Spec) -> Option<String> {
    let aspect = spec.aspect?;
    Some(format!("{}:{}", aspect.width, aspect.height))
}

/// What means the same as silence is not sent: not every model of the family has the field.
fn kling(spec: &Spec, own: &mut Map<String, Value>) {
    put(own, "duration", Some(spec.duration_s));
    put(own, "aspect_ratio", aspect(spec));
    put(own, "negative_prompt", spec.negative_prompt.as_deref());
    let pro = spec.tier.filter(|tier| *tier == Tier::Professional);
    put(own, "mode", pro.map(|_| "pro"));
    let scale = spec.cfg_scale.filter(|scale| *scale != kling::CFG_SCALE);
    put(own, "guidance_scale", scale);
}

fn wan(spec: &Spec, own: &mut Map<String, Value>) {
    put(own, "duration", Some(spec.duration_s));
    let resolution = spec.lines.map(|lines| format!("{lines}p"));
    put(own, "resolution", resolution);
    put(own, "negative_prompt", spec.negative_prompt.as_deref());
}

fn runway(spec: &Spec, own: &mut Map<String, Value>) {
    put(own, "duration", Some(spec.duration_s));
    put(own, "aspect_ratio", aspect(spec));
}

fn midjourney(spec: &Spec, own: &mut Map<String, Value>) {
    let motion = match spec.motion.unwrap_or(midjourney::MOTION) {
        Motion::Low => "low",
        Motion::High => "high",
    };
    put(own, "motion", Some(motion));
    put(own, "resolution", spec.lines.and_then(resolution));
}

/// Midjourney's two sizes.
fn resolution(lines: u32) -> Option<&'static str> {
    match lines {
        480 => Some("sd"),
        720 => Some("hd"),
        _ => None,
    }
}
