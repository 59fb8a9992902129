//! Beginning steps: each becomes a future that owns what it needs, so that the work may move on
//! beneath it.

use std::future::Future;

use framewright_core::attempt::{Attempt, AttemptStatus};
use framewright_core::clock::{MINUTE, Millis};
use framewright_core::id::AttemptId;
use framewright_core::step::Step;
use framewright_core::task::TaskStatus;
use futures_util::FutureExt;

use super::Driver;
use crate::act::{Came, Doing, Done};
use crate::collect::{self, Shelf};
use crate::open::{self, Opening};
use crate::supervisor::caught;
use crate::{inputs, resolve, submit};

/// However due the next thing is, the driver waits this long before it looks again, ms.
const LEAST_PAUSE: Millis = 10;

impl Driver {
    /// Begins a step unless it runs or rests; says in how many ms it wants to be looked at again.
    pub(super) fn begin(&mut self, step: Step, now: Millis) -> Millis {
        match step {
            Step::Wait { until } => return (until - now).max(LEAST_PAUSE),
            Step::Inputs => self.start(Doing::Inputs, Self::inputs),
            Step::Open {
                slots,
                ordinal,
                hop,
            } => self.start(Doing::Open, |this| this.open(slots, ordinal, hop)),
            Step::Send(id) => self.start_on(id, Doing::Send, Self::send),
            Step::Find(id) => self.start_on(id, Doing::Find, Self::find),
            Step::Collect(id) => self.start_on(id, Doing::Collect, Self::collect),
            Step::Poll(id) => return self.begin_poll(id),
            Step::Apply(_) | Step::Close => {}
        }
        self.next_rest()
    }

    fn start<F>(&mut self, doing: Doing, make: impl FnOnce(&mut Self) -> F)
    where
        F: Future<Output = Came> + Send + 'static,
    {
        if self.doing.contains(&doing) || self.rests(&doing) {
            return;
        }
        let work = make(self);
        self.doing.push(doing.clone());
        let work = async move {
            Done {
                doing,
                came: caught(work).await,
            }
        };
        self.under_way.push(work.boxed());
    }

    /// Begins a step of an attempt at which nothing else is being done.
    fn start_on<F>(
        &mut self,
        id: AttemptId,
        doing: fn(AttemptId) -> Doing,
        make: impl FnOnce(&mut Self, Attempt) -> F,
    ) where
        F: Future<Output = Came> + Send + 'static,
    {
        let busy = self.doing.iter().any(|doing| doing.attempt() == Some(&id));
        let attempt = self.lease.work.attempt(&id).cloned();
        if let (false, Some(attempt)) = (busy, attempt) {
            self.start(doing(id), |this| make(this, attempt));
        }
    }

    fn inputs(&mut self) -> impl Future<Output = Came> + use<> {
        inputs::inputs(
            self.shared.clone(),
            self.lease.work.task.clone(),
            self.lease.epoch,
            self.lease.deaths,
        )
    }

    fn open(
        &mut self,
        slots: Vec<u8>,
        ordinal: usize,
        hop: usize,
    ) -> impl Future<Output = Came> + use<> {
        self.tell_of_a_resubmit(&slots);
        let opening = Opening {
            task: self.lease.work.task.clone(),
            inputs: self.lease.work.inputs.clone(),
            slots,
            ordinal,
            hop,
            doubted: self.shared.doubts(&self.lease.work),
        };
        open::open(self.shared.clone(), opening)
    }

    fn send(&mut self, attempt: Attempt) -> impl Future<Output = Came> + use<> {
        let spec = self.lease.work.task.spec.clone();
        submit::send(self.shared.clone(), attempt, spec, self.lease.epoch)
    }

    fn find(&mut self, attempt: Attempt) -> impl Future<Output = Came> + use<> {
        let spec = self.lease.work.task.spec.clone();
        resolve::find(self.shared.clone(), attempt, spec, self.lease.epoch)
    }

    fn collect(&mut self, attempt: Attempt) -> impl Future<Output = Came> + use<> {
        let shelf = Shelf::of(&self.lease);
        let got = self.bundles.remove(&attempt.id).unwrap_or_default();
        collect::collect(self.shared.clone(), shelf, attempt, got)
    }

    /// Looks at a job if its time has come.
    fn begin_poll(&mut self, id: AttemptId) -> Millis {
        let shared = self.shared.clone();
        let Some(attempt) = self.lease.work.attempt(&id) else {
            return MINUTE;
        };
        let asked = shared.asked(attempt);
        let Some(((provider, key), job)) = asked.zip(attempt.upstream_job.clone()) else {
            // Its provider is not configured here today; its deadline still counts.
            return MINUTE;
        };
        let uptime = shared.times.uptime();
        let due = self
            .schedule
            .due(&id, &provider.pace(), uptime, &shared.chance);
        if uptime < due {
            return due - uptime;
        }
        self.start_on(id, Doing::Poll, |this, _| {
            let shared = this.shared.clone();
            async move {
                let seen = shared.pollers.look(&provider, &key.name, job).await;
                shared.metrics.looked_after(shared.times.uptime() - due);
                Came::Looked(seen)
            }
        });
        MINUTE
    }

    /// Nothing is sent a second time unseen.
    fn tell_of_a_resubmit(&self, slots: &[u8]) {
        let of_slot = |attempt: &&Attempt| slots.first().is_some_and(|s| attempt.slots.contains(s));
        let last = self.lease.work.attempts.iter().rfind(of_slot);
        let lost = last.filter(|attempt| attempt.status == AttemptStatus::Unknown);
        if let Some(lost) = lost {
            self.shared.metrics.resubmitted(&lost.provider);
            tracing::warn!(task.id = %self.task_id(), provider.name = lost.provider,
                attempt.id = %lost.id, "sends anew what may have been bought, as configured");
        }
    }

    /// Asks the provider to stop a job that its client cancelled. The next polls show what it did. A
    /// job of a task that failed goes on: its output is kept as a late one.
    pub(super) fn begin_cancel_if_unwanted(&mut self, id: &AttemptId) {
        if !matches!(self.lease.work.task.status, TaskStatus::Cancelled { .. }) {
            return;
        }
        let Some(attempt) = self.lease.work.attempt(id) else {
            return;
        };
        let asked = self.shared.asked(attempt);
        let Some(((provider, key), job)) = asked.zip(attempt.upstream_job.clone()) else {
            return;
        };
        let id = id.clone();
        self.start(Doing::Cancel(id.clone()), |_| async move {
            if let Err(error) = provider.cancel(&job, &key).await {
                tracing::info!(attempt.id = %id, %error, "could not cancel an upstream job");
            }
            Came::Nothing
        });
    }

    /// Lets a step rest for so many ms.
    pub(super) fn rest(&mut self, doing: Doing, pause: Millis) {
        let until = self.shared.times.uptime() + pause;
        self.resting.retain(|(other, _)| *other != doing);
        self.resting.push((doing, until));
    }

    pub(super) fn rests(&self, doing: &Doing) -> bool {
        let uptime = self.shared.times.uptime();
        self.resting
            .iter()
            .any(|(other, until)| other == doing && uptime < *until)
    }

    /// In how many ms the first rest ends.
    fn next_rest(&mut self) -> Millis {
        let uptime = self.shared.times.uptime();
        self.resting.retain(|(_, until)| uptime < *until);
        let first = self.resting.iter().map(|(_, until)| until - uptime).min();
        first.unwrap_or(MINUTE)
    }
}
