//! What DashScope's answers mean, submit and poll. Codes by the vendor's error page and the official
//! SDK's own list (2.0.2); the status decides first, since two vocabularies of codes are in use.

use framewright_core::attempt::{Spend, UpstreamJob};
use framewright_core::clock::Millis;
use framewright_core::failure::{Failure, FailureCode};
use framewright_outbound::{Answer, scrub};
use serde::Deserialize;

use crate::call::{another_job, detail, in_its_words, poll_refused, submit_refused};
use crate::provider::{Observation, PollError, Source, SubmitError, Taken};

/// 500, 503 and 504 are documented as worth another try, not as refused before work.
const SHED: &[u16] = &[];

#[derive(Deserialize)]
struct Envelope {
    output: Output,
}

#[derive(Deserialize)]
struct Output {
    #[serde(default)]
    task_id: String,
    task_status: String,
    #[serde(default)]
    video_url: String,
    /// Of a failed task, at HTTP 200.
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

/// A refusal: at the top level, or inside `error` as the newer SDK takes it too.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    code: String,
    message: String,
    error: Option<Inner>,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Inner {
    code: String,
    message: String,
}

impl Refusal {
    fn of(answer: &Answer) -> Self {
        let read: Self = serde_json::from_slice(&answer.body).unwrap_or_default();
        match read.error {
            Some(Inner { code, message }) if read.code.is_empty() => Self {
                code,
                message,
                error: None,
            },
            _ => read,
        }
    }
}

/// What a submit was answered.
///
/// | status | means | source |
/// |---|---|---|
/// | 2xx with `output.task_id` | taken | documented |
/// | 4xx `DataInspectionFailed`, `IPInfringementSuspect` | refused for its content | documented |
/// | 4xx `Arrearage` | out of money | documented as 403, elsewhere as 400 |
/// | 400, 404, 413 and other definite 4xx | refused | documented |
/// | 401, 403 | the key, or a model it may not use | documented |
/// | 429 `Throttling*` | busy | documented |
/// | 408, 409, 5xx, 2xx without an id | unknown | – |
pub(super) fn taken(answer: &Answer, now: Millis) -> Result<Taken, SubmitError> {
    if !answer.status.is_success() {
        return Err(refused(answer, now));
    }
    match serde_json::from_slice::<Envelope>(&answer.body) {
        Ok(Envelope { output }) if !output.task_id.is_empty() => Ok(Taken {
            job: UpstreamJob(output.task_id),
            spend: Spend::Unknown,
        }),
        _ => Err(SubmitError::Unknown {
            detail: detail(answer),
        }),
    }
}

fn refused(answer: &Answer, now: Millis) -> SubmitError {
    let refusal = Refusal::of(answer);
    let by_status = submit_refused(answer, SHED, now);
    // A code settles nothing where the status does not.
    if matches!(
        by_status,
        SubmitError::Unknown { .. } | SubmitError::Busy { .. }
    ) {
        return by_status;
    }
    if is_content(&refusal.code) {
        return SubmitError::Content(content(&refusal.message));
    }
    if refusal.code == "Arrearage" {
        return SubmitError::OutOfMoney {
            detail: detail(answer),
        };
    }
    in_its_words(by_status, &refusal.message)
}

fn is_content(code: &str) -> bool {
    matches!(code, "DataInspectionFailed" | "IPInfringementSuspect")
}

fn content(said: &str) -> Failure {
    let public = "the provider refused the prompt or an input for what it shows";
    Failure::new(FailureCode::Content, told(public, said))
}

/// A sentence of ours and the vendor's own words, made safe to show.
fn told(public: &str, said: &str) -> String {
    match said {
        "" => public.to_owned(),
        said => format!("{public}: {}", scrub(said)),
    }
}

/// What a poll showed. Its times have no zone and are not read; it reports no progress.
pub(super) fn seen(
    answer: &Answer,
    job: &UpstreamJob,
    now: Millis,
) -> Result<Observation, PollError> {
    if !answer.status.is_success() {
        return Err(poll_refused(answer, now));
    }
    let unreadable = || PollError::NoAnswer(detail(answer));
    let envelope: Envelope = serde_json::from_slice(&answer.body).map_err(|_| unreadable())?;
    let output = envelope.output;
    if output.task_id != job.0 {
        return Err(another_job());
    }
    match output.task_status.as_str() {
        "PENDING" | "SUSPENDED" | "RUNNING" => Ok(Observation::Running {
            progress: None,
            look_again: None,
        }),
        "SUCCEEDED" if output.video_url.is_empty() => Ok(failed(Failure::new(
            FailureCode::UpstreamFailed,
            "the provider finished without a video",
        ))),
        "SUCCEEDED" => Ok(Observation::Done {
            outputs: vec![Source::Url(output.video_url)],
            spend: Spend::Unknown,
        }),
        "FAILED" => Ok(failed(failure(&output))),
        "CANCELED" => Ok(failed(Failure::new(
            FailureCode::UpstreamFailed,
            "the job was cancelled at the provider",
        ))),
        // Another workspace's, older than 24 hours, or not there yet: the engine believes it when it
        // hears it three times.
        "UNKNOWN" => Ok(Observation::Gone),
        _ => Err(unreadable()),
    }
}

fn failed(failure: Failure) -> Observation {
    Observation::Failed {
        failure,
        spend: Spend::Unknown,
    }
}

fn failure(output: &Output) -> Failure {
    let (code, said) = (output.code.as_str(), output.message.as_str());
    let failure = if is_content(code) {
        content(said)
    } else if code.starts_with("InvalidParameter") || code.starts_with("InvalidURL") {
        let public = "the provider could not use the request or an input";
        Failure::new(FailureCode::BadInput, told(public, said))
    } else {
        let public = "the provider could not make the video";
        Failure::new(FailureCode::UpstreamFailed, told(public, said))
    };
    failure.with_detail(scrub(code))
}
