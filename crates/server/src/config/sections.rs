//! The settings as types, one struct a section, field for field those of `config.default.toml`,
//! which documents them. Their values are read in `layers`, their bounds in `bounds`.

use std::{collections::BTreeMap, fmt, net::SocketAddr, path::PathBuf};

use ipnet::IpNet;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use super::{
    storage::{BlobLinks, BlobPlace, S3},
    values::{networks, optional, parsed, secret},
};

/// Everything that can be configured.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    pub s3: S3,
    pub limits: Limits,
    pub tasks: Tasks,
    pub inputs: Inputs,
    pub outbound: Outbound,
    pub webhooks: Webhooks,
    pub retention: Retention,
    pub credits: Credits,
    /// Retired model names and what they are read as.
    pub aliases: BTreeMap<String, String>,
    pub preview: Preview,
    pub log: Log,
    /// Empty: the preview alone.
    #[serde(default)]
    pub provider: Vec<Provider>,
    #[serde(default)]
    pub route: Vec<Route>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    pub role: Role,
    #[serde(deserialize_with = "parsed")]
    pub listen: SocketAddr,
    pub data: PathBuf,
    /// Holds a password, so it is never shown.
    #[serde(deserialize_with = "secret")]
    pub database: Option<SecretString>,
    /// Absent: `<data>/blobs`.
    #[serde(deserialize_with = "optional")]
    pub blobs: Option<BlobPlace>,
    pub blobs_shared: bool,
    pub blob_links: BlobLinks,
    #[serde(deserialize_with = "optional")]
    pub public_url: Option<Url>,
    /// Empty, or a path that starts with a slash and does not end with one.
    pub path_prefix: String,
    #[serde(deserialize_with = "networks")]
    pub trusted_proxies: Vec<IpNet>,
    #[serde(deserialize_with = "optional")]
    pub tls_cert: Option<PathBuf>,
    #[serde(deserialize_with = "optional")]
    pub tls_key: Option<PathBuf>,
    pub drain_ms: u64,
}

/// What this process does of what there is to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    #[default]
    All,
    /// Answers requests, and claims nothing.
    Api,
    /// Moves tasks, and answers no client.
    Worker,
}

impl Role {
    /// As the setting has it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Api => "api",
            Self::Worker => "worker",
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub connections: usize,
    pub connections_per_address: usize,
    pub first_byte_ms: u64,
    pub header_ms: u64,
    pub header_bytes: usize,
    pub headers: usize,
    pub idle_ms: u64,
    pub body_ms: u64,
    pub body_bytes_per_second: u64,
    pub http2_streams: u32,
    pub json_bytes: usize,
    pub upload_bytes: usize,
    pub requests_burst: u32,
    /// 0: no limit.
    pub requests_per_second: u32,
    pub unknown_keys_burst: u32,
    pub unknown_keys_per_second: u32,
    pub tasks_per_account: u32,
    pub tasks: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tasks {
    pub queue_deadline_hours: u32,
    pub in_hand: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    pub image_bytes: u64,
    pub audio_bytes: u64,
    pub video_bytes: u64,
    pub fetching: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outbound {
    #[serde(deserialize_with = "networks")]
    pub allow: Vec<IpNet>,
    #[serde(deserialize_with = "optional")]
    pub dns: Option<SocketAddr>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhooks {
    pub in_flight: usize,
    pub per_receiver: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    pub task_days: u32,
    pub upload_days: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credits {
    /// 0: without limit.
    pub new_account: u32,
    /// The first that fits counts.
    pub prices: Vec<Price>,
}

/// What a kind of task costs its account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    pub task_type: String,
    /// Every model when none.
    pub model: Option<String>,
    /// Credits for the task.
    #[serde(default)]
    pub base: u32,
    /// Credits for each second asked for.
    #[serde(default)]
    pub per_second: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preview {
    /// 0: cores - 1, at least 1.
    pub renders: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub format: LogFormat,
    pub filter: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

/// A configured back end. What its kind wants is in `settings`, which the adapter reads itself.
#[derive(Clone, Deserialize)]
pub struct Provider {
    pub name: String,
    pub kind: String,
    /// May hold secrets, so nothing prints it.
    #[serde(flatten)]
    pub settings: toml::Table,
}

impl fmt::Debug for Provider {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Provider")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Which providers make a kind of task, in their order.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    pub task_type: String,
    /// Every model when none.
    pub model: Option<String>,
    /// Every mode when none.
    pub mode: Option<String>,
    pub to: Vec<Target>,
    /// Credits for the task; by the price list when none.
    pub price: Option<u32>,
    #[serde(default)]
    pub extend: Extend,
}

/// What an extend is where the maker of its parent cannot continue it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Extend {
    #[default]
    Join,
    Refuse,
}

/// One provider of a route.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    pub provider: String,
    /// The upstream's name of the model; the provider's choice when none.
    pub model: Option<String>,
}
