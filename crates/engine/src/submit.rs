//! The paid request of one attempt, and the filing of its answer. Opening the attempt is `open`'s
//! business; what an answer means for the task is core's.

use std::sync::Arc;

use framewright_core::attempt::Attempt;
use framewright_core::change::Fact;
use framewright_core::clock::{Millis, SECOND};
use framewright_core::crash::crash_point;
use framewright_core::failure::{Failure, FailureCode};
use framewright_core::retry::{RETRY_AFTER, STORE, SUBMIT, spread};
use framewright_core::spec::Spec;
use framewright_core::work::Answer;
use framewright_providers::{Provider, Sending, SubmitError, Taken};
use framewright_store::Teller;

use crate::act::Came;
use crate::shared::Shared;

/// How long to wait before asking again whether this node is still trusted.
const UNTRUSTED_PAUSE: Millis = SECOND;

/// Sends the request of an attempt whose intent is on disk, or sends it again with the same key and
/// bytes, and files what the provider said before anything else is done with it.
pub(crate) async fn send(shared: Arc<Shared>, attempt: Attempt, spec: Spec, epoch: i64) -> Came {
    let Some((provider, key)) = shared.asked(&attempt) else {
        return Came::Later(UNTRUSTED_PAUSE);
    };
    crash_point("K6");
    // Between this check and the first byte lies no await of ours: a node that was paused longer
    // than its lease sends nothing.
    if !shared.trust.holds(shared.times.uptime()) {
        return Came::Later(UNTRUSTED_PAUSE);
    }
    let callback = shared.callback_url(&attempt);
    let sending = Sending {
        prepared: &attempt.prepared,
        upstream_model: &attempt.upstream_model,
        submit_key: &attempt.submit_key,
        callback_url: callback.as_deref(),
    };
    let said = provider.submit(&sending, &key).await;
    crash_point("K9");
    shared.metrics.submitted(provider.name(), word(&said));
    let answer = answer(&shared, &attempt, &spec, &*provider, said).await;
    file(&shared, &attempt, &answer, epoch).await;
    Came::Fact(Fact::Answered {
        attempt: attempt.id,
        answer,
    })
}

/// Files an answer that is a fact, for as long as it takes: it may be the only trace of a purchase.
pub(crate) async fn file(shared: &Shared, attempt: &Attempt, answer: &Answer, epoch: i64) {
    if !matches!(answer, Answer::Accepted { .. } | Answer::Rejected(_)) {
        return;
    }
    let teller = Teller::Owner {
        node: &shared.node,
        epoch,
    };
    for tries in 0.. {
        let now = shared.times.now();
        match shared
            .store
            .file_answer(&attempt.id, answer, teller, now)
            .await
        {
            Ok(filed) if filed.job_known_elsewhere => {
                tracing::error!(attempt.id = %attempt.id, "two attempts have one upstream job");
                return;
            }
            Ok(_) => return,
            Err(error) => {
                shared.metrics.store_fault();
                tracing::error!(attempt.id = %attempt.id, %error, "could not file an answer yet");
            }
        }
        shared
            .times
            .wait(STORE.wait(tries, shared.chance.share()))
            .await;
    }
}

/// What the provider's word means, in core's terms.
async fn answer(
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
            cool(shared, attempt, not_before).await;
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
async fn cool(shared: &Shared, attempt: &Attempt, until: Millis) {
    let told = shared
        .store
        .cool(&attempt.provider, &attempt.key_name, until)
        .await;
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
fn growing(shared: &Shared, attempt: &Attempt) -> Millis {
    let so_far = shared.times.now() - attempt.sent_at.unwrap_or(attempt.created);
    let wait = so_far.clamp(SUBMIT.first, SUBMIT.cap);
    spread(wait, SUBMIT.jitter, shared.chance.share())
}

fn word(said: &Result<Taken, SubmitError>) -> &'static str {
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
