//! `POST /wan-imagine`: one video from words, an image or both, with or without sound (page
//! wan-imagine). The page types `audio_url` as a boolean and describes a URL: it is a URL.

use framewright_core::defaults::{self, wan};
use framewright_core::spec::{Mode, Role, Spec};

use super::{Endpoint, WEBHOOK_SECRET, WEBHOOK_URL, input, need};
use crate::error::Problem;
use crate::fields::{Field, Kind, Values};

pub static ENDPOINT: Endpoint = Endpoint {
    path: "/wan-imagine",
    task_type: "wan-video",
    summary: "Make one video from text or an image, with or without sound.",
    fields: &[
        Field::optional(
            "prompt",
            Kind::Text { max: 1500 },
            "What the video shows; required for wan2.6-flash and where there is no image_url.",
        ),
        Field::required(
            "model",
            Kind::Model(&["wan2.5", "wan2.6", "wan2.6-flash"]),
            "The model.",
        ),
        Field::optional(
            "negative_prompt",
            Kind::Text { max: 500 },
            "What the video must not show.",
        ),
        Field::optional(
            "image_url",
            Kind::MediaUrl,
            "The first frame (JPEG, PNG, BMP or WEBP, at most 10 MB); required for wan2.6-flash.",
        ),
        Field::optional(
            "audio_url",
            Kind::MediaUrl,
            "Sound to go with the video (WAV or MP3, 3 to 30 seconds, at most 15 MB).",
        ),
        Field::optional(
            "resolution",
            Kind::Choice(&["480P", "720P", "1080P"]),
            "1080P by default; 480P with wan2.5 only.",
        ),
        Field::optional(
            "duration",
            Kind::Whole { min: 2, max: 15 },
            "Seconds of video, 5 by default; 5 or 10 with wan2.5.",
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
    let model = values.text("model");
    if model == Some("wan2.6-flash") {
        need(values, "prompt", "with model wan2.6-flash", problems);
        need(values, "image_url", "with model wan2.6-flash", problems);
    } else if values.is_absent("prompt") && values.is_absent("image_url") {
        problems.push(Problem::field(
            "prompt",
            "prompt is required when there is no image_url",
        ));
    }
    if model == Some("wan2.5") && values.whole("duration").is_some_and(|s| s != 5 && s != 10) {
        problems.push(Problem::field(
            "duration",
            "duration must be one of: 5, 10 with model wan2.5",
        ));
    }
    let newer = matches!(model, Some("wan2.6" | "wan2.6-flash"));
    if newer && values.text("resolution") == Some("480P") {
        problems.push(Problem::field(
            "resolution",
            "resolution must be one of: 720P, 1080P with this model; 480P is for wan2.5 only",
        ));
    }
}

fn fill(values: &Values, spec: &mut Spec) {
    spec.model = values.words("model");
    spec.duration_s = values.seconds("duration", wan::DURATION_S);
    spec.lines = Some(lines(values.text("resolution")));
    if values.is_absent("image_url") {
        spec.mode = Mode::Text;
        spec.aspect = Some(defaults::ASPECT);
    } else {
        spec.mode = Mode::Image;
        input(values, "image_url", Role::Start, spec);
    }
    input(values, "audio_url", Role::Audio, spec);
}

fn lines(resolution: Option<&str>) -> u32 {
    match resolution {
        Some("480P") => 480,
        Some("720P") => 720,
        Some("1080P") => 1080,
        _ => wan::LINES,
    }
}
