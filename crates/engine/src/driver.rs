//! One task's owner: `next` -> act -> `apply` -> owe -> commit, again and again until the task is
//! closed, given back or lost. Steps of different attempts run side by side inside this one future;
//! nothing of a task is ever started twice.

mod begin;
mod outcome;
mod settle;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use framewright_core::attempt::AttemptStatus;
use framewright_core::change::Fact;
use framewright_core::clock::{MINUTE, Millis, SECOND};
use framewright_core::id::AttemptId;
use framewright_core::step::{Step, next};
use framewright_core::work::Work;
use framewright_store::Lease;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;

use crate::act::{Bundle, Doing, Done};
use crate::board::Held;
use crate::news::News;
use crate::routes::Way;
use crate::schedule::Schedule;
use crate::shared::Shared;
use crate::supervisor::caught;

/// How long a task rests that brought its driver down.
const PANIC_PAUSE: Millis = 10 * SECOND;

/// Why a driver lets go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// The commit that gave the task back, or closed it, is on disk.
    Released,
    /// Somebody else owns it: nothing may be written or sent any more.
    Lost,
    /// The node drains.
    Draining,
}

/// A task in the hands of this node.
struct Driver {
    shared: Arc<Shared>,
    lease: Lease<Work>,
    seat: Held,
    under_way: FuturesUnordered<BoxFuture<'static, Done>>,
    doing: Vec<Doing>,
    /// Steps that rest until this uptime.
    resting: Vec<(Doing, Millis)>,
    schedule: Schedule,
    bundles: BTreeMap<AttemptId, Bundle>,
    news: News,
    /// The wishes that this owner has seen in the row; the next commit says so.
    wishes_seen: i64,
}

/// Drives a claimed task to the end of this node's ownership.
pub(crate) async fn drive(shared: Arc<Shared>, lease: Lease<Work>, seat: Held) {
    let mut driver = Driver::new(shared.clone(), lease, seat);
    match caught(driver.run()).await {
        Some(Stop::Released) => shared.hurry.notify_one(),
        Some(Stop::Lost) => {
            shared.metrics.lease_lost();
            tracing::warn!(task.id = %driver.task_id(), "lost the lease of a task");
        }
        Some(Stop::Draining) => driver.finish_sends().await,
        None => driver.give_back_after_panic().await,
    }
}

impl Driver {
    fn new(shared: Arc<Shared>, mut lease: Lease<Work>, seat: Held) -> Self {
        let work = &mut lease.work;
        let spec = &work.task.spec;
        work.memory.route_len = shared.routes.hops(spec, Way::of(spec, &work.inputs)).len();
        work.memory.resubmits = shared.resubmits();
        Self {
            news: News::since(&work.task, shared.times.now()),
            wishes_seen: work.task.nudge,
            lease,
            seat,
            shared,
            under_way: FuturesUnordered::new(),
            doing: Vec::new(),
            resting: Vec::new(),
            schedule: Schedule::default(),
            bundles: BTreeMap::new(),
        }
    }

    async fn run(&mut self) -> Stop {
        match self.work_on().await {
            Ok(never) => match never {},
            Err(stop) => stop,
        }
    }

    async fn work_on(&mut self) -> Result<std::convert::Infallible, Stop> {
        self.take_in().await?;
        loop {
            let pause = self.advance().await?;
            self.wait(pause).await?;
        }
    }

    /// What a new owner does first: nobody is left who could know whether an intent was sent, and
    /// what was abandoned may still be running.
    async fn take_in(&mut self) -> Result<(), Stop> {
        let of = |work: &Work, status: AttemptStatus| -> Vec<AttemptId> {
            let such = work.attempts.iter().filter(|a| a.status == status);
            such.map(|attempt| attempt.id.clone()).collect()
        };
        let mut orphans = of(&self.lease.work, AttemptStatus::Intent);
        if self.shared.doubts(&self.lease.work) {
            orphans.extend(of(&self.lease.work, AttemptStatus::Due));
        }
        for id in orphans {
            self.settle(Fact::Orphaned(id)).await?;
        }
        for id in of(&self.lease.work, AttemptStatus::Abandoned) {
            self.begin_cancel_if_unwanted(&id);
        }
        Ok(())
    }

