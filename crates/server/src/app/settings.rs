//! From the operator's settings to those of each crate. Pure; the reasons for the numbers stand in
//! `config.default.toml`.

use std::{collections::BTreeMap, time::Duration};

use framewright_api::{ApiSettings, Doors, Price, Rate};
use framewright_core::{
    address::Allow,
    change::Rules,
    clock::{DAY, HOUR, Millis},
};
use framewright_engine::Settings;
use ipnet::IpNet;

use crate::{
    config::{BlobLinks, Config, Role, sections},
    listener,
};

/// The limits of each connection.
pub(super) fn connection_limits(limits: &sections::Limits) -> listener::Limits {
    listener::Limits {
        first_byte: Duration::from_millis(limits.first_byte_ms),
        header: Duration::from_millis(limits.header_ms),
        idle: Duration::from_millis(limits.idle_ms),
        body_grace: Duration::from_millis(limits.body_ms),
        body_pace: limits.body_bytes_per_second,
        header_bytes: limits.header_bytes,
        headers: limits.headers,
        connections: limits.connections,
        connections_per_address: limits.connections_per_address,
        streams: limits.http2_streams,
    }
}

/// Which addresses users' URLs may lead to beside the public ones.
pub(super) fn allow(config: &Config, sandbox: bool, own_port: u16) -> Allow {
    let mut ranges = config.outbound.allow.clone();
    if sandbox {
        ranges.extend(loopback());
    }
    Allow {
        ranges,
        own_ports: vec![own_port],
    }
}

fn loopback() -> [IpNet; 2] {
    let (v4, v6) = ([127, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 1_u16]);
    [
        IpNet::new_assert(v4.into(), 8),
        IpNet::new_assert(v6.into(), 128),
    ]
}

/// Scheme, host and prefix that links begin with, where it is configured.
pub(super) fn public_url(config: &Config) -> Option<String> {
    let url = config.server.public_url.as_ref()?;
    Some(format!(
        "{}{}",
        url.as_str().trim_end_matches('/'),
        config.server.path_prefix
    ))
}

/// The spans of the rules.
pub(super) fn rules(config: &Config) -> Rules {
    Rules {
        retention: Millis::from(config.retention.task_days) * DAY,
        ..Rules::default()
    }
}

/// The engine's settings.
pub(super) fn engine(config: &Config) -> Settings {
    Settings {
        max_tasks: config.tasks.in_hand,
        max_intakes: config.inputs.fetching,
        max_deliveries: config.webhooks.in_flight,
        max_per_receiver: config.webhooks.per_receiver,
        max_image_bytes: config.inputs.image_bytes,
        max_audio_bytes: config.inputs.audio_bytes,
        max_video_bytes: config.inputs.video_bytes,
        public_url: public_url(config),
        ..Settings::default()
    }
}

/// The API's settings.
pub(super) fn api(config: &Config, allow: Allow) -> ApiSettings {
    let limits = &config.limits;
    ApiSettings {
        doors: match config.server.role {
            Role::All | Role::Api => Doors::All,
            Role::Worker => Doors::Inner,
        },
        public_url: public_url(config),
        path_prefix: config.server.path_prefix.clone(),
        tls: config.server.tls_cert.is_some(),
        trusted_proxies: config.server.trusted_proxies.clone(),
        json_cap: limits.json_bytes,
        upload_cap: limits.upload_bytes,
        redirect_files: config.server.blob_links == BlobLinks::Redirect,
        allow,
        upload_retention_ms: Millis::from(config.retention.upload_days) * DAY,
        queue_deadline_ms: Millis::from(config.tasks.queue_deadline_hours) * HOUR,
        account_cap: limits.tasks_per_account.into(),
        queue_cap: limits.tasks.into(),
        key_rate: (limits.requests_per_second > 0).then_some(Rate {
            burst: limits.requests_burst,
            per_second: limits.requests_per_second,
        }),
        failed_auth_rate: Rate {
            burst: limits.unknown_keys_burst,
            per_second: limits.unknown_keys_per_second,
        },
        prices: config.credits.prices.iter().map(price).collect(),
        aliases: config.aliases.clone(),
        models: models(config),
    }
}

fn price(price: &sections::Price) -> Price {
    Price {
        task_type: price.task_type.clone(),
        model: price.model.clone(),
        base: price.base.into(),
        per_second: price.per_second.into(),
    }
}

/// The model names that routes bring, by task type.
fn models(config: &Config) -> BTreeMap<String, Vec<String>> {
    let mut models: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for route in &config.route {
        if let Some(model) = &route.model {
            models
                .entry(route.task_type.clone())
                .or_default()
                .push(model.clone());
        }
    }
    models
}
