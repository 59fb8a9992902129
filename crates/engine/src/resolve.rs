//! Looking into a request that may have left and whose answer was lost, where the provider can be
//! asked (classes B and C). Class A resends, which is `submit`'s business; D and E wait.

use std::sync::Arc;

use framewright_core::attempt::{Attempt, Spend};
use framewright_core::change::Fact;
use framewright_core::clock::{Millis, SECOND};
use framewright_core::crash::shortened;
use framewright_core::spec::Spec;
use framewright_core::work::Answer;
use framewright_providers::{Found, PollError, Sent};

use crate::act::Came;
use crate::shared::Shared;

/// How long a provider may need until its query shows what it accepted.
const SETTLE: Millis = 15 * SECOND;

/// Between two questions.
const ASK_EVERY: Millis = 5 * SECOND;

/// Asks once. Found: adopted, and the answer filed like any other. Settled and absent: it surely did
/// not arrive, and the same attempt may be sent again with the same id.
pub(crate) async fn find(shared: Arc<Shared>, attempt: Attempt, spec: Spec, epoch: i64) -> Came {
    let Some((provider, key)) = shared.asked(&attempt) else {
        return Came::Later(ASK_EVERY);
    };
    let first_sent_at = attempt.sent_at.unwrap_or(attempt.created);
    let sent = Sent {
        submit_key: &attempt.submit_key,
        upstream_model: &attempt.upstream_model,
        body_hash: &attempt.body_hash,
        first_sent_at,
    };
    let now = shared.times.now();
    let answer = match provider.find(&sent, &key).await {
        Ok(Found::One(job)) => Answer::Accepted {
            job,
            spend: Spend::Unknown,
            deadline_ms: provider.pace().deadline_ms,
            expected_ms: provider.expected_ms(&spec),
        },
        Ok(Found::None) if now >= first_sent_at + shortened(SETTLE) => Answer::NotTaken {
            not_before: now,
            detail: "the provider was asked and does not have it".into(),
        },
        Ok(Found::None) => still_unknown(now, "the provider does not show it yet"),
        Ok(Found::Many) => still_unknown(now, "more than one job could be it"),
        Err(PollError::Unauthorized) => still_unknown(now, "the key is not accepted"),
        Err(error) => still_unknown(now, &error.to_string()),
    };
    crate::submit::file(&shared, &attempt, &answer, epoch).await;
    Came::Fact(Fact::Answered {
        attempt: attempt.id,
        answer,
    })
}

fn still_unknown(now: Millis, detail: &str) -> Answer {
    Answer::Unknown {
        look_again: now + ASK_EVERY,
        detail: detail.to_owned(),
    }
}
