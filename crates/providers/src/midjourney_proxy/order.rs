//! What a midjourney-proxy can be asked for, and the body that asks for it.

use framewright_core::defaults::midjourney;
use framewright_core::spec::{Mode, Role, Spec};
use serde_json::{Map, Value, json};

use crate::draft::data_uri;
use crate::midjourney::motion;
use crate::provider::{Order, Unsupported};
use crate::takes::unsupported;

/// Whether Midjourney can make this.
///
/// # Errors
/// [`Unsupported`] with what to change.
pub(super) fn judge(spec: &Spec) -> Result<(), Unsupported> {
    crate::midjourney::judge(spec, true)
}

/// The body but for state and callback, which the submit adds.
///
/// # Errors
/// [`Unsupported`], where an extend does not know what it continues.
pub(super) fn body(order: &Order<'_>) -> Result<Value, Unsupported> {
    let spec = order.spec;
    let mut body = Map::new();
    body.insert("prompt".into(), json!(spec.prompt));
    body.insert("motion".into(), json!(motion(spec)));
    body.insert("batchSize".into(), json!(batch(order.slots.len())));
    if let Some(word) = spec.lines.and_then(video_type) {
        body.insert("videoType".into(), json!(word));
    }
    if spec.mode == Mode::Extend {
        let parent = order.parent;
        let parent = parent
            .ok_or_else(|| unsupported("the task that this one continues was not made there"))?;
        body.insert("action".into(), json!("extend"));
        body.insert("taskId".into(), json!(parent.job.0));
        body.insert("index".into(), json!(parent.job_index));
    }
    for input in order.inputs {
        let member = match input.role {
            Role::Start => "image",
            Role::End => "endImage",
            Role::Video | Role::Audio | Role::Parent => continue,
        };
        body.insert(member.into(), data_uri(input));
    }
    Ok(Value::Object(body))
}

/// Videos of one job: it makes 1, 2 or 4.
fn batch(slots: usize) -> u8 {
    match slots {
        0 | 1 => 1,
        2 => 2,
        _ => midjourney::SLOTS,
    }
}

fn video_type(lines: u32) -> Option<&'static str> {
    match lines {
        480 => Some("vid_1.1_i2v_480"),
        720 => Some("vid_1.1_i2v_720"),
        _ => None,
    }
}
