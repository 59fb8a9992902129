//! What providers post to us: whose attempt it is, whether it is what it says it is, and what may
//! follow. That is a look at once and, for a request whose answer was lost, the name of its job;
//! never a status and never an output, which are asked for.

use std::sync::Arc;

use bytes::Bytes;
use framewright_core::attempt::{Attempt, AttemptStatus, Spend, UpstreamJob};
use framewright_core::work::Answer;
use framewright_providers::{Inbound, Provider, ProviderKey, Verdict};
use framewright_store::{CallbackTarget, StoreError, Teller};
use http::HeaderMap;

use crate::shared::Shared;

/// A callback as it came in.
#[derive(Clone, Debug)]
pub struct Callback {
    /// The name of a provider, from the path.
    pub provider: String,
    /// The secret of one attempt, from the path.
    pub nonce: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// The attempt that a callback is about, and who may vouch for it.
struct Addressee {
    target: CallbackTarget,
    provider: Arc<dyn Provider>,
    key: ProviderKey,
}

/// Takes a callback as a reason to look, or refuses it: a wrong nonce, name or signature alike.
///
/// # Errors
/// [`StoreError`] where it could not be noted; the same callback may come again.
pub(crate) async fn take(shared: Arc<Shared>, callback: Callback) -> Result<bool, StoreError> {
    let Some(addressee) = addressee(&shared, &callback).await? else {
        shared.metrics.called_back("", "refused");
        return Ok(false);
    };
    let name = addressee.provider.name();
    let verdict = judge(&shared, &addressee, &callback).await;
    if !verdict.accepted {
        shared.metrics.called_back(name, "refused");
        tracing::warn!(provider.name = name, task.id = %addressee.target.task,
            "refused a callback: the nonce is right and the signature is not");
        return Ok(false);
    }
    shared.metrics.called_back(name, "taken");
    if let Some(job) = verdict.names {
        name_job(&shared, &addressee, job).await?;
    }
    shared.store.nudge(&addressee.target.task).await?;
    Ok(true)
}

async fn addressee(shared: &Shared, callback: &Callback) -> Result<Option<Addressee>, StoreError> {
    let target = shared.store.callback_target(&callback.nonce).await?;
    Ok(target
        .filter(|target| target.attempt.provider == callback.provider)
        .and_then(|target| {
            let (provider, key) = shared.asked(&target.attempt)?;
            Some(Addressee {
                target,
                provider,
                key,
            })
        }))
}

/// What the provider's code says of it. Keys that verify nothing may have been changed by the
/// vendor since they were fetched.
async fn judge(shared: &Shared, addressee: &Addressee, callback: &Callback) -> Verdict {
    let Addressee { provider, key, .. } = addressee;
    let now = shared.times.uptime();
    let known = shared.signing_keys.known(provider, key, now).await;
    let verdict = verdict(shared, addressee, callback, known.as_deref());
    if verdict.accepted {
        return verdict;
    }
    match shared.signing_keys.newer(provider, key, now).await {
        Some(newer) => self::verdict(shared, addressee, callback, Some(&newer)),
        None => verdict,
    }
}

fn verdict(
    shared: &Shared,
    addressee: &Addressee,
    callback: &Callback,
    signing_keys: Option<&[u8]>,
) -> Verdict {
    addressee.provider.callback(&Inbound {
        headers: &callback.headers,
        body: &callback.body,
        now: shared.times.now(),
        key: &addressee.key,
        signing_keys,
        prepared: &addressee.target.attempt.prepared,
    })
}

/// The job's name is the answer that a submit was waiting for, where it still is.
async fn name_job(
    shared: &Shared,
    addressee: &Addressee,
    job: UpstreamJob,
) -> Result<(), StoreError> {
    let attempt = &addressee.target.attempt;
    if !is_awaited(attempt) {
        if attempt
            .upstream_job
            .as_ref()
            .is_some_and(|known| *known != job)
        {
            tracing::error!(attempt.id = %attempt.id, "a callback names a second upstream job");
        }
        return Ok(());
    }
    let task = shared.store.operator_task(&addressee.target.task).await?;
    let expected_ms = task.and_then(|task| addressee.provider.expected_ms(&task.spec));
    let answer = Answer::Accepted {
        job,
        spend: Spend::Unknown,
        deadline_ms: addressee.provider.pace().deadline_ms,
        expected_ms,
    };
    let filed = shared
        .store
        .file_answer(&attempt.id, &answer, Teller::Other, shared.times.now())
        .await?;
    if filed.job_known_elsewhere {
        tracing::error!(attempt.id = %attempt.id, "two attempts have one upstream job");
    }
    Ok(())
}

fn is_awaited(attempt: &Attempt) -> bool {
    matches!(
        attempt.status,
        AttemptStatus::Due | AttemptStatus::Intent | AttemptStatus::Unknown
    )
}
