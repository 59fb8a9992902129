//! `POST /kling-imagine`: one video from words or an image (page kling-imagine).

use framewright_core::defaults::{self, kling};
use framewright_core::spec::{Spec, Tier};

use super::runway_imagine::text_or_image;
use super::{ASPECT_RATIO, Endpoint, PROMPT, WEBHOOK_SECRET, WEBHOOK_URL, need};
use crate::error::Problem;
use crate::fields::{Field, Kind, Values};

pub static ENDPOINT: Endpoint = Endpoint {
    path: "/kling-imagine",
    task_type: "kling-video",
    summary: "Make one video from text or an image.",
    fields: &[
        PROMPT,
        Field::required(
            "generation_type",
            Kind::Choice(&["text2video", "image2video"]),
            "What the video is made from.",
        ),
        Field::optional(
            "negative_prompt",
            Kind::Text {
                max: defaults::PROMPT_MAX,
            },
            "What the video must not show.",
        ),
        Field::optional(
            "image_url",
            Kind::MediaUrl,
            "The initial frame, for image2video.",
        ),
        Field::optional(
            "end_image_url",
            Kind::MediaUrl,
            "The end frame, for image2video.",
        ),
        Field::optional(
            "mode",
            Kind::Choice(&["std", "pro"]),
            "std (the default) or pro; of the models here only kling-v1-5 works with pro.",
        ),
        ASPECT_RATIO,
        Field::optional(
            "model",
            Kind::Model(&["kling-v1", "kling-v1-5", "kling-v1-6"]),
            "The model; kling-v1-6 by default, kling-v1-5 with mode pro.",
        ),
        Field::optional(
            "duration",
            Kind::OneOf(&[5, 10]),
            "Seconds of video; 5 by default.",
        ),
        Field::optional(
            "cfg_scale",
            Kind::Fraction,
            "How closely to keep to the prompt; 0.5 by default.",
        ),
        WEBHOOK_URL,
        WEBHOOK_SECRET,
    ],
    slots: 1,
    continues: &[],
    rules,
    fill,
};

fn rules(values: &Values, problems: &mut Vec<Problem>) {
    if values.text("generation_type") == Some("image2video") {
        need(
            values,
            "image_url",
            "when generation_type is image2video",
            problems,
        );
    }
    let standard_only = matches!(values.text("model"), Some("kling-v1" | "kling-v1-6"));
    if values.text("mode") == Some("pro") && standard_only {
        problems.push(Problem::field(
            "mode",
            "mode must be std with this model: only kling-v1-5 works with pro",
        ));
    }
}

fn fill(values: &Values, spec: &mut Spec) {
    let tier = match values.text("mode") {
        Some("pro") => Tier::Professional,
        Some(_) => Tier::Standard,
        None => kling::TIER,
    };
    let default_model = match tier {
        Tier::Standard => kling::MODEL,
        Tier::Professional => kling::PRO_MODEL,
    };
    spec.tier = Some(tier);
    spec.model = values.text("model").unwrap_or(default_model).to_owned();
    spec.duration_s = values.seconds("duration", kling::DURATION_S);
    spec.cfg_scale = Some(values.number("cfg_scale").unwrap_or(kling::CFG_SCALE));
    text_or_image(values.text("generation_type"), values, spec);
}
