//! The paid request of one attempt, and the filing of its answer. Opening the attempt is `open`'s
//! business; what a provider's word comes to is `submit/meaning`'s, and what that means for the task is
//! core's.

mod meaning;

use std::sync::Arc;

use framewright_core::attempt::{Attempt, AttemptStatus};
use framewright_core::change::Fact;
use framewright_core::clock::{MINUTE, Millis, SECOND};
use framewright_core::crash::{crash_point, twin};
use framewright_core::failure::{Failure, FailureCode};
use framewright_core::retry::STORE;
use framewright_core::spec::Spec;
use framewright_core::work::Answer;
use framewright_providers::{Provider, Sending, SubmitError, Taken};
use framewright_store::Teller;

use self::meaning::{answer, cool, growing, word};
use crate::act::Came;
use crate::circuit::{Gate, Moved};
use crate::shared::Shared;

/// How long to wait before asking again whether this node is still trusted.
const UNTRUSTED_PAUSE: Millis = SECOND;

/// Sends the request of an attempt whose intent is on disk, or sends it again with the same key and
/// bytes, and files what the provider said before anything else is done with it.
pub(crate) async fn send(shared: Arc<Shared>, attempt: Attempt, spec: Spec, epoch: i64) -> Came {
    let Some((provider, key)) = shared.asked(&attempt) else {
        return Came::Later(UNTRUSTED_PAUSE);
    };
    if shared.is_retired(&attempt.provider) {
        return retired(attempt);
    }
    crash_point("K6");
    // Between this check and the first byte lies no await of ours: a node that was paused longer
    // than its lease sends nothing.
    if !shared.trust.holds(shared.times.uptime()) {
        return Came::Later(UNTRUSTED_PAUSE);
    }
    if let Gate::Rest(wait) = shared.circuits.gate(provider.name(), shared.times.uptime()) {
        return rested(&shared, attempt, wait);
    }
    let callback = shared.callback_url(&attempt);
    let sending = Sending {
        prepared: &attempt.prepared,
        upstream_model: &attempt.upstream_model,
        submit_key: key_of(&attempt),
        callback_url: callback.as_deref(),
    };
    let said = provider.submit(&sending, &key).await;
    shared.metrics.submitted(provider.name(), word(&said));
    heard(&shared, &*provider, &said).await;
    let answer = answer(&shared, &attempt, &spec, &*provider, said).await;
    let answer = match attempt.status {
        AttemptStatus::Unknown => of_a_resend(&shared, &attempt, answer),
        _ => answer,
    };
    file(&shared, &attempt, &answer, epoch).await;
    crash_point("K9");
    Came::Fact(Fact::Answered {
        attempt: attempt.id,
        answer,
    })
}

/// The broken twin forgets the key where it is needed most.
fn key_of(attempt: &Attempt) -> &str {
    match attempt.status {
        AttemptStatus::Unknown if twin("resend-without-key") => "",
        _ => &attempt.submit_key,
    }
}

/// The provider's circuit is open: nothing leaves, and what was not sent stays unsent.
fn rested(shared: &Shared, attempt: Attempt, wait: Millis) -> Came {
    if attempt.status == AttemptStatus::Unknown {
        return Came::Later(wait);
    }
    let answer = Answer::NotTaken {
        not_before: shared.times.now() + wait,
        detail: "the provider rests after several submits without an answer".into(),
    };
    Came::Fact(Fact::Answered {
        attempt: attempt.id,
        answer,
    })
}

/// Tells the provider's circuit how a submit went. Where it opens, the permits rest as well, so that
/// no node claims tasks only to find that out.
async fn heard(shared: &Shared, provider: &dyn Provider, said: &Result<Taken, SubmitError>) {
    let answered = !matches!(
        said,
        Err(SubmitError::NotSent { .. } | SubmitError::Shed { .. } | SubmitError::Unknown { .. })
    );
    let name = provider.name();
    match shared.circuits.heard(name, answered, shared.times.uptime()) {
        Some(Moved::Opened(rest)) => {
            tracing::error!(
                provider.name = name,
                rest_ms = rest,
                "a provider does not answer submits; new ones rest"
            );
            shared.metrics.circuit(name, true);
            for key in provider.keys() {
                cool(shared, name, &key.name, shared.times.now() + rest).await;
            }
        }
        Some(Moved::Closed) => {
            tracing::info!(provider.name = name, "a provider answers submits again");
            shared.metrics.circuit(name, false);
        }
        None => {}
    }
}

/// Nothing new is asked of a retired provider. What was surely not sent goes to the next one; what may
/// have been bought is left to what its provider says by itself.
fn retired(attempt: Attempt) -> Came {
    if attempt.status == AttemptStatus::Unknown {
        return Came::Later(MINUTE);
    }
    let failure = Failure::new(FailureCode::Busy, "the provider takes no new requests");
    Came::Fact(Fact::Answered {
        attempt: attempt.id,
        answer: Answer::Rejected(failure),
    })
}

/// What an answer to a resend says of the first request. That this one was not taken, or that the
/// key is refused today, says nothing of what was bought before.
fn of_a_resend(shared: &Shared, attempt: &Attempt, answer: Answer) -> Answer {
    let (look_again, detail) = match answer {
        Answer::NotTaken { not_before, detail } => (not_before, detail),
        Answer::Rejected(Failure {
            code: FailureCode::Unauthorized | FailureCode::OutOfMoney,
            detail,
            ..
        }) => (shared.times.now() + growing(shared, attempt), detail),
        conclusive => return conclusive,
    };
    Answer::Unknown { look_again, detail }
}

/// Files an answer that is a fact, for as long as it takes: it may be the only trace of a purchase.
pub(crate) async fn file(shared: &Shared, attempt: &Attempt, answer: &Answer, epoch: i64) {
    let is_fact = matches!(answer, Answer::Accepted { .. } | Answer::Rejected(_));
    if !is_fact || twin("answer-thrown-away") {
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
