//! APIFRAME's first API, and every server that speaks it, another one of this kind among them. Class
//! E: a POST takes no key of ours and nothing can be listed. Class A with `idempotent = true`, for
//! an upstream that honours `Idempotency-Key`, as this server does. Its webhooks are not used: they
//! carry a plain secret, and their body would have to be believed.

mod answers;
mod body;
mod upload;

use std::sync::Arc;

use async_trait::async_trait;
use framewright_core::attempt::{Class, UpstreamJob};
use framewright_core::spec::{Mode, Role};
use framewright_outbound::{Answer, Request};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::json;

use self::body::Endpoint;
use crate::call::credential;
use crate::draft::Draft;
use crate::models::{Line, Models};
use crate::provider::{
    Observation, Order, Pace, Plan, PollError, PrepareError, Prepared, Provider, ProviderKey,
    Sending, SubmitError, Taken, Unsupported, Wanted,
};
use crate::registry::{Context, SettingsError};
use crate::upstream::{Upstream, Usual};

const USUAL: Usual = Usual {
    base_url: "https://api.apiframe.pro",
    // Its own clients look every 3 s; no limit is documented.
    poll_every_ms: 5_000,
    // Ids of one fetch-many (documented: 2 to 20).
    batch: 20,
    polls_per_second: None,
};

/// The pages' own names stand for themselves. The Midjourney endpoints have no model field.
const LINES: &[Line] = &[
    ("", Some(Mode::Image), body::MIDJOURNEY),
    ("", Some(Mode::Extend), body::MIDJOURNEY),
];

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Whether the upstream honours `Idempotency-Key`: APIFRAME does not, another server of this
    /// kind does.
    #[serde(default)]
    idempotent: bool,
}

struct V1 {
    upstream: Upstream,
    idempotent: bool,
}

pub(super) fn make(
    name: &str,
    table: &toml::Table,
    context: &Context,
) -> Result<Arc<dyn Provider>, SettingsError> {
    let models = Models::new(LINES);
    let (upstream, own) = Upstream::read::<Settings>(name, table, context, USUAL, models)?;
    Ok(Arc::new(V1 {
        upstream,
        idempotent: own.idempotent,
    }))
}

#[async_trait]
impl Provider for V1 {
    fn name(&self) -> &str {
        self.upstream.name()
    }

    fn class(&self) -> Class {
        match self.idempotent {
            true => Class::A,
            false => Class::E,
        }
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
        let chosen = self.upstream.models.choose(wanted);
        let model = chosen.unwrap_or_else(|| wanted.spec.model.clone());
        let endpoint = Endpoint::of(&model)?;
        endpoint.judge(wanted.spec, &model)?;
        // The other media can be uploaded.
        let fetched = |role: Role| role == Role::Video;
        self.upstream.judge_links(wanted.spec, fetched)?;
        Ok(Plan {
            slots_per_job: endpoint.videos().min(wanted.spec.slots),
            upstream_model: model,
        })
    }

    async fn prepare(
        &self,
        order: &Order<'_>,
        key: &ProviderKey,
    ) -> Result<Prepared, PrepareError> {
        let endpoint = Endpoint::of(order.upstream_model)?;
        let mut media = Vec::with_capacity(order.inputs.len());
        for input in body::named(order) {
            media.push((input.role, self.url(input, key).await?));
        }
        let body = endpoint.body(order, &media)?;
        let path = self.upstream.path(endpoint.path(order.spec.mode));
        Ok(Draft::new(path, body).prepared())
    }

    async fn submit(&self, sending: &Sending<'_>, key: &ProviderKey) -> Result<Taken, SubmitError> {
        let (draft, body) = self.upstream.filled(sending.prepared).await?;
        let mut request = Request::post_json(draft.path, body).header(AUTHORIZATION, bare(key));
        if self.idempotent {
            let unique = HeaderValue::from_str(sending.submit_key);
            let unique = unique.map_err(|error| SubmitError::NotSent {
                detail: error.to_string(),
            })?;
            request = request.header(IDEMPOTENCY_KEY, unique);
        }
        let answer = self.upstream.buy(request).await?;
        answers::taken(&answer, self.upstream.now())
    }

    async fn poll(
        &self,
        jobs: &[UpstreamJob],
        key: &ProviderKey,
    ) -> Vec<Result<Observation, PollError>> {
        match jobs {
            [job] => vec![self.look(job, key).await],
            _ => self.look_at_many(jobs, key).await,
        }
    }

    fn own_headers(&self, key: &ProviderKey) -> HeaderMap {
        HeaderMap::from_iter([(AUTHORIZATION, bare(key))])
    }

    async fn check(&self, key: &ProviderKey) -> Result<String, PollError> {
        let request = Request::get(self.upstream.path("/account"));
        let request = request.header(AUTHORIZATION, bare(key));
        let answer = self.upstream.ask(request).await?;
        answers::account(&answer, self.upstream.now())
    }
}

impl V1 {
    async fn look(&self, job: &UpstreamJob, key: &ProviderKey) -> Result<Observation, PollError> {
        let answer = self
            .fetch("/fetch", json!({ "task_id": job.0 }), key)
            .await?;
        answers::seen(&answer, &self.upstream)
    }

    /// All in one call. A 400 says only that one of the ids is not known: then each is asked for by
    /// itself, so that one lost job does not hide nineteen others.
    async fn look_at_many(
        &self,
        jobs: &[UpstreamJob],
        key: &ProviderKey,
    ) -> Vec<Result<Observation, PollError>> {
        let ids: Vec<_> = jobs.iter().map(|job| job.0.as_str()).collect();
        let answer = match self
            .fetch("/fetch-many", json!({ "task_ids": ids }), key)
            .await
        {
            Ok(answer) if answer.status == StatusCode::BAD_REQUEST => {
                let mut seen = Vec::with_capacity(jobs.len());
                for job in jobs {
                    seen.push(self.look(job, key).await);
                }
                return seen;
            }
            answer => answer,
        };
        let seen = answer.and_then(|answer| answers::seen_many(&answer, jobs, &self.upstream));
        seen.unwrap_or_else(|error| vec![Err(error); jobs.len()])
    }

    async fn fetch(
        &self,
        path: &str,
        asked: serde_json::Value,
        key: &ProviderKey,
    ) -> Result<Answer, PollError> {
        let request = Request::post_json(self.upstream.path(path), asked.to_string());
        let request = request.header(AUTHORIZATION, bare(key));
        self.upstream.ask(request).await
    }
}

/// The key with no scheme before it, as the documents have it.
fn bare(key: &ProviderKey) -> HeaderValue {
    credential("", key)
}
