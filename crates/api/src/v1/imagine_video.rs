//! `POST /imagine-video`: four videos from one image (page imagine-video).

use framewright_core::defaults::midjourney;
use framewright_core::spec::{Mode, Motion, Role, Spec};

use super::{Endpoint, MOTION, PROMPT, WEBHOOK_SECRET, WEBHOOK_URL, input};
use crate::fields::{Field, Kind, Values};

pub static ENDPOINT: Endpoint = Endpoint {
    path: "/imagine-video",
    task_type: "imagine-video",
    summary: "Make four videos from a start image.",
    fields: &[
        PROMPT,
        Field::required(
            "image_url",
            Kind::MediaUrl,
            "The image to use as the start frame.",
        ),
        MOTION,
        WEBHOOK_URL,
        WEBHOOK_SECRET,
    ],
    slots: midjourney::SLOTS,
    continues: &[],
    rules: |_, _| {},
    fill,
};

fn fill(values: &Values, spec: &mut Spec) {
    spec.mode = Mode::Image;
    spec.motion = Some(motion(values));
    spec.duration_s = midjourney::DURATION_S;
    input(values, "image_url", Role::Start, spec);
}

/// Midjourney's `motion`, with its default.
pub(super) fn motion(values: &Values) -> Motion {
    match values.text("motion") {
        Some("high") => Motion::High,
        Some(_) => Motion::Low,
        None => midjourney::MOTION,
    }
}
