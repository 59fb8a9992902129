//! A task with everything that was done for it: what the owner holds while it works, and what
//! `step` and `change` decide over. Not a row: the store assembles it.

use std::collections::BTreeMap;

use crate::attempt::{Attempt, AttemptStatus, Class, Spend, UpstreamJob};
use crate::clock::Millis;
use crate::failure::{Failure, FailureCode};
use crate::id::AttemptId;
use crate::task::{Input, Need, Output, Task};

/// What a provider said to a submit: a fact, filed whatever the fence says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It took the job. `deadline_ms` and `expected_ms` are the provider's pace, frozen here.
    Accepted {
        job: UpstreamJob,
        spend: Spend,
        deadline_ms: Millis,
        /// Absent where the provider reports its progress itself.
        expected_ms: Option<Millis>,
    },
    /// It refused, and nothing was bought.
    Rejected(Failure),
    /// It surely does not have the job: not sent, shed, busy. Never filed: it says nothing lasting.
    NotTaken { not_before: Millis, detail: String },
    /// The request left and no readable answer came. Never filed: it is the absence of a fact.
    Unknown { look_again: Millis, detail: String },
}

/// An answer as the store kept it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FiledAnswer {
    pub attempt: AttemptId,
    pub at: Millis,
    pub answer: Answer,
}

/// A task and its rows, and what its owner knows beside them.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    pub task: Task,
    pub inputs: Vec<Input>,
    /// By `seq`, rising.
    pub attempts: Vec<Attempt>,
    pub outputs: Vec<Output>,
    /// Answers filed for attempts that do not show them yet.
    pub unapplied: Vec<FiledAnswer>,
    /// What no row holds and a new owner starts without.
    pub memory: Memory,
}

/// How far a job is, to the millionth: finer than what is shown, so that a mean over slots and the
/// steps of what is stored come out exact for every frame count that a video has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Progress(u32);

impl Progress {
    pub const NONE: Self = Self(0);
    pub const WHOLE: Self = Self(1_000_000);

    /// For providers that report 0 to 100.
    #[must_use]
    pub fn percent(percent: u8) -> Self {
        Self::of(u32::from(percent.min(100)), 100)
    }

    /// `done` of `all`, rounded up: below a million parts no whole step is lost to rounding.
    #[must_use]
    pub fn of(done: u32, all: u32) -> Self {
        let all = u64::from(all.max(1));
        let millionths = (u64::from(done) * 1_000_000).div_ceil(all);
        Self(u32::try_from(millionths).unwrap_or(u32::MAX)).min(Self::WHOLE)
    }

    /// Millionths, 0 to 1,000,000.
    #[must_use]
    pub fn millionths(self) -> u32 {
        self.0
    }
}

/// How often one slot is bought anew on the operator's word before it fails all the same.
const MOST_RESUBMITS: usize = 2;

/// What only the present owner knows. Losing it costs a poll, never a purchase.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// How many providers the task's route names today; the engine sets it at the claim.
    pub route_len: usize,
    /// Providers whose operator wants a lost request sent anew once nothing more can be asked, at
    /// the risk of buying twice; the engine sets it at the claim.
    pub resubmits: Vec<String>,
    /// Progress of each live attempt as last reported.
    pub progress: BTreeMap<AttemptId, Progress>,
    /// Collecting attempts whose sources the owner holds.
    pub sources_known: Vec<AttemptId>,
    /// Slots for which no provider was left, with why.
    pub unserved: BTreeMap<u8, Failure>,
    /// Times in a row that a poll found the job gone.
    pub gone: BTreeMap<AttemptId, u8>,
}

/// What became of one slot so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slot {
    Stored,
    /// An attempt is at it, or may be.
    Live,
    /// To be tried: `ordinal` attempts were made at it, and `hop` providers of the route are done
    /// with it.
    Open {
        ordinal: usize,
        hop: usize,
    },
    Failed(Failure),
}

impl Work {
    #[must_use]
    pub fn new(task: Task) -> Self {
        Self {
            task,
            inputs: Vec::new(),
            attempts: Vec::new(),
            outputs: Vec::new(),
            unapplied: Vec::new(),
            memory: Memory::default(),
        }
    }

