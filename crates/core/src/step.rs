//! What is to be done next for a task: `next` looks at the work and the time, and names the steps
//! that may run now. It does nothing and remembers nothing; the engine leaves out what it is already
//! doing.

use crate::attempt::{Attempt, AttemptStatus, Class};
use crate::change::Fact;
use crate::clock::Millis;
use crate::id::AttemptId;
use crate::task::TaskStatus;
use crate::work::{Slot, Work};

/// One thing to do. Steps of different attempts may run side by side.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Fetch every input of the task.
    Inputs,
    /// Open an attempt for these slots: prepare it and commit its intent.
    Open {
        slots: Vec<u8>,
        /// Attempts at them before this one.
        ordinal: usize,
        /// Which provider of the route, from 0: an attempt that is made again on the operator's word
        /// goes where the one before it went.
        hop: usize,
    },
    /// Send the paid request of an attempt whose intent is on disk; also the resend of class A.
    Send(AttemptId),
    /// Ask the provider whether it has the job (classes B and C).
    Find(AttemptId),
    /// Look at the job once. When is the schedule's business.
    Poll(AttemptId),
    /// Bring the outputs into storage.
    Collect(AttemptId),
    /// Nothing to ask of the world: apply this.
    Apply(Fact),
    /// Nothing before this time, unless a wish comes.
    Wait { until: Millis },
    /// Nothing is left to watch: let the task go.
    Close,
}

/// The steps that may run now. Never empty.
#[must_use]
pub fn next(work: &Work, now: Millis) -> Vec<Step> {
    if let Some(fact) = settled_fact(work, now) {
        return vec![Step::Apply(fact)];
    }
    if !work.is_open(now) {
        return vec![Step::Close];
    }
    if !work.task.status.is_terminal() && work.inputs_missing() {
        return vec![Step::Inputs];
    }
    let mut steps: Vec<Step> = work
        .attempts
        .iter()
        .flat_map(|attempt| attempt_steps(work, attempt, now))
        .collect();
    steps.extend(open_step(work, now));
    if steps.is_empty() {
        steps.push(Step::Wait {
            until: work.task.queue_deadline,
        });
    }
    steps
}

/// A fact that needs no look at the world, most urgent first.
fn settled_fact(work: &Work, now: Millis) -> Option<Fact> {
    let filed = work.unapplied.first().map(|filed| Fact::Answered {
        attempt: filed.attempt.clone(),
        answer: filed.answer.clone(),
    });
    filed
        .or_else(|| cancel_wish(work))
        .or_else(|| passed_deadline(work, now))
        .or_else(|| everything_decided(work, now))
}

fn cancel_wish(work: &Work) -> Option<Fact> {
    let may_cancel = matches!(work.task.status, TaskStatus::Queued | TaskStatus::Running);
    (work.task.cancel_asked && may_cancel).then_some(Fact::CancelWish)
}

fn passed_deadline(work: &Work, now: Millis) -> Option<Fact> {
    let attempt = work.attempts.iter().find_map(|attempt| {
        let passed = match attempt.status {
            AttemptStatus::Accepted | AttemptStatus::Abandoned => {
                attempt.deadline.is_some_and(|deadline| now >= deadline)
            }
            AttemptStatus::Unknown => attempt.resolve_is_over(now) && attempt.ended.is_none(),
            _ => false,
        };
        passed.then(|| Fact::DeadlinePassed(attempt.id.clone()))
    });
    let queue = work.task.status == TaskStatus::Queued
        && now >= work.task.queue_deadline
        && !work.attempts.iter().any(|a| a.is_watched(now));
    attempt.or_else(|| queue.then_some(Fact::QueueDeadline))
}

/// No slot is live or open, and the task does not say so yet.
fn everything_decided(work: &Work, now: Millis) -> Option<Fact> {
    if work.task.status.is_terminal() || work.inputs_missing() {
        return None;
    }
    let undecided = work
        .slots(now)
        .iter()
        .any(|slot| matches!(slot, Slot::Live | Slot::Open { .. }));
    (!undecided).then_some(Fact::SlotsDecided)
}

fn attempt_steps(work: &Work, attempt: &Attempt, now: Millis) -> Vec<Step> {
    let id = || attempt.id.clone();
    match attempt.status {
        AttemptStatus::Due if now >= attempt.not_before => {
            vec![Step::Apply(Fact::Intended {
                attempt: id(),
                at: now,
            })]
        }
        AttemptStatus::Due => vec![Step::Wait {
            until: attempt.not_before,
        }],
        AttemptStatus::Intent => vec![Step::Send(id())],
        AttemptStatus::Accepted | AttemptStatus::Abandoned => {
            let deadline = attempt.deadline.map(|until| Step::Wait { until });
            std::iter::once(Step::Poll(id())).chain(deadline).collect()
        }
        AttemptStatus::Collecting if work.memory.sources_known.contains(&attempt.id) => {
            vec![Step::Collect(id())]
        }
        AttemptStatus::Collecting => vec![Step::Poll(id())],
        AttemptStatus::Unknown => unknown_steps(attempt, now),
        AttemptStatus::Succeeded | AttemptStatus::Rejected | AttemptStatus::Failed => Vec::new(),
    }
}

/// How an unknown outcome is looked into, by class; never by a blind resend.
fn unknown_steps(attempt: &Attempt, now: Millis) -> Vec<Step> {
    let Some(until) = attempt.resolve_until.filter(|until| now < *until) else {
        return Vec::new();
    };
    if now < attempt.not_before {
        return vec![Step::Wait {
            until: attempt.not_before.min(until),
        }];
    }
    let look = match attempt.class {
        Class::A => Some(Step::Send(attempt.id.clone())),
        Class::B | Class::C => Some(Step::Find(attempt.id.clone())),
        Class::D | Class::E => None,
    };
    look.into_iter().chain([Step::Wait { until }]).collect()
}

/// Open slots that stand at the same provider of the route are opened together.
fn open_step(work: &Work, now: Millis) -> Option<Step> {
    if work.task.status.is_terminal() {
        return None;
    }
    let open: Vec<(u8, (usize, usize))> = (0..)
        .zip(work.slots(now))
        .filter_map(|(slot, state)| match state {
            Slot::Open { ordinal, hop } => Some((slot, (ordinal, hop))),
            _ => None,
        })
        .collect();
    let first = open.first()?.1;
    let slots = open
        .iter()
        .filter(|(_, at)| *at == first)
        .map(|(slot, _)| *slot)
        .collect();
    let (ordinal, hop) = first;
    Some(Step::Open {
        slots,
        ordinal,
        hop,
    })
}
