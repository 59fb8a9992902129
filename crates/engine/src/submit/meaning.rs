//! What a provider's word on a submit comes to in core's terms, and how long to wait where it was not
//! taken. Not the sending, and not what the answer means for the task.

use framewright_core::attempt::Attempt;
use framewright_core::clock::Millis;
use framewright_core::failure::{Failure, FailureCode};
use framewright_core::retry::{RETRY_AFTER, SUBMIT, spread};
use framewright_core::spec::Spec;
use framewright_core::work::Answer;
use framewright_providers::{Provider, SubmitError, Taken};

use crate::shared::Shared;

/// What the provider's word means, in core's terms.
pub(super) async fn answer(
    shared: &Shared,
    attempt: &Attempt,
    spec: &Spec,
    provider: &dyn Provider,
    said: Result<Taken, SubmitError>,
) -> Answer {
    match said {
        Ok(taken) => Answer::Accepted {
            job: taken.job,
            spend: taken.spend,
            deadline_ms: provider.pace().deadline_ms,
            expected_ms: provider.expected_ms(spec),
        },
        Err(SubmitError::Rejected(failure) | SubmitError::Content(failure)) => {
            Answer::Rejected(failure)
        }
        Err(SubmitError::Unauthorized { detail }) => keys_trouble(attempt, UNAUTHORIZED, detail),
        Err(SubmitError::OutOfMoney { detail }) => keys_trouble(attempt, OUT_OF_MONEY, detail),
        Err(SubmitError::Busy {
            retry_after,
            detail,
        }) => {
            let not_before = busy_until(shared, attempt, retry_after);
            cool(shared, &attempt.provider, &attempt.key_name, not_before).await;
            Answer::NotTaken { not_before, detail }
        }
        Err(SubmitError::NotSent { detail } | SubmitError::Shed { detail }) => Answer::NotTaken {
            not_before: busy_until(shared, attempt, None),
            detail,
        },
        Err(SubmitError::Unknown { detail }) => Answer::Unknown {
            look_again: shared.times.now() + growing(shared, attempt),
            detail,
        },
    }
}

const UNAUTHORIZED: (FailureCode, &str) = (
    FailureCode::Unauthorized,
    "the provider does not accept this server's key; its operator has to look at it",
);
const OUT_OF_MONEY: (FailureCode, &str) = (
    FailureCode::OutOfMoney,
    "this server's balance at the provider is used up; its operator has to look at it",
);

/// The operator has to act; the task goes to the next provider of its route, if there is one.
fn keys_trouble(attempt: &Attempt, (code, public): (FailureCode, &str), detail: String) -> Answer {
    tracing::error!(
        provider.name = attempt.provider,
        provider.key = attempt.key_name,
        code = code.word(),
        "a provider refused our key"
    );
    Answer::Rejected(Failure::new(code, public).with_detail(detail))
}

/// 429 is about the key, not about the task: the key rests for all tasks and nodes.
pub(super) async fn cool(shared: &Shared, provider: &str, key_name: &str, until: Millis) {
    let told = shared.store.cool(provider, key_name, until).await;
    if let Err(error) = told {
        shared.metrics.store_fault();
        tracing::warn!(%error, "could not note that a provider key rests");
    }
}

fn busy_until(shared: &Shared, attempt: &Attempt, asked: Option<Millis>) -> Millis {
    let (least, most) = RETRY_AFTER;
    let wait = match asked {
        Some(asked) => asked.clamp(least, most),
        None => growing(shared, attempt),
    };
    shared.times.now() + wait
}

/// A wait as long as the attempt has been tried so far, which doubles it each time; no row counts
/// the tries.
pub(super) fn growing(shared: &Shared, attempt: &Attempt) -> Millis {
    let so_far = shared.times.now() - attempt.sent_at.unwrap_or(attempt.created);
    let wait = so_far.clamp(SUBMIT.first, SUBMIT.cap);
    spread(wait, SUBMIT.jitter, shared.chance.share())
}

/// The label of a submit's outcome in the metrics.
pub(super) fn word(said: &Result<Taken, SubmitError>) -> &'static str {
    match said {
        Ok(_) => "accepted",
        Err(SubmitError::NotSent { .. }) => "not_sent",
        Err(SubmitError::Shed { .. }) => "shed",
        Err(SubmitError::Busy { .. }) => "busy",
        Err(SubmitError::Rejected(_)) => "rejected",
        Err(SubmitError::Unauthorized { .. }) => "unauthorized",
        Err(SubmitError::OutOfMoney { .. }) => "out_of_money",
        Err(SubmitError::Content(_)) => "content",
        Err(SubmitError::Unknown { .. }) => "unknown",
    }
}
