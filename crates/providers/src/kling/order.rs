//! From a spec to the paid request on either wire: what the chosen model cannot honour is refused
//! here, and what Kling's documents say to leave out is left out. The id that we choose and where to
//! call back are added by the submit.

use framewright_core::defaults::{self, kling};
use framewright_core::spec::{Mode, Role, Spec, Tier};
use framewright_core::task::Input;
use serde_json::{Map, Value, json};

use super::models::{EndImage, Model, Wire};
use crate::aspect::{exact, none_of};
use crate::draft::{Draft, bare_base64};
use crate::limits::{lines_among, text_within};
use crate::provider::Unsupported;
use crate::takes::{Takes, not_made, unsupported};

const ASPECTS: &[&str] = &["16:9", "9:16", "1:1"];

/// Characters of a negative prompt, on the wire that has one.
const NEGATIVE_PROMPT_MAX: usize = 2_500;

/// Least pixels of an image's side, and how much longer the longer side may be (documented for the
/// legacy wire; taken for the new one too).
const SIDE_MIN: u32 = 300;
const LONGER_MAX: f64 = 2.5;

/// Whether this model makes what is asked for.
pub(super) fn judge(spec: &Spec, model: &Model) -> Result<(), Unsupported> {
    let name = model.name;
    if !model.makes_from(spec.mode) {
        return Err(not_made(spec.mode, name));
    }
    let takes = Takes {
        end_image: model.end_image != EndImage::Never,
        negative_prompt: true,
        aspect: spec.mode == Mode::Text,
        lines: true,
        tier: true,
        cfg_scale: true,
        ..Takes::default()
    };
    takes.judge(spec, name)?;
    lines_among(spec, &[720, 1080], name)?;
    model.seconds.judge(spec, name)?;
    judge_texts(spec, model)?;
    judge_images(spec, model)?;
    aspect(spec, model).map(drop)
}

fn judge_texts(spec: &Spec, model: &Model) -> Result<(), Unsupported> {
    let length = |text: &str| text.chars().count();
    text_within(
        "prompt",
        length(&prompt(spec, model)),
        model.prompt_max,
        model.name,
    )?;
    let negative = spec.negative_prompt.as_deref().map_or(0, length);
    text_within("negative_prompt", negative, NEGATIVE_PROMPT_MAX, model.name)?;
    match spec.prompt.is_empty() && spec.mode == Mode::Text {
        true => Err(unsupported(format!(
            "prompt is required with {}",
            model.name
        ))),
        false => Ok(()),
    }
}

fn judge_images(spec: &Spec, model: &Model) -> Result<(), Unsupported> {
    let has = |role| spec.inputs.iter().any(|input| input.role == role);
    if spec.mode == Mode::Image && !has(Role::Start) {
        return Err(unsupported("image_url is required"));
    }
    let lacks_mode = model.end_image == EndImage::Professional && tier(spec) == Tier::Standard;
    match has(Role::End) && lacks_mode {
        true => Err(unsupported(format!(
            "end_image_url needs mode=pro with {}",
            model.name
        ))),
        false => Ok(()),
    }
}

/// Whether an image is what the vendor takes.
pub(super) fn judge_image(input: &Input, wire: Wire) -> Result<(), Unsupported> {
    if !matches!(input.mime.as_str(), "image/jpeg" | "image/png") {
        return Err(unsupported(
            "the image must be JPEG or PNG with this provider",
        ));
    }
    let megabytes = match wire {
        Wire::Legacy => 10,
        Wire::New => 50,
    };
    if input.bytes > megabytes * 1_000_000 {
        return Err(unsupported(format!(
            "the image has {} bytes; the provider takes at most {megabytes} MB",
            input.bytes
        )));
    }
    let (width, height) = (input.width, input.height);
    let (short, long) = (width.min(height), width.max(height));
    match short >= SIDE_MIN && f64::from(long) <= LONGER_MAX * f64::from(short) {
        true => Ok(()),
        false => Err(unsupported(format!(
            "the image has {width} x {height} pixels; the provider takes sides from {SIDE_MIN}, \
             the longer one at most {LONGER_MAX} times the shorter one"
        ))),
    }
}

