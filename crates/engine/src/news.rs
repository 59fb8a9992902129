//! Progress posts: told from memory while a task runs, owed to nobody. One under way, the newest
//! state wins, each is tried once, and none is begun or left running once the task ends.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use framewright_core::clock::{Millis, SECOND};
use framewright_core::task::Task;
use framewright_outbound::PostLimits;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::owe::FIRST_POST;
use crate::post::Post;
use crate::shared::Shared;

/// Between two posts that tell of progress alone.
const EVERY: Millis = 5 * SECOND;

/// The least progress worth a post of its own.
const POINTS: u8 = 10;

/// What was told last, and the post that is under way.
pub(crate) struct News {
    status: &'static str,
    progress: u8,
    /// Uptime of the last post.
    told: Millis,
    under_way: Option<BoxFuture<'static, ()>>,
}

impl News {
    /// Nothing to tell of a task as it was found.
    pub fn since(task: &Task, now: Millis) -> Self {
        Self {
            status: task.status.word(),
            progress: task.shown_progress(now),
            told: Millis::MIN / 2,
            under_way: None,
        }
    }

    /// Begins a post if there is something to tell and nothing under way.
    pub fn tell(&mut self, shared: &Arc<Shared>, task: &Task) {
        let (now, uptime) = (shared.times.now(), shared.times.uptime());
        if self.under_way.is_none() && self.is_due(task, now, uptime) {
            self.status = task.status.word();
            self.progress = task.shown_progress(now);
            self.told = uptime;
            let post = post(shared.clone(), task.clone());
            self.under_way = Some(while_trusted(shared.clone(), post).boxed());
        }
    }

    fn is_due(&self, task: &Task, now: Millis, uptime: Millis) -> bool {
        let wanted = task.webhook.is_some() && !task.status.is_terminal();
        let further = task.shown_progress(now) >= self.progress.saturating_add(POINTS);
        let moved = task.status.word() != self.status;
        wanted
            && now >= task.created + FIRST_POST
            && (moved || (further && uptime >= self.told + EVERY))
    }

    /// Ends when the post that is under way has; never, where there is none.
    pub async fn told(&mut self) {
        match &mut self.under_way {
            Some(post) => post.await,
            None => std::future::pending().await,
        }
        self.under_way = None;
    }

    /// Drops the post that is under way: its connection closes, and nothing older than the terminal
    /// post is sent after it. Whether there was one: what it had sent may still be read.
    pub fn stop(&mut self) -> bool {
        self.under_way.take().is_some()
    }
}

/// Asks before every step of a post whether this node is still trusted, and drops it if not: a node
/// that was paused past its lease does not know what others have told since.
async fn while_trusted(shared: Arc<Shared>, post: impl Future<Output = ()>) {
    let mut post = pin!(post);
    let step = poll_fn(|context| match shared.trust.holds(shared.times.uptime()) {
        true => post.as_mut().poll(context),
        false => Poll::Ready(()),
    });
    step.await;
}

/// Posts the present state once. What the receiver says changes nothing.
async fn post(shared: Arc<Shared>, task: Task) {
    let Some(webhook) = &task.webhook else { return };
    let now = shared.times.now();
    let Ok(signing) = shared.store.signing_secrets(&task.account, now).await else {
        return;
    };
    let body = (shared.render)(&task, now);
    let id = shared.chance.nonce();
    let post = Post {
        id: &id,
        at: now,
        body: &body,
        secret: webhook.secret.as_deref(),
    };
    let headers = post.headers(&signing);
    let limits = PostLimits::default();
    let posted = shared
        .outbound
        .guarded()
        .post(&webhook.url, headers, body.clone(), &limits)
        .await;
    shared.metrics.delivered(match posted {
        Ok(posted) if posted.status.is_success() => "progress_taken",
        Ok(_) => "progress_refused",
        Err(_) => "progress_lost",
    });
}