    /// Applies what is settled already, begins every step that may run, and says how long nothing
    /// else is to be done, in ms.
    async fn advance(&mut self) -> Result<Millis, Stop> {
        loop {
            let now = self.shared.times.now();
            let steps = next(&self.lease.work, now);
            if let Some(fact) = self.settled(&steps) {
                self.take_fact(Doing::Open, fact).await?;
                continue;
            }
            let pause = steps.into_iter().map(|step| self.begin(step, now)).min();
            let pause = pause.unwrap_or(MINUTE);
            if self.is_idle(now) {
                // Also the end of a task that is not open any more: the commit closes it.
                self.settle(Fact::GivenBack {
                    not_before: now + pause,
                })
                .await?;
                continue;
            }
            self.see_wishes().await?;
            self.news.tell(&self.shared, &self.lease.work.task);
            return Ok(pause);
        }
    }

    /// A fact that can be applied now. What needs a permit, or was refused, rests with the opens.
    fn settled(&self, steps: &[Step]) -> Option<Fact> {
        steps.iter().find_map(|step| match step {
            Step::Apply(fact) if !self.rests(&Doing::Open) || !waits(fact) => Some(fact.clone()),
            _ => None,
        })
    }

    /// Nothing is under way and nothing needs an owner: what waits for its turn has none.
    fn is_idle(&self, now: Millis) -> bool {
        use framewright_core::task::Need;
        let work = &self.lease.work;
        let waits = work.need(now) != Need::Owner || !work.is_open(now);
        self.doing.is_empty() && waits
    }

    async fn wait(&mut self, pause: Millis) -> Result<(), Stop> {
        let shared = self.shared.clone();
        tokio::select! {
            biased;
            Some(done) = self.under_way.next() => self.take(done).await,
            () = self.seat.wake.notified() => self.look_at_wishes().await,
            () = self.news.told() => Ok(()),
            () = shared.times.nap(pause) => Ok(()),
            () = shared.supervisor.stopping() => Err(Stop::Draining),
        }
    }

    /// The drain: a paid request that is under way reaches its answer, and the answer its file.
    /// Everything else is given back by the node as a whole.
    async fn finish_sends(&mut self) {
        while self.doing.iter().any(Doing::is_send) {
            let Some(done) = self.under_way.next().await else {
                return;
            };
            if !done.doing.is_send() {
                self.doing.retain(|doing| *doing != done.doing);
            } else if self.take(done).await.is_err() {
                return;
            }
        }
    }

    async fn give_back_after_panic(&mut self) {
        self.shared.metrics.panicked("driver");
        tracing::error!(task.id = %self.task_id(), "the driver of a task panicked; the task rests");
        let not_before = self.shared.times.now() + PANIC_PAUSE;
        let released = caught(self.settle(Fact::GivenBack { not_before })).await;
        if !matches!(released, Some(Err(Stop::Released | Stop::Lost))) {
            self.shared.astray.store(true, Ordering::Relaxed);
        }
    }

    fn task_id(&self) -> &framewright_core::id::TaskId {
        &self.lease.work.task.id
    }
}

/// Whether a fact may have to wait for a permit.
fn waits(fact: &Fact) -> bool {
    matches!(fact, Fact::Intended { .. })
}

#[cfg(test)]
mod tests {
    use super::drive;

    fn size_of_its_future<A, B, C, F>(_: impl Fn(A, B, C) -> F) -> usize {
        size_of::<F>()
    }

    /// Ten thousand tasks are driven at once within 300 MB: what waits must be small.
    #[test]
    fn the_driver_of_a_waiting_task_is_small() {
        let bytes = size_of_its_future(drive);
        assert!(bytes <= 6 * 1024, "{bytes} bytes");
    }
}
