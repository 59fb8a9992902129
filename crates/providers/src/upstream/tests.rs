//! The settings that all vendors share: what they come to, and what is refused.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use framewright_core::clock::{Clock, HOUR, MINUTE, Millis};
use framewright_outbound::{Answer, Outbound, OutboundConfig};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::{Upstream, Usual};
use crate::models::Models;
use crate::registry::{Context, InputFiles, SettingsError};

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    colour: Option<String>,
}

struct Nothing;

#[async_trait]
impl InputFiles for Nothing {
    async fn path(&self, _blob: &str) -> std::io::Result<PathBuf> {
        Err(std::io::ErrorKind::NotFound.into())
    }
}

impl Clock for Nothing {
    fn now(&self) -> Millis {
        0
    }

    fn uptime(&self) -> Millis {
        0
    }
}

fn read(table: &str) -> Result<(Upstream, Own), SettingsError> {
    let context = Context {
        outbound: Outbound::new(OutboundConfig::default()).expect("clients"),
        inputs: Arc::new(Nothing),
        clock: Arc::new(Nothing),
        scratch: PathBuf::new(),
        public_url: None,
    };
    let usual = Usual {
        base_url: "https://api.example.com/v1/",
        poll_every_ms: 5_000,
        batch: 1,
        polls_per_second: Some(20),
    };
    let table = table.parse().expect("the tests write TOML");
    Upstream::read("mine", &table, &context, usual, Models::new(&[]))
}

#[test]
fn what_is_not_set_is_as_usual_and_the_rest_is_the_adapters() {
    let (upstream, own) = read("key = \"k\"\ncolour = \"red\"").expect("they are right");
    assert_eq!(own.colour.as_deref(), Some("red"));
    assert_eq!(upstream.origin(), "https://api.example.com");
    assert_eq!(upstream.path("/jobs"), "/v1/jobs");
    let pace = upstream.pace();
    assert_eq!(
        (pace.poll_every_ms, pace.polls_per_second),
        (5_000, Some(20))
    );
    assert_eq!(
        (upstream.keys()[0].max_in_flight, pace.deadline_ms),
        (4, 2 * HOUR)
    );
}

#[test]
fn what_is_set_counts() {
    let table = "base_url = \"http://10.0.0.1:8000\"\npoll_every_ms = 700\npolls_per_second = 5\n\
        deadline_minutes = 30\nmax_in_flight = 9\n\
        keys = [{ name = \"a\", secret = \"1\" }, { name = \"b\", secret = \"2\", max_in_flight = 1 }]";
    let (upstream, _) = read(table).expect("they are right");
    let limits: Vec<_> = upstream
        .keys()
        .iter()
        .map(|key| key.max_in_flight)
        .collect();
    assert_eq!(limits, [9, 1]);
    let pace = upstream.pace();
    assert_eq!((pace.poll_every_ms, pace.polls_per_second), (700, Some(5)));
    assert_eq!(pace.deadline_ms, 30 * MINUTE);
    assert_eq!(upstream.path("/jobs"), "/jobs");
}

#[test]
fn wrong_settings_are_refused_with_the_providers_name_and_what_is_wrong() {
    for (table, says) in [
        ("", "it needs `key"),
        ("key = \"\"", "a name and a secret"),
        ("key = \"a b\"", "visible ASCII"),
        ("key = \"k\"\nmax_in_flight = 0", "max_in_flight"),
        ("key = \"k\"\npoll_every_ms = 99", "poll_every_ms"),
        ("key = \"k\"\npolls_per_second = 0", "polls_per_second"),
        ("key = \"k\"\nbase_url = \"api.example.com\"", "base_url"),
        ("key = \"k\"\nshape = 1", "shape"),
        (
            "key = \"k\"\nkeys = [{ name = \"default\", secret = \"s\" }]",
            "two keys",
        ),
        (
            "keys = [{ name = \"a\", secret = \"s\", colour = 1 }]",
            "colour",
        ),
    ] {
        let error = read(table)
            .err()
            .unwrap_or_else(|| panic!("taken: {table}"));
        let error = error.to_string();
        assert!(
            error.contains("mine") && error.contains(says),
            "{table}: {error}"
        );
    }
}

#[test]
fn a_key_in_an_answer_is_not_repeated() {
    let (upstream, _) = read("key = \"sk-secret\"").expect("they are right");
    let answer = |body: &'static str| Answer {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        body: Bytes::from(body),
    };
    let cleaned = upstream.without_secrets(answer("no such key: sk-secret, sk-secret!"));
    assert_eq!(cleaned.body, "no such key: [key], [key]!");
    assert_eq!(upstream.without_secrets(answer("fine")).body, "fine");
}
