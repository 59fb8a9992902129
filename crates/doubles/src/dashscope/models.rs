//! What each model takes, by the vendor's pages, and the check of a request against it.

use serde_json::{Map, Value};

use crate::wire;

/// One model, or several that take the same.
pub(super) struct Model {
    names: &'static [&'static str],
    durations: &'static [i64],
    frame: Frame,
}

enum Frame {
    /// `size`, one of these.
    Sizes(&'static [&'static str]),
    /// `resolution`, one of these, and `img_url`.
    Image(&'static [&'static str]),
    /// `resolution` and `ratio`.
    Ratio,
    /// `resolution`, and `media` with a first frame.
    Media,
}

const FIVE_OR_TEN: &[i64] = &[5, 10];
const TWO_TO_FIFTEEN: &[i64] = &[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

const SIZES: &[&str] = &[
    "1280*720",
    "720*1280",
    "960*960",
    "1088*832",
    "832*1088",
    "1920*1080",
    "1080*1920",
    "1440*1440",
    "1632*1248",
    "1248*1632",
    "832*480",
    "480*832",
    "624*624",
];

/// The last three of them are 2.5's alone.
const SIZES_26: &[&str] = SIZES.split_at(10).0;
const RESOLUTIONS: &[&str] = &["720P", "1080P", "480P"];
const RESOLUTIONS_26: &[&str] = RESOLUTIONS.split_at(2).0;
const RATIOS: &[&str] = &["16:9", "9:16", "1:1", "4:3", "3:4"];
const MEDIA: &[&str] = &["first_frame", "last_frame", "driving_audio", "first_clip"];

const MODELS: &[Model] = &[
    Model {
        names: &["wan2.5-t2v-preview"],
        durations: FIVE_OR_TEN,
        frame: Frame::Sizes(SIZES),
    },
    Model {
        names: &["wan2.5-i2v-preview"],
        durations: FIVE_OR_TEN,
        frame: Frame::Image(RESOLUTIONS),
    },
    Model {
        names: &["wan2.6-t2v"],
        durations: TWO_TO_FIFTEEN,
        frame: Frame::Sizes(SIZES_26),
    },
    Model {
        names: &["wan2.6-t2v-us"],
        durations: FIVE_OR_TEN,
        frame: Frame::Sizes(SIZES_26),
    },
    Model {
        names: &["wan2.6-i2v", "wan2.6-i2v-flash"],
        durations: TWO_TO_FIFTEEN,
        frame: Frame::Image(RESOLUTIONS_26),
    },
    Model {
        names: &["wan2.7-t2v"],
        durations: TWO_TO_FIFTEEN,
        frame: Frame::Ratio,
    },
    Model {
        names: &["wan2.7-i2v"],
        durations: TWO_TO_FIFTEEN,
        frame: Frame::Media,
    },
];

pub(super) fn find(name: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.names.contains(&name))
}

/// Refuses what the server would refuse, in words. Members of `input` that nobody knows are ignored:
/// the official SDK sends some.
pub(super) fn check(model: &Model, asked: &Map<String, Value>) -> Result<(), String> {
    let none = Map::new();
    let member = |name| asked.get(name).and_then(Value::as_object).unwrap_or(&none);
    let (input, parameters) = (member("input"), member("parameters"));
    let among = |name, all: &[&str]| among(parameters, name, all);
    match model.frame {
        Frame::Sizes(all) => among("size", all)?,
        Frame::Image(all) => {
            among("resolution", all)?;
            input.get("img_url").ok_or("img_url is required")?;
        }
        Frame::Ratio => {
            among("resolution", RESOLUTIONS_26)?;
            among("ratio", RATIOS)?;
        }
        Frame::Media => {
            among("resolution", RESOLUTIONS_26)?;
            assets(input)?;
        }
    }
    let wordless = matches!(model.frame, Frame::Image(_) | Frame::Media);
    if !wordless && wire::text(input, "prompt").is_none_or(str::is_empty) {
        return Err("prompt is required".into());
    }
    match parameters.get("duration") {
        Some(said)
            if !said
                .as_i64()
                .is_some_and(|said| model.durations.contains(&said)) =>
        {
            Err(format!(
                "duration must be one of {:?}, not {said}",
                model.durations
            ))
        }
        _ => urls(asked),
    }
}

/// A parameter that may be left out.
fn among(parameters: &Map<String, Value>, name: &str, all: &[&str]) -> Result<(), String> {
    match parameters.get(name) {
        Some(said) if !said.as_str().is_some_and(|said| all.contains(&said)) => {
            Err(format!("{name} must be one of {all:?}, not {said}"))
        }
        _ => Ok(()),
    }
}

fn assets(input: &Map<String, Value>) -> Result<(), String> {
    let media = input.get("media").and_then(Value::as_array);
    let media = media.ok_or("media is required")?;
    let kinds: Vec<_> = media
        .iter()
        .filter_map(|asset| asset["type"].as_str())
        .collect();
    if let Some(other) = kinds.iter().find(|kind| !MEDIA.contains(kind)) {
        return Err(format!("media type {other} is not supported"));
    }
    match kinds.contains(&"first_frame") || kinds.contains(&"first_clip") {
        true => Ok(()),
        false => Err("must provide an image".into()),
    }
}

/// Every address of media in a request.
pub(super) fn media(asked: &Map<String, Value>) -> Vec<String> {
    let input = asked.get("input").cloned().unwrap_or_default();
    let named = ["img_url", "audio_url"].map(|name| input[name].clone());
    let listed = input["media"].as_array().cloned().unwrap_or_default();
    let listed = listed.into_iter().map(|asset| asset["url"].clone());
    let all = named.into_iter().chain(listed);
    all.filter_map(|url| url.as_str().map(str::to_owned))
        .collect()
}

fn urls(asked: &Map<String, Value>) -> Result<(), String> {
    let can_be_read = |url: &String| {
        let known = ["https://", "http://", "oss://"];
        let inline = wire::data_uri_bytes(url).is_some() && !url.starts_with("data:audio");
        inline || known.iter().any(|scheme| url.starts_with(scheme))
    };
    match media(asked).iter().find(|url| !can_be_read(url)) {
        Some(_) => Err("url error, please check url!".into()),
        None => Ok(()),
    }
}
