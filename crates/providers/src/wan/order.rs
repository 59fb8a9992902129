//! From a spec to the body of a paid request: what the chosen model cannot honour is refused here,
//! everything else has its field.

use framewright_core::defaults;
use framewright_core::spec::{Mode, Role, Spec};
use framewright_core::task::Input;
use serde_json::{Map, Value, json};

use super::models::{Model, RATIOS, SIZES, Wire};
use crate::aspect::{exact, none_of};
use crate::limits::{lines_among, text_within};
use crate::provider::Unsupported;
use crate::takes::{not_made, unsupported};

/// What is longer is cut by the vendor without a word (documented).
const PROMPT_MAX: usize = 1_500;
const NEGATIVE_PROMPT_MAX: usize = 500;

/// Pixels that a side of an image may have (documented).
const SIDES: std::ops::RangeInclusive<u32> = 240..=8_000;

/// Whether this model makes what is asked for.
pub(super) fn judge(spec: &Spec, model: &Model) -> Result<(), Unsupported> {
    if model.mode != spec.mode {
        return Err(not_made(spec.mode, model.name));
    }
    model.takes.judge(spec, model.name)?;
    texts(spec, model)?;
    model.seconds.judge(spec, model.name)?;
    lines_among(spec, model.lines, model.name)?;
    if spec.mode == Mode::Image && !spec.inputs.iter().any(|input| input.role == Role::Start) {
        return Err(unsupported("image_url is required"));
    }
    frame(spec, model).map(drop)
}

fn texts(spec: &Spec, model: &Model) -> Result<(), Unsupported> {
    let length = |text: &str| text.chars().count();
    text_within("prompt", length(&spec.prompt), PROMPT_MAX, model.name)?;
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

/// Whether an image is what the vendor takes.
pub(super) fn judge_image(input: &Input) -> Result<(), Unsupported> {
    let (width, height) = (input.width, input.height);
    match SIDES.contains(&width) && SIDES.contains(&height) {
        true => Ok(()),
        false => Err(unsupported(format!(
            "the image has {width} x {height} pixels; the provider takes sides of {} to {}",
            SIDES.start(),
            SIDES.end()
        ))),
    }
}

/// The members of `parameters` that say the frame.
fn frame(spec: &Spec, model: &Model) -> Result<Vec<(&'static str, String)>, Unsupported> {
    let lines = Model::lines_of(spec);
    let resolution = || ("resolution", format!("{lines}P"));
    let aspect = spec.aspect.unwrap_or(defaults::ASPECT);
    let among = |all: &[&'static str]| {
        let found = exact(all.iter().copied(), aspect);
        found.ok_or_else(|| none_of(all, model.name))
    };
    match model.wire {
        Wire::Size => {
            let sizes = SIZES.iter().filter(|(of, _)| *of == lines);
            let sizes: Vec<_> = sizes.map(|(_, size)| *size).collect();
            Ok(vec![("size", among(&sizes)?.to_owned())])
        }
        Wire::Ratio => Ok(vec![resolution(), ("ratio", among(RATIOS)?.to_owned())]),
        Wire::Image | Wire::Media => Ok(vec![resolution()]),
    }
}

/// The body of the paid request; `media` are the inputs in their places.
///
/// # Errors
/// As [`judge`].
pub(super) fn body(
    spec: &Spec,
    model: &Model,
    prompt_extend: Option<bool>,
    media: &[(Role, Value)],
) -> Result<Value, Unsupported> {
    let mut input = Map::new();
    if !spec.prompt.is_empty() {
        input.insert("prompt".into(), json!(spec.prompt));
    }
    if let Some(negative) = &spec.negative_prompt {
        input.insert("negative_prompt".into(), json!(negative));
    }
    if model.wire == Wire::Media {
        input.insert("media".into(), media.iter().map(listed).collect());
    } else {
        let named = media
            .iter()
            .map(|(role, value)| (field(*role).to_owned(), value.clone()));
        input.extend(named);
    }
    let mut parameters = Map::new();
    let frame = frame(spec, model)?.into_iter();
    parameters.extend(frame.map(|(name, value)| (name.to_owned(), json!(value))));
    parameters.insert("duration".into(), json!(spec.duration_s));
    if let Some(extend) = prompt_extend {
        parameters.insert("prompt_extend".into(), json!(extend));
    }
    Ok(json!({"model": model.name, "input": input, "parameters": parameters}))
}

/// Where a medium of this role stands in `input`, up to 2.6.
fn field(role: Role) -> &'static str {
    match role {
        Role::Audio => "audio_url",
        Role::Start | Role::End | Role::Video | Role::Parent => "img_url",
    }
}

fn listed((role, url): &(Role, Value)) -> Value {
    let kind = match role {
        Role::End => "last_frame",
        Role::Audio => "driving_audio",
        Role::Start | Role::Video | Role::Parent => "first_frame",
    };
    json!({"type": kind, "url": url})
}
