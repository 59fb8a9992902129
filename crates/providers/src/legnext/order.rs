//! The paid request to LegNext. The image is a link inside the prompt, before the words; the flags
//! come after them.

use framewright_core::spec::{Mode, Spec};
use serde_json::json;

use crate::draft::Draft;
use crate::limits::text_within;
use crate::midjourney::{self, MODEL, motion};
use crate::provider::{Order, Unsupported};
use crate::takes::unsupported;

/// Characters of a prompt (documented for the service whose requests LegNext's are).
const PROMPT_MAX: usize = 8_192;

/// How much of them link and flags may need.
const ROOM: usize = 1_024;

/// Whether LegNext can make this.
///
/// # Errors
/// [`Unsupported`] with what to change.
pub(super) fn judge(spec: &Spec) -> Result<(), Unsupported> {
    midjourney::judge(spec, false)?;
    let words = spec.prompt.chars().count();
    text_within("prompt", words, PROMPT_MAX - ROOM, MODEL)?;
    // Whoever begins with a link adds an image that this server has not seen.
    match spec.prompt.contains("://") {
        true => Err(unsupported(
            "prompt must not contain a link: the image is named by image_url",
        )),
        false => Ok(()),
    }
}

/// The request but for where to call back; `start` is the link to the start image.
///
/// # Errors
/// [`Unsupported`], where it is not known what to begin with.
pub(super) fn draft(order: &Order<'_>, start: Option<&str>) -> Result<Draft, Unsupported> {
    let spec = order.spec;
    let flags = format!("--motion {}", motion(spec));
    if spec.mode == Mode::Extend {
        let parent = order.parent;
        let parent = parent
            .ok_or_else(|| unsupported("the task that this one continues was not made there"))?;
        let body = json!({
            "jobId": parent.job.0,
            "videoNo": parent.job_index,
            "prompt": joined([spec.prompt.as_str(), &flags]),
        });
        return Ok(Draft::new("/v1/extend-video", body));
    }
    let start = start.ok_or_else(|| unsupported("image_url is required"))?;
    let mut body = json!({"prompt": joined([start, spec.prompt.as_str(), &flags])});
    if let Some(lines) = spec.lines {
        body["videoType"] = json!(u8::from(lines == 720));
    }
    Ok(Draft::new("/v1/video-diffusion", body))
}

fn joined<const N: usize>(parts: [&str; N]) -> String {
    let parts = parts.into_iter().map(str::trim);
    let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}
