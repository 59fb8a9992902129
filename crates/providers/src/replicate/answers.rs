//! What Replicate's answers mean: a submit, a look, and how far a log says that a run is. Statuses and
//! the prediction object by its official clients; what an error says beside `detail` is not known.

use framewright_core::attempt::{Spend, UpstreamJob};
use framewright_core::clock::{Millis, SECOND};
use framewright_core::failure::{Failure, FailureCode};
use framewright_core::work::Progress;
use framewright_outbound::{Answer, scrub};
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::call::{another_job, detail, in_its_words, poll_refused, submit_refused};
use crate::provider::{Observation, PollError, Source, SubmitError, Taken};

/// Nothing beside 429 is documented as refused before work.
const SHED: &[u16] = &[];

/// How much of a log's end is searched for a progress bar, in bytes.
const LOG_TAIL: usize = 2_000;

#[derive(Deserialize)]
struct Prediction {
    id: String,
    status: String,
    output: Option<Output>,
    #[serde(default)]
    logs: Option<String>,
    /// A text, as far as is known.
    #[serde(default)]
    error: Value,
    /// Inputs and outputs of a prediction are removed an hour after its end.
    #[serde(default)]
    data_removed: bool,
}

/// One link, or a list of them: models differ.
#[derive(Deserialize)]
#[serde(untagged)]
enum Output {
    One(String),
    Many(Vec<String>),
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    detail: String,
}

/// What a submit was answered.
///
/// | status | means | source |
/// |---|---|---|
/// | 2xx with an `id` | taken | official clients |
/// | 402 | out of money | documented |
/// | 422, 404 and other definite 4xx | refused | documented |
/// | 401, 403 | the key | documented |
/// | 429 | busy: 600 creations a minute | documented |
/// | 408, 409, 5xx, 2xx without an id | unknown | – |
pub(super) fn taken(answer: &Answer, now: Millis) -> Result<Taken, SubmitError> {
    if !answer.status.is_success() {
        let refusal: Refusal = serde_json::from_slice(&answer.body).unwrap_or_default();
        let refused = match submit_refused(answer, SHED, now) {
            SubmitError::Busy {
                retry_after: None,
                detail,
            } => SubmitError::Busy {
                retry_after: resets_in(&refusal.detail),
                detail,
            },
            other => other,
        };
        return Err(in_its_words(refused, &refusal.detail));
    }
    match serde_json::from_slice::<Prediction>(&answer.body) {
        Ok(prediction) if !prediction.id.is_empty() => Ok(Taken {
            job: UpstreamJob(prediction.id),
            spend: Spend::Unknown,
        }),
        _ => Err(SubmitError::Unknown {
            detail: detail(answer),
        }),
    }
}

/// The pause that a 429 names in its text alone: "Your rate limit resets in ~30s." (seen at the
/// vendor's).
fn resets_in(detail: &str) -> Option<Millis> {
    let (_, rest) = detail.split_once("resets in ")?;
    let (seconds, _) = rest.trim_start_matches('~').split_once('s')?;
    seconds
        .parse::<u32>()
        .ok()
        .map(|s| Millis::from(s) * SECOND)
}

/// What a look at `job` showed.
pub(super) fn seen(
    answer: &Answer,
    job: &UpstreamJob,
    now: Millis,
) -> Result<Observation, PollError> {
    let refusal = serde_json::from_slice::<Refusal>(&answer.body).unwrap_or_default();
    if answer.status == StatusCode::NOT_FOUND && !refusal.detail.is_empty() {
        return Ok(Observation::Gone);
    }
    if !answer.status.is_success() {
        return Err(match poll_refused(answer, now) {
            PollError::Busy { retry_after: None } => PollError::Busy {
                retry_after: resets_in(&refusal.detail),
            },
            other => other,
        });
    }
    let unreadable = || PollError::NoAnswer(detail(answer));
    let prediction: Prediction = serde_json::from_slice(&answer.body).map_err(|_| unreadable())?;
    if prediction.id != job.0 {
        return Err(another_job());
    }
    match prediction.status.as_str() {
        "starting" => Ok(running(Some(Progress::NONE))),
        "processing" => Ok(running(prediction.logs.as_deref().and_then(progress))),
        "succeeded" => Ok(done(prediction)),
        "failed" => Ok(failed(prediction.error.as_str().unwrap_or_default())),
        "canceled" | "aborted" => Ok(failure(
            FailureCode::UpstreamFailed,
            "the job was cancelled at the provider".to_owned(),
        )),
        _ => Err(unreadable()),
    }
}

