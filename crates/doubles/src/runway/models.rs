//! The check of a request against what its model takes. The table of models is
//! `data/runway_models.json`, made from the request types of the official SDK by
//! `clients/sdks/runway_models.py`. The server does this check, not the SDK, which sends whatever it
//! is given.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::wire;

/// One model on one path. A member without a list of values may have any.
#[derive(Deserialize)]
struct Model {
    required: Vec<String>,
    ratio: Option<Vec<Value>>,
    duration: Option<Vec<Value>>,
    /// Where an image may stand; empty for models whose images have other forms, not judged here.
    positions: Option<Vec<String>>,
}

/// Models by path and name.
static MODELS: LazyLock<BTreeMap<String, BTreeMap<String, Model>>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../data/runway_models.json"))
        .expect("the table is part of the program and read by every test of it")
});

/// Seconds; said of `gen4.5` by the SDK and taken for `gen4_turbo` too.
const GEN4_SECONDS: std::ops::RangeInclusive<i64> = 2..=10;
/// UTF-16 code units.
const PROMPT_MOST: usize = 1000;
/// Bytes in a data URI.
const DATA_MOST: usize = 5 << 20;
const SEED_MOST: i64 = u32::MAX as i64;

/// Refuses what the server would refuse, in words.
pub(super) fn check(path: &str, asked: &Map<String, Value>) -> Result<(), String> {
    let name = wire::text(asked, "model").ok_or("`model` is required.")?;
    let model = MODELS
        .get(path)
        .and_then(|models| models.get(name))
        .ok_or_else(|| format!("`model` cannot be `{name}` here."))?;
    let missing = |member: &&String| !asked.contains_key(*member);
    if let Some(member) = model.required.iter().find(missing) {
        return Err(format!("`{member}` is required."));
    }
    prompt(asked)?;
    one_of("ratio", model.ratio.as_ref(), asked)?;
    one_of("duration", model.duration.as_ref(), asked)?;
    duration(name, asked)?;
    seed(asked)?;
    images(model, asked)?;
    keyframes(asked)?;
    media(asked).try_for_each(address)
}

/// Every address of media in a request.
pub(super) fn media(asked: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let videos = ["videoUri", "promptVideo"];
    let videos = videos.into_iter().filter_map(|name| asked.get(name));
    let image = asked.get("promptImage");
    let many = image.and_then(Value::as_array).into_iter().flatten();
    let uris = many.map(|item| &item["uri"]);
    videos.chain(image).chain(uris).filter_map(Value::as_str)
}

fn prompt(asked: &Map<String, Value>) -> Result<(), String> {
    let fits = |text: &str| (1..=PROMPT_MOST).contains(&text.encode_utf16().count());
    match asked.get("promptText") {
        Some(said) if !said.as_str().is_some_and(fits) => Err(format!(
            "`promptText` must be 1 to {PROMPT_MOST} UTF-16 code units."
        )),
        _ => Ok(()),
    }
}

fn one_of(
    member: &str,
    allowed: Option<&Vec<Value>>,
    asked: &Map<String, Value>,
) -> Result<(), String> {
    match (allowed, asked.get(member)) {
        (Some(allowed), Some(said)) if !allowed.contains(said) => {
            let allowed = Value::from(allowed.clone());
            Err(format!("`{member}` must be one of {allowed}, not {said}."))
        }
        _ => Ok(()),
    }
}

fn duration(model: &str, asked: &Map<String, Value>) -> Result<(), String> {
    let said = match asked.get("duration") {
        None => return Ok(()),
        Some(said) if said == "auto" => return Ok(()),
        Some(said) => said.as_i64().ok_or("`duration` must be an integer.")?,
    };
    let fits = match model {
        "gen4_turbo" | "gen4.5" => GEN4_SECONDS.contains(&said),
        _ => said > 0,
    };
    fits.then_some(())
        .ok_or_else(|| format!("`duration` cannot be {said}."))
}

fn seed(asked: &Map<String, Value>) -> Result<(), String> {
    match asked.get("seed") {
        Some(seed) if !seed.as_i64().is_some_and(|n| (0..=SEED_MOST).contains(&n)) => {
            Err(format!("`seed` must be 0 to {SEED_MOST}."))
        }
        _ => Ok(()),
    }
}

/// Text is the first frame; a list says where each image stands.
fn images(model: &Model, asked: &Map<String, Value>) -> Result<(), String> {
    let Some(allowed) = model.positions.as_ref().filter(|all| !all.is_empty()) else {
        return Ok(());
    };
    match asked.get("promptImage") {
        None | Some(Value::String(_)) => Ok(()),
        Some(Value::Array(images)) if !images.is_empty() => {
            images.iter().try_for_each(|image| placed(allowed, image))
        }
        Some(_) => Err("`promptImage` must be an address or a list of images.".into()),
    }
}

fn placed(allowed: &[String], image: &Value) -> Result<(), String> {
    let position = image["position"].as_str().unwrap_or_default();
    if !allowed.iter().any(|known| known == position) {
        return Err(format!(
            "`position` must be one of {allowed:?}, not `{position}`."
        ));
    }
    match image["uri"].as_str() {
        Some(_) => Ok(()),
        None => Err("`uri` is required.".into()),
    }
}

fn keyframes(asked: &Map<String, Value>) -> Result<(), String> {
    match asked.get("keyframes").and_then(Value::as_array) {
        Some(frames) if frames.len() > 5 => Err("`keyframes` must be at most 5.".into()),
        _ => Ok(()),
    }
}

/// What Runway's servers can fetch, or have: https with a host name, data, an upload.
fn address(uri: &str) -> Result<(), String> {
    if uri.starts_with("runway://") || wire::is_public_https(uri) {
        return Ok(());
    }
    match wire::data_uri_bytes(uri) {
        Some(bytes) if bytes <= DATA_MOST => Ok(()),
        Some(_) => Err(format!("a data URI holds at most {DATA_MOST} bytes.")),
        None => Err(format!("`{uri}` is no https, data or runway address.")),
    }
}
