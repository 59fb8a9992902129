//! From a fact to rows: apply it, add what it owes, commit it under the fence, and do what the
//! change asks of the world outside.

use framewright_core::attempt::AttemptStatus;
use framewright_core::change::{Change, Fact, apply};
use framewright_core::id::AttemptId;
use framewright_core::retry::STORE;
use framewright_core::work::Work;
use framewright_store::{CommitError, Lease, StoreError};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{Driver, Stop};
use crate::owe::{after_dropped_news, owe};

/// How a fact ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    /// In memory or on disk, whichever it needed.
    Done,
    /// It brings an attempt to its intent, and the provider key has no permit left.
    NoPermit,
    /// Core does not allow it of this work.
    Refused,
}

impl Driver {
    /// Applies a fact and writes what follows. A store that does not answer is waited for, and the
    /// fact applied anew to the rows as they then are: facts that come twice change nothing.
    ///
    /// Boxed: a driver that waits, as ten thousand may at once, does not keep room for a commit.
    pub(super) fn settle(&mut self, fact: Fact) -> BoxFuture<'_, Result<Settled, Stop>> {
        self.settle_unboxed(fact).boxed()
    }

    async fn settle_unboxed(&mut self, fact: Fact) -> Result<Settled, Stop> {
        for faults in 0.. {
            let now = self.shared.times.now();
            let mut change = match apply(&self.lease.work, fact.clone(), &self.shared.rules, now) {
                Ok(change) => change,
                Err(illegal) => {
                    self.shared.metrics.illegal_fact();
                    tracing::error!(task.id = %self.task_id(), %illegal, "refused a fact");
                    return Ok(Settled::Refused);
                }
            };
            let seen = &mut change.after.task.nudge_seen;
            *seen = self.wishes_seen.max(*seen);
            if change.is_quiet(&self.lease.work) {
                self.lease.work = change.after;
                return Ok(Settled::Done);
            }
            owe(&self.shared, &mut change, now);
            if change.after.task.status.is_terminal() && self.news.stop() {
                after_dropped_news(&mut change, now);
            }
            match self.commit(change, now).await {
                Ok(()) => return Ok(Settled::Done),
                Err(Refusal::Stop(stop)) => return Err(stop),
                Err(Refusal::NoPermit) => return Ok(Settled::NoPermit),
                Err(Refusal::Fault(error)) => self.recover(&error, faults).await?,
            }
        }
        Ok(Settled::Refused)
    }

    async fn commit(&mut self, change: Change, now: i64) -> Result<(), Refusal> {
        let released = change.give_back;
        let owed = change.delivery.is_some();
        let status = change.event.as_ref().map(|event| event.status);
        let lease = self.shared.store.commit(&self.lease, change, now).await?;
        let before = std::mem::replace(&mut self.lease, lease);
        if let Some(status) = status {
            self.shared.metrics.moved(status);
        }
        if owed {
            self.shared.owed.notify_one();
        }
        self.follow(&before.work);
        self.shared.wrote();
        match released {
            true => Err(Refusal::Stop(Stop::Released)),
            false => Ok(()),
        }
    }

    /// What the attempts that moved ask of their providers.
    fn follow(&mut self, before: &Work) {
        let was = |id: &AttemptId| before.attempt(id).map(|attempt| attempt.status);
        let moved = self
            .lease
            .work
            .attempts
            .iter()
            .filter(|a| was(&a.id) != Some(a.status));
        let moved: Vec<_> = moved.map(|a| (a.id.clone(), a.status)).collect();
        for (id, status) in moved {
            if status == AttemptStatus::Abandoned {
                self.begin_cancel_if_unwanted(&id);
            } else if status.is_terminal() {
                self.let_go(&id);
            }
        }
    }

    /// The provider may drop what it kept for a job that is over.
    fn let_go(&mut self, id: &AttemptId) {
        self.schedule.forget(id);
        self.bundles.remove(id);
        let Some(attempt) = self.lease.work.attempt(id) else {
            return;
        };
        let asked = self.shared.asked(attempt);
        if let Some(((provider, _), job)) = asked.zip(attempt.upstream_job.clone()) {
            let settled = async move { provider.settled(&job).await };
            self.shared.supervisor.spawn("settled", settled);
        }
    }

    /// The store did not answer, and what it did is not known: waits and reads.
    async fn recover(&mut self, error: &StoreError, faults: u32) -> Result<(), Stop> {
        let shared = self.shared.clone();
        shared.metrics.store_fault();
        tracing::warn!(task.id = %self.task_id(), %error, "could not commit; reading again");
        for tries in faults.. {
            shared
                .times
                .wait(STORE.wait(tries, shared.chance.share()))
                .await;
            match self.reload().await {
                Err(Refusal::Fault(_)) => shared.metrics.store_fault(),
                Err(Refusal::Stop(stop)) => return Err(stop),
                Err(Refusal::NoPermit) | Ok(()) => return Ok(()),
            }
        }
        Ok(())
    }

    /// Reads the rows again and keeps what only memory knows.
    async fn reload(&mut self) -> Result<(), Refusal> {
        let mut lease: Lease<Work> = self.shared.store.reload(&self.lease).await?;
        lease.work.memory = std::mem::take(&mut self.lease.work.memory);
        self.wishes_seen = lease.work.task.nudge;
        self.lease = lease;
        Ok(())
    }

    /// Somebody wrote a wish: it is in the rows.
    pub(super) async fn look_at_wishes(&mut self) -> Result<(), Stop> {
        match self.reload().boxed().await {
            Err(Refusal::Fault(error)) => self.recover(&error, 0).boxed().await,
            Err(Refusal::Stop(stop)) => Err(stop),
            Err(Refusal::NoPermit) | Ok(()) => {
                self.look_now();
                Ok(())
            }
        }
    }

    /// Whoever wrote a wish may know that a job moved: every job is looked at with the next request.
    fn look_now(&mut self) {
        let uptime = self.shared.times.uptime();
        for attempt in &self.lease.work.attempts {
            if attempt.upstream_job.is_some() && !attempt.status.is_terminal() {
                self.schedule.now(&attempt.id, uptime);
            }
        }
    }

    /// Says that the wishes were seen, where no other commit has said it.
    pub(super) async fn see_wishes(&mut self) -> Result<(), Stop> {
        if self.lease.work.task.nudge_seen < self.wishes_seen {
            self.settle(Fact::NudgesSeen(self.wishes_seen)).await?;
        }
        Ok(())
    }
}

/// Why nothing was committed or read.
pub(super) enum Refusal {
    Stop(Stop),
    NoPermit,
    Fault(StoreError),
}

impl From<CommitError> for Refusal {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Lost => Self::Stop(Stop::Lost),
            CommitError::NoPermit => Self::NoPermit,
            CommitError::Store(error) => Self::Fault(error),
        }
    }
}