fn running(progress: Option<Progress>) -> Observation {
    Observation::Running {
        progress,
        look_again: None,
    }
}

/// The last ` 40%|####` of a log, as progress bars of Python programs print it; the official clients
/// read the same.
fn progress(logs: &str) -> Option<Progress> {
    let start = logs.ceil_char_boundary(logs.len().saturating_sub(LOG_TAIL));
    let tail = &logs[start..];
    let before = &tail[..tail.rfind("%|")?];
    let digits = before.rsplit(|c: char| !c.is_ascii_digit()).next()?;
    let percent: u8 = digits.parse().ok().filter(|percent| *percent <= 100)?;
    Some(Progress::percent(percent))
}

fn done(prediction: Prediction) -> Observation {
    let links = match prediction.output {
        Some(Output::One(link)) => vec![link],
        Some(Output::Many(links)) => links,
        None => Vec::new(),
    };
    if links.is_empty() {
        let public = match prediction.data_removed {
            true => "the provider has removed the video already",
            false => "the provider finished without a video",
        };
        return failure(FailureCode::UpstreamFailed, public.to_owned());
    }
    Observation::Done {
        outputs: links.into_iter().map(Source::Url).collect(),
        spend: Spend::Unknown,
    }
}

/// A text of the model's own: no codes are documented. `(E005)` is what its moderation is seen to say.
fn failed(said: &str) -> Observation {
    let (code, public) = match said.contains("E005") || said.contains("flagged as sensitive") {
        true => (
            FailureCode::Content,
            "the provider refused the prompt or an input for what it shows",
        ),
        false => (
            FailureCode::UpstreamFailed,
            "the provider could not make the video",
        ),
    };
    failure(
        code,
        match said {
            "" => public.to_owned(),
            said => format!("{public}: {}", scrub(said)),
        },
    )
}

fn failure(code: FailureCode, public: String) -> Observation {
    Observation::Failed {
        failure: Failure::new(code, public),
        spend: Spend::Unknown,
    }
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

/// The job that a signed callback is about: its body is the prediction.
pub(super) fn named(body: &[u8]) -> Option<UpstreamJob> {
    let named: Named = serde_json::from_slice(body).ok()?;
    (!named.id.is_empty()).then_some(UpstreamJob(named.id))
}

#[cfg(test)]
mod tests {
    use framewright_core::work::Progress;

    use framewright_outbound::Answer;
    use http::{HeaderMap, StatusCode};

    use super::{progress, resets_in, taken};
    use crate::provider::SubmitError;

    #[test]
    fn a_pause_that_stands_in_the_text_alone_is_kept() {
        let detail = "Request was throttled. Your rate limit resets in ~30s.";
        let answer = Answer {
            status: StatusCode::TOO_MANY_REQUESTS,
            headers: HeaderMap::new(),
            body: serde_json::json!({ "detail": detail }).to_string().into(),
        };
        let Err(SubmitError::Busy { retry_after, .. }) = taken(&answer, 0) else {
            panic!("a 429 is busy");
        };
        assert_eq!(retry_after, Some(30_000));
        assert_eq!(resets_in("resets in 7s"), Some(7_000));
        for none in ["", "resets in a while", "resets in ~s", "resets in -3s"] {
            assert_eq!(resets_in(none), None, "{none}");
        }
    }

    #[test]
    fn the_last_bar_of_a_log_counts() {
        let log = "loading\n  0%|          | 0/50\n 40%|####      | 20/50 [00:10]\n";
        assert_eq!(progress(log), Some(Progress::percent(40)));
        for none in ["", "40%", "about 400%|", "%|"] {
            assert_eq!(progress(none), None, "{none}");
        }
    }

    #[test]
    fn a_long_log_is_searched_from_its_end_wherever_a_character_is_cut() {
        for cut in 0..4 {
            let log = format!("{}{} 70%|██", "█".repeat(5_000), "x".repeat(cut));
            assert_eq!(progress(&log), Some(Progress::percent(70)), "{cut}");
        }
    }
}