    #[must_use]
    pub fn attempt(&self, id: &AttemptId) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.id == *id)
    }

    /// Every slot of the task, from 0.
    #[must_use]
    pub fn slots(&self, now: Millis) -> Vec<Slot> {
        (0..self.task.spec.slots)
            .map(|slot| self.slot(slot, now))
            .collect()
    }

    fn slot(&self, slot: u8, now: Millis) -> Slot {
        if self.outputs.iter().any(|output| output.slot == slot) {
            return Slot::Stored;
        }
        let tried = self.attempts.iter().filter(|a| a.slots.contains(&slot));
        let tried: Vec<&Attempt> = tried.collect();
        if tried.iter().any(|attempt| attempt.holds_its_slots(now)) {
            return Slot::Live;
        }
        self.open_slot(slot, &tried)
    }

    /// A slot nobody is at: open where the last failure allows another provider and one is left, or
    /// where the operator chose to have a lost request made again.
    fn open_slot(&self, slot: u8, tried: &[&Attempt]) -> Slot {
        let last = tried.last().map(|attempt| attempt.why_it_ended());
        if let Some(why) = self.memory.unserved.get(&slot) {
            return Slot::Failed(last.unwrap_or_else(|| why.clone()));
        }
        let ordinal = tried.len();
        let lost = tried
            .iter()
            .filter(|attempt| self.may_be_made_again(attempt));
        let lost = lost.count();
        let hop = ordinal - lost;
        let again = tried
            .last()
            .is_some_and(|last| self.may_be_made_again(last));
        match last {
            Some(_) if again && lost <= MOST_RESUBMITS => Slot::Open { ordinal, hop },
            Some(failure) if !failure.code.allows_failover() || hop >= self.memory.route_len => {
                Slot::Failed(failure)
            }
            _ => Slot::Open { ordinal, hop },
        }
    }

    /// Lost for good at a provider whose operator chose to have such a request sent anew. Never
    /// where the provider honours a key or can be asked: there it is learnt what became of it.
    fn may_be_made_again(&self, attempt: &Attempt) -> bool {
        attempt.status == AttemptStatus::Unknown
            && matches!(attempt.class, Class::C | Class::D | Class::E)
            && self.memory.resubmits.contains(&attempt.provider)
    }

    /// Whether anything of this task is still to be watched (`tasks.open`).
    #[must_use]
    pub fn is_open(&self, now: Millis) -> bool {
        !self.task.status.is_terminal() || self.attempts.iter().any(|a| a.is_watched(now))
    }

    /// What a claimer must bring for the task as it stands.
    #[must_use]
    pub fn need(&self, now: Millis) -> Need {
        if self.task.status.is_terminal() || self.attempts.iter().any(|a| a.is_watched(now)) {
            Need::Owner
        } else if self.inputs_missing() {
            Need::Inputs
        } else {
            Need::Permit
        }
    }

    /// Whether inputs that the spec names are not in yet. All of a task's inputs come together.
    #[must_use]
    pub fn inputs_missing(&self) -> bool {
        let wanted = self.task.spec.inputs.len() + usize::from(self.task.spec.parent.is_some());
        self.inputs.len() < wanted
    }
}

impl Attempt {
    /// Whether its slots must not be given to another attempt: it is at work, or may be.
    #[must_use]
    pub fn holds_its_slots(&self, now: Millis) -> bool {
        match self.status {
            AttemptStatus::Due
            | AttemptStatus::Intent
            | AttemptStatus::Accepted
            | AttemptStatus::Collecting => true,
            AttemptStatus::Unknown => !self.resolve_is_over(now),
            AttemptStatus::Abandoned
            | AttemptStatus::Succeeded
            | AttemptStatus::Rejected
            | AttemptStatus::Failed => false,
        }
    }

    /// Whether this answer is news. A provider that was thought not to have the job and says that it
    /// does is believed: whoever sends it again would buy it twice.
    #[must_use]
    pub fn awaits(&self, answer: &Answer) -> bool {
        match self.status {
            AttemptStatus::Intent | AttemptStatus::Unknown => true,
            AttemptStatus::Due => matches!(answer, Answer::Accepted { .. }),
            _ => false,
        }
    }

    /// Whether the owner still has to look at it, its task ended or not.
    #[must_use]
    pub fn is_watched(&self, now: Millis) -> bool {
        match self.status {
            AttemptStatus::Intent
            | AttemptStatus::Accepted
            | AttemptStatus::Collecting
            | AttemptStatus::Abandoned => true,
            AttemptStatus::Unknown => !self.resolve_is_over(now),
            AttemptStatus::Due
            | AttemptStatus::Succeeded
            | AttemptStatus::Rejected
            | AttemptStatus::Failed => false,
        }
    }

    /// Whether an unknown outcome is past being looked into.
    #[must_use]
    pub fn resolve_is_over(&self, now: Millis) -> bool {
        self.resolve_until.is_none_or(|until| now >= until)
    }

    fn why_it_ended(&self) -> Failure {
        if self.status == AttemptStatus::Unknown {
            return Failure::new(
                FailureCode::OutcomeUnknown,
                "the provider's answer was lost and the outcome could not be learnt; it was not \
                 sent again so that nothing is bought twice",
            );
        }
        self.failure.clone().unwrap_or_else(|| {
            Failure::new(
                FailureCode::UpstreamFailed,
                "the provider made fewer videos than asked",
            )
        })
    }
}
