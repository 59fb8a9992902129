//! LegNext, which sells Midjourney's videos over an API of its own; known from other people's code
//! and LegNext's pages. Midjourney allows no such thing, so no such provider is made before the
//! operator says that this is known. Class D where it can call back, else E: it takes no key of ours.

mod answers;
mod order;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use framewright_core::attempt::{Class, UpstreamJob};
use framewright_core::clock::{MINUTE, Millis, SECOND};
use framewright_core::defaults::midjourney;
use framewright_core::spec::{Role, Spec};
use framewright_outbound::Request;
use http::HeaderName;
use serde::Deserialize;
use serde_json::json;

use crate::call::{credential, segment};
use crate::models::Models;
use crate::provider::{
    Inbound, Observation, Order, Pace, Plan, PollError, PrepareError, Prepared, Provider,
    ProviderKey, Sending, SubmitError, Taken, Unsupported, Verdict, Wanted,
};
use crate::registry::{Context, SettingsError};
use crate::upstream::{Upstream, Usual};

const USUAL: Usual = Usual {
    base_url: "https://api.legnext.ai/api",
    poll_every_ms: 5 * SECOND,
    batch: 1,
    polls_per_second: None,
};

const KEY: HeaderName = HeaderName::from_static("x-api-key");

/// How long its four videos take. Unsure: nothing is documented.
const EXPECTED: Millis = 3 * MINUTE;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Must be true.
    #[serde(default)]
    accept_terms_risk: bool,
}

struct Legnext {
    upstream: Upstream,
}

/// The kind `legnext`: the settings of every vendor, and `accept_terms_risk`.
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
            why: "Midjourney's terms allow nobody to sell its videos like this: set \
                  accept_terms_risk = true if that is known"
                .to_owned(),
        });
    }
    Ok(Arc::new(Legnext { upstream }))
}

#[async_trait]
impl Provider for Legnext {
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

    fn expected_ms(&self, _spec: &Spec) -> Option<Millis> {
        Some(EXPECTED)
    }

    fn supports(&self, wanted: &Wanted<'_>) -> Result<Plan, Unsupported> {
        order::judge(wanted.spec)?;
        self.upstream
            .judge_links(wanted.spec, |role| role == Role::Start)?;
        Ok(Plan {
            slots_per_job: wanted.spec.slots.min(midjourney::SLOTS),
            upstream_model: self.upstream.models.chosen(wanted)?,
        })
    }

    async fn prepare(
        &self,
        order: &Order<'_>,
        _key: &ProviderKey,
    ) -> Result<Prepared, PrepareError> {
        let start = order.inputs.iter().find(|input| input.role == Role::Start);
        let link = start.map(|input| self.upstream.link(input)).transpose()?;
        let mut draft = order::draft(order, link.as_deref())?;
        draft.path = self.upstream.path(&draft.path);
        Ok(draft.prepared())
    }

    async fn submit(&self, sending: &Sending<'_>, key: &ProviderKey) -> Result<Taken, SubmitError> {
        let callback = sending.callback_url.map(|url| ("callback", json!(url)));
        let (draft, body) = self
            .upstream
            .filled_with(sending.prepared, callback)
            .await?;
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

    /// Nothing is signed: what vouches for the post is the nonce in its URL.
    fn callback(&self, inbound: &Inbound<'_>) -> Verdict {
        let names = answers::named(inbound.body);
        Verdict {
            accepted: names.is_some(),
            names,
        }
    }
}

impl Legnext {
    async fn look(&self, job: &UpstreamJob, key: &ProviderKey) -> Result<Observation, PollError> {
        let path = format!("/v1/job/{}", segment(&job.0));
        let request = signed(Request::get(self.upstream.path(&path)), key);
        let answer = self.upstream.ask(request).await?;
        answers::seen(&answer, self.upstream.now())
    }
}

fn signed(request: Request, key: &ProviderKey) -> Request {
    request.header(KEY, credential("", key))
}
