//! From a spec to the `input` of a prediction: what the chosen model cannot honour is refused here,
//! everything else has its field.

use framewright_core::defaults;
use framewright_core::spec::{Mode, Role, Spec};
use serde_json::{Map, Value, json};

use super::models::{Frame, Model, SIZES, USUAL_LINES};
use crate::aspect::{exact, none_of};
use crate::limits::lines_among;
use crate::provider::Unsupported;
use crate::takes::{not_made, unsupported};

/// Whether this model makes what is asked for.
pub(super) fn judge(spec: &Spec, model: &Model) -> Result<(), Unsupported> {
    if !model.makes(spec.mode) {
        return Err(not_made(spec.mode, model.name));
    }
    model.takes.judge(spec, model.name)?;
    if spec.prompt.is_empty() {
        return Err(unsupported(format!(
            "prompt is required with {}",
            model.name
        )));
    }
    model.seconds.judge(spec, model.name)?;
    lines_among(spec, model.lines, model.name)?;
    if spec.mode == Mode::Image && !spec.inputs.iter().any(|input| input.role == Role::Start) {
        return Err(unsupported("image_url is required"));
    }
    frame(spec, model).map(drop)
}

/// The field of the frame and its value; none where it is the image's own.
fn frame(spec: &Spec, model: &Model) -> Result<Option<(&'static str, String)>, Unsupported> {
    let lines = spec.lines.unwrap_or(USUAL_LINES);
    let aspect = spec.aspect.unwrap_or(defaults::ASPECT);
    let among = |all: &[&'static str]| {
        let found = exact(all.iter().copied(), aspect);
        found.ok_or_else(|| none_of(all, model.name))
    };
    match model.frame {
        Frame::Resolution => Ok(Some(("resolution", format!("{lines}p")))),
        Frame::Aspect if spec.mode == Mode::Image && spec.aspect.is_none() => Ok(None),
        Frame::Aspect => Ok(Some(("aspect_ratio", among(model.aspects)?.to_owned()))),
        Frame::Size => {
            let sizes: Vec<_> = SIZES.iter().filter(|(of, _)| *of == lines).collect();
            let sizes: Vec<_> = sizes.iter().map(|(_, size)| *size).collect();
            Ok(Some(("size", among(&sizes)?.to_owned())))
        }
    }
}

/// The `input` of the paid request; `media` are the inputs in their places.
///
/// # Errors
/// As [`judge`].
pub(super) fn input(
    spec: &Spec,
    model: &Model,
    media: &[(Role, Value)],
) -> Result<Value, Unsupported> {
    let mut input = Map::new();
    input.insert("prompt".into(), json!(spec.prompt));
    if let Some(negative) = &spec.negative_prompt {
        input.insert("negative_prompt".into(), json!(negative));
    }
    for (role, value) in media {
        if let Some(field) = model.field(*role) {
            input.insert(field.into(), value.clone());
        }
    }
    if let Some((field, value)) = frame(spec, model)? {
        input.insert(field.into(), json!(value));
    }
    input.insert("duration".into(), json!(spec.duration_s));
    if let (Some(field), Some(scale)) = (model.scale, spec.cfg_scale) {
        input.insert(field.into(), json!(scale));
    }
    Ok(Value::Object(input))
}
