//! Wan by Alibaba Model Studio (DashScope). Class E: its POST takes no key of ours, it calls nobody
//! back, and that its list of tasks shows which one is ours is not proven; so a request whose answer
//! is lost is never sent again. It reports no progress.

mod answers;
mod models;
mod order;
mod upload;

use std::sync::Arc;

use async_trait::async_trait;
use framewright_core::attempt::{Class, UpstreamJob};
use framewright_core::clock::{Millis, SECOND};
use framewright_core::spec::{Role, Spec};
use framewright_core::task::Input;
use framewright_outbound::Request;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, Method};
use serde::Deserialize;
use serde_json::Value;

use self::models::{LINES, Model};
use crate::call::{credential, poll_refused, segment};
use crate::draft::{Draft, data_uri};
use crate::models::Models;
use crate::provider::{
    Observation, Order, Pace, Plan, PollError, PrepareError, Prepared, Provider, ProviderKey,
    Sending, SubmitError, Taken, Unsupported, Wanted,
};
use crate::registry::{Context, SettingsError};
use crate::takes::unknown_model;
use crate::upstream::{Upstream, Usual};

/// The pace is the vendor's own advice (documented): a look every 15 s, at most 20 queries a second
/// and account. Keys belong to a region: those of the international one are asked at Singapore.
const USUAL: Usual = Usual {
    base_url: "https://dashscope-intl.aliyuncs.com/api/v1",
    poll_every_ms: 15 * SECOND,
    batch: 1,
    polls_per_second: Some(20),
};

const SUBMIT: &str = "/services/aigc/video-generation/video-synthesis";

/// Without it the vendor answers that the API has no synchronous calls.
const ASYNC: HeaderName = HeaderName::from_static("x-dashscope-async");
/// Lets the vendor read `oss://` inputs.
const RESOLVE: HeaderName = HeaderName::from_static("x-dashscope-ossresourceresolve");
const WORKSPACE: HeaderName = HeaderName::from_static("x-dashscope-workspace");
const ENABLE: HeaderValue = HeaderValue::from_static("enable");

/// The largest image that goes inline, in bytes. The vendor documents 20 MB for an image and nothing
/// for a body: a third of that, as base64, is what others are seen to send.
const INLINE_MAX: u64 = 5_000_000;

/// How long a video of `n` seconds takes, as documented for the whole family: one to five minutes.
const EXPECTED: (Millis, Millis) = (60 * SECOND, 12 * SECOND);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The workspace that a key of several belongs to.
    workspace: Option<String>,
    /// Whether the vendor may rewrite prompts; its own default is that it does.
    prompt_extend: Option<bool>,
}

struct Wan {
    upstream: Upstream,
    workspace: Option<HeaderValue>,
    prompt_extend: Option<bool>,
}

/// The kind `wan`: the settings of every vendor, `workspace` and `prompt_extend`.
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
    let workspace = own.workspace.as_deref().map(HeaderValue::from_str);
    let workspace = workspace.transpose().map_err(|_| SettingsError::Setting {
        provider: name.to_owned(),
        why: "workspace must be visible ASCII characters".to_owned(),
    })?;
    Ok(Arc::new(Wan {
        upstream,
        workspace,
        prompt_extend: own.prompt_extend,
    }))
}

#[async_trait]
impl Provider for Wan {
    fn name(&self) -> &str {
        self.upstream.name()
    }

    fn class(&self) -> Class {
        Class::E
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
        let model = self.model(wanted)?;
        order::judge(wanted.spec, model)?;
        Ok(Plan {
            slots_per_job: 1,
            upstream_model: model.name.to_owned(),
        })
    }

    async fn prepare(
        &self,
        order: &Order<'_>,
        key: &ProviderKey,
    ) -> Result<Prepared, PrepareError> {
        let model = Model::named(order.upstream_model);
        let model = model.ok_or_else(|| unknown_model(order.upstream_model))?;
        let mut media = Vec::with_capacity(order.inputs.len());
        for input in order.inputs {
            media.push((input.role, self.value(input, model, key).await?));
        }
        let body = order::body(order.spec, model, self.prompt_extend, &media)?;
        Ok(Draft::new(self.upstream.path(SUBMIT), body).prepared())
    }

    async fn submit(&self, sending: &Sending<'_>, key: &ProviderKey) -> Result<Taken, SubmitError> {
        let (draft, body) = self.upstream.filled(sending.prepared).await?;
        let request = Request::post_json(draft.path, body).header(ASYNC, ENABLE);
        let request = match has_upload(&draft.body["input"]) {
            true => request.header(RESOLVE, ENABLE),
            false => request,
        };
        let answer = self.upstream.buy(self.signed(request, key)).await?;
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

    /// Only what still waits can be stopped; the refusal of anything else is no trouble.
    async fn cancel(&self, job: &UpstreamJob, key: &ProviderKey) -> Result<(), PollError> {
        let path = format!("{}/cancel", self.task_path(job));
        let request = self.signed(Request::new(Method::POST, path), key);
        let answer = self.upstream.ask(request).await?;
        match poll_refused(&answer, self.upstream.now()) {
            _ if answer.status.is_success() => Ok(()),
            PollError::NoAnswer(_) if answer.status.is_client_error() => Ok(()),
            error => Err(error),
        }
    }

    async fn check(&self, key: &ProviderKey) -> Result<String, PollError> {
        let path = self.upstream.path("/tasks?page_no=1&page_size=1");
        let answer = self
            .upstream
            .ask(self.signed(Request::get(path), key))
            .await?;
        match answer.status.is_success() {
            true => Ok("the key is accepted".to_owned()),
            false => Err(poll_refused(&answer, self.upstream.now())),
        }
    }
}

impl Wan {
    fn model(&self, wanted: &Wanted<'_>) -> Result<&'static Model, Unsupported> {
        let name = self.upstream.models.chosen(wanted)?;
        Model::named(&name).ok_or_else(|| unknown_model(&name))
    }

    /// An image as a data URL; a large one, and sound, by upload.
    async fn value(
        &self,
        input: &Input,
        model: &Model,
        key: &ProviderKey,
    ) -> Result<Value, PrepareError> {
        if input.role != Role::Audio {
            order::judge_image(input)?;
            if input.bytes <= INLINE_MAX {
                return Ok(data_uri(input));
            }
        }
        self.upload(input, model.name, key).await.map(Value::String)
    }

    async fn look(&self, job: &UpstreamJob, key: &ProviderKey) -> Result<Observation, PollError> {
        let request = self.signed(Request::get(self.task_path(job)), key);
        let answer = self.upstream.ask(request).await?;
        answers::seen(&answer, job, self.upstream.now())
    }

    fn task_path(&self, job: &UpstreamJob) -> String {
        self.upstream.path(&format!("/tasks/{}", segment(&job.0)))
    }

    fn signed(&self, request: Request, key: &ProviderKey) -> Request {
        let request = request.header(AUTHORIZATION, credential("Bearer ", key));
        match &self.workspace {
            Some(workspace) => request.header(WORKSPACE, workspace.clone()),
            None => request,
        }
    }
}

/// Whether an input of this body lies in the vendor's storage.
fn has_upload(input: &Value) -> bool {
    match input {
        Value::String(text) => text.starts_with("oss://"),
        Value::Array(items) => items.iter().any(has_upload),
        Value::Object(members) => members.values().any(has_upload),
        _ => false,
    }
}
