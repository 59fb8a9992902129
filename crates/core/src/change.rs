//! What follows from a fact: `apply` is the one transition function of tasks and attempts, total
//! over both statuses. It computes the work as it stands afterwards and what goes with it; writing
//! that down, fenced and at once, is the store's business.

mod attempts;
mod ending;

use crate::attempt::{Attempt, AttemptStatus, Spend};
use crate::clock::{DAY, HOUR, MINUTE, Millis};
use crate::crash::shortened;
use crate::credits::Settlement;
use crate::delivery::NewDelivery;
use crate::failure::{Failure, FailureCode};
use crate::id::AttemptId;
use crate::task::{Input, Output, Task};
use crate::work::{Answer, Progress, Work};

/// Something that happened and may change a status.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// Every input is in.
    InputsReady(Vec<Input>),
    /// An input could not be had or is not what its field takes.
    InputBad(Failure),
    /// An attempt was prepared; its status is `Intent` and it covers open slots.
    Opened(Box<Attempt>),
    /// A provider refused the slots before anything was sent; kept as a rejected attempt, so that
    /// the next provider of the route has its turn.
    Refused(Box<Attempt>),
    /// The route has no provider left for these slots.
    Unserved { slots: Vec<u8>, failure: Failure },
    /// An attempt that was surely not sent is about to be sent again, with the same key.
    Intended { attempt: AttemptId, at: Millis },
    /// A new owner found an intent, or after a restore what had not been sent when the backup was
    /// made: nobody is left who could know whether it was sent.
    Orphaned(AttemptId),
    /// The provider answered a submit, or did not.
    Answered { attempt: AttemptId, answer: Answer },
    /// A poll saw the job.
    Observed { attempt: AttemptId, seen: Seen },
    /// The sources of a collecting attempt turned out dead: look again, never buy again.
    SourcesLost(AttemptId),
    /// Outputs are stored as blobs.
    Collected {
        attempt: AttemptId,
        outputs: Vec<Output>,
    },
    /// Outputs could not be stored, for good.
    CollectFailed {
        attempt: AttemptId,
        failure: Failure,
    },
    /// The attempt's deadline, or the time to look into an unknown outcome, is over.
    DeadlinePassed(AttemptId),
    /// The task waited too long for a provider.
    QueueDeadline,
    /// The client or operator wants it to end.
    CancelWish,
    /// No slot is live or open.
    SlotsDecided,
    /// The owner gives the task back: what it waits for comes no sooner than `not_before`.
    GivenBack { not_before: Millis },
    /// The owner has seen the wishes up to this number.
    NudgesSeen(i64),
}

/// What one poll showed, without where the outputs lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// `progress` where the provider reports one.
    Running {
        progress: Option<Progress>,
    },
    Done {
        spend: Spend,
    },
    Failed {
        failure: Failure,
        spend: Spend,
    },
    /// The provider does not know the job.
    Gone,
}

/// Numbers that the operator sets and the rules need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How long a task and its files are kept after its end; at least 4 days.
    pub retention: Millis,
    /// How long a job is watched after its task ended.
    pub abandoned_for: Millis,
    /// How long a key of a class A provider is honoured, less a tenth.
    pub class_a_window: Millis,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            retention: 7 * DAY,
            abandoned_for: DAY,
            class_a_window: 24 * HOUR * 9 / 10,
        }
    }
}

impl Rules {
    /// How long an unknown outcome is looked into.
    #[must_use]
    pub fn resolve_for(&self, class: crate::attempt::Class) -> Millis {
        use crate::attempt::Class;
        match class {
            Class::A => self.class_a_window,
            Class::B | Class::C => 10 * MINUTE,
            Class::D => shortened(30 * MINUTE),
            Class::E => shortened(2 * MINUTE),
        }
    }
}

/// A line of the task's timeline, written with the change it tells of; its number is the version
/// that the commit makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub at: Millis,
    /// The task's status word after it.
    pub status: &'static str,
    pub progress: u8,
    /// Which attempt moved it, where one did.
    pub attempt: Option<AttemptId>,
    /// The failure's code, where it failed.
    pub code: Option<&'static str>,
}

/// The work as it stands after a fact, and what is committed with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub after: Work,
    /// Only where the task's status moved.
    pub event: Option<Event>,
    /// Only in the change that ends the task.
    pub settle: Option<Settlement>,
    /// Added by the engine to a change that ends a task with a webhook.
    pub delivery: Option<NewDelivery>,
    /// The owner lets go with this commit.
    pub give_back: bool,
}

impl Change {
    /// Nothing that a row holds differs: the owner keeps `after` in memory and writes nothing.
    #[must_use]
    pub fn is_quiet(&self, before: &Work) -> bool {
        !self.give_back
            && self.event.is_none()
            && self.after.task == before.task
            && self.after.attempts == before.attempts
            && self.after.inputs == before.inputs
            && self.after.outputs == before.outputs
    }
}

