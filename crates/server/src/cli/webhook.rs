//! `webhook test URL`: one post as a finished task would send it, and what came back.

use std::process::ExitCode;

use anyhow::Context as _;
use bytes::Bytes;
use clap::{Args, Subcommand};
use framewright_core::{address::Allow, clock::SECOND, id::DeliveryId, url_rules::check_user_url};
use framewright_outbound::{Outbound, OutboundConfig, PostLimits, Posted};
use http::{HeaderMap, HeaderName, HeaderValue, header::CONTENT_TYPE};
use rand::{SeedableRng, rngs::StdRng};
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::{
    FAILED,
    place::{Opened, Place},
    text::plain,
};
use crate::{app::accounts::FIRST_ACCOUNT, signature::sign};

#[derive(Debug, Args)]
pub(super) struct Webhook {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Post a sample result to a receiver, signed as the account's are
    Test(Test),
}

#[derive(Debug, Args)]
struct Test {
    /// The receiver, as a request would name it
    url: String,
    /// Sent as x-webhook-secret
    #[arg(long)]
    secret: Option<String>,
    /// Whose signing secret to use
    #[arg(long, default_value = FIRST_ACCOUNT)]
    account: String,
}

impl Webhook {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let opened = self.place.open().await?;
        let Action::Test(test) = self.action;
        test.run(&opened).await
    }
}

impl Test {
    async fn run(self, opened: &Opened) -> anyhow::Result<ExitCode> {
        let ranges = opened.config.outbound.allow.clone();
        let allow = Allow {
            ranges,
            ..Allow::default()
        };
        check_user_url(&self.url, &allow).map_err(|problem| {
            anyhow::anyhow!(
                "{:?} {problem}; for a receiver on this machine set \
                 FRAMEWRIGHT_OUTBOUND_ALLOW=127.0.0.0/8",
                self.url
            )
        })?;
        let outbound = Outbound::new(OutboundConfig {
            allow,
            dns: opened.config.outbound.dns,
            ..OutboundConfig::default()
        })?;
        let body = sample();
        let headers = self.headers(opened, &body).await?;
        let limits = PostLimits::default();
        let posted = outbound
            .guarded()
            .post(&self.url, headers, body, &limits)
            .await;
        Ok(report(&posted.context("the receiver was not reached")?))
    }

    async fn headers(&self, opened: &Opened, body: &[u8]) -> anyhow::Result<HeaderMap> {
        let account = opened.account(&self.account).await?;
        let now = opened.clock.now();
        let secrets = opened.store.signing_secrets(&account.id, now).await?;
        let (id, seconds) = (
            DeliveryId::fresh(now, &mut StdRng::from_os_rng()),
            now / SECOND,
        );
        let signatures = secrets
            .iter()
            .map(|secret| sign(secret.0.expose_secret(), id.as_str(), seconds, body))
            .collect::<Result<Vec<_>, _>>()?;
        let fields = [
            ("webhook-id", id.to_string()),
            ("webhook-timestamp", seconds.to_string()),
            ("webhook-signature", signatures.join(" ")),
        ];
        let secret = self
            .secret
            .clone()
            .map(|secret| ("x-webhook-secret", secret));
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in fields.into_iter().chain(secret) {
            let value = HeaderValue::try_from(value)
                .with_context(|| format!("{name} must be visible ASCII"))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        Ok(headers)
    }
}

/// A body of the shape that a finished task has, of a task that does not exist.
fn sample() -> Bytes {
    let body = json!({
        "task_id": "00000000-0000-7000-8000-000000000000",
        "task_type": "runway",
        "status": "finished",
        "percentage": 100,
        "video_url": "https://example.com/this-is-a-test.mp4",
    });
    Bytes::from(body.to_string())
}

fn report(posted: &Posted) -> ExitCode {
    let head = plain(&String::from_utf8_lossy(&posted.body_head));
    let head: String = head.chars().take(200).collect();
    println!("{} after {} ms: {head}", posted.status, posted.duration_ms);
    if posted.status.is_success() {
        println!("a real result would count as delivered");
        return ExitCode::SUCCESS;
    }
    println!("a real result would be tried again; answer with a status from 200 to 299");
    ExitCode::from(FAILED)
}
