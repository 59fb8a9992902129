//! Runway: one key, its own models and those of others that it sells (API version 2024-11-06). Class
//! E: its POST takes no key of ours and its tasks cannot be listed, so a request whose answer is lost
//! is never sent again. Progress is its own; it calls nobody back.

mod answers;
mod models;
mod order;
#[cfg(test)]
mod tests;
mod upload;

use std::sync::Arc;

use async_trait::async_trait;
use framewright_core::attempt::{Class, UpstreamJob};
use framewright_core::spec::{Mode, Role};
use framewright_core::task::Input;
use framewright_outbound::Request;
use http::header::{ACCEPT, AUTHORIZATION};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use self::models::{LINES, Model};
use self::order::{Flip, Placed};
use crate::aspect::shape;
use crate::call::{credential, poll_refused, segment};
use crate::draft::{Draft, data_uri};
use crate::models::Models;
use crate::provider::{
    Observation, Order, Pace, Plan, PollError, PrepareError, Prepared, Provider, ProviderKey,
    Sending, SubmitError, Taken, Unsupported, Wanted,
};
use crate::registry::{Context, SettingsError};
use crate::takes::{unknown_model, unsupported};
use crate::upstream::{Upstream, Usual};

const USUAL: Usual = Usual {
    base_url: "https://api.dev.runwayml.com",
    // At least 5 s a task (SDK); jitter takes up to 15 % of this.
    poll_every_ms: 6_000,
    batch: 1,
    polls_per_second: None,
};

/// The one version of the API that was ever published; sent with every call.
const VERSION: (HeaderName, HeaderValue) = (
    HeaderName::from_static("x-runway-version"),
    HeaderValue::from_static("2024-11-06"),
);

/// The longest data URI, in characters (SDK 5.24.0: 5 MB).
const DATA_URI_MAX: u64 = 5_000_000;

/// Images that Runway reads (its page on inputs).
const IMAGES: [&str; 3] = ["image/jpeg", "image/png", "image/webp"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[serde(default)]
    flip: Flip,
}

struct Runway {
    upstream: Upstream,
    flip: Flip,
}

/// The kind `runway`: the settings of every vendor, and `flip`.
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
    Ok(Arc::new(Runway {
        upstream,
        flip: own.flip,
    }))
}

#[async_trait]
impl Provider for Runway {
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

    fn supports(&self, wanted: &Wanted<'_>) -> Result<Plan, Unsupported> {
        let model = self.model(wanted)?;
        order::judge(wanted.spec, model, self.flip)?;
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
        let mut placed = Vec::with_capacity(order.inputs.len());
        for input in order.inputs {
            placed.push(Placed {
                role: input.role,
                shape: shape(input.width, input.height),
                value: self.value(input, key).await?,
            });
        }
        let body = order::body(order.spec, model, self.flip, &placed)?;
        let path = self.upstream.path(endpoint(order.spec.mode));
        Ok(Draft::new(path, body).prepared())
    }

    async fn submit(&self, sending: &Sending<'_>, key: &ProviderKey) -> Result<Taken, SubmitError> {
        let (draft, body) = self.upstream.filled(sending.prepared).await?;
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

    /// Stops a job that waits or runs. What runs is not paid back, and may run on (SDK). A finished
    /// job's video is deleted by the same call.
    async fn cancel(&self, job: &UpstreamJob, key: &ProviderKey) -> Result<(), PollError> {
        let request = Request::new(Method::DELETE, self.task_path(job));
        let answer = self.upstream.ask(signed(request, key)).await?;
        match answer.status {
            status if status.is_success() || status == StatusCode::NOT_FOUND => Ok(()),
            _ => Err(poll_refused(&answer, self.upstream.now())),
        }
    }

    async fn check(&self, key: &ProviderKey) -> Result<String, PollError> {
        let request = Request::get(self.upstream.path("/v1/organization"));
        let answer = self.upstream.ask(signed(request, key)).await?;
        answers::balance(&answer, self.upstream.now())
    }
}

impl Runway {
    fn model(&self, wanted: &Wanted<'_>) -> Result<&'static Model, Unsupported> {
        let name = self.upstream.models.chosen(wanted)?;
        Model::named(&name).ok_or_else(|| unknown_model(&name))
    }

    /// The input inline where that is allowed, else by upload: Runway fetches nothing over plain
    /// http, from an IP or through a redirect, so a link of ours is not for it.
    async fn value(&self, input: &Input, key: &ProviderKey) -> Result<Value, PrepareError> {
        let image = matches!(input.role, Role::Start | Role::End);
        if image && !IMAGES.contains(&input.mime.as_str()) {
            let why = "the provider reads images as JPEG, PNG or WEBP only";
            return Err(unsupported(why).into());
        }
        match inline_length(input) <= DATA_URI_MAX {
            true => Ok(data_uri(input)),
            false => self.upload(input, key).await.map(Value::String),
        }
    }

    async fn look(&self, job: &UpstreamJob, key: &ProviderKey) -> Result<Observation, PollError> {
        let request = signed(Request::get(self.task_path(job)), key);
        let answer = self.upstream.ask(request).await?;
        answers::seen(&answer, job, self.upstream.now())
    }

    fn task_path(&self, job: &UpstreamJob) -> String {
        self.upstream
            .path(&format!("/v1/tasks/{}", segment(&job.0)))
    }
}

fn endpoint(mode: Mode) -> &'static str {
    match mode {
        Mode::Text => "/v1/text_to_video",
        Mode::Image | Mode::Extend => "/v1/image_to_video",
        Mode::Video => "/v1/video_to_video",
    }
}

/// How long the data URI of an input is, in characters.
fn inline_length(input: &Input) -> u64 {
    let head = "data:;base64,".len() + input.mime.len();
    input.bytes.div_ceil(3) * 4 + head as u64
}

fn signed(request: Request, key: &ProviderKey) -> Request {
    let (version, is) = VERSION;
    let request = request
        .header(version, is)
        .header(ACCEPT, HeaderValue::from_static("application/json"));
    request.header(AUTHORIZATION, credential("Bearer ", key))
}
