//! Which values make no sense, and why. A bound of one setting is looked at as soon as the setting
//! is read, so that the message names its line; what concerns several is looked at in the end.

use std::ops::RangeInclusive;

use url::Url;

use super::{
    sections::{Config, Limits, Retention, Role, Server},
    storage::{BlobLinks, BlobPlace},
};

/// A day in milliseconds: no span of a request is longer.
const DAY: u64 = 24 * 60 * 60 * 1_000;

/// What is wrong with single values.
pub(super) fn single(config: &Config) -> Result<(), String> {
    within("server.drain_ms", config.server.drain_ms, 0..=DAY)?;
    connections(&config.limits)?;
    requests(&config.limits)?;
    work(config)?;
    retention(&config.retention)?;
    path_prefix(&config.server.path_prefix)?;
    public_url(config)?;
    endpoints(config)?;
    filter(&config.log.filter)?;
    names(config)?;
    super::routes::single(config)
}

fn within(name: &str, value: impl TryInto<u64>, bounds: RangeInclusive<u64>) -> Result<(), String> {
    let value = value.try_into().unwrap_or(u64::MAX);
    let (least, most) = bounds.into_inner();
    if value < least {
        return Err(format!("{name} is {value}; it must be at least {least}"));
    }
    if value > most {
        return Err(format!("{name} is {value}; it must be at most {most}"));
    }
    Ok(())
}

fn connections(limits: &Limits) -> Result<(), String> {
    let per_address = limits.connections_per_address;
    within("limits.connections", limits.connections, 1..=1_000_000)?;
    within("limits.connections_per_address", per_address, 1..=1_000_000)?;
    within("limits.first_byte_ms", limits.first_byte_ms, 10..=DAY)?;
    within("limits.header_ms", limits.header_ms, 10..=DAY)?;
    within("limits.header_bytes", limits.header_bytes, 8_192..=1 << 20)?;
    within("limits.headers", limits.headers, 10..=1_000)?;
    within("limits.idle_ms", limits.idle_ms, 10..=DAY)?;
    within("limits.body_ms", limits.body_ms, 10..=DAY)?;
    within(
        "limits.body_bytes_per_second",
        limits.body_bytes_per_second,
        1..=1 << 40,
    )?;
    within("limits.http2_streams", limits.http2_streams, 1..=10_000)
}

fn requests(limits: &Limits) -> Result<(), String> {
    let unknown = (limits.unknown_keys_burst, limits.unknown_keys_per_second);
    within("limits.json_bytes", limits.json_bytes, 1_024..=1 << 24)?;
    within("limits.upload_bytes", limits.upload_bytes, 1_024..=1 << 31)?;
    within(
        "limits.requests_burst",
        limits.requests_burst,
        1..=1_000_000,
    )?;
    within("limits.unknown_keys_burst", unknown.0, 1..=1_000_000)?;
    within("limits.unknown_keys_per_second", unknown.1, 1..=1_000_000)?;
    within(
        "limits.tasks_per_account",
        limits.tasks_per_account,
        1..=u64::MAX,
    )?;
    within("limits.tasks", limits.tasks, 1..=u64::MAX)
}

fn work(config: &Config) -> Result<(), String> {
    let (inputs, webhooks) = (&config.inputs, &config.webhooks);
    within(
        "tasks.queue_deadline_hours",
        config.tasks.queue_deadline_hours,
        1..=30 * 24,
    )?;
    within("tasks.in_hand", config.tasks.in_hand, 1..=1_000_000)?;
    within("inputs.image_bytes", inputs.image_bytes, 1_024..=1 << 40)?;
    within("inputs.audio_bytes", inputs.audio_bytes, 1_024..=1 << 40)?;
    within("inputs.video_bytes", inputs.video_bytes, 1_024..=1 << 40)?;
    within("inputs.fetching", inputs.fetching, 1..=10_000)?;
    within("webhooks.in_flight", webhooks.in_flight, 1..=10_000)?;
    within("webhooks.per_receiver", webhooks.per_receiver, 1..=10_000)?;
    within("preview.renders", config.preview.renders, 0..=1_024)
}

/// The delivery schedule takes 75 hours, and a webhook's links have to outlive it.
fn retention(retention: &Retention) -> Result<(), String> {
    within("retention.task_days", retention.task_days, 4..=3_650)?;
    within("retention.upload_days", retention.upload_days, 1..=3_650)
}

