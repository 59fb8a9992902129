//! APIFRAME's second API, from the source of its SDK (2.0.0-beta.1, which is in no package registry).
//! Class A: a submit with the same `Idempotency-Key` is the same job. Its media are URLs, so it needs
//! links to this server. It calls back signed, and extends nothing.

mod answers;
mod body;

use std::sync::Arc;

use async_trait::async_trait;
use framewright_core::attempt::{Class, UpstreamJob};
use framewright_core::spec::Mode;
use framewright_outbound::Request;
use http::{HeaderName, HeaderValue};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use self::body::Family;
use crate::call::{credential, poll_refused, segment};
use crate::draft::Draft;
use crate::models::{Line, Models};
use crate::provider::{
    Inbound, Observation, Order, Pace, Plan, PollError, PrepareError, Prepared, Provider,
    ProviderKey, Sending, SubmitError, Taken, Unsupported, Verdict, Wanted,
};
use crate::registry::{Context, SettingsError};
use crate::signed::body_signed;
use crate::upstream::{Upstream, Usual};

const USUAL: Usual = Usual {
    base_url: "https://api.apiframe.ai",
    poll_every_ms: 5_000,
    batch: 1,
    polls_per_second: None,
};

/// What the first API's names are in the second: the nearest model that takes the same things.
const LINES: &[Line] = &[
    ("gen3", Some(Mode::Text), "runway-gen4.5"),
    ("gen3a_turbo", Some(Mode::Text), "runway-gen4.5"),
    ("gen3", Some(Mode::Image), "runway-gen4-turbo"),
    ("gen3a_turbo", Some(Mode::Image), "runway-gen4-turbo"),
    ("kling-v1", None, "kling-2.5-turbo-pro"),
    ("kling-v1-5", None, "kling-2.5-turbo-pro"),
    ("kling-v1-6", None, "kling-2.5-turbo-pro"),
    ("wan2.5", None, "wan-2.5"),
    ("wan2.6", None, "wan-2.6"),
    ("wan2.6-flash", None, "wan-2.6-flash"),
    ("", Some(Mode::Image), "midjourney-video"),
];

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const SIGNATURE: HeaderName = HeaderName::from_static("x-webhook-signature");

/// Nothing of its own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {}

struct V2 {
    upstream: Upstream,
}

pub(super) fn make(
    name: &str,
    table: &toml::Table,
    context: &Context,
) -> Result<Arc<dyn Provider>, SettingsError> {
    let models = Models::new(LINES);
    let (upstream, Settings {}) = Upstream::read(name, table, context, USUAL, models)?;
    Ok(Arc::new(V2 { upstream }))
}

#[async_trait]
impl Provider for V2 {
    fn name(&self) -> &str {
        self.upstream.name()
    }

    fn class(&self) -> Class {
        Class::A
    }

    fn origin(&self) -> &str {
        self.upstream.origin()
    }

    fn keys(&self) -> &[ProviderKey] {
        self.upstream.keys()
    }

    fn pace(&self) -> Pace {
        self.upstream.pace()
    }

    fn supports(&self, wanted: &Wanted<'_>) -> Result<Plan, Unsupported> {
        let spec = wanted.spec;
        body::judge_mode(spec)?;
        let chosen = self.upstream.models.choose(wanted);
        let model = chosen.unwrap_or_else(|| spec.model.clone());
        let family = Family::of(&model)?;
        family.judge(spec, &model)?;
        self.upstream.judge_links(spec, |_| true)?;
        Ok(Plan {
            slots_per_job: family.videos().min(spec.slots),
            upstream_model: model,
        })
    }

    async fn prepare(
        &self,
        order: &Order<'_>,
        _key: &ProviderKey,
    ) -> Result<Prepared, PrepareError> {
        let family = Family::of(order.upstream_model)?;
        let mut media = Vec::with_capacity(order.inputs.len());
        for input in order.inputs {
            media.push((input.role, self.upstream.link(input)?));
        }
        let body = family.body(order, &media);
        let path = self.upstream.path("/v2/videos/generate");
        Ok(Draft::new(path, body).prepared())
    }

    async fn submit(&self, sending: &Sending<'_>, key: &ProviderKey) -> Result<Taken, SubmitError> {
        let hook = sending.callback_url.map(|url| {
            [
                ("webhookUrl", json!(url)),
                ("webhookEvents", json!(["completed", "failed"])),
            ]
        });
        let members = hook.into_iter().flatten();
        let (draft, body) = self.upstream.filled_with(sending.prepared, members).await?;
        let unique = HeaderValue::from_str(sending.submit_key);
        let unique = unique.map_err(|error| SubmitError::NotSent {
            detail: error.to_string(),
        })?;
        let request = signed(Request::post_json(draft.path, body), key);
        let request = request.header(IDEMPOTENCY_KEY, unique);
        let answer = self.upstream.buy(request).await?;
        answers::taken(&answer, self.upstream.now())
    }

    async fn poll(
        &self,
        jobs: &[UpstreamJob],
        key: &ProviderKey,
    ) -> Vec<Result<Observation, PollError>> {
        let mut seen = Vec::with_capacity(jobs.len());
        for job in jobs {
            seen.push(self.look(job, key).await);
        }
        seen
    }

    /// Its key brings a lost answer back; a post makes a look due sooner.
    fn called_back(&self) -> bool {
        true
    }

    /// Signed with the SHA-256 of the API key itself (source of its SDK): that is enough to take the
    /// job's name from the body.
    fn callback(&self, inbound: &Inbound<'_>) -> Verdict {
        let key = Sha256::digest(inbound.key.secret.expose_secret());
        match body_signed(inbound.headers.get(SIGNATURE), inbound.body, &key) {
            true => Verdict {
                accepted: true,
                names: answers::named(inbound.body),
            },
            false => Verdict::default(),
        }
    }

    /// There is no account to ask for; a list of one job shows whether the key is taken.
    async fn check(&self, key: &ProviderKey) -> Result<String, PollError> {
        let request = Request::get(self.upstream.path("/v2/jobs?limit=1"));
        let answer = self.upstream.ask(signed(request, key)).await?;
        match answer.status.is_success() {
            true => Ok("the key is accepted".to_owned()),
            false => Err(poll_refused(&answer, self.upstream.now())),
        }
    }
}

impl V2 {
    async fn look(&self, job: &UpstreamJob, key: &ProviderKey) -> Result<Observation, PollError> {
        let path = self.upstream.path(&format!("/v2/jobs/{}", segment(&job.0)));
        let answer = self.upstream.ask(signed(Request::get(path), key)).await?;
        answers::seen(&answer, self.upstream.now())
    }
}

fn signed(request: Request, key: &ProviderKey) -> Request {
    request.header(API_KEY, credential("", key))
}
