//! fal: models of several makers behind one queue. Class D where this server has a public URL, since
//! the end of a request is posted to a URL of ours, signed; else E: its POST takes no key of ours. It
//! reports no progress.

mod answers;
mod models;
mod order;
mod signature;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use framewright_core::attempt::{Class, Spend, UpstreamJob};
use framewright_core::clock::{Millis, SECOND};
use framewright_core::spec::{Spec, Tier};
use framewright_core::task::Input;
use framewright_outbound::{BadOrigin, Origin, Request};
use http::header::AUTHORIZATION;
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded::byte_serialize;
use url::{Position, Url};

use self::answers::Seen;
use self::models::{LINES, Model, STANDARD_LINES};
use crate::call::{credential, poll_refused, segment};
use crate::draft::{Draft, data_uri};
use crate::models::Models;
use crate::provider::{
    Inbound, Observation, Order, Pace, Plan, PollError, PrepareError, Prepared, Provider,
    ProviderKey, Sending, SubmitError, Taken, Unsupported, Verdict, Wanted,
};
use crate::registry::{Context, SettingsError};
use crate::takes::unknown_model;
use crate::upstream::{Upstream, Usual};

/// A look takes one request, and one more at the end.
const USUAL: Usual = Usual {
    base_url: "https://queue.fal.run",
    poll_every_ms: 5 * SECOND,
    batch: 1,
    polls_per_second: None,
};

/// Where fal publishes the keys that sign its callbacks (documented).
const KEYS_URL: &str = "https://rest.fal.ai/.well-known/jwks.json";

/// The largest input that goes inline, in bytes; larger ones by a link of ours. fal documents data
/// URIs and names no bound for them.
const INLINE_MAX: u64 = 5_000_000;

/// How long a video of `n` seconds takes: a minute or two, as users report.
const EXPECTED: (Millis, Millis) = (60 * SECOND, 12 * SECOND);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Where the signing keys are.
    signing_keys_url: Option<String>,
}

struct Fal {
    upstream: Upstream,
    /// Chosen from before the usual table where the client says `mode=std`.
    standard: Models,
    signing_keys: (Origin, String),
}

/// The kind `fal`: the settings of every vendor, and `signing_keys_url`.
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
    let url = own.signing_keys_url.unwrap_or_else(|| KEYS_URL.to_owned());
    let signing_keys = place(&url).map_err(|error| SettingsError::Setting {
        provider: name.to_owned(),
        why: format!("signing_keys_url {error}"),
    })?;
    Ok(Arc::new(Fal {
        standard: upstream.models.clone().over(STANDARD_LINES),
        upstream,
        signing_keys,
    }))
}

/// Origin and path of a configured URL.
fn place(url: &str) -> Result<(Origin, String), BadOrigin> {
    let origin = Origin::of(url)?;
    let path = Url::parse(url).map(|url| url[Position::BeforePath..].to_owned());
    Ok((origin, path.map_err(|_| BadOrigin)?))
}

