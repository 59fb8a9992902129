//! What the attempts add up to: the task half of `apply`. Where a task moves to running, storing or
//! one of its ends, and how its progress is counted.

use super::Draft;
use crate::attempt::AttemptStatus;
use crate::credits::{Settlement, settle};
use crate::failure::{Failure, FailureCode};
use crate::task::TaskStatus;
use crate::work::{Progress, Slot};

/// Stored progress moves in steps of this, so that a poll rarely writes a row.
const PROGRESS_STEP: u8 = 10;

/// What is left for storing: a provider's 100 % is shown as this.
const PROGRESS_SHARE: u64 = 98;

impl Draft<'_> {
    /// Moves the task to where its slots are. A task that ended stays where it is.
    pub(super) fn decide(&mut self) {
        if self.work.task.status.is_terminal() || self.work.inputs_missing() {
            return;
        }
        let slots = self.work.slots(self.now);
        let undecided = slots
            .iter()
            .any(|slot| matches!(slot, Slot::Live | Slot::Open { .. }));
        if !undecided {
            return self.end(&slots);
        }
        self.advance(&slots);
        self.count_progress(&slots);
    }

    fn end(&mut self, slots: &[Slot]) {
        if slots.contains(&Slot::Stored) {
            return self.end_finished();
        }
        let failure = slots.iter().find_map(|slot| match slot {
            Slot::Failed(failure) => Some(failure.clone()),
            _ => None,
        });
        self.end_failed(failure.unwrap_or_else(|| {
            Failure::new(
                FailureCode::NoRoute,
                "no configured provider can make this video",
            )
        }));
    }

    /// Queued until something is accepted; storing when all that is still live is being collected.
    fn advance(&mut self, slots: &[Slot]) {
        let started = self
            .work
            .attempts
            .iter()
            .any(|attempt| attempt.accepted_at.is_some());
        let at_work = slots.iter().any(|slot| matches!(slot, Slot::Open { .. }))
            || self.work.attempts.iter().any(|attempt| {
                attempt.holds_its_slots(self.now) && attempt.status != AttemptStatus::Collecting
            });
        let status = match (started, at_work) {
            (false, _) => TaskStatus::Queued,
            (true, true) => TaskStatus::Running,
            (true, false) => TaskStatus::Storing,
        };
        // Storing is not left for running again: a client that saw 99 is not sent back.
        if self.work.task.status != TaskStatus::Storing {
            self.work.task.status = status;
        }
    }

    /// The mean over the slots of what their attempts reported, in whole steps; it never falls.
    fn count_progress(&mut self, slots: &[Slot]) {
        let sum: u64 = (0..)
            .zip(slots)
            .map(|(slot, state)| u64::from(self.slot_progress(slot, state).millionths()))
            .sum();
        let whole = u64::from(Progress::WHOLE.millionths()) * slots.len().max(1) as u64;
        let percent = u8::try_from(sum * PROGRESS_SHARE / whole).unwrap_or(0);
        let step = percent - percent % PROGRESS_STEP;
        self.work.task.progress = self.work.task.progress.max(step);
    }

    fn slot_progress(&self, slot: u8, state: &Slot) -> Progress {
        match state {
            Slot::Stored | Slot::Failed(_) => Progress::WHOLE,
            Slot::Open { .. } => Progress::NONE,
            Slot::Live => {
                let live = self.work.attempts.iter().rfind(|a| a.slots.contains(&slot));
                let known = live.and_then(|attempt| self.work.memory.progress.get(&attempt.id));
                known.copied().unwrap_or_default()
            }
        }
    }

    /// Gives the outputs their positions, in the order of the slots. A slot that was bought again on
    /// the operator's word has one output in the answer, whatever else came of it.
    fn end_finished(&mut self) {
        let (task, outputs) = (&mut self.work.task, &mut self.work.outputs);
        outputs.sort_by_key(|output| (output.slot, output.job_index));
        let mut last = None;
        task.stored = 0;
        for output in outputs {
            if last.replace(output.slot) != Some(output.slot) {
                task.stored += 1;
                output.position = task.stored;
            }
        }
        task.progress = 100;
        task.status = TaskStatus::Finished { at: self.now };
        self.let_go();
    }

    pub(super) fn end_failed(&mut self, failure: Failure) {
        self.work.task.status = TaskStatus::Failed {
            at: self.now,
            failure,
        };
        self.let_go();
    }

    /// A wish: what was not sent is dropped, what runs upstream is watched to its end.
    pub(super) fn cancel(&mut self) {
        if !matches!(
            self.work.task.status,
            TaskStatus::Queued | TaskStatus::Running
        ) {
            return;
        }
        let failure = Failure::new(FailureCode::Cancelled, "the task was cancelled");
        self.work.task.status = TaskStatus::Cancelled {
            at: self.now,
            failure,
        };
        self.let_go();
    }

    /// The task ended without its attempts: none of them may go on as if it were wanted. What was
    /// stored for other slots is kept by nobody.
    fn let_go(&mut self) {
        let (now, watch) = (self.now, self.rules.abandoned_for);
        self.work.task.expires = Some(now + self.rules.retention);
        for attempt in &mut self.work.attempts {
            match attempt.status {
                AttemptStatus::Due => {
                    attempt.status = AttemptStatus::Rejected;
                    attempt.ended = Some(now);
                }
                AttemptStatus::Accepted | AttemptStatus::Collecting => {
                    attempt.status = AttemptStatus::Abandoned;
                    attempt.deadline = Some(now + watch);
                }
                _ => {}
            }
        }
    }

    pub(super) fn settlement(&self) -> Settlement {
        let task = &self.work.task;
        settle(task.price, task.spec.slots, task.stored)
    }
}
