//! What Runway's answers mean, submit and poll. Statuses by the vendor's error page; failure codes by
//! its page on errors and by the official SDK (5.24.0), matched by prefix as it asks.

use framewright_core::attempt::{Spend, UpstreamJob};
use framewright_core::clock::Millis;
use framewright_core::failure::{Failure, FailureCode};
use framewright_core::work::Progress;
use framewright_outbound::{Answer, scrub};
use http::StatusCode;
use serde::Deserialize;

use crate::call::{another_job, detail, in_its_words, poll_refused, submit_refused};
use crate::provider::{Observation, PollError, Source, SubmitError, Taken};

/// Load shedding before any work. 502 and 504 are documented beside it, but may also come from a
/// gateway whose request went through: they prove nothing.
const SHED: &[u16] = &[503];

/// Runway counts in credits of its own.
const CURRENCY: &str = "runway-credits";

const MICROS: f64 = 1e6;

#[derive(Deserialize)]
struct Accepted {
    id: String,
    /// Sent since SDK 5.16.
    #[serde(rename = "estimatedCost")]
    estimated_cost: Option<Credits>,
}

#[derive(Deserialize)]
struct Credits {
    /// An estimate may have a fraction.
    credits: f64,
}

impl Credits {
    fn micros(&self) -> i64 {
        (self.credits * MICROS).round() as i64
    }
}

/// The body of a refusal; its other members are not documented.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    error: String,
}

/// What a submit was answered.
///
/// | status | means | source |
/// |---|---|---|
/// | 2xx with an `id` | taken | SDK |
/// | 400 that speaks of too few credits | out of money | seen only in third-party reports |
/// | 400, 404, 405 and other definite 4xx | refused | error page |
/// | 401, 403 | the key | error page; 403 by HTTP |
/// | 429 | the rolling daily quota: busy | error page |
/// | 503 | shed | error page |
/// | 2xx without an `id`, 408, 409, 5xx | unknown: the SDK itself sends again and buys twice | – |
pub(super) fn taken(answer: &Answer, now: Millis) -> Result<Taken, SubmitError> {
    if !answer.status.is_success() {
        return Err(refused(answer, now));
    }
    let read = serde_json::from_slice::<Accepted>(&answer.body);
    match read {
        Ok(accepted) if !accepted.id.is_empty() => Ok(Taken {
            job: UpstreamJob(accepted.id),
            spend: estimated(accepted.estimated_cost),
        }),
        _ => Err(SubmitError::Unknown {
            detail: detail(answer),
        }),
    }
}

fn refused(answer: &Answer, now: Millis) -> SubmitError {
    let refusal: Refusal = serde_json::from_slice(&answer.body).unwrap_or_default();
    if answer.status == StatusCode::BAD_REQUEST && refusal.error.contains("enough credits") {
        return SubmitError::OutOfMoney {
            detail: detail(answer),
        };
    }
    in_its_words(submit_refused(answer, SHED, now), &refusal.error)
}

fn estimated(cost: Option<Credits>) -> Spend {
    cost.map_or(Spend::Unknown, |cost| Spend::Estimated {
        micros: cost.micros(),
        currency: CURRENCY.to_owned(),
    })
}

fn known(cost: Option<Credits>) -> Spend {
    cost.map_or(Spend::Unknown, |cost| Spend::Known {
        micros: cost.micros(),
        currency: CURRENCY.to_owned(),
    })
}

#[derive(Deserialize)]
struct Task {
    id: String,
    status: String,
    /// 0 to 1.
    progress: Option<f64>,
    #[serde(default)]
    output: Vec<String>,
    #[serde(default)]
    failure: String,
    #[serde(rename = "failureCode", default)]
    failure_code: String,
    /// What was charged in the end: 0 where all of it was given back.
    cost: Option<Credits>,
}

/// What a poll showed. A cancelled or deleted task cannot be fetched any more, which is the 404: if
/// it is Runway's own, and not a page of something on the way, which knows no tasks.
pub(super) fn seen(
    answer: &Answer,
    job: &UpstreamJob,
    now: Millis,
) -> Result<Observation, PollError> {
    let refusal: Refusal = serde_json::from_slice(&answer.body).unwrap_or_default();
    if answer.status == StatusCode::NOT_FOUND && !refusal.error.is_empty() {
        return Ok(Observation::Gone);
    }
    if !answer.status.is_success() {
        return Err(poll_refused(answer, now));
    }
    let unreadable = || PollError::NoAnswer(detail(answer));
    let task: Task = serde_json::from_slice(&answer.body).map_err(|_| unreadable())?;
    if task.id != job.0 {
        return Err(another_job());
    }
    match task.status.as_str() {
        // THROTTLED: taken, and waiting for the account's concurrency.
        "PENDING" | "THROTTLED" => Ok(running(Some(Progress::NONE))),
        "RUNNING" => Ok(running(task.progress.map(progress))),
        "SUCCEEDED" => Ok(done(task)),
        "FAILED" => Ok(failed(task)),
        "CANCELLED" => Ok(Observation::Failed {
            failure: Failure::new(
                FailureCode::UpstreamFailed,
                "the job was cancelled at the provider",
            ),
            spend: known(task.cost),
        }),
        _ => Err(unreadable()),
    }
}

fn running(progress: Option<Progress>) -> Observation {
    Observation::Running {
        progress,
        look_again: None,
    }
}

fn progress(share: f64) -> Progress {
    Progress::of((share.clamp(0.0, 1.0) * MICROS) as u32, MICROS as u32)
}

fn done(task: Task) -> Observation {
    let spend = known(task.cost);
    if task.output.is_empty() {
        let failure = Failure::new(
            FailureCode::UpstreamFailed,
            "the provider finished without a video",
        );
        return Observation::Failed { failure, spend };
    }
    Observation::Done {
        outputs: task.output.into_iter().map(Source::Url).collect(),
        spend,
    }
}

fn failed(task: Task) -> Observation {
    let (code, public) = meaning(&task.failure_code);
    let said = scrub(&task.failure);
    let public = match said.is_empty() {
        true => public.to_owned(),
        false => format!("{public}: {said}"),
    };
    Observation::Failed {
        failure: Failure::new(code, public).with_detail(scrub(&task.failure_code)),
        spend: known(task.cost),
    }
}

/// The families of `failureCode`. The third part of a SAFETY code is only a hint.
fn meaning(code: &str) -> (FailureCode, &'static str) {
    let begins = |prefix: &str| code.starts_with(prefix);
    if begins("SAFETY.OUTPUT") {
        return (
            FailureCode::Content,
            "the provider withheld the video for what it shows",
        );
    }
    if begins("SAFETY") {
        return (
            FailureCode::Content,
            "the provider refused the prompt or an input for what it shows",
        );
    }
    if begins("INPUT_PREPROCESSING") || begins("ASSET.INVALID") {
        return (FailureCode::BadInput, "the provider could not use an input");
    }
    (
        FailureCode::UpstreamFailed,
        "the provider could not make the video",
    )
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Organization {
    credit_balance: i64,
}

/// What `GET /v1/organization` says, in a line.
pub(super) fn balance(answer: &Answer, now: Millis) -> Result<String, PollError> {
    if !answer.status.is_success() {
        return Err(poll_refused(answer, now));
    }
    let organization: Organization =
        serde_json::from_slice(&answer.body).map_err(|_| PollError::NoAnswer(detail(answer)))?;
    Ok(format!("{} credits left", organization.credit_balance))
}
