//! Replicate: official video models of several makers behind one API. Class D where this server has a
//! public URL, since a prediction is posted to a URL of ours when it ends; else E: its POST takes no
//! key of ours. Progress only where a model's log has a bar.

mod answers;
mod models;
mod order;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use framewright_core::attempt::{Class, UpstreamJob};
use framewright_core::clock::{Millis, SECOND};
use framewright_core::spec::Spec;
use framewright_core::task::Input;
use framewright_outbound::Request;
use http::header::AUTHORIZATION;
use http::{Method, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use self::models::{LINES, Model};
use crate::call::{credential, poll_refused, segment};
use crate::draft::{Draft, data_uri};
use crate::models::Models;
use crate::provider::{
    Inbound, Observation, Order, Pace, Plan, PollError, PrepareError, Prepared, Provider,
    ProviderKey, Sending, SubmitError, Taken, Unsupported, Verdict, Wanted,
};
use crate::registry::{Context, SettingsError};
use crate::signed::StandardWebhooks;
use crate::takes::unknown_model;
use crate::upstream::{Upstream, Usual};

/// 3,000 requests a minute are documented for everything but creations: half of that in polls.
const USUAL: Usual = Usual {
    base_url: "https://api.replicate.com",
    poll_every_ms: 5 * SECOND,
    batch: 1,
    polls_per_second: Some(25),
};

/// The largest input that goes inline, in bytes: the vendor recommends data URIs under 1 MB (its page
/// on input files). What is larger goes by a link of ours where there is one.
const INLINE_MAX: u64 = 1_000_000;

/// The largest that goes inline where this server cannot be reached from outside.
const INLINE_AT_ALL: u64 = 10_000_000;

/// How long a video of `n` seconds takes: a minute or two, as users report.
const EXPECTED: (Millis, Millis) = (60 * SECOND, 12 * SECOND);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The signing secret of the account's webhooks; asked for where it is not given.
    webhook_secret: Option<SecretString>,
}

struct Replicate {
    upstream: Upstream,
    webhook_secret: Option<SecretString>,
}

/// The kind `replicate`: the settings of every vendor, and `webhook_secret`.
///
/// # Errors
/// [`SettingsError`] for an unknown or wrong setting.
pub fn make(
    name: &str,
    table: &toml::Table,
    context: &Context,
) -> Result<Arc<dyn Provider>, SettingsError> {
    let models = Models::new(LINES);
    let (upstream, own) = Upstream::read::<Settings>(name, table, context, USUAL, models)?;
    let readable = |secret: &SecretString| StandardWebhooks::read(secret.expose_secret()).is_some();
    if !own.webhook_secret.as_ref().is_none_or(readable) {
        return Err(SettingsError::Setting {
            provider: name.to_owned(),
            why: "webhook_secret must be `whsec_` and base64".to_owned(),
        });
    }
    Ok(Arc::new(Replicate {
        upstream,
        webhook_secret: own.webhook_secret,
    }))
}

#[async_trait]
impl Provider for Replicate {
    fn name(&self) -> &str {
        self.upstream.name()
    }

