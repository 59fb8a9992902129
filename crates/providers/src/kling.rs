//! Kling by its own API, on either of its two wires. Class B: `external_task_id` is our id for a
//! purchase, which Kling takes once and can be asked for. It reports no progress and cannot cancel.
//!
//! A submit is the same bytes however often it is sent; what differs is the credential of an access
//! key, a token that is signed anew each time, since one of half an hour ago would be refused.

mod answers;
mod auth;
mod job;
mod models;
mod order;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use framewright_core::attempt::{Class, UpstreamJob};
use framewright_core::clock::{Millis, SECOND};
use framewright_core::spec::Spec;
use framewright_outbound::Request;
use http::header::AUTHORIZATION;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use self::answers::Task;
use self::job::{Job, KINDS};
use self::models::{Model, Wire};
use crate::call::segment;
use crate::draft::Draft;
use crate::models::Models;
use crate::provider::{
    Found, Inbound, Observation, Order, Pace, Plan, PollError, PrepareError, Prepared, Provider,
    ProviderKey, Sending, Sent, SubmitError, Taken, Unsupported, Verdict, Wanted,
};
use crate::registry::{Context, SettingsError};
use crate::signed::StandardWebhooks;
use crate::takes::unknown_model;
use crate::upstream::{Upstream, Usual};

/// No rate of queries is documented; five to ten seconds is what other clients do.
const USUAL: Usual = Usual {
    base_url: "https://api-singapore.klingai.com",
    poll_every_ms: 8 * SECOND,
    batch: 1,
    polls_per_second: None,
};

/// Ids in one query of the new wire (seen in third-party code only).
const BATCH: usize = 20;

/// How long a video takes: a start and so much per second of it. Unsure; one to five minutes is told.
const EXPECTED: (Millis, Millis) = (60 * SECOND, 15 * SECOND);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[serde(default)]
    wire: Wire,
    /// `whsec_…`, where one was made in Kling's console: unsigned callbacks are then refused.
    webhook_secret: Option<SecretString>,
}

struct Kling {
    upstream: Upstream,
    wire: Wire,
    webhooks: Option<StandardWebhooks>,
}

/// The kind `kling`: the settings of every vendor, `wire` (`legacy` or `new`) and `webhook_secret`.
/// A key is an API key, or `<access key>:<secret key>`.
///
/// # Errors
/// [`SettingsError`] for an unknown or wrong setting.
pub fn make(
    name: &str,
    table: &toml::Table,
    context: &Context,
) -> Result<Arc<dyn Provider>, SettingsError> {
    let (mut upstream, own) =
        Upstream::read::<Settings>(name, table, context, USUAL, Models::new(&[]))?;
    let wrong = |why: &str| SettingsError::Setting {
        provider: name.to_owned(),
        why: why.to_owned(),
    };
    let mut keys = upstream.keys().iter();
    if own.wire == Wire::New && keys.any(|key| auth::pair(key).is_some()) {
        return Err(wrong(
            "wire = \"new\" takes API keys only; with an access key and its secret use \"legacy\"",
        ));
    }
    let secret = own.webhook_secret.as_ref().map(|secret| {
        let read = StandardWebhooks::read(secret.expose_secret());
        read.ok_or_else(|| wrong("webhook_secret must be whsec_ and base64"))
    });
    upstream.models = upstream.models.over(own.wire.lines());
    Ok(Arc::new(Kling {
        upstream,
        wire: own.wire,
        webhooks: secret.transpose()?,
    }))
}

#[async_trait]
impl Provider for Kling {
    fn name(&self) -> &str {
        self.upstream.name()
    }

    fn class(&self) -> Class {
        Class::B
    }

    fn origin(&self) -> &str {
        self.upstream.origin()
    }

    fn keys(&self) -> &[ProviderKey] {
        self.upstream.keys()
    }

    fn pace(&self) -> Pace {
        let batch = match self.wire {
            Wire::Legacy => 1,
            Wire::New => BATCH,
        };
        Pace {
            batch,
            ..self.upstream.pace()
        }
    }

    fn expected_ms(&self, spec: &Spec) -> Option<Millis> {
        let (base, each) = EXPECTED;
        Some(base + each * Millis::from(spec.duration_s))
    }

    fn supports(&self, wanted: &Wanted<'_>) -> Result<Plan, Unsupported> {
        let name = self.upstream.models.chosen(wanted)?;
        let model = self.model(&name)?;
        order::judge(wanted.spec, model)?;
        Ok(Plan {
            slots_per_job: 1,
            upstream_model: name,
        })
    }

    async fn prepare(
        &self,
        order: &Order<'_>,
        _key: &ProviderKey,
    ) -> Result<Prepared, PrepareError> {
        let model = self.model(order.upstream_model)?;
        let mut draft = order::draft(order.spec, model, order.inputs)?;
        draft.path = self.upstream.path(&draft.path);
        Ok(draft.prepared())
    }

    async fn submit(&self, sending: &Sending<'_>, key: &ProviderKey) -> Result<Taken, SubmitError> {
        let members = members(sending);
        let (draft, body) = self.upstream.filled_with(sending.prepared, members).await?;
        let request = self.signed(Request::post_json(draft.path.clone(), body), key);
        let answer = self.upstream.buy(request).await?;
        answers::taken(&answer, &draft.path, self.upstream.now())
    }

