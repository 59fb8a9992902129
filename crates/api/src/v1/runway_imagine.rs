//! `POST /runway-imagine`: one video from words, an image or a video (page runway-imagine).

use framewright_core::defaults::{self, runway};
use framewright_core::spec::{Mode, Role, Spec};

use super::{ASPECT_RATIO, Endpoint, PROMPT, WEBHOOK_SECRET, WEBHOOK_URL, input, need};
use crate::error::Problem;
use crate::fields::{Field, Kind, Values};

pub static ENDPOINT: Endpoint = Endpoint {
    path: "/runway-imagine",
    task_type: "runway",
    summary: "Make one video from text, an image or another video.",
    fields: &[
        PROMPT,
        Field::required(
            "generation_type",
            Kind::Choice(&["text2video", "image2video", "video2video"]),
            "What the video is made from.",
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
            "video_url",
            Kind::MediaUrl,
            "The video to use, for video2video.",
        ),
        ASPECT_RATIO,
        Field::optional(
            "model",
            Kind::Model(&["gen3", "gen3a_turbo"]),
            "The model; gen3a_turbo by default.",
        ),
        Field::optional(
            "duration",
            Kind::OneOf(&[5, 10]),
            "Seconds of video; 5 by default.",
        ),
        Field::optional(
            "flip",
            Kind::Flag,
            "Whether to flip the video vertically (top to bottom).",
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
    match values.text("generation_type") {
        Some("image2video") => {
            need(
                values,
                "image_url",
                "when generation_type is image2video",
                problems,
            );
        }
        Some("video2video") => {
            need(
                values,
                "video_url",
                "when generation_type is video2video",
                problems,
            );
        }
        _ => {}
    }
}

fn fill(values: &Values, spec: &mut Spec) {
    spec.model = values.text("model").unwrap_or(runway::MODEL).to_owned();
    spec.duration_s = values.seconds("duration", runway::DURATION_S);
    spec.flip = values.flag("flip").unwrap_or(false);
    match values.text("generation_type") {
        Some("video2video") => {
            spec.mode = Mode::Video;
            input(values, "video_url", Role::Video, spec);
        }
        generation_type => text_or_image(generation_type, values, spec),
    }
}

/// What the runway and kling pages say of text2video and image2video: images count for the one,
/// the aspect ratio for the other, and what does not count is ignored.
pub(super) fn text_or_image(generation_type: Option<&str>, values: &Values, spec: &mut Spec) {
    match generation_type {
        Some("image2video") => {
            spec.mode = Mode::Image;
            input(values, "image_url", Role::Start, spec);
            input(values, "end_image_url", Role::End, spec);
        }
        _ => {
            spec.mode = Mode::Text;
            spec.aspect = Some(
                values
                    .text("aspect_ratio")
                    .and_then(aspect)
                    .unwrap_or(defaults::ASPECT),
            );
        }
    }
}

/// `16:9` as numbers.
fn aspect(ratio: &str) -> Option<framewright_core::spec::Aspect> {
    let (width, height) = ratio.split_once(':')?;
    Some(framewright_core::spec::Aspect {
        width: width.parse().ok()?,
        height: height.parse().ok()?,
    })
}
