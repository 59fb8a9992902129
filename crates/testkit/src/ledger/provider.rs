//! The adapter of the ledger's own wire: what a server under test buys through. Of the class that its
//! settings name: A sends a key, B a name that it can ask for, D a URL to be called back at, E nothing.

use std::sync::Arc;

use async_trait::async_trait;
use framewright_core::attempt::{Class, Spend, UpstreamJob};
use framewright_core::clock::{Clock, HOUR, Millis};
use framewright_core::failure::{Failure, FailureCode};
use framewright_core::spec::Spec;
use framewright_core::work::Progress;
use framewright_outbound::{Answer, Origin, Outbound, Request};
use framewright_providers::call::{poll_lost, poll_refused, submit_lost, submit_refused};
use framewright_providers::provider::{
    Found, Inbound, Observation, Order, Pace, Plan, PollError, PrepareError, Prepared, Provider,
    ProviderKey, Sending, Sent, Source, SubmitError, Taken, Unsupported, Verdict, Wanted,
};
use framewright_providers::registry::{Context, SettingsError};
use http::header::InvalidHeaderValue;
use http::{HeaderName, HeaderValue, StatusCode};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::service::{CALLBACK_HEADER, JobView, KEY_HEADER, NAME_HEADER};

/// The word of this kind in a config.
pub const KIND: &str = "ledger";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Where the ledger's service listens.
    base_url: String,
    #[serde(default = "hundred")]
    max_in_flight: u32,
    #[serde(default = "hundred_ms")]
    poll_every_ms: Millis,
    /// A, B, D or E.
    #[serde(default = "keyed")]
    class: String,
    /// Set where jobs report no progress: how long one is expected to take.
    expected_ms: Option<Millis>,
}

fn hundred() -> u32 {
    100
}

fn hundred_ms() -> Millis {
    100
}

fn keyed() -> String {
    Class::A.word().to_owned()
}

struct Ledger {
    name: String,
    settings: Settings,
    class: Class,
    origin: Origin,
    origin_text: String,
    keys: [ProviderKey; 1],
    outbound: Outbound,
    clock: Arc<dyn Clock>,
}

/// Makes the provider from its table.
///
/// # Errors
/// [`SettingsError::Setting`] for an unknown or wrong setting.
pub fn make(
    name: &str,
    table: &toml::Table,
    context: &Context,
) -> Result<Arc<dyn Provider>, SettingsError> {
    let wrong = |why: String| SettingsError::Setting {
        provider: name.to_owned(),
        why,
    };
    let settings: Settings = table
        .clone()
        .try_into()
        .map_err(|error| wrong(error.to_string()))?;
    let class = Class::from_word(&settings.class)
        .ok_or_else(|| wrong(format!("class is {:?}; it is A, B, D or E", settings.class)))?;
    let origin = Origin::of(&settings.base_url).map_err(|error| wrong(error.to_string()))?;
    let key = ProviderKey {
        name: "till".into(),
        secret: SecretString::from("none"),
        max_in_flight: settings.max_in_flight,
    };
    Ok(Arc::new(Ledger {
        name: name.to_owned(),
        origin_text: origin.to_string(),
        origin,
        class,
        keys: [key],
        settings,
        outbound: context.outbound.clone(),
        clock: Arc::clone(&context.clock),
    }))
}

#[derive(Deserialize)]
struct Sold {
    job: String,
}

#[async_trait]
impl Provider for Ledger {
    fn name(&self) -> &str {
        &self.name
    }

    fn class(&self) -> Class {
        self.class
    }

    fn origin(&self) -> &str {
        &self.origin_text
    }

    fn keys(&self) -> &[ProviderKey] {
        &self.keys
    }

    fn pace(&self) -> Pace {
        let every = self.settings.poll_every_ms;
        Pace {
            first_poll_ms: every,
            poll_every_ms: every,
            batch: 100,
            polls_per_second: None,
            deadline_ms: HOUR,
        }
    }

    fn expected_ms(&self, _spec: &Spec) -> Option<Millis> {
        self.settings.expected_ms
    }

    fn supports(&self, wanted: &Wanted<'_>) -> Result<Plan, Unsupported> {
        Ok(Plan {
            slots_per_job: 1,
            upstream_model: wanted.upstream_model.to_owned(),
        })
    }

    async fn prepare(
        &self,
        order: &Order<'_>,
        _key: &ProviderKey,
    ) -> Result<Prepared, PrepareError> {
        let inputs: Vec<_> = order.inputs.iter().map(|input| &input.sha256).collect();
        let text = json!({
            "prompt": order.spec.prompt,
            "model": order.upstream_model,
            "slots": order.slots,
            "inputs": inputs,
        })
        .to_string();
        let body_hash = hex::encode(Sha256::digest(&text));
        Ok(Prepared { text, body_hash })
    }

