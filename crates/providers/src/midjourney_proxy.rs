//! A midjourney-proxy that the operator runs: a service of its own, which this adapter talks to over
//! HTTP and nothing more. Its API as other people's code shows it (its releases of 2026). Automating
//! Midjourney breaks Midjourney's terms, so no such provider is made before the operator says that
//! this is known. Class D where the service can call back, else E: it takes no key of ours.

mod answers;
mod order;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use framewright_core::attempt::{Class, UpstreamJob};
use framewright_core::defaults::midjourney;
use framewright_outbound::Request;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::json;

use crate::call::{credential, poll_refused, segment};
use crate::draft::Draft;
use crate::models::Models;
use crate::provider::{
    Inbound, Observation, Order, Pace, Plan, PollError, PrepareError, Prepared, Provider,
    ProviderKey, Sending, SubmitError, Taken, Unsupported, Verdict, Wanted,
};
use crate::registry::{Context, SettingsError};
use crate::upstream::{Upstream, Usual};

const USUAL: Usual = Usual {
    // Each operator has an own one.
    base_url: "",
    poll_every_ms: 3_000,
    // Its list takes any number; this keeps a request small.
    batch: 50,
    polls_per_second: None,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Must be true.
    #[serde(default)]
    accept_terms_risk: bool,
    #[serde(default)]
    auth: Auth,
    #[serde(default)]
    speed: Speed,
}

/// How the secret is sent.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Auth {
    /// `mj-api-secret`: the service itself.
    #[default]
    Secret,
    /// `Authorization: Bearer`: those who resell its API.
    Bearer,
}

impl Auth {
    fn header(self, key: &ProviderKey) -> (HeaderName, HeaderValue) {
        match self {
            Self::Secret => (
                HeaderName::from_static("mj-api-secret"),
                credential("", key),
            ),
            Self::Bearer => (AUTHORIZATION, credential("Bearer ", key)),
        }
    }
}

/// Midjourney's speeds, which the service takes as the beginning of a path.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Speed {
    /// As the account is set.
    #[default]
    Account,
    Fast,
    Turbo,
    Relax,
}

impl Speed {
    fn prefix(self) -> &'static str {
        match self {
            Self::Account => "",
            Self::Fast => "/mj-fast",
            Self::Turbo => "/mj-turbo",
            Self::Relax => "/mj-relax",
        }
    }
}

struct MidjourneyProxy {
    upstream: Upstream,
    auth: Auth,
    speed: Speed,
}

/// The kind `midjourney_proxy`: the settings of every vendor, `base_url` among them needed; `auth`
/// (`secret` or `bearer`), `speed` (`account`, `fast`, `turbo`, `relax`), and `accept_terms_risk`.
///
/// # Errors
/// [`SettingsError`] for an unknown or wrong setting, or where the risk is not accepted.
pub fn make(
    name: &str,
    table: &toml::Table,
    context: &Context,
) -> Result<Arc<dyn Provider>, SettingsError> {
    let models = Models::new(&[("*", None, "midjourney")]);
    let (upstream, own) = Upstream::read::<Settings>(name, table, context, USUAL, models)?;
    if !own.accept_terms_risk {
        return Err(SettingsError::Setting {
            provider: name.to_owned(),
            why: "automating Midjourney breaks its terms and may cost the account: set \
                  accept_terms_risk = true if that is known"
                .to_owned(),
        });
    }
    Ok(Arc::new(MidjourneyProxy {
        upstream,
        auth: own.auth,
        speed: own.speed,
    }))
}

#[async_trait]
impl Provider for MidjourneyProxy {
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

    fn supports(&self, wanted: &Wanted<'_>) -> Result<Plan, Unsupported> {
        order::judge(wanted.spec)?;
        let model = self.upstream.models.choose(wanted);
        Ok(Plan {
            slots_per_job: wanted.spec.slots.min(midjourney::SLOTS),
            upstream_model: model.unwrap_or_default(),
        })
    }

    async fn prepare(
        &self,
        order: &Order<'_>,
        _key: &ProviderKey,
    ) -> Result<Prepared, PrepareError> {
        let body = order::body(order)?;
        let path = format!("{}/mj/submit/video", self.speed.prefix());
        Ok(Draft::new(self.upstream.path(&path), body).prepared())
    }

    async fn submit(&self, sending: &Sending<'_>, key: &ProviderKey) -> Result<Taken, SubmitError> {
        // Comes back with the task, for whoever looks at the service's own list.
        let state = ("state", json!(sending.submit_key));
        let hook = sending.callback_url.map(|url| ("notifyHook", json!(url)));
        let members = std::iter::once(state).chain(hook);
        let (draft, body) = self.upstream.filled_with(sending.prepared, members).await?;
        let request = self.signed(Request::post_json(draft.path, body), key);
        let answer = self.upstream.buy(request).await?;
        answers::taken(&answer, self.upstream.now())
    }

    async fn poll(
        &self,
        jobs: &[UpstreamJob],
        key: &ProviderKey,
    ) -> Vec<Result<Observation, PollError>> {
        let seen = self.list(jobs, key).await;
        seen.unwrap_or_else(|error| vec![Err(error); jobs.len()])
    }

    async fn cancel(&self, job: &UpstreamJob, key: &ProviderKey) -> Result<(), PollError> {
        let path = format!("/mj/task/{}/cancel", segment(&job.0));
        let request = Request::post_json(self.upstream.path(&path), "{}");
        let answer = self.upstream.ask(self.signed(request, key)).await?;
        match answer.status.is_success() {
            true => Ok(()),
            false => Err(poll_refused(&answer, self.upstream.now())),
        }
    }

    fn own_headers(&self, key: &ProviderKey) -> HeaderMap {
        HeaderMap::from_iter([self.auth.header(key)])
    }

    /// Nothing is signed: what vouches for the post is the nonce in its URL, which only the
    /// operator's own service was told.
    fn callback(&self, inbound: &Inbound<'_>) -> Verdict {
        let names = answers::named(inbound.body);
        Verdict {
            accepted: names.is_some(),
            names,
        }
    }

    /// An empty list is free, and shows whether the secret is taken.
    async fn check(&self, key: &ProviderKey) -> Result<String, PollError> {
        self.list(&[], key).await?;
        Ok("the service answers and takes the secret".to_owned())
    }
}

impl MidjourneyProxy {
    async fn list(
        &self,
        jobs: &[UpstreamJob],
        key: &ProviderKey,
    ) -> Result<Vec<Result<Observation, PollError>>, PollError> {
        let ids: Vec<_> = jobs.iter().map(|job| job.0.as_str()).collect();
        let asked = json!({ "ids": ids }).to_string();
        let path = self.upstream.path("/mj/task/list-by-ids");
        let request = self.signed(Request::post_json(path, asked), key);
        let answer = self.upstream.ask(request).await?;
        answers::seen(&answer, jobs, &self.upstream)
    }

    fn signed(&self, request: Request, key: &ProviderKey) -> Request {
        let (name, value) = self.auth.header(key);
        request.header(name, value)
    }
}
