//! What the second API's answers mean, submit, poll and callback: shapes of its SDK's source, read
//! leniently where that leaves something open.

use framewright_core::attempt::{Spend, UpstreamJob};
use framewright_core::clock::Millis;
use framewright_core::failure::{Failure, FailureCode};
use framewright_core::work::Progress;
use framewright_outbound::{Answer, scrub};
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::call::{detail, in_its_words, poll_refused, submit_refused};
use crate::provider::{Observation, PollError, Source, SubmitError, Taken};

/// It counts in credits of its own.
const CURRENCY: &str = "apiframe-credits";

const MICROS: f64 = 1e6;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    job_id: String,
}

/// The job that a body names: the answer to a submit, or a callback.
pub(super) fn named(body: &[u8]) -> Option<UpstreamJob> {
    let named: Named = serde_json::from_slice(body).ok()?;
    (!named.job_id.is_empty()).then_some(UpstreamJob(named.job_id))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    error: String,
}

/// What a submit was answered.
///
/// | status | means | source |
/// |---|---|---|
/// | 2xx (202) with a `jobId` | taken, now or when the key was first used | SDK |
/// | 400, 404, 422 and other definite 4xx | refused, in its words | SDK |
/// | 401, 403 | the key | SDK |
/// | 402 | out of money | SDK |
/// | 429 | busy, with `Retry-After` | SDK |
/// | 409 | unknown: under this key something else was bought | not documented |
/// | 2xx without a `jobId`, 408, 5xx | unknown | – |
pub(super) fn taken(answer: &Answer, now: Millis) -> Result<Taken, SubmitError> {
    if !answer.status.is_success() {
        let refusal: Refusal = serde_json::from_slice(&answer.body).unwrap_or_default();
        let refused = submit_refused(answer, &[], now);
        return Err(in_its_words(refused, &refusal.error));
    }
    let job = named(&answer.body).ok_or_else(|| SubmitError::Unknown {
        detail: detail(answer),
    })?;
    Ok(Taken {
        job,
        spend: Spend::Unknown,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Job {
    status: String,
    /// 0 to 100.
    progress: Option<f64>,
    #[serde(default)]
    result: Value,
    #[serde(default)]
    error: Value,
    credit_cost: Option<f64>,
    /// The result was deleted there.
    #[serde(default)]
    expired: bool,
}

/// What a poll showed. A 404 without its `error` is of something on the way.
pub(super) fn seen(answer: &Answer, now: Millis) -> Result<Observation, PollError> {
    let refusal = || serde_json::from_slice::<Refusal>(&answer.body).unwrap_or_default();
    if answer.status == StatusCode::NOT_FOUND && !refusal().error.is_empty() {
        return Ok(Observation::Gone);
    }
    if !answer.status.is_success() {
        return Err(poll_refused(answer, now));
    }
    let unreadable = || PollError::NoAnswer(detail(answer));
    let job: Job = serde_json::from_slice(&answer.body).map_err(|_| unreadable())?;
    match job.status.as_str() {
        "QUEUED" => Ok(running(Some(0.0))),
        "PROCESSING" => Ok(running(job.progress)),
        "COMPLETED" => Ok(done(&job)),
        "FAILED" => Ok(failed(&job, "the provider could not make the video")),
        "CANCELLED" => Ok(failed(&job, "the job was cancelled at the provider")),
        _ => Err(unreadable()),
    }
}

fn running(percent: Option<f64>) -> Observation {
    Observation::Running {
        progress: percent.map(|percent| Progress::percent(percent.clamp(0.0, 100.0) as u8)),
        look_again: None,
    }
}

fn done(job: &Job) -> Observation {
    let outputs = urls(&job.result);
    let cost = |credits: f64| Spend::Known {
        micros: (credits * MICROS).round() as i64,
        currency: CURRENCY.to_owned(),
    };
    let spend = job.credit_cost.map_or(Spend::Unknown, cost);
    if outputs.is_empty() {
        let public = match job.expired {
            true => "the provider deleted the video before it was fetched",
            false => "the provider finished without a video",
        };
        let failure = Failure::new(FailureCode::UpstreamFailed, public);
        return Observation::Failed { failure, spend };
    }
    Observation::Done {
        outputs: outputs.into_iter().map(Source::Url).collect(),
        spend,
    }
}

/// `videoUrl`, or for Midjourney a list: whether of texts or of objects, and under which of the two
/// names, the SDK leaves open.
fn urls(result: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let of = |item: &Value| text(item).or_else(|| text(&item["url"]));
    let lists = ["videos", "videoUrls"].map(|name| result[name].as_array());
    let many: Vec<_> = lists
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(of)
        .collect();
    match many.is_empty() {
        true => text(&result["videoUrl"]).into_iter().collect(),
        false => many,
    }
}

/// Its FAQ says that credits come back on failure; what the job then shows as cost is not told.
fn failed(job: &Job, public: &str) -> Observation {
    let said = job.error.as_str().or_else(|| job.error["message"].as_str());
    let public = match said {
        Some(said) => format!("{public}: {}", scrub(said)),
        None => public.to_owned(),
    };
    Observation::Failed {
        failure: Failure::new(FailureCode::UpstreamFailed, public),
        spend: Spend::Unknown,
    }
}
