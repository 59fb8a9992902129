//! From a spec to the body of a paid request: what the chosen model cannot honour is refused here,
//! everything else has its field.

use framewright_core::defaults;
use framewright_core::spec::{Aspect, Mode, Role, Spec};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::models::{Frame, Model, TARGET_ASPECTS};
use crate::aspect::{exact, nearest, none_of, shape};
use crate::limits::{lines_among, prompt_within};
use crate::provider::Unsupported;
use crate::takes::{not_made, unsupported};

/// What `flip` means here. Runway has no field for it and never had one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Flip {
    /// It cannot be had.
    #[default]
    Refuse,
    /// The frame is turned upright or on its side: width for height.
    Portrait,
}

/// Whether this model makes what is asked for.
pub(super) fn judge(spec: &Spec, model: &Model, flip: Flip) -> Result<(), Unsupported> {
    if !model.makes(spec.mode) {
        return Err(not_made(spec.mode, model.name));
    }
    model.takes.judge(spec, model.name)?;
    prompt_within(&spec.prompt, model.prompt_max, model.name)?;
    if spec.prompt.is_empty() && !model.wordless {
        return Err(unsupported(format!(
            "prompt is required with {}",
            model.name
        )));
    }
    if let Some(seconds) = &model.seconds {
        seconds.judge(spec, model.name)?;
    }
    media(spec)?;
    if spec.flip && flip == Flip::Refuse {
        return Err(unsupported(
            "flip is not offered: the provider has no such field; leave it out",
        ));
    }
    framing(spec, model, flip, None).map(drop)
}

fn media(spec: &Spec) -> Result<(), Unsupported> {
    let named = |role| spec.inputs.iter().any(|input| input.role == role);
    match spec.mode {
        Mode::Image if !named(Role::Start) => Err(unsupported("image_url is required")),
        Mode::Video if !named(Role::Video) => Err(unsupported("video_url is required")),
        _ => Ok(()),
    }
}

/// The field of the frame and its value; none where the frame is the source's own. `source` is the
/// shape of the start image or the video, where it is known already.
fn framing(
    spec: &Spec,
    model: &Model,
    flip: Flip,
    source: Option<f64>,
) -> Result<Option<(&'static str, &'static str)>, Unsupported> {
    let turned = spec.flip && flip == Flip::Portrait;
    let Some(frame) = model.frame(spec.mode) else {
        let target = target(spec, model, turned, source)?;
        return Ok(target.map(|target| ("targetAspectRatio", target)));
    };
    let lines = lines_among(spec, &frame.lines(), model.name)?;
    let ratio = match frame {
        Frame::Sizes(all) => {
            let fits =
                |(of, size): &(u32, &'static str)| lines.is_none_or(|l| l == *of).then_some(*size);
            let sizes: Vec<_> = all.iter().filter_map(fits).collect();
            Some(size(spec, model, &sizes, turned, source)?)
        }
        Frame::OfTheImage(_) | Frame::Word(_) => {
            own_frame(spec, model, turned)?;
            word(frame, lines)
        }
    };
    Ok(ratio.map(|ratio| ("ratio", ratio)))
}

/// The size for the aspect ratio that was named, else the nearest to the source.
fn size(
    spec: &Spec,
    model: &Model,
    sizes: &[&'static str],
    turned: bool,
    source: Option<f64>,
) -> Result<&'static str, Unsupported> {
    let all = || sizes.iter().copied();
    let named = spec
        .aspect
        .or((spec.mode == Mode::Text).then_some(defaults::ASPECT));
    let found = match named {
        Some(aspect) => exact(all(), upright(aspect, turned)),
        None => {
            let usual = shape(defaults::ASPECT.width, defaults::ASPECT.height);
            let shape = source.or(usual).unwrap_or(1.0);
            nearest(all(), if turned { 1.0 / shape } else { shape })
        }
    };
    found.ok_or_else(|| none_of(sizes, model.name))
}

fn upright(aspect: Aspect, turned: bool) -> Aspect {
    match turned {
        true => Aspect {
            width: aspect.height,
            height: aspect.width,
        },
        false => aspect,
    }
}

/// A frame that is the image's own can be neither named nor turned.
fn own_frame(spec: &Spec, model: &Model, turned: bool) -> Result<(), Unsupported> {
    let field = match (spec.aspect, turned) {
        (Some(_), _) => "aspect_ratio",
        (None, true) => "flip",
        (None, false) => return Ok(()),
    };
    Err(unsupported(format!(
        "{field} cannot be honoured with {}, whose frame is that of the image; leave it out",
        model.name
    )))
}

fn word(frame: &Frame, lines: Option<u32>) -> Option<&'static str> {
    let Frame::Word(all) = frame else {
        return None;
    };
    let fits = |(of, _): &&(u32, &'static str)| lines.is_none_or(|lines| lines == *of);
    all.iter().find(fits).map(|(_, word)| *word)
}

/// The aspect ratio of a video from a video; none for that of the source.
fn target(
    spec: &Spec,
    model: &Model,
    turned: bool,
    source: Option<f64>,
) -> Result<Option<&'static str>, Unsupported> {
    let all = || TARGET_ASPECTS.iter().copied();
    match (spec.aspect, turned) {
        (Some(aspect), _) => {
            let found = exact(all(), upright(aspect, turned));
            found
                .map(Some)
                .ok_or_else(|| none_of(TARGET_ASPECTS, model.name))
        }
        (None, true) => Ok(nearest(all(), 1.0 / source.unwrap_or(1.0))),
        (None, false) => Ok(None),
    }
}

/// A medium in its place in the body, and its shape.
pub(super) struct Placed {
    pub role: Role,
    pub value: Value,
    pub shape: Option<f64>,
}

/// The body of the paid request.
///
/// # Errors
/// As [`judge`], where the source's own shape decides.
pub(super) fn body(
    spec: &Spec,
    model: &Model,
    flip: Flip,
    placed: &[Placed],
) -> Result<Value, Unsupported> {
    let of = |role| placed.iter().find(|medium| medium.role == role);
    let source = of(Role::Start)
        .or(of(Role::Video))
        .and_then(|medium| medium.shape);
    let mut body = Map::new();
    let mut put = |field: &str, value: Value| {
        body.insert(field.to_owned(), value);
    };
    put("model", json!(model.name));
    if !spec.prompt.is_empty() {
        put("promptText", json!(spec.prompt));
    }
    if let Some(start) = of(Role::Start) {
        put("promptImage", images(&start.value, of(Role::End)));
    }
    if let (Some(field), Some(video)) = (model.video, of(Role::Video)) {
        put(field, video.value.clone());
    }
    if let Some((field, frame)) = framing(spec, model, flip, source)? {
        put(field, json!(frame));
    }
    if model.seconds.is_some() {
        put("duration", json!(spec.duration_s));
    }
    if let Some(negative) = &spec.negative_prompt {
        put("negativePrompt", json!(negative));
    }
    if let Some(scale) = spec.cfg_scale.filter(|_| model.takes.cfg_scale) {
        put("cfgScale", json!(scale));
    }
    Ok(Value::Object(body))
}

/// One image as it is; two with their positions.
fn images(start: &Value, end: Option<&Placed>) -> Value {
    match end {
        None => start.clone(),
        Some(end) => json!([
            {"uri": start, "position": "first"},
            {"uri": end.value, "position": "last"},
        ]),
    }
}
