//! What each model takes, from the request types of the official SDK, and the check of a request
//! against it. The server does this, not the SDK, which sends whatever it is given.

use serde_json::{Map, Value};

use crate::wire;

/// Which path was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    Text,
    Image,
    Video,
}

/// Values a member may have.
enum Ratios {
    /// One of these, and it must be there.
    Needed(&'static [&'static str]),
    /// One of these, if it is there.
    May(&'static [&'static str]),
    /// Not looked at.
    Free,
}

enum Durations {
    Needed(&'static [i64]),
    May(&'static [i64]),
    Free,
}

struct Model {
    endpoint: Endpoint,
    names: &'static [&'static str],
    prompt_needed: bool,
    ratios: Ratios,
    durations: Durations,
    /// Where an image may stand.
    positions: &'static [&'static str],
}

const SIX: &[&str] = &[
    "1280:720", "720:1280", "1104:832", "832:1104", "960:960", "1584:672",
];
const TWO_TO_TEN: &[i64] = &[2, 3, 4, 5, 6, 7, 8, 9, 10];
const KLING_25: &[&str] = &[
    "1920:1080",
    "1440:1440",
    "1080:1920",
    "1280:720",
    "720:720",
    "720:1280",
];
/// `kling3.0_standard`; the dearer ones of its family have larger sizes and are not here.
const KLING_30: &[&str] = &["1280:720", "720:1280", "960:960"];
const VEO: &[&str] = &["1280:720", "720:1280", "1080:1920", "1920:1080"];
const VEO_NAMES: &[&str] = &["veo3.1", "veo3.1_fast"];
const FIRST: &[&str] = &["first"];
const BOTH: &[&str] = &["first", "last"];
/// UTF-16 code units.
const PROMPT_MOST: usize = 1000;
/// Bytes in a data URI.
const DATA_MOST: usize = 5 << 20;
const SEED_MOST: i64 = u32::MAX as i64;

const MODELS: &[Model] = &[
    Model {
        endpoint: Endpoint::Image,
        names: &["gen4_turbo"],
        prompt_needed: false,
        ratios: Ratios::Needed(SIX),
        durations: Durations::May(TWO_TO_TEN),
        positions: FIRST,
    },
    Model {
        endpoint: Endpoint::Image,
        names: &["gen4.5"],
        prompt_needed: true,
        ratios: Ratios::Needed(SIX),
        durations: Durations::Needed(TWO_TO_TEN),
        positions: FIRST,
    },
    Model {
        endpoint: Endpoint::Text,
        names: &["gen4.5"],
        prompt_needed: true,
        ratios: Ratios::Needed(&["1280:720", "720:1280"]),
        durations: Durations::Needed(TWO_TO_TEN),
        positions: &[],
    },
    Model {
        endpoint: Endpoint::Video,
        names: &["aleph2"],
        prompt_needed: false,
        ratios: Ratios::Free,
        durations: Durations::Free,
        positions: &[],
    },
    Model {
        endpoint: Endpoint::Text,
        names: &["kling2.5_turbo_pro"],
        prompt_needed: true,
        ratios: Ratios::Needed(KLING_25),
        durations: Durations::May(&[5, 10]),
        positions: &[],
    },
    Model {
        endpoint: Endpoint::Image,
        names: &["kling2.5_turbo_pro"],
        prompt_needed: true,
        ratios: Ratios::Free,
        durations: Durations::May(&[5, 10]),
        positions: BOTH,
    },
    Model {
        endpoint: Endpoint::Text,
        names: &["kling3.0_standard"],
        prompt_needed: true,
        ratios: Ratios::Needed(KLING_30),
        durations: Durations::Free,
        positions: &[],
    },
    Model {
        endpoint: Endpoint::Image,
        names: &["kling3.0_standard"],
        prompt_needed: false,
        ratios: Ratios::May(KLING_30),
        durations: Durations::Free,
        positions: BOTH,
    },
    Model {
        endpoint: Endpoint::Text,
        names: VEO_NAMES,
        prompt_needed: true,
        ratios: Ratios::Needed(VEO),
        durations: Durations::May(&[4, 6, 8]),
        positions: &[],
    },
    Model {
        endpoint: Endpoint::Image,
        names: VEO_NAMES,
        prompt_needed: false,
        ratios: Ratios::Needed(VEO),
        durations: Durations::May(&[4, 6, 8]),
        positions: BOTH,
    },
];