/// The quality: by the lines where those are asked for, which is what the two modes mean.
fn tier(spec: &Spec) -> Tier {
    match spec.lines {
        Some(1080) => Tier::Professional,
        Some(_) => Tier::Standard,
        None => spec.tier.unwrap_or(kling::TIER),
    }
}

fn aspect(spec: &Spec, model: &Model) -> Result<&'static str, Unsupported> {
    let wanted = spec.aspect.unwrap_or(defaults::ASPECT);
    let found = exact(ASPECTS.iter().copied(), wanted);
    found.ok_or_else(|| none_of(ASPECTS, model.name))
}

/// The prompt, with the negative one behind it where there is no field for that.
fn prompt(spec: &Spec, model: &Model) -> String {
    match &spec.negative_prompt {
        Some(negative) if model.wire == Wire::New => {
            format!("{}\nAvoid: {negative}", spec.prompt)
        }
        _ => spec.prompt.clone(),
    }
}

/// The paid request but for our id and URL.
///
/// # Errors
/// As [`judge`].
pub(super) fn draft(spec: &Spec, model: &Model, inputs: &[Input]) -> Result<Draft, Unsupported> {
    for input in inputs {
        judge_image(input, model.wire)?;
    }
    match model.wire {
        Wire::Legacy => legacy(spec, model, inputs),
        Wire::New => new_standard(spec, model, inputs),
    }
}

fn legacy(spec: &Spec, model: &Model, inputs: &[Input]) -> Result<Draft, Unsupported> {
    let mode = match tier(spec) {
        Tier::Standard => "std",
        Tier::Professional => "pro",
    };
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    put("model_name", json!(model.name));
    if !spec.prompt.is_empty() {
        put("prompt", json!(spec.prompt));
    }
    if let Some(negative) = &spec.negative_prompt {
        put("negative_prompt", json!(negative));
    }
    if let Some(scale) = spec.cfg_scale.filter(|scale| is_asked(*scale, model)) {
        put("cfg_scale", json!(scale));
    }
    put("mode", json!(mode));
    // A text, unlike on the new wire.
    put("duration", json!(spec.duration_s.to_string()));
    for input in inputs {
        let name = if input.role == Role::End {
            "image_tail"
        } else {
            "image"
        };
        put(name, bare_base64(input));
    }
    let kind = match spec.mode {
        Mode::Text => {
            put("aspect_ratio", json!(aspect(spec, model)?));
            "text2video"
        }
        _ => "image2video",
    };
    Ok(Draft::new(format!("/v1/videos/{kind}"), body.into()))
}

/// What silence means is not said: a model that lost the field may refuse it.
fn is_asked(scale: f64, model: &Model) -> bool {
    model.cfg_scale && scale != kling::CFG_SCALE
}

fn new_standard(spec: &Spec, model: &Model, inputs: &[Input]) -> Result<Draft, Unsupported> {
    let resolution = match tier(spec) {
        Tier::Standard => "720p",
        Tier::Professional => "1080p",
    };
    let mut settings = json!({"resolution": resolution, "duration": spec.duration_s});
    let prompt = prompt(spec, model);
    if spec.mode == Mode::Text {
        settings["aspect_ratio"] = json!(aspect(spec, model)?);
        let body = json!({"prompt": prompt, "settings": settings});
        return Ok(Draft::new(format!("/text-to-video/{}", model.name), body));
    }
    let words = (!prompt.is_empty()).then(|| json!({"type": "prompt", "text": prompt}));
    let images = inputs.iter().map(|input| {
        let kind = if input.role == Role::End {
            "last_frame"
        } else {
            "first_frame"
        };
        json!({"type": kind, "url": bare_base64(input)})
    });
    let contents: Vec<_> = words.into_iter().chain(images).collect();
    let body = json!({"contents": contents, "settings": settings});
    Ok(Draft::new(format!("/image-to-video/{}", model.name), body))
}
