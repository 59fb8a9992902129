//! What a midjourney-proxy's answers mean. It says most of it by a `code` in a 200; all of this is
//! seen in other people's code, none of it documented by a vendor.

use framewright_core::attempt::{Spend, UpstreamJob};
use framewright_core::clock::Millis;
use framewright_core::failure::{Failure, FailureCode};
use framewright_core::work::Progress;
use framewright_outbound::{Answer, scrub};
use serde::Deserialize;
use serde_json::Value;

use crate::call::{detail, in_its_words, poll_refused, submit_refused};
use crate::provider::{Observation, PollError, SubmitError, Taken};
use crate::upstream::Upstream;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Submitted {
    code: i64,
    description: String,
    /// The task's id; a text or a number.
    result: Value,
}

/// What a submit was answered.
///
/// | status | code | means |
/// |---|---|---|
/// | 200 | 1, 22 (in its queue) with a `result` | taken |
/// | 200 | 23 | its queue is full: busy |
/// | 200 | 24 | a banned word: content |
/// | 200 | 3, 4, 9, 21 | not found, not valid, failed, there already: refused |
/// | 401, 403 | – | the secret |
/// | 404 and other definite 4xx | – | refused; a missing parent is a 404 |
/// | 429 | – | busy |
/// | everything else | – | unknown |
pub(super) fn taken(answer: &Answer, now: Millis) -> Result<Taken, SubmitError> {
    let said: Submitted = serde_json::from_slice(&answer.body).unwrap_or_default();
    if !answer.status.is_success() {
        return Err(in_its_words(
            submit_refused(answer, &[], now),
            &said.description,
        ));
    }
    let refused = |code, public: &str| {
        let public = format!("{public}: {}", scrub(&said.description));
        Failure::new(code, public).with_detail(detail(answer))
    };
    match (said.code, id(&said.result)) {
        (1 | 22, Some(job)) => Ok(Taken {
            job,
            spend: Spend::Unknown,
        }),
        (23, _) => Err(SubmitError::Busy {
            retry_after: None,
            detail: detail(answer),
        }),
        (24, _) => Err(SubmitError::Content(refused(
            FailureCode::Content,
            "the provider refused the prompt for what it says",
        ))),
        (3 | 4 | 9 | 21, _) => Err(SubmitError::Rejected(refused(
            FailureCode::Rejected,
            "the provider refused the request",
        ))),
        _ => Err(SubmitError::Unknown {
            detail: detail(answer),
        }),
    }
}

fn id(value: &Value) -> Option<UpstreamJob> {
    let text = match value {
        Value::String(text) if !text.is_empty() => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(UpstreamJob(text))
}

/// The task that a callback names.
pub(super) fn named(body: &[u8]) -> Option<UpstreamJob> {
    let said: Value = serde_json::from_slice(body).ok()?;
    id(&said["id"])
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Task {
    status: String,
    /// `40%`.
    progress: Option<String>,
    fail_reason: Option<String>,
    video_url: Option<String>,
    video_urls: Option<Vec<Video>>,
}

#[derive(Deserialize)]
struct Video {
    url: String,
}

/// What its list showed, in the order of the jobs; one that is not in it is not known there.
pub(super) fn seen(
    answer: &Answer,
    jobs: &[UpstreamJob],
    upstream: &Upstream,
) -> Result<Vec<Result<Observation, PollError>>, PollError> {
    if !answer.status.is_success() {
        return Err(poll_refused(answer, upstream.now()));
    }
    let unreadable = || PollError::NoAnswer(detail(answer));
    let tasks: Vec<Value> = serde_json::from_slice(&answer.body).map_err(|_| unreadable())?;
    let of = |job: &UpstreamJob| {
        let own = |task: &&Value| id(&task["id"]).as_ref() == Some(job);
        let Some(task) = tasks.iter().find(own) else {
            return Ok(Observation::Gone);
        };
        let task: Option<Task> = serde_json::from_value(task.clone()).ok();
        let shown = task.and_then(|task| shown(&task, upstream));
        shown.ok_or_else(unreadable)
    };
    Ok(jobs.iter().map(of).collect())
}

/// None for a word that nobody knows. A task in MODAL waits for its operator.
fn shown(task: &Task, upstream: &Upstream) -> Option<Observation> {
    match task.status.as_str() {
        "NOT_START" | "SUBMITTED" | "MODAL" | "IN_PROGRESS" => Some(running(task)),
        "SUCCESS" => Some(done(task, upstream)),
        "FAILURE" => Some(failed(task.fail_reason.as_deref())),
        "CANCEL" => Some(failure("the job was cancelled at the provider".to_owned())),
        _ => None,
    }
}

fn running(task: &Task) -> Observation {
    let percent = task.progress.as_deref();
    let percent = percent.and_then(|text| text.trim_end_matches('%').parse::<u8>().ok());
    Observation::Running {
        progress: percent.map(Progress::percent),
        look_again: None,
    }
}

/// Success may be told before the videos are: then it still runs.
fn done(task: &Task, upstream: &Upstream) -> Observation {
    let many = task.video_urls.iter().flatten();
    let mut urls: Vec<_> = many.map(|video| video.url.clone()).collect();
    if urls.is_empty() {
        urls.extend(task.video_url.clone());
    }
    match urls.is_empty() {
        true => running(task),
        false => Observation::Done {
            outputs: urls.into_iter().map(|url| upstream.source(url)).collect(),
            spend: Spend::Unknown,
        },
    }
}

fn failed(reason: Option<&str>) -> Observation {
    let public = "the provider could not make the video";
    failure(match reason.filter(|reason| !reason.is_empty()) {
        Some(reason) => format!("{public}: {}", scrub(reason)),
        None => public.to_owned(),
    })
}

fn failure(public: String) -> Observation {
    Observation::Failed {
        failure: Failure::new(FailureCode::UpstreamFailed, public),
        spend: Spend::Unknown,
    }
}
