//! What Kling's answers mean. They are told apart by `code`, not by the status: 429 stands for four
//! things that are never worth another try, and for two that are.

use framewright_core::attempt::{Spend, UpstreamJob};
use framewright_core::clock::Millis;
use framewright_core::failure::{Failure, FailureCode};
use framewright_outbound::{Answer, scrub};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::job::Job;
use crate::call::{detail, in_its_words, poll_refused, submit_refused};
use crate::provider::{Found, Observation, PollError, Source, SubmitError, Taken};

/// What every body has; `data` may be missing where something is refused.
#[derive(Deserialize)]
struct Envelope<Data> {
    code: i64,
    #[serde(default)]
    message: String,
    data: Option<Data>,
}

/// `data` of a submit: `task_id` on the legacy wire, `id` on the new one.
#[derive(Deserialize)]
struct Bought {
    #[serde(alias = "task_id")]
    id: String,
}

/// A job as a look or a callback shows it, on either wire.
#[derive(Debug, Deserialize)]
pub(super) struct Task {
    #[serde(alias = "task_id")]
    pub id: String,
    #[serde(alias = "task_status")]
    status: String,
    /// Why it failed.
    #[serde(default, alias = "task_status_msg")]
    message: Option<String>,
    task_result: Option<TaskResult>,
    outputs: Option<Vec<Video>>,
    /// A number as text, in the units of a resource pack.
    final_unit_deduction: Option<String>,
    billing: Option<Vec<Bill>>,
}

#[derive(Debug, Deserialize)]
struct TaskResult {
    #[serde(default)]
    videos: Vec<Video>,
}

#[derive(Debug, Deserialize)]
struct Video {
    #[serde(default)]
    url: String,
}

/// A number, or a number as text: which of the two is unsure.
#[derive(Debug, Deserialize)]
struct Bill {
    #[serde(default)]
    charge_type: String,
    #[serde(default)]
    currency: String,
    amount: serde_json::Value,
}

/// What a submit was answered.
///
/// | code | means | source |
/// |---|---|---|
/// | 0 with an id | taken | documented |
/// | 1000 to 1004, 1103, 1304 | the key, its permissions, or this server's address | documented |
/// | 1100 to 1102 | out of money | documented |
/// | 1201 that tells of our id | unknown: an earlier sending has arrived, and is asked for | documented, its words seen in third-party code only |
/// | 1200 to 1203 else | refused | documented |
/// | 1300, 1301 | refused for its content | documented |
/// | 1302, 1303 | busy | documented |
/// | none of these, or a status of 408 or from 500 | by the status | – |
pub(super) fn taken(answer: &Answer, path: &str, now: Millis) -> Result<Taken, SubmitError> {
    let unknown = || SubmitError::Unknown {
        detail: detail(answer),
    };
    let bought = read::<Bought>(answer).filter(|_| answer.status.is_success());
    match bought {
        Some(Envelope {
            code: 0,
            data: Some(bought),
            ..
        }) if !bought.id.is_empty() => Ok(Taken {
            job: Job::of(path, &bought.id).ok_or_else(unknown)?.text(),
            spend: Spend::Unknown,
        }),
        _ => Err(refused(answer, now)),
    }
}

fn refused(answer: &Answer, now: Millis) -> SubmitError {
    let detail = detail(answer);
    let (code, said) = match read::<serde_json::Value>(answer) {
        // A code settles nothing where the status leaves it open.
        Some(said) if answer.status.as_u16() < 500 && answer.status.as_u16() != 408 => {
            (said.code, said.message)
        }
        _ => (0, String::new()),
    };
    match code {
        1000..=1004 | 1103 | 1304 => SubmitError::Unauthorized { detail },
        1100..=1102 => SubmitError::OutOfMoney { detail },
        1201 if tells_of_our_id(&said) => SubmitError::Unknown { detail },
        1200..=1203 => in_its_words(
            SubmitError::Rejected(
                Failure::new(FailureCode::Rejected, "the provider refused the request")
                    .with_detail(detail),
            ),
            &said,
        ),
        1300 | 1301 => SubmitError::Content(
            Failure::new(
                FailureCode::Content,
                told(
                    "the provider refused the prompt or an image for what it shows",
                    &said,
                ),
            )
            .with_detail(detail),
        ),
        1302 | 1303 => busy(answer, now),
        _ => submit_refused(answer, &[], now),
    }
}

/// With the vendor's `Retry-After`, where it says one.
fn busy(answer: &Answer, now: Millis) -> SubmitError {
    let retry_after = match poll_refused(answer, now) {
        PollError::Busy { retry_after } => retry_after,
        PollError::Unauthorized | PollError::NoAnswer(_) => None,
    };
    SubmitError::Busy {
        retry_after,
        detail: detail(answer),
    }
}