    /// One request for all jobs of the new wire, one for each of the legacy one.
    async fn poll(
        &self,
        jobs: &[UpstreamJob],
        key: &ProviderKey,
    ) -> Vec<Result<Observation, PollError>> {
        let listed = self.listed(jobs, key).await;
        let mut seen = Vec::with_capacity(jobs.len());
        for job in jobs {
            seen.push(match Job::read(job) {
                Job::Legacy { kind, id } => self.look(kind, id, key).await,
                Job::New { id } => listed
                    .as_ref()
                    .map_err(Clone::clone)
                    .and_then(|tasks| answers::seen(tasks.iter().find(|task| task.id == id))),
            });
        }
        seen
    }

    /// By our own id. A legacy path shows its own jobs only, and which one sold it is not told here:
    /// both are asked.
    async fn find(&self, sent: &Sent<'_>, key: &ProviderKey) -> Result<Found, PollError> {
        let mut jobs = Vec::new();
        match self.wire {
            Wire::New => {
                let query = format!("external_task_ids={}", segment(sent.submit_key));
                let tasks = self.tasks(&query, key).await?;
                jobs.extend(tasks.iter().map(|task| Job::New { id: &task.id }.text()));
            }
            Wire::Legacy => {
                for kind in KINDS {
                    let task = self.task(kind, sent.submit_key, key).await?;
                    let job = task.map(|task| Job::Legacy { kind, id: &task.id }.text());
                    jobs.extend(job);
                }
            }
        }
        Ok(answers::found(&jobs))
    }

    /// A look is due sooner for it; a lost answer is found by our id, too.
    fn called_back(&self) -> bool {
        true
    }

    fn callback(&self, inbound: &Inbound<'_>) -> Verdict {
        let task: Option<Task> = serde_json::from_slice(inbound.body).ok();
        let Some(webhooks) = &self.webhooks else {
            return Verdict {
                accepted: task.is_some(),
                names: None,
            };
        };
        let accepted = webhooks.signed(inbound.headers, inbound.body, inbound.now);
        Verdict {
            accepted,
            names: task.filter(|_| accepted).and_then(|task| {
                let draft = Draft::read(inbound.prepared).ok()?;
                Job::of(&draft.path, &task.id).map(Job::text)
            }),
        }
    }

    async fn check(&self, key: &ProviderKey) -> Result<String, PollError> {
        match self.wire {
            Wire::Legacy => {
                let path = "/v1/videos/text2video?pageNum=1&pageSize=1";
                self.get::<Value>(path, key).await?;
            }
            Wire::New => {
                self.tasks("external_task_ids=none", key).await?;
            }
        }
        Ok("the key is accepted".to_owned())
    }
}

/// What the submit adds to the body: our id, and where to call back.
fn members(sending: &Sending<'_>) -> Vec<(&'static str, Value)> {
    let draft = Draft::read(sending.prepared);
    let wire = draft.map(|draft| job::wire_of(&draft.path));
    let id = ("external_task_id", json!(sending.submit_key));
    let url = sending.callback_url.map(|url| ("callback_url", json!(url)));
    let members = std::iter::once(id).chain(url);
    match wire {
        Ok(Wire::New) => vec![(
            "options",
            members
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )],
        _ => members.collect(),
    }
}

impl Kling {
    fn model(&self, name: &str) -> Result<&'static Model, Unsupported> {
        Model::named(name, self.wire).ok_or_else(|| unknown_model(name))
    }

    fn signed(&self, request: Request, key: &ProviderKey) -> Request {
        request.header(AUTHORIZATION, auth::header(key, self.upstream.now()))
    }

    /// What a free query shows; none where there is no such thing.
    async fn get<Data: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        key: &ProviderKey,
    ) -> Result<Option<Data>, PollError> {
        let request = self.signed(Request::get(self.upstream.path(path)), key);
        let answer = self.upstream.ask(request).await?;
        answers::shown(&answer, self.upstream.now())
    }

    /// A job of the legacy wire by its id or by ours.
    async fn task(
        &self,
        kind: &str,
        id: &str,
        key: &ProviderKey,
    ) -> Result<Option<Task>, PollError> {
        let path = format!("/v1/videos/{}/{}", segment(kind), segment(id));
        self.get(&path, key).await
    }

    async fn look(
        &self,
        kind: &str,
        id: &str,
        key: &ProviderKey,
    ) -> Result<Observation, PollError> {
        answers::seen(self.task(kind, id, key).await?.as_ref())
    }

    /// Jobs of the new wire; those it does not know are not among them.
    async fn tasks(&self, query: &str, key: &ProviderKey) -> Result<Vec<Task>, PollError> {
        let tasks = self.get(&format!("/tasks?{query}"), key).await?;
        Ok(tasks.unwrap_or_default())
    }

    /// Those of these jobs that belong to the new wire; asks nobody where none does.
    async fn listed(
        &self,
        jobs: &[UpstreamJob],
        key: &ProviderKey,
    ) -> Result<Vec<Task>, PollError> {
        let ids = jobs.iter().filter_map(|job| match Job::read(job) {
            Job::New { id } => Some(segment(id)),
            Job::Legacy { .. } => None,
        });
        let ids: Vec<_> = ids.collect();
        match ids.is_empty() {
            true => Ok(Vec::new()),
            false => {
                self.tasks(&format!("task_ids={}", ids.join(",")), key)
                    .await
            }
        }
    }
}
