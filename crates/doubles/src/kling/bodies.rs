//! What Kling refuses in a request's body: values by its documents, kinds of JSON values as strict
//! clients have found them.

use serde_json::{Map, Value};

use super::refused;
use crate::wire::{self, Refusal};

/// Models of the legacy wire that are still sold.
const LEGACY: [&str; 3] = ["kling-v2-5-turbo", "kling-v2-6", "kling-v3"];

const NEW: [&str; 4] = [
    "kling-2.5-turbo",
    "kling-2.6",
    "kling-3.0",
    "kling-3.0-turbo",
];

const ASPECTS: [&str; 3] = ["16:9", "9:16", "1:1"];

type Body = Map<String, Value>;

fn bad(why: &str) -> Refusal {
    refused(400, 1201, why)
}

fn sure(holds: bool, why: &str) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(bad(why)) }
}

pub(super) fn object(body: &[u8]) -> Result<Body, Refusal> {
    wire::object(body).ok_or_else(|| refused(400, 1200, "the body is not JSON"))
}

fn sold(model: &str, all: &[&str]) -> Result<(), Refusal> {
    match all.contains(&model) {
        true => Ok(()),
        false => Err(refused(404, 1203, "the model is not there, or no longer")),
    }
}

/// One of the two legacy paths.
pub(super) fn legacy(kind: &str, asked: &Body) -> Result<(), Refusal> {
    let text = |name| wire::text(asked, name);
    let model = text("model_name").unwrap_or("kling-v1");
    sold(model, &LEGACY)?;
    let long = |name| text(name).is_some_and(|text| text.chars().count() > 2_500);
    sure(
        !long("prompt") && !long("negative_prompt"),
        "a prompt is too long",
    )?;
    let among = |name, all: &[&str]| match asked.get(name) {
        Some(value) => value.as_str().is_some_and(|text| all.contains(&text)),
        None => true,
    };
    sure(among("mode", &["std", "pro", "4k"]), "mode is invalid")?;
    sure(among("aspect_ratio", &ASPECTS), "aspect_ratio is invalid")?;
    let seconds = seconds(model == "kling-v3");
    let words: Vec<_> = seconds.iter().map(u64::to_string).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    sure(
        among("duration", &words),
        "duration must be one of the texts",
    )?;
    let scale = asked.get("cfg_scale");
    sure(
        scale.is_none() || model == "kling-v3",
        "cfg_scale is not supported",
    )?;
    if kind == "text2video" {
        return sure(
            text("prompt").is_some_and(|text| !text.is_empty()),
            "prompt is required",
        );
    }
    let images = [text("image"), text("image_tail")];
    sure(images.iter().any(Option::is_some), "image is required")?;
    let bare = |image: &&str| !image.starts_with("data:");
    sure(
        images.iter().flatten().all(bare),
        "image must be a URL or bare base64",
    )?;
    let professional = text("mode") == Some("pro");
    sure(images[1].is_none() || professional, "image_tail needs pro")
}

fn seconds(many: bool) -> Vec<u64> {
    if many {
        (3..=15).collect()
    } else {
        vec![5, 10]
    }
}

pub(super) fn new_text(model: &str, asked: &Body) -> Result<(), Refusal> {
    sold(model, &NEW)?;
    let prompt = wire::text(asked, "prompt").map(|text| text.chars().count());
    let most = if three(model) { 3_072 } else { 2_500 };
    sure(
        prompt.is_some_and(|length| (1..=most).contains(&length)),
        "prompt is invalid",
    )?;
    settings(model, asked).map(drop)
}

fn three(model: &str) -> bool {
    model.starts_with("kling-3")
}

pub(super) fn new_image(model: &str, asked: &Body) -> Result<(), Refusal> {
    sold(model, &NEW)?;
    let settings = settings(model, asked)?;
    sure(
        !settings.contains_key("aspect_ratio"),
        "aspect_ratio is not supported",
    )?;
    let contents = asked.get("contents").and_then(Value::as_array);
    let contents = contents.ok_or_else(|| bad("contents is required"))?;
    let url = |kind: &str| {
        let mut of = contents.iter().filter(|content| content["type"] == kind);
        of.next().and_then(|content| content["url"].as_str())
    };
    let (first, last) = (url("first_frame"), url("last_frame"));
    let bare = |url: Option<&str>| url.is_none_or(|url| !url.starts_with("data:"));
    sure(
        bare(first) && bare(last),
        "url must be a link or bare base64",
    )?;
    sure(first.is_some(), "first_frame is required")?;
    let sharp = settings
        .get("resolution")
        .is_some_and(|lines| lines == "1080p");
    let fits = match model {
        "kling-3.0-turbo" => last.is_none(),
        "kling-3.0" => true,
        _ => last.is_none() || sharp,
    };
    sure(fits, "last_frame is not supported so")
}

fn settings(model: &str, asked: &Body) -> Result<Body, Refusal> {
    let gone = ["negative_prompt", "cfg_scale", "mode", "model_name"];
    sure(
        !gone.iter().any(|name| asked.contains_key(*name)),
        "unknown parameter",
    )?;
    let settings = asked.get("settings").and_then(Value::as_object);
    let settings = settings.cloned().unwrap_or_default();
    let among = |name, all: &[&str]| match settings.get(name) {
        Some(value) => value.as_str().is_some_and(|text| all.contains(&text)),
        None => true,
    };
    sure(
        among("resolution", &["720p", "1080p", "4k"]),
        "resolution is invalid",
    )?;
    sure(among("aspect_ratio", &ASPECTS), "aspect_ratio is invalid")?;
    let duration = settings.get("duration");
    let number = duration.is_none_or(|duration| {
        duration
            .as_u64()
            .is_some_and(|s| seconds(three(model)).contains(&s))
    });
    sure(number, "duration must be one of the integers")?;
    Ok(settings)
}