fn path_prefix(prefix: &str) -> Result<(), String> {
    let plain = |text: &str| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        !text.is_empty() && text != "." && text != ".." && text.bytes().all(known)
    };
    let fits = prefix
        .strip_prefix('/')
        .is_some_and(|rest| rest.split('/').all(plain));
    if fits || prefix.is_empty() {
        return Ok(());
    }
    Err(format!(
        "server.path_prefix is {prefix:?}; write it like \"/video\""
    ))
}

fn public_url(config: &Config) -> Result<(), String> {
    let Some(url) = &config.server.public_url else {
        return Ok(());
    };
    if is_bare(url) {
        return Ok(());
    }
    let advice = "write scheme and host like \"https://video.example.com\", and put a path into \
        path_prefix";
    Err(format!("server.public_url is \"{url}\"; {advice}"))
}

/// Scheme and host of the web and nothing else.
fn is_bare(url: &Url) -> bool {
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    bare && matches!(url.scheme(), "http" | "https") && url.username().is_empty()
}

fn filter(text: &str) -> Result<(), String> {
    match tracing_subscriber::EnvFilter::try_new(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("log.filter is {text:?}: {error}")),
    }
}

fn names(config: &Config) -> Result<(), String> {
    let mut seen = std::collections::BTreeSet::new();
    for provider in &config.provider {
        if provider.name.is_empty() {
            return Err("a [[provider]] has an empty name".to_owned());
        }
        if !seen.insert(&provider.name) {
            return Err(format!(
                "two providers are named {:?}; rename one",
                provider.name
            ));
        }
    }
    Ok(())
}

/// What is wrong between values.
pub(super) fn together(config: &Config) -> Result<(), String> {
    match (&config.server.tls_cert, &config.server.tls_key) {
        (Some(_), None) => return Err("server.tls_cert is set; set server.tls_key too".into()),
        (None, Some(_)) => return Err("server.tls_key is set; set server.tls_cert too".into()),
        _ => {}
    }
    role(&config.server)?;
    several_nodes(&config.server)?;
    links(&config.server)?;
    super::routes::together(config)
}

/// Half a server needs its other half beside it.
fn role(server: &Server) -> Result<(), String> {
    if server.role == Role::All || server.database.is_some() {
        return Ok(());
    }
    Err(format!(
        "server.role is {:?} and server.database is not set: over SQLite one process holds the data \
         directory, so there is nobody for it to share the work with; use role \"all\", or PostgreSQL",
        server.role.word()
    ))
}

/// What several servers have to have in common.
fn several_nodes(server: &Server) -> Result<(), String> {
    if server.database.is_none() {
        return Ok(());
    }
    if server.public_url.is_none() {
        return Err(
            "server.database is set; set server.public_url too: links have to lead to any of the \
             servers"
                .to_owned(),
        );
    }
    match &server.blobs {
        Some(BlobPlace::Bucket { .. }) => Ok(()),
        Some(BlobPlace::Directory(_)) if server.blobs_shared => Ok(()),
        _ => Err(
            "server.database is set; name a bucket in server.blobs (\"s3://bucket/prefix\"), or a \
             directory that every server sees, and say so with server.blobs_shared = true"
                .to_owned(),
        ),
    }
}

/// A link to a bucket needs one.
fn links(server: &Server) -> Result<(), String> {
    let bucket = matches!(server.blobs, Some(BlobPlace::Bucket { .. }));
    if server.blob_links == BlobLinks::Stream || bucket {
        return Ok(());
    }
    Err("server.blob_links is \"redirect\"; that needs a bucket in server.blobs".to_owned())
}

/// Where a bucket is: a host without a path, as it is put before or into every request.
fn endpoints(config: &Config) -> Result<(), String> {
    let named = [
        ("s3.endpoint", &config.s3.endpoint),
        ("s3.public_endpoint", &config.s3.public_endpoint),
    ];
    for (name, url) in named {
        if url.as_ref().is_some_and(|url| !is_bare(url)) {
            // Not the URL itself: somebody may have put credentials into it.
            return Err(format!(
                "{name}: write scheme and host alone, like \"https://s3.example.com\""
            ));
        }
    }
    Ok(())
}
