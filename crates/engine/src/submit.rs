//! The paid request of one attempt, and the filing of its answer. Opening the attempt is `open`'s
//! business; what an answer means for the task is core's.

use std::sync::Arc;

use framewright_core::attempt::{Attempt, AttemptStatus};
use framewright_core::change::Fact;
use framewright_core::clock::{MINUTE, Millis, SECOND};
use framewright_core::crash::{crash_point, twin};
use framewright_core::failure::{Failure, FailureCode};
use framewright_core::retry::{RETRY_AFTER, STORE, SUBMIT, spread};
use framewright_core::spec::Spec;
use framewright_core::work::Answer;
use framewright_providers::{Provider, Sending, SubmitError, Taken};
use framewright_store::Teller;

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
async fn cool(shared: &Shared, provider: &str, key_name: &str, until: Millis) {
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
