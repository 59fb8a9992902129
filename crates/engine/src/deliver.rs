//! Terminal webhooks: claims deliveries that are due, tries each once, records the try. What follows
//! from a try is core's; who is due, and how many at once per receiver, is the store's.

use std::sync::Arc;

use framewright_core::clock::Millis;
use framewright_core::delivery::{Next, TryOutcome, after_try};
use framewright_core::retry::STORE;
use framewright_outbound::{CallError, FetchError, PostLimits, Posted, scrub};
use framewright_store::{DeliveryAsk, DeliveryTry, DeliveryWork};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use crate::post::Post;
use crate::shared::Shared;
use crate::supervisor::caught;

/// How much of a receiver's answer is kept, in bytes: for a person who looks.
const KEPT_HEAD: usize = 1_024;

/// Delivers until the engine stops; tries under way then reach their end, or the drain's.
pub(crate) async fn run(shared: Arc<Shared>) {
    let mut under_way = FuturesUnordered::new();
    let mut look_at = shared.times.uptime();
    // With so many under way it looks again at once: others wait for their turn at the receivers of
    // those that have ended since.
    let mut again_at = 0;
    while !shared.supervisor.is_stopping() {
        if shared.times.uptime() >= look_at {
            let room = shared
                .settings
                .max_deliveries
                .saturating_sub(under_way.len());
            let found = due(&shared, room).await;
            again_at = look_again_at(under_way.len(), found.len());
            let begun = found
                .into_iter()
                .map(|work| caught(deliver(shared.clone(), work)));
            under_way.extend(begun);
            look_at = shared.times.uptime() + shared.settings.look_every_ms;
        }
        tokio::select! {
            biased;
            Some(ended) = under_way.next() => {
                count(&shared, ended);
                if under_way.len() == again_at {
                    look_at = shared.times.uptime();
                }
            }
            () = shared.owed.notified() => look_at = shared.times.uptime(),
            () = shared.times.wait(look_at - shared.times.uptime()) => {}
            () = shared.supervisor.stopping() => {}
        }
    }
    while let Some(ended) = under_way.next().await {
        count(&shared, ended);
    }
}

/// When half of what was found has ended; where nothing was, with half of the rest, so that the last
/// of them to end is followed by a look.
fn look_again_at(under_way: usize, found: usize) -> usize {
    match found {
        0 => under_way / 2,
        _ => under_way + found / 2,
    }
}

fn count(shared: &Shared, ended: Option<()>) {
    if ended.is_none() {
        shared.metrics.panicked("deliver");
    }
}

async fn due(shared: &Shared, room: usize) -> Vec<DeliveryWork> {
    if room == 0 {
        return Vec::new();
    }
    let ask = DeliveryAsk {
        node: shared.node.clone(),
        now: shared.times.now(),
        limit: room,
        per_receiver: shared.settings.max_per_receiver,
    };
    shared
        .store
        .claim_deliveries(&ask)
        .await
        .unwrap_or_else(|error| {
            shared.metrics.store_fault();
            tracing::warn!(%error, "could not look for due webhooks");
            Vec::new()
        })
}

async fn deliver(shared: Arc<Shared>, work: DeliveryWork) {
    let at = shared.times.now();
    let begun = shared.times.uptime();
    let posted = post(&shared, &work, at).await;
    let now = shared.times.now();
    let outcome = outcome(&posted, now);
    let next = after_try(&outcome, work.tries + 1, now, shared.chance.share());
    let tried = record(at, shared.times.uptime() - begun, &posted);
    shared.metrics.delivered(word(&next));
    write(&shared, &work, &tried, &next).await;
    shared.wrote();
}

async fn post(shared: &Shared, work: &DeliveryWork, at: Millis) -> Result<Posted, CallError> {
    let post = Post {
        id: work.id.as_str(),
        at,
        body: &work.body,
        secret: work.secret.as_deref(),
    };
    let headers = post.headers(&work.signing);
    let body = work.body.clone().into();
    let limits = PostLimits::default();
    shared
        .outbound
        .guarded()
        .post(&work.url, headers, body, &limits)
        .await
}

fn outcome(posted: &Result<Posted, CallError>, now: Millis) -> TryOutcome {
    match posted {
        Ok(posted) => TryOutcome::Answered {
            status: posted.status.as_u16(),
            retry_after: posted.retry_after.map(|asked| {
                let wait = asked.wait(u64::try_from(now).unwrap_or(0));
                Millis::try_from(wait.as_millis()).unwrap_or(Millis::MAX)
            }),
        },
        Err(error) => match error.cause() {
            FetchError::Deadline | FetchError::Stalled { .. } => TryOutcome::TimedOut,
            _ => TryOutcome::Unreachable,
        },
    }
}

fn record(at: Millis, duration_ms: Millis, posted: &Result<Posted, CallError>) -> DeliveryTry {
    match posted {
        Ok(posted) => {
            let head = &posted.body_head[..posted.body_head.len().min(KEPT_HEAD)];
            DeliveryTry {
                at,
                status: Some(posted.status.as_u16()),
                response_head: scrub(&String::from_utf8_lossy(head)),
                duration_ms,
                error: None,
            }
        }
        Err(error) => DeliveryTry {
            at,
            status: None,
            response_head: String::new(),
            duration_ms,
            error: Some(error.cause().public_text()),
        },
    }
}

/// Records a try, for as long as it takes: an unrecorded try is repeated.
async fn write(shared: &Shared, work: &DeliveryWork, tried: &DeliveryTry, next: &Next) {
    for tries in 0.. {
        let written = shared.store.record_try(work, tried, next).await;
        let Err(error) = written else { return };
        shared.metrics.store_fault();
        tracing::warn!(delivery.id = %work.id, %error, "could not record a webhook try yet");
        shared
            .times
            .wait(STORE.wait(tries, shared.chance.share()))
            .await;
    }
}

fn word(next: &Next) -> &'static str {
    match next {
        Next::Delivered => "delivered",
        Next::Again { .. } => "again",
        Next::Dead { .. } => "dead",
    }
}