/// The words of this refusal are not documented; the parameter's own name is.
fn tells_of_our_id(said: &str) -> bool {
    let said = said.to_lowercase();
    [
        "already exist",
        "external_task_id",
        "external task id",
        "duplicate",
    ]
    .iter()
    .any(|words| said.contains(words))
}

/// A sentence of ours and the vendor's own words, made safe to show.
fn told(public: &str, said: &str) -> String {
    match said {
        "" => public.to_owned(),
        said => format!("{public}: {}", scrub(said)),
    }
}

fn read<Data: DeserializeOwned>(answer: &Answer) -> Option<Envelope<Data>> {
    serde_json::from_slice(&answer.body).ok()
}

/// The data of an answer to a free call; none where what was asked for is not there.
pub(super) fn shown<Data: DeserializeOwned>(
    answer: &Answer,
    now: Millis,
) -> Result<Option<Data>, PollError> {
    let unreadable = || PollError::NoAnswer(detail(answer));
    let code = read::<serde_json::Value>(answer).map(|said| said.code);
    match code {
        Some(0) if answer.status.is_success() => {
            let said = read::<Data>(answer).ok_or_else(unreadable)?;
            said.data.map(Some).ok_or_else(unreadable)
        }
        Some(1203) => Ok(None),
        Some(1000..=1004 | 1100..=1103 | 1304) => Err(PollError::Unauthorized),
        _ if answer.status.is_success() => Err(unreadable()),
        _ => Err(poll_refused(answer, now)),
    }
}

/// What a job that was found or missed shows. Neither wire reports progress.
pub(super) fn seen(task: Option<&Task>) -> Result<Observation, PollError> {
    let Some(task) = task else {
        return Ok(Observation::Gone);
    };
    match task.status.as_str() {
        "submitted" | "processing" => Ok(Observation::Running {
            progress: None,
            look_again: None,
        }),
        // The legacy word and the new one.
        "succeed" | "succeeded" => Ok(done(task)),
        "failed" => {
            let said = task.message.as_deref().unwrap_or_default();
            Ok(failed(
                told("the provider could not make the video", said),
                task,
            ))
        }
        other => Err(PollError::NoAnswer(format!(
            "the job has a status that is not known: {}",
            scrub(other)
        ))),
    }
}

fn done(task: &Task) -> Observation {
    let legacy = task.task_result.iter().flat_map(|result| &result.videos);
    let videos = legacy.chain(task.outputs.iter().flatten());
    let mut urls = videos.map(|video| video.url.as_str());
    match urls.find(|url| !url.is_empty()) {
        Some(url) => Observation::Done {
            outputs: vec![Source::Url(url.to_owned())],
            spend: spend(task),
        },
        None => failed("the provider finished without a video".to_owned(), task),
    }
}

fn failed(public: String, task: &Task) -> Observation {
    Observation::Failed {
        failure: Failure::new(FailureCode::UpstreamFailed, public),
        spend: spend(task),
    }
}

/// What the vendor took: units of a resource pack, or money. Bills of several kinds are no sum.
fn spend(task: &Task) -> Spend {
    let units = |text: &String| Some((text.parse::<f64>().ok()?, UNITS.to_owned()));
    let legacy = task.final_unit_deduction.as_ref().and_then(units);
    let total = legacy.or_else(|| billed(task.billing.as_deref()?));
    total.map_or(Spend::Unknown, |(amount, currency)| Spend::Known {
        micros: (amount * 1e6).round() as i64,
        currency,
    })
}

/// What a unit of a resource pack is called in the books.
const UNITS: &str = "units";

fn billed(bills: &[Bill]) -> Option<(f64, String)> {
    let currency = |bill: &Bill| match bill.charge_type.as_str() {
        "unit" => UNITS.to_owned(),
        _ => bill.currency.clone(),
    };
    let first = currency(bills.first()?);
    let same = bills.iter().all(|bill| currency(bill) == first);
    let amounts = bills.iter().map(|bill| match &bill.amount {
        serde_json::Value::String(text) => text.parse().ok(),
        number => number.as_f64(),
    });
    let sum = amounts.sum::<Option<f64>>()?;
    (same && !first.is_empty()).then_some((sum, first))
}

/// The job that a query by our id showed.
pub(super) fn found(jobs: &[UpstreamJob]) -> Found {
    match jobs {
        [] => Found::None,
        [job] => Found::One(job.clone()),
        _ => Found::Many,
    }
}
