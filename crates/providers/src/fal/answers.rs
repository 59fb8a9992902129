//! What fal's answers mean: a submit, a status, a result. Shapes by its official clients and its
//! documented queue; a model's own errors by its documented error page.

use framewright_core::attempt::{Spend, UpstreamJob};
use framewright_core::clock::Millis;
use framewright_core::failure::{Failure, FailureCode};
use framewright_outbound::{Answer, scrub};
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::call::{another_job, detail, in_its_words, poll_refused, submit_refused};
use crate::provider::{Observation, PollError, Source, SubmitError};

/// Nothing beside 429 is documented as refused before work.
const SHED: &[u16] = &[];

#[derive(Deserialize)]
struct Accepted {
    request_id: String,
}

#[derive(Deserialize)]
struct Status {
    status: String,
    request_id: Option<String>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Made {
    video: File,
}

#[derive(Deserialize)]
struct File {
    url: String,
}

/// An error's `detail`: a text, or a list of what is wrong with which member.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    detail: Value,
}

#[derive(Deserialize)]
struct Wrong {
    #[serde(default)]
    msg: String,
    #[serde(rename = "type", default)]
    kind: String,
}

impl Refusal {
    fn of(answer: &Answer) -> Self {
        serde_json::from_slice(&answer.body).unwrap_or_default()
    }

    fn list(&self) -> Vec<Wrong> {
        serde_json::from_value(self.detail.clone()).unwrap_or_default()
    }

    fn text(&self) -> String {
        match &self.detail {
            Value::String(text) => text.clone(),
            _ => {
                let all = self.list().into_iter().map(|wrong| wrong.msg);
                all.collect::<Vec<_>>().join("; ")
            }
        }
    }

    /// Every refusal of fal's has a `detail`.
    fn is_the_vendors(&self) -> bool {
        !self.detail.is_null()
    }

    fn is_content(&self) -> bool {
        let about = |wrong: &Wrong| wrong.kind.contains("content_policy");
        self.list().iter().any(about)
    }
}

/// The request's id.
///
/// | status | means | source |
/// |---|---|---|
/// | 2xx with a `request_id` | taken | official clients |
/// | 403 that speaks of an exhausted balance | out of money | seen in third-party reports only |
/// | 401, 403 | the key | documented |
/// | 404, 422 and other definite 4xx | refused | documented |
/// | 429 | busy | documented |
/// | 408, 409, 5xx, 2xx without an id | unknown | – |
pub(super) fn taken(answer: &Answer, now: Millis) -> Result<String, SubmitError> {
    if !answer.status.is_success() {
        return Err(refused(answer, now));
    }
    match serde_json::from_slice::<Accepted>(&answer.body) {
        Ok(accepted) if !accepted.request_id.is_empty() => Ok(accepted.request_id),
        _ => Err(SubmitError::Unknown {
            detail: detail(answer),
        }),
    }
}

fn refused(answer: &Answer, now: Millis) -> SubmitError {
    let said = Refusal::of(answer).text();
    if answer.status == StatusCode::FORBIDDEN && said.contains("Exhausted balance") {
        return SubmitError::OutOfMoney {
            detail: detail(answer),
        };
    }
    in_its_words(submit_refused(answer, SHED, now), &said)
}

/// What a status showed.
pub(super) enum Seen {
    Observed(Observation),
    /// The end: what it is lies in the result. With the queue's own word where it failed.
    Complete(Option<String>),
}

/// Whether the queue itself says that it has no such request, and not a page of something on the way.
pub(super) fn is_unknown(answer: &Answer) -> bool {
    answer.status == StatusCode::NOT_FOUND && Refusal::of(answer).is_the_vendors()
}

/// Reads the status of the request `id`.
pub(super) fn status(answer: &Answer, id: &str, now: Millis) -> Result<Seen, PollError> {
    if is_unknown(answer) {
        return Ok(Seen::Observed(Observation::Gone));
    }
    // 202 while it waits, 200 when it is complete.
    if !answer.status.is_success() {
        return Err(poll_refused(answer, now));
    }
    let unreadable = || PollError::NoAnswer(detail(answer));
    let status: Status = serde_json::from_slice(&answer.body).map_err(|_| unreadable())?;
    if status.request_id.is_some_and(|said| said != id) {
        return Err(another_job());
    }
    match status.status.as_str() {
        "IN_QUEUE" | "IN_PROGRESS" => Ok(Seen::Observed(Observation::Running {
            progress: None,
            look_again: None,
        })),
        "COMPLETED" => Ok(Seen::Complete(status.error)),
        _ => Err(unreadable()),
    }
}

/// Reads the result of a complete request; `error` is what its status said. A model's own error is
/// final, in its words or where the queue says that the request failed.
pub(super) fn result(
    answer: &Answer,
    error: Option<String>,
    now: Millis,
) -> Result<Observation, PollError> {
    if let (true, Ok(made)) = (
        answer.status.is_success(),
        serde_json::from_slice::<Made>(&answer.body),
    ) {
        return Ok(Observation::Done {
            outputs: vec![Source::Url(made.video.url)],
            spend: Spend::Unknown,
        });
    }
    let passing = [401, 403, 408, 429].contains(&answer.status.as_u16());
    let refusal = Refusal::of(answer);
    if answer.status.is_client_error() && !passing && refusal.is_the_vendors() {
        return Ok(failed(&refusal, answer.status));
    }
    match error {
        Some(said) if !passing => {
            let refusal = Refusal {
                detail: said.into(),
            };
            Ok(failed(&refusal, answer.status))
        }
        _ => Err(poll_refused(answer, now)),
    }
}

fn failed(refusal: &Refusal, status: StatusCode) -> Observation {
    let (code, public) = if refusal.is_content() {
        (
            FailureCode::Content,
            "the provider refused the prompt or an input for what it shows",
        )
    } else if status == StatusCode::UNPROCESSABLE_ENTITY {
        (
            FailureCode::BadInput,
            "the provider could not use the request or an input",
        )
    } else {
        (
            FailureCode::UpstreamFailed,
            "the provider could not make the video",
        )
    };
    let said = scrub(&refusal.text());
    let public = match said.is_empty() {
        true => public.to_owned(),
        false => format!("{public}: {said}"),
    };
    Observation::Failed {
        failure: Failure::new(code, public),
        spend: Spend::Unknown,
    }
}

/// The request that a signed callback is about.
pub(super) fn named(body: &[u8]) -> Option<String> {
    let named: Accepted = serde_json::from_slice(body).ok()?;
    (!named.request_id.is_empty()).then_some(named.request_id)
}

/// The application of an endpoint: its first two words, which is all that later paths keep of it.
pub(super) fn application(endpoint: &str) -> String {
    let words: Vec<&str> = endpoint.split('/').take(2).collect();
    words.join("/")
}

/// The job's text: application and request, as they stand in paths.
pub(super) fn job(endpoint: &str, request: &str) -> UpstreamJob {
    UpstreamJob(format!("{}/{request}", application(endpoint)))
}
