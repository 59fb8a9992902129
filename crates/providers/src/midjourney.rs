//! What Midjourney itself can make, whoever sells it: which requests, and which flags of a prompt
//! are this server's to say. Not anybody's wire.

use framewright_core::defaults::midjourney;
use framewright_core::spec::{Mode, Motion, Spec};

use crate::limits::{Seconds, lines_among};
use crate::provider::Unsupported;
use crate::takes::{Takes, not_made, unsupported};

/// What the model is called in sentences.
pub const MODEL: &str = "Midjourney";

/// Flags of a prompt that say what this server says by itself. A second word on it is no use to
/// anybody, and which of the two counts is not told: they are refused. All others pass.
const OURS: [&str; 6] = ["video", "motion", "bs", "end", "loop", "batch"];

/// Whether Midjourney makes this: videos of an image or of an earlier one's end, of its one length.
///
/// # Errors
/// [`Unsupported`] with what to change.
pub fn judge(spec: &Spec, end_image: bool) -> Result<(), Unsupported> {
    if !matches!(spec.mode, Mode::Image | Mode::Extend) {
        return Err(not_made(spec.mode, MODEL));
    }
    let takes = Takes {
        // An extend starts from the parent's end and goes where the words say.
        end_image: end_image && spec.mode == Mode::Image,
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

/// Its word for how much should move.
#[must_use]
pub fn motion(spec: &Spec) -> &'static str {
    match spec.motion.unwrap_or(midjourney::MOTION) {
        Motion::Low => "low",
        Motion::High => "high",
    }
}
