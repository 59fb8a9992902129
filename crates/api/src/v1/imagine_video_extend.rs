//! `POST /imagine-video-extend`: four continuations of one output of an earlier task (page
//! imagine-video-extend). Whether that output is there is asked in `parent`, not here.

use framewright_core::defaults::midjourney;
use framewright_core::id::TaskId;
use framewright_core::spec::{Mode, Parent, Role, Spec};

use super::imagine_video::motion;
use super::{Endpoint, MOTION, PROMPT, WEBHOOK_SECRET, WEBHOOK_URL, input, parent};
use crate::error::Problem;
use crate::fields::{Field, Kind, Values};

pub static ENDPOINT: Endpoint = Endpoint {
    path: "/imagine-video-extend",
    task_type: "imagine-video-extend",
    summary: "Continue one video of an imagine-video task, four times over.",
    fields: &[
        Field::required(
            "parent_task_id",
            Kind::TaskId,
            "The finished imagine-video or imagine-video-extend task.",
        ),
        Field::required(
            "index",
            Kind::OneOf(&[1, 2, 3, 4]),
            "Which of the parent's video_urls to continue, from 1.",
        ),
        PROMPT,
        Field::optional(
            "image_url",
            Kind::MediaUrl,
            "An image for the new part to move to.",
        ),
        MOTION,
        WEBHOOK_URL,
        WEBHOOK_SECRET,
    ],
    slots: midjourney::SLOTS,
    continues: &["imagine-video", "imagine-video-extend"],
    rules,
    fill,
};

/// A text that is no id names no task, and is answered like an id that names none.
fn rules(values: &Values, problems: &mut Vec<Problem>) {
    if let Some(text) = values.text("parent_task_id")
        && TaskId::parse(text).is_none()
    {
        problems.push(parent::unknown(&ENDPOINT));
    }
}

fn fill(values: &Values, spec: &mut Spec) {
    spec.mode = Mode::Extend;
    spec.motion = Some(motion(values));
    spec.duration_s = midjourney::EXTEND_S;
    spec.parent = parent_of(values);
    input(values, "image_url", Role::End, spec);
}

fn parent_of(values: &Values) -> Option<Parent> {
    Some(Parent {
        task: TaskId::parse(values.text("parent_task_id")?)?,
        position: u8::try_from(values.whole("index")?).ok()?,
        made: None,
    })
}