    async fn submit(
        &self,
        sending: &Sending<'_>,
        _key: &ProviderKey,
    ) -> Result<Taken, SubmitError> {
        let request = Request::post_json("/jobs", sending.prepared.to_owned());
        let request = match self.telling(sending) {
            Some((header, Ok(value))) => request.header(HeaderName::from_static(header), value),
            _ => request,
        };
        let answer = self.outbound.trusted().call(&self.origin, request).await;
        let answer = answer.map_err(|error| submit_lost(&error))?;
        taken(self.class, &answer, self.clock.now())
    }

    async fn find(&self, sent: &Sent<'_>, _key: &ProviderKey) -> Result<Found, PollError> {
        let request = Request::get(format!("/jobs/{}", sent.submit_key));
        let answer = self.outbound.trusted().call(&self.origin, request).await;
        let answer = answer.map_err(|error| poll_lost(&error))?;
        match answer.status {
            StatusCode::NOT_FOUND => Ok(Found::None),
            StatusCode::OK => sold(&answer)
                .map(|sold| Found::One(UpstreamJob(sold.job)))
                .map_err(|error| PollError::NoAnswer(error.to_string())),
            _ => Err(poll_refused(&answer, self.clock.now())),
        }
    }

    /// Unsigned: the nonce alone vouches for the name.
    fn callback(&self, inbound: &Inbound<'_>) -> Verdict {
        let named: Option<Sold> = serde_json::from_slice(inbound.body).ok();
        Verdict {
            accepted: self.class == Class::D,
            names: named.map(|sold| UpstreamJob(sold.job)),
        }
    }

    async fn poll(
        &self,
        jobs: &[UpstreamJob],
        _key: &ProviderKey,
    ) -> Vec<Result<Observation, PollError>> {
        let ids: Vec<&str> = jobs.iter().map(|job| job.0.as_str()).collect();
        let request = Request::get(format!("/jobs?ids={}", ids.join(",")));
        let views = match self.outbound.trusted().call(&self.origin, request).await {
            Ok(answer) => views(&answer, self.clock.now()),
            Err(error) => Err(poll_lost(&error)),
        };
        match views {
            Ok(views) => jobs.iter().map(|job| Ok(observed(&views, job))).collect(),
            Err(error) => vec![Err(error); jobs.len()],
        }
    }
}

impl Ledger {
    /// The header by which the request can be known again, where there is one.
    fn telling(
        &self,
        sending: &Sending<'_>,
    ) -> Option<(&'static str, Result<HeaderValue, InvalidHeaderValue>)> {
        let (header, value) = match self.class {
            Class::A => (KEY_HEADER, sending.submit_key),
            Class::B => (NAME_HEADER, sending.submit_key),
            Class::D => (CALLBACK_HEADER, sending.callback_url?),
            Class::C | Class::E => return None,
        };
        Some((header, HeaderValue::from_str(value)))
    }
}

fn sold(answer: &Answer) -> serde_json::Result<Sold> {
    serde_json::from_slice(&answer.body)
}

fn taken(class: Class, answer: &Answer, now: Millis) -> Result<Taken, SubmitError> {
    if answer.status == StatusCode::CONFLICT && class == Class::B {
        // The name is there already: an earlier request of ours has arrived, and can be asked for.
        let detail = "the name is taken".to_owned();
        return Err(SubmitError::Unknown { detail });
    }
    if answer.status == StatusCode::CONFLICT {
        let refused = Failure::new(
            FailureCode::Rejected,
            "the key was used for another request",
        );
        return Err(SubmitError::Rejected(refused));
    }
    if answer.status != StatusCode::OK {
        return Err(submit_refused(answer, &[], now));
    }
    let sold = sold(answer).map_err(|error| SubmitError::Unknown {
        detail: error.to_string(),
    })?;
    Ok(Taken {
        job: UpstreamJob(sold.job),
        spend: Spend::Unknown,
    })
}

fn views(answer: &Answer, now: Millis) -> Result<Vec<JobView>, PollError> {
    if answer.status != StatusCode::OK {
        return Err(poll_refused(answer, now));
    }
    serde_json::from_slice(&answer.body).map_err(|error| PollError::NoAnswer(error.to_string()))
}

fn observed(views: &[JobView], job: &UpstreamJob) -> Observation {
    let Some(view) = views.iter().find(|view| view.id == job.0) else {
        return Observation::Gone;
    };
    match (view.status.as_str(), &view.video) {
        ("done", Some(video)) => {
            let outputs = vec![Source::Own(video.clone())];
            Observation::Done {
                outputs,
                spend: Spend::Unknown,
            }
        }
        ("running", _) => Observation::Running {
            progress: view.progress.map(Progress::percent),
            look_again: None,
        },
        _ => Observation::Gone,
    }
}