    fn class(&self) -> Class {
        match self.upstream.reachable {
            true => Class::D,
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

    fn expected_ms(&self, spec: &Spec) -> Option<Millis> {
        let (base, each) = EXPECTED;
        Some(base + each * Millis::from(spec.duration_s))
    }

    fn supports(&self, wanted: &Wanted<'_>) -> Result<Plan, Unsupported> {
        let name = self.upstream.models.chosen(wanted)?;
        let model = Model::named(&name).ok_or_else(|| unknown_model(&name))?;
        order::judge(wanted.spec, model)?;
        Ok(Plan {
            slots_per_job: 1,
            upstream_model: model.name.to_owned(),
        })
    }

    async fn prepare(
        &self,
        order: &Order<'_>,
        _key: &ProviderKey,
    ) -> Result<Prepared, PrepareError> {
        let model = Model::named(order.upstream_model);
        let model = model.ok_or_else(|| unknown_model(order.upstream_model))?;
        let mut media = Vec::with_capacity(order.inputs.len());
        for input in order.inputs {
            media.push((input.role, self.value(input)?));
        }
        let input = order::input(order.spec, model, &media)?;
        let path = format!("/v1/models/{}/predictions", model.name);
        Ok(Draft::new(self.upstream.path(&path), json!({ "input": input })).prepared())
    }

    async fn submit(&self, sending: &Sending<'_>, key: &ProviderKey) -> Result<Taken, SubmitError> {
        let called_back = sending.callback_url.map(|url| {
            [
                ("webhook", json!(url)),
                ("webhook_events_filter", json!(["completed"])),
            ]
        });
        let members = called_back.into_iter().flatten();
        let (draft, body) = self.upstream.filled_with(sending.prepared, members).await?;
        let request = signed(Request::post_json(draft.path, body), key);
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

    async fn cancel(&self, job: &UpstreamJob, key: &ProviderKey) -> Result<(), PollError> {
        let path = format!("{}/cancel", self.job_path(job));
        let request = signed(Request::new(Method::POST, path), key);
        let answer = self.upstream.ask(request).await?;
        match answer.status {
            status if status.is_success() || status == StatusCode::NOT_FOUND => Ok(()),
            _ => Err(poll_refused(&answer, self.upstream.now())),
        }
    }

    async fn signing_keys(&self, key: &ProviderKey) -> Result<Option<Bytes>, PollError> {
        if let Some(secret) = &self.webhook_secret {
            return Ok(Some(secret.expose_secret().to_owned().into()));
        }
        self.default_secret(key).await.map(Some)
    }

    fn callback(&self, inbound: &Inbound<'_>) -> Verdict {
        let secret = inbound
            .signing_keys
            .and_then(|key| std::str::from_utf8(key).ok());
        let secret = secret.and_then(StandardWebhooks::read);
        let accepted = secret.is_some_and(|s| s.signed(inbound.headers, inbound.body, inbound.now));
        let names = accepted.then(|| answers::named(inbound.body)).flatten();
        Verdict { accepted, names }
    }

    async fn check(&self, key: &ProviderKey) -> Result<String, PollError> {
        self.default_secret(key).await?;
        Ok("the key is accepted".to_owned())
    }
}

#[derive(Deserialize)]
struct Secret {
    key: String,
}

impl Replicate {
    /// A small input as a data URI, a large one by link where the vendor can come for it.
    fn value(&self, input: &Input) -> Result<Value, PrepareError> {
        let most = match self.upstream.reachable {
            true => INLINE_MAX,
            false => INLINE_AT_ALL,
        };
        match input.bytes <= most {
            true => Ok(data_uri(input)),
            false => self.upstream.link(input).map(Value::String),
        }
    }

    async fn look(&self, job: &UpstreamJob, key: &ProviderKey) -> Result<Observation, PollError> {
        let request = signed(Request::get(self.job_path(job)), key);
        let answer = self.upstream.ask(request).await?;
        answers::seen(&answer, job, self.upstream.now())
    }

    /// The account's signing secret, by a free call.
    async fn default_secret(&self, key: &ProviderKey) -> Result<Bytes, PollError> {
        let path = self.upstream.path("/v1/webhooks/default/secret");
        let answer = self.upstream.ask(signed(Request::get(path), key)).await?;
        if !answer.status.is_success() {
            return Err(poll_refused(&answer, self.upstream.now()));
        }
        let read = serde_json::from_slice::<Secret>(&answer.body);
        // Its text is a secret: what is wrong with it is not told.
        let secret = read.map_err(|_| PollError::NoAnswer("no secret in it".to_owned()))?;
        Ok(secret.key.into())
    }

    fn job_path(&self, job: &UpstreamJob) -> String {
        self.upstream
            .path(&format!("/v1/predictions/{}", segment(&job.0)))
    }
}

fn signed(request: Request, key: &ProviderKey) -> Request {
    request.header(AUTHORIZATION, credential("Bearer ", key))
}
