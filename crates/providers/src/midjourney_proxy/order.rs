//! What a midjourney-proxy can be asked for, and the body that asks for it.

use framewright_core::defaults::midjourney;
use framewright_core::spec::{Mode, Motion, Role, Spec};
use serde_json::{Map, Value, json};

use crate::draft::data_uri;
use crate::limits::{Seconds, lines_among};
use crate::provider::{Order, Unsupported};
use crate::takes::{Takes, not_made, unsupported};

/// Flags of a prompt that say what this server says by itself. A second word on it is no use to
/// anybody, and which of the two counts is not told: they are refused. All others pass.
const OURS: [&str; 6] = ["video", "motion", "bs", "end", "loop", "batch"];

/// What the model is called in sentences.
const MODEL: &str = "Midjourney";

/// Whether Midjourney can make this.
///
/// # Errors
/// [`Unsupported`] with what to change.
pub(super) fn judge(spec: &Spec) -> Result<(), Unsupported> {
    if !matches!(spec.mode, Mode::Image | Mode::Extend) {
        return Err(not_made(spec.mode, MODEL));
    }
    let takes = Takes {
        // An extend starts from the parent's end and goes where the words say.
        end_image: spec.mode == Mode::Image,
        lines: true,
        motion: true,
        ..Takes::default()
    };
    takes.judge(spec, MODEL)?;
    judge_prompt(&spec.prompt)?;
    lines_among(spec, &[480, 720], MODEL)?;
    let seconds = match spec.mode {
        Mode::Extend => Seconds::OneOf(&[midjourney::EXTEND_S]),
        _ => Seconds::OneOf(&[midjourney::DURATION_S]),
    };
    seconds.judge(spec, MODEL)
}

fn judge_prompt(prompt: &str) -> Result<(), Unsupported> {
    let flags = prompt.split_whitespace().filter_map(|word| {
        // Phones make a dash of two hyphens; Midjourney reads both.
        word.strip_prefix("--").or_else(|| word.strip_prefix('—'))
    });
    let name = |flag: &str| flag.split('=').next().unwrap_or_default().to_lowercase();
    let ours = flags.map(name).find(|flag| OURS.contains(&flag.as_str()));
    match ours {
        Some(flag) => Err(unsupported(format!(
            "prompt must not contain --{flag}: this server says that by itself"
        ))),
        None => Ok(()),
    }
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

fn motion(spec: &Spec) -> &'static str {
    match spec.motion.unwrap_or(midjourney::MOTION) {
        Motion::Low => "low",
        Motion::High => "high",
    }
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