/// A fact that cannot be true of this work: a fault of the caller, not of the world.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fact} is not allowed: {why}")]
pub struct IllegalEvent {
    pub fact: &'static str,
    pub why: String,
}

/// Applies one fact. Facts that come late or twice change nothing; facts that contradict the work
/// are refused.
///
/// # Errors
/// [`IllegalEvent`] where the fact names an attempt that is not there, or covers slots that are
/// held.
pub fn apply(work: &Work, fact: Fact, rules: &Rules, now: Millis) -> Result<Change, IllegalEvent> {
    let mut draft = Draft {
        work: work.clone(),
        rules,
        now,
        moved_by: None,
        give_back: false,
    };
    draft.take(fact)?;
    Ok(draft.close(work))
}

/// The work while a fact is being applied to it.
struct Draft<'a> {
    work: Work,
    rules: &'a Rules,
    now: Millis,
    moved_by: Option<AttemptId>,
    give_back: bool,
}

impl Draft<'_> {
    fn take(&mut self, fact: Fact) -> Result<(), IllegalEvent> {
        match fact {
            Fact::InputsReady(inputs) => self.inputs_ready(inputs),
            Fact::InputBad(failure) => self.fail_unless_ended(failure),
            Fact::Opened(attempt) => return self.opened(*attempt, AttemptStatus::Intent),
            Fact::Refused(attempt) => return self.opened(*attempt, AttemptStatus::Rejected),
            Fact::Unserved { slots, failure } => {
                let unserved = slots.into_iter().map(|slot| (slot, failure.clone()));
                self.work.memory.unserved.extend(unserved);
            }
            Fact::Intended { attempt, at } => self.at("intended", &attempt)?.intended(at),
            Fact::Orphaned(attempt) => self.orphaned(&attempt)?,
            Fact::Answered { attempt, answer } => self.answered(&attempt, answer)?,
            Fact::Observed { attempt, seen } => self.observed(&attempt, seen)?,
            Fact::SourcesLost(attempt) => {
                self.work
                    .memory
                    .sources_known
                    .retain(|known| *known != attempt);
            }
            Fact::Collected { attempt, outputs } => self.collected(&attempt, outputs)?,
            Fact::CollectFailed { attempt, failure } => self.collect_failed(&attempt, failure)?,
            Fact::DeadlinePassed(attempt) => self.deadline_passed(&attempt)?,
            Fact::QueueDeadline => self.queue_deadline(),
            Fact::CancelWish => self.cancel(),
            Fact::SlotsDecided => {}
            Fact::GivenBack { not_before } => {
                self.work.task.not_before = not_before;
                self.give_back = true;
            }
            Fact::NudgesSeen(count) => {
                self.work.task.nudge_seen = self.work.task.nudge_seen.max(count);
            }
        }
        Ok(())
    }

    fn inputs_ready(&mut self, inputs: Vec<Input>) {
        if !self.work.task.status.is_terminal() {
            self.work.inputs = inputs;
            self.give_back = true;
        }
    }

    fn fail_unless_ended(&mut self, failure: Failure) {
        if !self.work.task.status.is_terminal() {
            self.end_failed(failure);
        }
    }

    fn queue_deadline(&mut self) {
        self.fail_unless_ended(Failure::new(
            FailureCode::QueueDeadline,
            "no provider took the task before its queue deadline; send it again later",
        ));
    }

    /// Derives what the task's status, progress and need are now that the fact is in, and tells of
    /// it if the status moved.
    fn close(mut self, before: &Work) -> Change {
        self.decide();
        self.keep_what_was_shown(&before.task);
        self.work.task.open = self.work.is_open(self.now);
        self.work.task.need = self.work.need(self.now);
        self.give_back |= before.task.open && !self.work.task.open;
        let moved = self.work.task.status != before.task.status;
        let settle = (moved && self.work.task.status.is_terminal()).then(|| self.settlement());
        let event = moved.then(|| self.event());
        Change {
            event,
            settle,
            delivery: None,
            give_back: self.give_back,
            after: self.work,
        }
    }

    /// A task that ends without its videos has come as far as its clients were shown, by estimate or
    /// while its files were stored: what they see never falls.
    fn keep_what_was_shown(&mut self, before: &Task) {
        let task = &mut self.work.task;
        if task.status.is_terminal() {
            task.progress = task.progress.max(before.shown_progress(self.now));
        }
    }

    fn event(&self) -> Event {
        let task = &self.work.task;
        Event {
            at: self.now,
            status: task.status.word(),
            progress: task.shown_progress(self.now),
            attempt: self.moved_by.clone(),
            code: task.failure().map(|failure| failure.code.word()),
        }
    }

    fn at(&mut self, fact: &'static str, id: &AttemptId) -> Result<&mut Attempt, IllegalEvent> {
        self.work
            .attempts
            .iter_mut()
            .find(|attempt| attempt.id == *id)
            .ok_or_else(|| IllegalEvent {
                fact,
                why: format!("the task has no attempt {id}"),
            })
    }
}
