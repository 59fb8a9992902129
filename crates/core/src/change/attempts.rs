//! What a fact does to the attempt it is about: the attempt half of `apply`.

use super::{Draft, IllegalEvent, Seen};
use crate::attempt::{Attempt, AttemptStatus, Class, Spend, UpstreamJob};
use crate::clock::Millis;
use crate::failure::{Failure, FailureCode};
use crate::id::AttemptId;
use crate::task::{Estimate, Output, TaskStatus};
use crate::work::{Answer, Progress, Slot};

/// Polls in a row that must find a job gone before it is believed.
const GONE_POLLS: u8 = 3;

impl Attempt {
    /// Surely not at the provider, and about to be sent: back to `Intent`, with the same key.
    pub(super) fn intended(&mut self, at: Millis) {
        if self.status == AttemptStatus::Due {
            self.status = AttemptStatus::Intent;
            self.sent_at = self.sent_at.or(Some(at));
        }
    }

    fn end(&mut self, status: AttemptStatus, failure: Option<Failure>, now: Millis) {
        self.status = status;
        self.failure = failure;
        self.ended = Some(now);
    }

    /// The same purchase told once more, by whoever knows what it cost.
    fn learn_late(&mut self, answer: &Answer) {
        if let Answer::Accepted { job, spend, .. } = answer
            && self.upstream_job.as_ref() == Some(job)
            && self.spend == Spend::Unknown
        {
            self.learn(spend.clone());
        }
    }

    fn learn(&mut self, spend: Spend) {
        if spend != Spend::Unknown {
            self.spend = spend;
        }
    }
}

