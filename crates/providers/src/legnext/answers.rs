//! What LegNext's answers mean: a job object everywhere, and one shape of errors. Seen in other
//! people's code, so read leniently.

use framewright_core::attempt::{Spend, UpstreamJob};
use framewright_core::clock::Millis;
use framewright_core::failure::{Failure, FailureCode};
use framewright_outbound::{Answer, scrub};
use http::StatusCode;
use serde::Deserialize;

use crate::call::{detail, in_its_words, poll_refused, submit_refused};
use crate::provider::{Observation, PollError, Source, SubmitError, Taken};

#[derive(Deserialize)]
struct Job {
    job_id: String,
    #[serde(default)]
    status: String,
    output: Option<Output>,
    meta: Option<Meta>,
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Output {
    video_urls: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Meta {
    usage: Option<Usage>,
}

/// What it took, in units of this type.
#[derive(Deserialize)]
struct Usage {
    #[serde(default, rename = "type")]
    unit: String,
    consume: Option<f64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    message: Option<String>,
}

/// What a submit was answered.
///
/// | status | means |
/// |---|---|
/// | 2xx with `job_id` | taken |
/// | 402 | out of money |
/// | 403 | refused for its content |
/// | 400, 413, 422 and other definite 4xx | refused |
/// | 401 | the key |
/// | 429 | busy |
/// | everything else | unknown |
pub(super) fn taken(answer: &Answer, now: Millis) -> Result<Taken, SubmitError> {
    if !answer.status.is_success() {
        return Err(refused(answer, now));
    }
    match named(&answer.body) {
        Some(job) => Ok(Taken {
            job,
            spend: Spend::Unknown,
        }),
        None => Err(SubmitError::Unknown {
            detail: detail(answer),
        }),
    }
}

fn refused(answer: &Answer, now: Millis) -> SubmitError {
    let refusal: Refusal = serde_json::from_slice(&answer.body).unwrap_or_default();
    let said = refusal.message.unwrap_or_default();
    if answer.status == StatusCode::FORBIDDEN {
        let public = told(
            "the provider refused the prompt or the image for what it shows",
            &said,
        );
        let failure = Failure::new(FailureCode::Content, public);
        return SubmitError::Content(failure.with_detail(detail(answer)));
    }
    in_its_words(submit_refused(answer, &[], now), &said)
}

/// A sentence of ours and the vendor's own words, made safe to show.
fn told(public: &str, said: &str) -> String {
    match said {
        "" => public.to_owned(),
        said => format!("{public}: {}", scrub(said)),
    }
}

/// The job that an answer or a callback is about.
pub(super) fn named(body: &[u8]) -> Option<UpstreamJob> {
    let job: Job = serde_json::from_slice(body).ok()?;
    (!job.job_id.is_empty()).then_some(UpstreamJob(job.job_id))
}

/// What a look showed. No progress is reported.
pub(super) fn seen(answer: &Answer, now: Millis) -> Result<Observation, PollError> {
    // Anything on the way may say 404; LegNext says it with a message.
    let refusal: Option<Refusal> = serde_json::from_slice(&answer.body).ok();
    let own_words = refusal.is_some_and(|refusal| refusal.message.is_some());
    if answer.status == StatusCode::NOT_FOUND && own_words {
        return Ok(Observation::Gone);
    }
    if !answer.status.is_success() {
        return Err(poll_refused(answer, now));
    }
    let unreadable = || PollError::NoAnswer(detail(answer));
    let job: Job = serde_json::from_slice(&answer.body).map_err(|_| unreadable())?;
    match job.status.as_str() {
        "pending" | "staged" | "processing" => Ok(running()),
        "completed" => Ok(done(job)),
        "failed" => Ok(failed(&job)),
        _ => Err(unreadable()),
    }
}

fn running() -> Observation {
    Observation::Running {
        progress: None,
        look_again: None,
    }
}

/// The end may be told before the videos are: then it still runs.
fn done(job: Job) -> Observation {
    let spend = spend(&job);
    let urls = job.output.and_then(|output| output.video_urls);
    let urls = urls.unwrap_or_default();
    match urls.is_empty() {
        true => running(),
        false => Observation::Done {
            outputs: urls.into_iter().map(Source::Url).collect(),
            spend,
        },
    }
}

fn failed(job: &Job) -> Observation {
    let said = job
        .error
        .as_ref()
        .and_then(|error| error.message.as_deref());
    let public = told(
        "the provider could not make the video",
        said.unwrap_or_default(),
    );
    Observation::Failed {
        failure: Failure::new(FailureCode::UpstreamFailed, public),
        spend: spend(job),
    }
}

fn spend(job: &Job) -> Spend {
    let usage = job.meta.as_ref().and_then(|meta| meta.usage.as_ref());
    let known = usage.and_then(|usage| Some((usage.consume?, usage.unit.clone())));
    match known {
        Some((amount, currency)) if !currency.is_empty() => Spend::Known {
            micros: (amount * 1e6).round() as i64,
            currency,
        },
        _ => Spend::Unknown,
    }
}
