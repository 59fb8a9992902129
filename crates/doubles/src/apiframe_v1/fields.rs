//! What each endpoint takes, from its page, and the check of a request against it.

use serde_json::{Map, Value};

use crate::wire;

/// One endpoint.
pub(super) struct Endpoint {
    pub path: &'static str,
    pub task_type: &'static str,
    needed: &'static [&'static str],
    /// Members with a closed list of values, as JSON texts.
    closed: &'static [(&'static str, &'static [&'static str])],
    /// All other members that it knows.
    open: &'static [&'static str],
}

const MOTION: (&str, &[&str]) = ("motion", &["\"low\"", "\"high\""]);
const ASPECT: (&str, &[&str]) = (
    "aspect_ratio",
    &[
        "\"16:9\"", "\"9:16\"", "\"1:1\"", "\"4:3\"", "\"3:4\"", "\"21:9\"",
    ],
);
const SECONDS: (&str, &[&str]) = ("duration", &["5", "10"]);

pub(super) const ALL: &[Endpoint] = &[
    Endpoint {
        path: "/imagine-video",
        task_type: "imagine-video",
        needed: &["prompt", "image_url"],
        closed: &[MOTION],
        open: &[],
    },
    Endpoint {
        path: "/imagine-video-extend",
        task_type: "imagine-video-extend",
        needed: &["parent_task_id", "index", "prompt"],
        closed: &[MOTION, ("index", &["\"1\"", "\"2\"", "\"3\"", "\"4\""])],
        open: &["image_url"],
    },
    Endpoint {
        path: "/runway-imagine",
        task_type: "runway",
        needed: &["prompt", "generation_type"],
        closed: &[
            (
                "generation_type",
                &["\"text2video\"", "\"image2video\"", "\"video2video\""],
            ),
            ("model", &["\"gen3\"", "\"gen3a_turbo\""]),
            ASPECT,
            SECONDS,
            ("flip", &["true", "false"]),
        ],
        open: &["image_url", "end_image_url", "video_url"],
    },
    Endpoint {
        path: "/kling-imagine",
        task_type: "kling-video",
        needed: &["prompt", "generation_type"],
        closed: &[
            ("generation_type", &["\"text2video\"", "\"image2video\""]),
            (
                "model",
                &["\"kling-v1\"", "\"kling-v1-5\"", "\"kling-v1-6\""],
            ),
            ("mode", &["\"std\"", "\"pro\""]),
            ASPECT,
            SECONDS,
        ],
        open: &["negative_prompt", "image_url", "end_image_url", "cfg_scale"],
    },
    Endpoint {
        path: "/wan-imagine",
        task_type: "wan-video",
        needed: &["model"],
        closed: &[
            ("model", &["\"wan2.5\"", "\"wan2.6\"", "\"wan2.6-flash\""]),
            ("resolution", &["\"480P\"", "\"720P\"", "\"1080P\""]),
        ],
        open: &[
            "prompt",
            "negative_prompt",
            "image_url",
            "audio_url",
            "duration",
        ],
    },
];

/// Members that every endpoint takes.
const HOOKS: [&str; 2] = ["webhook_url", "webhook_secret"];

impl Endpoint {
    pub(super) fn at(path: &str) -> Option<&'static Self> {
        ALL.iter().find(|endpoint| endpoint.path == path)
    }

    /// Refuses what its page rules out, in words. A member that it does not know is refused too:
    /// APIFRAME ignores those, but a client that sends one has mistaken the endpoint.
    pub(super) fn check(&self, asked: &Map<String, Value>) -> Result<(), String> {
        let missing = self.needed.iter().find(|name| !asked.contains_key(**name));
        if let Some(name) = missing {
            return Err(format!("{name} is required"));
        }
        asked
            .iter()
            .try_for_each(|(name, value)| self.member(name, value))
    }

    fn member(&self, name: &str, value: &Value) -> Result<(), String> {
        if let Some((_, values)) = self.closed.iter().find(|(closed, _)| *closed == name) {
            return match values.contains(&value.to_string().as_str()) {
                true => Ok(()),
                false => Err(format!("{name} must be one of: {}", values.join(", "))),
            };
        }
        let known = self.needed.iter().chain(self.open).chain(&HOOKS);
        if !known.copied().any(|known| known == name) {
            return Err(format!("{name} is no field of {}", self.path));
        }
        let url = value.as_str().unwrap_or_default();
        match name.ends_with("_url") && !wire::is_public_https(url) {
            true => Err(format!("{name} must be a URL that can be fetched")),
            false => Ok(()),
        }
    }
}
