//! Which values make no sense, and why. A bound of one setting is looked at as soon as the setting
//! is read, so that the message names its line; what concerns several is looked at in the end.

use super::sections::Config;

/// The smallest and the largest of each number, and what happens outside.
fn numbers(config: &Config) -> impl Iterator<Item = (&'static str, u64, u64, u64)> {
    let limits = &config.limits;
    let day = 24 * 60 * 60 * 1000;
    [
        ("server.drain_ms", config.server.drain_ms, 0, day),
        (
            "limits.connections",
            limits.connections as u64,
            1,
            1_000_000,
        ),
        (
            "limits.connections_per_address",
            limits.connections_per_address as u64,
            1,
            1_000_000,
        ),
        ("limits.first_byte_ms", limits.first_byte_ms, 10, day),
        ("limits.header_ms", limits.header_ms, 10, day),
        (
            "limits.header_bytes",
            limits.header_bytes as u64,
            8_192,
            1 << 20,
        ),
        ("limits.headers", limits.headers as u64, 10, 1_000),
        ("limits.idle_ms", limits.idle_ms, 10, day),
        ("limits.body_ms", limits.body_ms, 10, day),
        (
            "limits.body_bytes_per_second",
            limits.body_bytes_per_second,
            1,
            1 << 40,
        ),
        (
            "limits.http2_streams",
            limits.http2_streams.into(),
            1,
            10_000,
        ),
        (
            "limits.json_bytes",
            limits.json_bytes as u64,
            1_024,
            1 << 24,
        ),
        (
            "limits.upload_bytes",
            limits.upload_bytes as u64,
            1_024,
            1 << 31,
        ),
        (
            "limits.tasks_per_account",
            limits.tasks_per_account.into(),
            1,
            u64::MAX,
        ),
        ("limits.tasks", limits.tasks.into(), 1, u64::MAX),
        (
            "limits.requests_burst",
            limits.requests_burst.into(),
            1,
            1_000_000,
        ),
        (
            "limits.unknown_keys_burst",
            limits.unknown_keys_burst.into(),
            1,
            1_000_000,
        ),
        (
            "limits.unknown_keys_per_second",
            limits.unknown_keys_per_second.into(),
            1,
            1_000_000,
        ),
        (
            "inputs.image_bytes",
            config.inputs.image_bytes,
            1_024,
            1 << 40,
        ),
        (
            "inputs.audio_bytes",
            config.inputs.audio_bytes,
            1_024,
            1 << 40,
        ),
        (
            "inputs.video_bytes",
            config.inputs.video_bytes,
            1_024,
            1 << 40,
        ),
        ("inputs.fetching", config.inputs.fetching as u64, 1, 10_000),
        (
            "tasks.queue_deadline_hours",
            config.tasks.queue_deadline_hours.into(),
            1,
            30 * 24,
        ),
        ("tasks.in_hand", config.tasks.in_hand as u64, 1, 1_000_000),
        (
            "webhooks.in_flight",
            config.webhooks.in_flight as u64,
            1,
            10_000,
        ),
        (
            "webhooks.per_receiver",
            config.webhooks.per_receiver as u64,
            1,
            10_000,
        ),
        // The delivery schedule takes 75 hours, and a webhook's links have to outlive it.
        (
            "retention.task_days",
            config.retention.task_days.into(),
            4,
            3_650,
        ),
        (
            "retention.upload_days",
            config.retention.upload_days.into(),
            1,
            3_650,
        ),
        ("preview.renders", config.preview.renders as u64, 0, 1_024),
    ]
    .into_iter()
}

/// What is wrong with single values.
pub(super) fn single(config: &Config) -> Result<(), String> {
    for (name, value, least, most) in numbers(config) {
        if value < least {
            return Err(format!("{name} is {value}; it must be at least {least}"));
        }
        if value > most {
            return Err(format!("{name} is {value}; it must be at most {most}"));
        }
    }
    path_prefix(&config.server.path_prefix)?;
    public_url(config)?;
    filter(&config.log.filter)?;
    names(config)
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
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let web = matches!(url.scheme(), "http" | "https") && url.username().is_empty();
    if bare && web {
        return Ok(());
    }
    let advice = "write scheme and host like \"https://video.example.com\", and put a path into \
        path_prefix";
    Err(format!("server.public_url is \"{url}\"; {advice}"))
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
    for route in &config.route {
        if route.to.is_empty() {
            return Err(format!(
                "the route for {:?} leads to no provider",
                route.task_type
            ));
        }
        for target in &route.to {
            let known = config
                .provider
                .iter()
                .any(|provider| provider.name == target.provider);
            if !known {
                let (name, task_type) = (&target.provider, &route.task_type);
                return Err(format!(
                    "the route for {task_type:?} names the provider {name:?}, and no [[provider]] \
                     has that name"
                ));
            }
        }
    }
    Ok(())
}