impl Draft<'_> {
    /// Takes in a new attempt, which must cover slots that nobody holds.
    pub(super) fn opened(
        &mut self,
        mut attempt: Attempt,
        status: AttemptStatus,
    ) -> Result<(), IllegalEvent> {
        let slots = self.work.slots(self.now);
        let free = |slot: &u8| matches!(slots.get(usize::from(*slot)), Some(Slot::Open { .. }));
        let ended = self.work.task.status.is_terminal();
        if ended || attempt.slots.is_empty() || !attempt.slots.iter().all(free) {
            let why = format!("slots {:?} are not open", attempt.slots);
            return Err(IllegalEvent {
                fact: "opened",
                why,
            });
        }
        attempt.status = status;
        attempt.seq = self.work.attempts.last().map_or(1, |last| last.seq + 1);
        self.work.attempts.push(attempt);
        Ok(())
    }

    pub(super) fn orphaned(&mut self, id: &AttemptId) -> Result<(), IllegalEvent> {
        let (now, rules) = (self.now, *self.rules);
        let attempt = self.at("orphaned", id)?;
        if matches!(attempt.status, AttemptStatus::Intent | AttemptStatus::Due) {
            attempt.status = AttemptStatus::Unknown;
            attempt.not_before = now;
            // A key is honoured from its first use on, however late its new owner comes.
            let from = match attempt.class {
                Class::A => attempt.sent_at.unwrap_or(attempt.created),
                _ => now,
            };
            attempt.resolve_until = Some(from + rules.resolve_for(attempt.class));
        }
        Ok(())
    }

    pub(super) fn answered(&mut self, id: &AttemptId, answer: Answer) -> Result<(), IllegalEvent> {
        self.work.unapplied.retain(|filed| filed.attempt != *id);
        let attempt = self.at("answered", id)?;
        if !attempt.awaits(&answer) {
            attempt.learn_late(&answer);
            return Ok(());
        }
        match answer {
            Answer::Accepted {
                job,
                spend,
                deadline_ms,
                expected_ms,
            } => {
                self.accepted(id, job, spend, deadline_ms)?;
                self.estimate(expected_ms);
            }
            Answer::Rejected(failure) => {
                let now = self.now;
                self.at("answered", id)?
                    .end(AttemptStatus::Rejected, Some(failure), now);
            }
            Answer::NotTaken { not_before, detail } => self.not_taken(id, not_before, detail)?,
            Answer::Unknown { look_again, detail } => self.lost(id, look_again, detail)?,
        }
        Ok(())
    }

    /// The provider has the job. Where the task ended meanwhile it is only watched.
    fn accepted(
        &mut self,
        id: &AttemptId,
        job: UpstreamJob,
        spend: Spend,
        deadline_ms: Millis,
    ) -> Result<(), IllegalEvent> {
        let (now, ended) = (self.now, self.work.task.status.is_terminal());
        let watch = if ended {
            self.rules.abandoned_for
        } else {
            deadline_ms
        };
        let attempt = self.at("answered", id)?;
        attempt.status = if ended {
            AttemptStatus::Abandoned
        } else {
            AttemptStatus::Accepted
        };
        attempt.upstream_job = Some(job);
        attempt.learn(spend);
        attempt.accepted_at = Some(now);
        attempt.deadline = Some(now + watch);
        attempt.resolve_until = None;
        // The answer is not lost any more, and the looking for it not what ended.
        attempt.failure = None;
        attempt.ended = None;
        self.moved_by = Some(id.clone());
        Ok(())
    }

    /// The first acceptance freezes what the estimate is counted from.
    fn estimate(&mut self, expected_ms: Option<Millis>) {
        let accepted_at = self.now;
        let fresh = expected_ms.map(|expected_ms| Estimate {
            accepted_at,
            expected_ms,
        });
        self.work.task.estimate = self.work.task.estimate.or(fresh);
    }

    /// Busy, shed or not sent: the same attempt waits, unless nobody wants it any more.
    fn not_taken(
        &mut self,
        id: &AttemptId,
        not_before: Millis,
        detail: String,
    ) -> Result<(), IllegalEvent> {
        let (now, ended) = (self.now, self.work.task.status.is_terminal());
        let too_late = ended || now >= self.work.task.queue_deadline;
        let attempt = self.at("answered", id)?;
        if too_late {
            let busy = Failure::new(
                FailureCode::Busy,
                "the provider stayed busy until the queue deadline; send the task again later",
            );
            attempt.end(AttemptStatus::Rejected, Some(busy.with_detail(detail)), now);
        } else {
            attempt.status = AttemptStatus::Due;
            attempt.not_before = not_before;
            attempt.resolve_until = None;
        }
        Ok(())
    }

    /// No readable answer. The time to look into it runs from the first loss, not from the last.
    fn lost(
        &mut self,
        id: &AttemptId,
        look_again: Millis,
        detail: String,
    ) -> Result<(), IllegalEvent> {
        let (now, rules) = (self.now, *self.rules);
        let attempt = self.at("answered", id)?;
        attempt.status = AttemptStatus::Unknown;
        attempt.not_before = look_again;
        attempt
            .resolve_until
            .get_or_insert(now + rules.resolve_for(attempt.class));
        let lost = Failure::new(
            FailureCode::OutcomeUnknown,
            "the provider's answer was lost",
        );
        attempt.failure = Some(lost.with_detail(detail));
        Ok(())
    }

    pub(super) fn observed(&mut self, id: &AttemptId, seen: Seen) -> Result<(), IllegalEvent> {
        let status = self.at("observed", id)?.status;
        let cancelled = matches!(self.work.task.status, TaskStatus::Cancelled { .. });
        if seen != Seen::Gone {
            self.work.memory.gone.remove(id);
        }
        match (status, seen) {
            (AttemptStatus::Accepted, Seen::Running { progress }) => self.progressed(id, progress),
            (AttemptStatus::Accepted | AttemptStatus::Collecting, Seen::Done { spend }) => {
                self.done(id, spend)?;
            }
            // What a client does not want is paid for and left; what came too late is kept.
            (AttemptStatus::Abandoned, Seen::Done { spend }) if !cancelled => {
                self.done(id, spend)?;
            }
            (AttemptStatus::Abandoned, Seen::Done { spend }) => {
                let now = self.now;
                let attempt = self.at("observed", id)?;
                attempt.learn(spend);
                attempt.end(AttemptStatus::Succeeded, None, now);
            }
            (
                AttemptStatus::Accepted | AttemptStatus::Abandoned | AttemptStatus::Collecting,
                Seen::Failed { failure, spend },
            ) => {
                let now = self.now;
                let attempt = self.at("observed", id)?;
                attempt.learn(spend);
                attempt.end(AttemptStatus::Failed, Some(failure), now);
                self.moved_by = Some(id.clone());
            }
            (
                AttemptStatus::Accepted | AttemptStatus::Abandoned | AttemptStatus::Collecting,
                Seen::Gone,
            ) => self.gone(id)?,
            _ => {}
        }
        Ok(())
    }

    fn progressed(&mut self, id: &AttemptId, progress: Option<Progress>) {
        if let Some(progress) = progress {
            let known = self.work.memory.progress.entry(id.clone()).or_default();
            *known = (*known).max(progress);
        }
    }

    fn done(&mut self, id: &AttemptId, spend: Spend) -> Result<(), IllegalEvent> {
        let attempt = self.at("observed", id)?;
        attempt.learn(spend);
        attempt.status = AttemptStatus::Collecting;
        self.work
            .memory
            .progress
            .insert(id.clone(), Progress::WHOLE);
        if !self.work.memory.sources_known.contains(id) {
            self.work.memory.sources_known.push(id.clone());
        }
        self.moved_by = Some(id.clone());
        Ok(())
    }

    fn gone(&mut self, id: &AttemptId) -> Result<(), IllegalEvent> {
        let count = self.work.memory.gone.entry(id.clone()).or_default();
        *count += 1;
        if *count >= GONE_POLLS {
            let now = self.now;
            let failure = Failure::new(
                FailureCode::UpstreamGone,
                "the provider no longer knows the job that it had taken",
            );
            self.at("observed", id)?
                .end(AttemptStatus::Failed, Some(failure), now);
            self.moved_by = Some(id.clone());
        }
        Ok(())
    }

    pub(super) fn collected(
        &mut self,
        id: &AttemptId,
        outputs: Vec<Output>,
    ) -> Result<(), IllegalEvent> {
        let now = self.now;
        let attempt = self.at("collected", id)?;
        if attempt.status != AttemptStatus::Collecting {
            return Ok(());
        }
        attempt.end(AttemptStatus::Succeeded, None, now);
        self.work.outputs.extend(outputs);
        self.work.memory.sources_known.retain(|known| known != id);
        self.moved_by = Some(id.clone());
        Ok(())
    }

    pub(super) fn collect_failed(
        &mut self,
        id: &AttemptId,
        failure: Failure,
    ) -> Result<(), IllegalEvent> {
        let now = self.now;
        let attempt = self.at("collect failed", id)?;
        if attempt.status == AttemptStatus::Collecting {
            attempt.end(AttemptStatus::Failed, Some(failure), now);
            self.moved_by = Some(id.clone());
        }
        Ok(())
    }

    pub(super) fn deadline_passed(&mut self, id: &AttemptId) -> Result<(), IllegalEvent> {
        let now = self.now;
        let attempt = self.at("deadline passed", id)?;
        match attempt.status {
            AttemptStatus::Accepted | AttemptStatus::Abandoned => {
                let late = Failure::new(
                    FailureCode::AttemptDeadline,
                    "the provider did not finish the video in time",
                );
                attempt.end(AttemptStatus::Failed, Some(late), now);
                self.moved_by = Some(id.clone());
            }
            // It stays unknown, for the operator to settle; only the looking ends.
            AttemptStatus::Unknown => attempt.ended = Some(now),
            _ => {}
        }
        Ok(())
    }
}
