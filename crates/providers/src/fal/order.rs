//! From a spec to the body of a submit: what the endpoint cannot honour is refused here, everything
//! else has its field.

use framewright_core::defaults;
use framewright_core::spec::{Mode, Role, Spec};
use serde_json::{Map, Value, json};

use super::models::{ASPECTS, Model, USUAL_LINES};
use crate::aspect::{exact, none_of};
use crate::limits::lines_among;
use crate::provider::Unsupported;
use crate::takes::{not_made, unsupported};

/// Whether this endpoint makes what is asked for.
pub(super) fn judge(spec: &Spec, model: &Model) -> Result<(), Unsupported> {
    if model.mode != spec.mode {
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
    aspect(spec, model).map(drop)
}

fn aspect(spec: &Spec, model: &Model) -> Result<Option<&'static str>, Unsupported> {
    if !model.takes.aspect {
        return Ok(None);
    }
    let asked = spec.aspect.unwrap_or(defaults::ASPECT);
    let found = exact(ASPECTS.iter().copied(), asked);
    found.map(Some).ok_or_else(|| none_of(ASPECTS, model.name))
}

/// The body of the paid request, which is the model's input itself; `media` are the inputs in their
/// places. Durations are texts on these endpoints.
///
/// # Errors
/// As [`judge`].
pub(super) fn body(
    spec: &Spec,
    model: &Model,
    media: &[(Role, Value)],
) -> Result<Value, Unsupported> {
    let mut body = Map::new();
    let mut put = |field: &str, value: Value| body.insert(field.to_owned(), value);
    put("prompt", json!(spec.prompt));
    if let Some(negative) = &spec.negative_prompt {
        put("negative_prompt", json!(negative));
    }
    for (role, value) in media {
        if let Some(field) = model.field(*role) {
            put(field, value.clone());
        }
    }
    if let Some(aspect) = aspect(spec, model)? {
        put("aspect_ratio", json!(aspect));
    }
    if !model.lines.is_empty() {
        let lines = spec.lines.unwrap_or(USUAL_LINES);
        put("resolution", json!(format!("{lines}p")));
    }
    put("duration", json!(spec.duration_s.to_string()));
    if let Some(scale) = spec.cfg_scale.filter(|_| model.takes.cfg_scale) {
        put("cfg_scale", json!(scale));
    }
    Ok(Value::Object(body))
}