#[async_trait]
impl Provider for Fal {
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
        let standard = wanted.spec.tier == Some(Tier::Standard);
        let standard = standard.then(|| self.standard.choose(wanted)).flatten();
        let name = match standard {
            Some(name) => name,
            None => self.upstream.models.chosen(wanted)?,
        };
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
        let body = order::body(order.spec, model, &media)?;
        let path = self.upstream.path(&format!("/{}", model.name));
        Ok(Draft::new(path, body).prepared())
    }

    async fn submit(&self, sending: &Sending<'_>, key: &ProviderKey) -> Result<Taken, SubmitError> {
        let (draft, body) = self.upstream.filled(sending.prepared).await?;
        let path = match sending.callback_url {
            Some(url) => {
                let url: String = byte_serialize(url.as_bytes()).collect();
                format!("{}?fal_webhook={url}", draft.path)
            }
            None => draft.path,
        };
        let request = signed(Request::post_json(path, body), key);
        let answer = self.upstream.buy(request).await?;
        let request = answers::taken(&answer, self.upstream.now())?;
        Ok(Taken {
            job: answers::job(sending.upstream_model, &request),
            spend: Spend::Unknown,
        })
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

    /// Asks the queue; a request that runs may run on, and one that is complete stays so.
    async fn cancel(&self, job: &UpstreamJob, key: &ProviderKey) -> Result<(), PollError> {
        let request = Request::new(Method::PUT, self.job_path(job, "/cancel"));
        let answer = self.upstream.ask(signed(request, key)).await?;
        match answer.status {
            StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND => Ok(()),
            status if status.is_success() => Ok(()),
            _ => Err(poll_refused(&answer, self.upstream.now())),
        }
    }

    async fn signing_keys(&self, _key: &ProviderKey) -> Result<Option<Bytes>, PollError> {
        let (origin, path) = &self.signing_keys;
        let answer = self.upstream.ask_at(origin, Request::get(path)).await?;
        match answer.status.is_success() {
            true => Ok(Some(answer.body)),
            false => Err(poll_refused(&answer, self.upstream.now())),
        }
    }

    fn callback(&self, inbound: &Inbound<'_>) -> Verdict {
        let keys = inbound.signing_keys.unwrap_or_default();
        let accepted = signature::signed(inbound.headers, inbound.body, keys, inbound.now);
        let named = answers::named(inbound.body).filter(|_| accepted);
        let names = named.and_then(|request| {
            let draft = Draft::read(inbound.prepared).ok()?;
            // The path of a draft is the base URL's own and the endpoint.
            let endpoint = draft.path.strip_prefix(&self.upstream.path("/"))?;
            Some(answers::job(endpoint, &request))
        });
        Verdict { accepted, names }
    }

    /// fal documents no free call that shows an account; a request that is none is seen to be a 404 of
    /// the queue's own with a good key, and a 401 with another (unsure).
    async fn check(&self, key: &ProviderKey) -> Result<String, PollError> {
        let job = answers::job(models::MODELS[0].name, "framewright-check");
        let request = Request::get(self.job_path(&job, "/status"));
        let answer = self.upstream.ask(signed(request, key)).await?;
        match answers::is_unknown(&answer) {
            true => Ok("the key is accepted".to_owned()),
            false => Err(poll_refused(&answer, self.upstream.now())),
        }
    }
}

impl Fal {
    fn value(&self, input: &Input) -> Result<Value, PrepareError> {
        match input.bytes <= INLINE_MAX || !self.upstream.reachable {
            true => Ok(data_uri(input)),
            false => self.upstream.link(input).map(Value::String),
        }
    }

    async fn look(&self, job: &UpstreamJob, key: &ProviderKey) -> Result<Observation, PollError> {
        let now = self.upstream.now();
        let (_, id) = job.0.rsplit_once('/').unwrap_or_default();
        let request = Request::get(self.job_path(job, "/status"));
        let answer = self.upstream.ask(signed(request, key)).await?;
        let error = match answers::status(&answer, id, now)? {
            Seen::Observed(observation) => return Ok(observation),
            Seen::Complete(error) => error,
        };
        let request = Request::get(self.job_path(job, ""));
        let answer = self.upstream.ask(signed(request, key)).await?;
        answers::result(&answer, error, now)
    }

    /// `/{owner}/{alias}/requests/{id}` and what follows.
    fn job_path(&self, job: &UpstreamJob, what: &str) -> String {
        let (application, id) = job.0.rsplit_once('/').unwrap_or_default();
        let words: Vec<_> = application.split('/').map(segment).collect();
        let path = format!("/{}/requests/{}{what}", words.join("/"), segment(id));
        self.upstream.path(&path)
    }
}

fn signed(request: Request, key: &ProviderKey) -> Request {
    request.header(AUTHORIZATION, credential("Key ", key))
}
