//! What the first API's answers mean, submit and poll. Statuses and shapes by its pages; the words of
//! a failed task and of waiting ones by its SDKs, since no page shows them.

use framewright_core::attempt::{Spend, UpstreamJob};
use framewright_core::clock::Millis;
use framewright_core::failure::{Failure, FailureCode};
use framewright_core::work::Progress;
use framewright_outbound::{Answer, scrub};
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::call::{detail, in_its_words, poll_refused, submit_refused};
use crate::provider::{Observation, PollError, SubmitError, Taken};
use crate::upstream::Upstream;

#[derive(Deserialize)]
struct Accepted {
    task_id: String,
}

/// `{"errors":[{"msg"}]}`, and the top-level text that some servers of this API add.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    errors: Vec<Problem>,
    message: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Problem {
    msg: String,
}

/// What a submit was answered.
///
/// | status | means | source |
/// |---|---|---|
/// | 2xx with a `task_id` | taken | pages (200) |
/// | 400 that speaks of insufficient credits | out of money | seen in third-party code only |
/// | 400 | refused, in its words | pages |
/// | 401 | the key | pages |
/// | 402, 429 | out of money, busy | not documented; by HTTP, and as this server answers them |
/// | 2xx without a `task_id`, 409, 500, the rest | unknown | 500 is documented without a word of when |
pub(super) fn taken(answer: &Answer, now: Millis) -> Result<Taken, SubmitError> {
    if !answer.status.is_success() {
        return Err(refused(answer, now));
    }
    match serde_json::from_slice::<Accepted>(&answer.body) {
        Ok(accepted) if !accepted.task_id.is_empty() => Ok(Taken {
            job: UpstreamJob(accepted.task_id),
            spend: Spend::Unknown,
        }),
        _ => Err(SubmitError::Unknown {
            detail: detail(answer),
        }),
    }
}

fn refused(answer: &Answer, now: Millis) -> SubmitError {
    let refusal: Refusal = serde_json::from_slice(&answer.body).unwrap_or_default();
    let said = refusal.errors.into_iter().map(|problem| problem.msg).next();
    let said = said.unwrap_or(refusal.message);
    let poor = said.to_lowercase().contains("insufficient") && said.contains("credit");
    if answer.status == StatusCode::BAD_REQUEST && poor {
        return SubmitError::OutOfMoney {
            detail: detail(answer),
        };
    }
    in_its_words(submit_refused(answer, &[], now), &said)
}

/// A task as `/fetch` shows it.
#[derive(Deserialize)]
struct Task {
    task_id: String,
    #[serde(default)]
    task_type: String,
    /// Missing on finished Midjourney tasks, by their page.
    status: Option<String>,
    /// A string while it works, a number at the end.
    percentage: Option<Value>,
    video_url: Option<String>,
    #[serde(default)]
    video_urls: Vec<String>,
    message: Option<String>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Tasks {
    tasks: Vec<Value>,
}

/// What one `/fetch` showed. A 400 with `errors` is the only documented answer that an id of nothing
/// can have; one without is of something on the way.
pub(super) fn seen(answer: &Answer, upstream: &Upstream) -> Result<Observation, PollError> {
    let refusal = || serde_json::from_slice::<Refusal>(&answer.body).unwrap_or_default();
    let unknown = matches!(
        answer.status,
        StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND
    );
    if unknown && !refusal().errors.is_empty() {
        return Ok(Observation::Gone);
    }
    if !answer.status.is_success() {
        return Err(poll_refused(answer, upstream.now()));
    }
    let task: Option<Task> = serde_json::from_slice(&answer.body).ok();
    let shown = task.and_then(|task| shown(task, upstream));
    shown.ok_or_else(|| PollError::NoAnswer(detail(answer)))
}

/// What one `/fetch-many` showed, in the order of the jobs: one that is not among the answers is not
/// known there.
pub(super) fn seen_many(
    answer: &Answer,
    jobs: &[UpstreamJob],
    upstream: &Upstream,
) -> Result<Vec<Result<Observation, PollError>>, PollError> {
    if !answer.status.is_success() {
        return Err(poll_refused(answer, upstream.now()));
    }
    let unreadable = || PollError::NoAnswer(detail(answer));
    let tasks: Tasks = serde_json::from_slice(&answer.body).map_err(|_| unreadable())?;
    let of = |job: &UpstreamJob| {
        let own = |task: &&Value| task["task_id"].as_str() == Some(job.0.as_str());
        let Some(task) = tasks.tasks.iter().find(own) else {
            return Ok(Observation::Gone);
        };
        let task: Option<Task> = serde_json::from_value(task.clone()).ok();
        let shown = task.and_then(|task| shown(task, upstream));
        shown.ok_or_else(unreadable)
    };
    Ok(jobs.iter().map(of).collect())
}

/// None for a word that nobody knows.
fn shown(task: Task, upstream: &Upstream) -> Option<Observation> {
    let has_video = task.video_url.is_some() || !task.video_urls.is_empty();
    match task.status.as_deref() {
        Some("finished" | "completed") => Some(done(task, upstream)),
        None if has_video => Some(done(task, upstream)),
        // How this server tells in a list that it does not know an id.
        Some("failed") if task.task_type == "unknown" => Some(Observation::Gone),
        Some("failed") => Some(failed(task)),
        Some("pending" | "staged" | "starting" | "queued" | "retry") => Some(running(None)),
        Some("processing") => Some(running(task.percentage.as_ref())),
        _ => None,
    }
}

fn running(percentage: Option<&Value>) -> Observation {
    let progress = percentage.and_then(|percentage| match percentage {
        Value::String(text) => text.parse().ok(),
        number => number.as_f64(),
    });
    Observation::Running {
        progress: progress.map(|percent: f64| Progress::percent(percent.clamp(0.0, 100.0) as u8)),
        look_again: None,
    }
}

fn done(task: Task, upstream: &Upstream) -> Observation {
    let urls = task.video_url.into_iter().chain(task.video_urls);
    let outputs: Vec<_> = urls.map(|url| upstream.source(url)).collect();
    match outputs.is_empty() {
        true => failure(
            &task.task_id,
            "the provider finished without a video".into(),
        ),
        false => Observation::Done {
            outputs,
            spend: Spend::Unknown,
        },
    }
}

fn failed(task: Task) -> Observation {
    let said = task.message.or(task.error).unwrap_or_default();
    let public = match said.is_empty() {
        true => "the provider could not make the video".to_owned(),
        false => format!("the provider could not make the video: {}", scrub(&said)),
    };
    failure(&task.task_id, public)
}

/// Whether anything was charged for it is not documented.
fn failure(task: &str, public: String) -> Observation {
    Observation::Failed {
        failure: Failure::new(FailureCode::UpstreamFailed, public).with_detail(scrub(task)),
        spend: Spend::Unknown,
    }
}

#[derive(Deserialize)]
struct Account {
    credits: i64,
    #[serde(default)]
    plan: String,
}

/// What `GET /account` says, in a line.
pub(super) fn account(answer: &Answer, now: Millis) -> Result<String, PollError> {
    if !answer.status.is_success() {
        return Err(poll_refused(answer, now));
    }
    let account: Account =
        serde_json::from_slice(&answer.body).map_err(|_| PollError::NoAnswer(detail(answer)))?;
    let plan = scrub(&account.plan);
    Ok(format!("{} credits left, plan {plan:?}", account.credits))
}