/// Refuses what the server would refuse, in words.
pub(super) fn check(endpoint: Endpoint, asked: &Map<String, Value>) -> Result<(), String> {
    let name = wire::text(asked, "model").ok_or("`model` is required.")?;
    let model = MODELS
        .iter()
        .find(|model| model.endpoint == endpoint && model.names.contains(&name))
        .ok_or_else(|| format!("`model` cannot be `{name}` here."))?;
    prompt(model, asked)?;
    ratio(model, asked)?;
    duration(model, asked)?;
    seed(asked)?;
    match endpoint {
        Endpoint::Text => Ok(()),
        Endpoint::Image => images(model, asked),
        Endpoint::Video => video(asked),
    }
}

/// Every address of media in a request.
pub(super) fn media(asked: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let video = asked.get("videoUri").and_then(Value::as_str);
    let image = asked.get("promptImage");
    let one = image.and_then(Value::as_str);
    let many = image.and_then(Value::as_array).into_iter().flatten();
    let uris = many.filter_map(|item| item["uri"].as_str());
    video.into_iter().chain(one).chain(uris)
}

fn prompt(model: &Model, asked: &Map<String, Value>) -> Result<(), String> {
    match asked.get("promptText") {
        None if model.prompt_needed => Err("`promptText` is required.".into()),
        None => Ok(()),
        Some(Value::String(text)) if (1..=PROMPT_MOST).contains(&text.encode_utf16().count()) => {
            Ok(())
        }
        Some(_) => Err(format!(
            "`promptText` must be 1 to {PROMPT_MOST} UTF-16 code units."
        )),
    }
}

fn ratio(model: &Model, asked: &Map<String, Value>) -> Result<(), String> {
    let (allowed, needed) = match model.ratios {
        Ratios::Needed(allowed) => (allowed, true),
        Ratios::May(allowed) => (allowed, false),
        Ratios::Free => return Ok(()),
    };
    match asked.get("ratio") {
        None if needed => Err("`ratio` is required.".into()),
        None => Ok(()),
        Some(said) if said.as_str().is_some_and(|said| allowed.contains(&said)) => Ok(()),
        Some(said) => Err(format!("`ratio` must be one of {allowed:?}, not {said}.")),
    }
}

fn duration(model: &Model, asked: &Map<String, Value>) -> Result<(), String> {
    let (allowed, needed) = match model.durations {
        Durations::Needed(allowed) => (allowed, true),
        Durations::May(allowed) => (allowed, false),
        Durations::Free => return Ok(()),
    };
    match asked.get("duration") {
        None if needed => Err("`duration` is required.".into()),
        None => Ok(()),
        Some(said) if said.as_i64().is_some_and(|said| allowed.contains(&said)) => Ok(()),
        Some(said) => Err(format!(
            "`duration` must be one of {allowed:?}, not {said}."
        )),
    }
}

fn seed(asked: &Map<String, Value>) -> Result<(), String> {
    match asked.get("seed") {
        Some(seed) if !seed.as_i64().is_some_and(|n| (0..=SEED_MOST).contains(&n)) => {
            Err(format!("`seed` must be 0 to {SEED_MOST}."))
        }
        _ => Ok(()),
    }
}

fn images(model: &Model, asked: &Map<String, Value>) -> Result<(), String> {
    match asked.get("promptImage") {
        Some(Value::String(uri)) => address("promptImage", uri),
        Some(Value::Array(images)) if !images.is_empty() => {
            images.iter().try_for_each(|image| placed(model, image))
        }
        Some(_) => Err("`promptImage` must be an address or a list of images.".into()),
        None => Err("`promptImage` is required.".into()),
    }
}

fn placed(model: &Model, image: &Value) -> Result<(), String> {
    let position = image["position"].as_str().unwrap_or_default();
    if !model.positions.contains(&position) {
        let allowed = model.positions;
        return Err(format!(
            "`position` must be one of {allowed:?}, not `{position}`."
        ));
    }
    address("promptImage", image["uri"].as_str().unwrap_or_default())
}

fn video(asked: &Map<String, Value>) -> Result<(), String> {
    let frames = asked.get("keyframes").and_then(Value::as_array);
    if frames.is_some_and(|frames| frames.len() > 5) {
        return Err("`keyframes` must be at most 5.".into());
    }
    let uri = wire::text(asked, "videoUri").ok_or("`videoUri` is required.")?;
    address("videoUri", uri)
}

fn address(member: &str, uri: &str) -> Result<(), String> {
    if uri.starts_with("runway://") || wire::is_public_https(uri) {
        return Ok(());
    }
    match wire::data_uri_bytes(uri) {
        Some(bytes) if bytes <= DATA_MOST => Ok(()),
        Some(_) => Err(format!("`{member}` holds more than {DATA_MOST} bytes.")),
        None => Err(format!(
            "`{member}` must be an https, data or runway address."
        )),
    }
}
