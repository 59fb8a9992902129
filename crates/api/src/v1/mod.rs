//! The v1 video endpoints, one line each, and what they share. Only this module knows APIFRAME's
//! request and answer bodies.

pub mod account;
pub mod fetch;
mod imagine_video;
mod imagine_video_extend;
mod judge;
mod kling_imagine;
pub mod models;
mod parent;
pub mod render;
mod runway_imagine;
pub mod submit;
pub mod upload;
mod wan_imagine;

use framewright_core::defaults;
use framewright_core::spec::{InputUrl, Mode, Role, Spec, TaskType};

use crate::error::Problem;
use crate::fields::{Field, Kind, Values};

/// Every endpoint that makes a video.
pub static ENDPOINTS: [&Endpoint; 5] = [
    &imagine_video::ENDPOINT,
    &imagine_video_extend::ENDPOINT,
    &runway_imagine::ENDPOINT,
    &kling_imagine::ENDPOINT,
    &wan_imagine::ENDPOINT,
];

/// One endpoint that takes a request for video.
pub struct Endpoint {
    pub path: &'static str,
    /// The wire word of its tasks; also the scope of idempotency keys.
    pub task_type: &'static str,
    /// One sentence for the OpenAPI document.
    pub summary: &'static str,
    pub fields: &'static [Field],
    /// Videos per task: one is answered as `video_url`, more as `video_urls`.
    pub slots: u8,
    /// Task types whose outputs `parent_task_id` may name; empty where there is no such field.
    pub continues: &'static [&'static str],
    /// Notes what is wrong between fields that are each right.
    pub rules: fn(&Values, &mut Vec<Problem>),
    /// Fills in what the fields say; called only when no problem was noted.
    pub fill: fn(&Values, &mut Spec),
}

/// Of every endpoint.
const WEBHOOK_URL: Field = Field::optional(
    "webhook_url",
    Kind::WebhookUrl,
    "The final result and updates of this task are posted at this URL.",
);

/// Of every endpoint.
const WEBHOOK_SECRET: Field = Field::optional(
    "webhook_secret",
    Kind::Secret {
        max: defaults::WEBHOOK_SECRET_MAX,
    },
    "Sent as `x-webhook-secret` with every post to the webhook_url.",
);

/// The shapes of the runway and kling pages.
const ASPECT_RATIO: Field = Field::optional(
    "aspect_ratio",
    Kind::Choice(&["16:9", "9:16", "1:1", "4:3", "3:4", "21:9"]),
    "Aspect ratio of the video, for text2video only; 16:9 by default.",
);

/// Midjourney's.
const MOTION: Field = Field::optional(
    "motion",
    Kind::Choice(&["low", "high"]),
    "How much moves: low (the default) or high.",
);

/// The prompt of an endpoint whose page names no bound.
const PROMPT: Field = Field::required(
    "prompt",
    Kind::Text {
        max: defaults::PROMPT_MAX,
    },
    "What the video shows.",
);

impl Endpoint {
    /// The model names of its page; empty where it has no model field.
    #[must_use]
    pub fn models(&self) -> &'static [&'static str] {
        let names = self.fields.iter().find_map(|field| match field.kind {
            Kind::Model(names) => Some(names),
            _ => None,
        });
        names.unwrap_or_default()
    }

    /// The spec that a request without problems describes.
    pub(crate) fn spec(&self, values: &Values) -> Spec {
        let mut spec = Spec {
            prompt: values.words("prompt"),
            negative_prompt: values.text("negative_prompt").map(str::to_owned),
            ..Spec::new(TaskType::new(self.task_type), Mode::Text).with_slots(self.slots)
        };
        (self.fill)(values, &mut spec);
        spec
    }
}

/// Adds the media that a field names, where it names any.
fn input(values: &Values, field: &'static str, role: Role, spec: &mut Spec) {
    if let Some(url) = values.text(field) {
        spec.inputs.push(InputUrl {
            role,
            field: field.to_owned(),
            url: url.to_owned(),
        });
    }
}

/// Notes that a field is needed because of another's value.
fn need(values: &Values, field: &'static str, why: &str, problems: &mut Vec<Problem>) {
    if values.is_absent(field) {
        problems.push(Problem::field(field, format!("{field} is required {why}")));
    }
}
