//! What follows from a step that ended: which fact it is, and what the owner remembers of it.

use framewright_core::change::{Fact, Seen};
use framewright_core::clock::{Millis, SECOND};
use framewright_core::crash::crash_point;
use framewright_core::id::AttemptId;
use framewright_core::work::Answer;
use framewright_providers::{Observation, PollError};

use super::settle::Settled;
use super::{Driver, Stop};
use crate::act::{Bundle, Came, Doing, Done, Stored};

/// How long a step rests that panicked.
const PANIC_PAUSE: Millis = 10 * SECOND;

/// How long opens rest when the provider key has no permit left.
const PERMIT_PAUSE: Millis = 500;

/// How long a step rests whose fact was refused: a fault of ours, not to be repeated in a circle.
const REFUSED_PAUSE: Millis = 5 * SECOND;

impl Driver {
    pub(super) async fn take(&mut self, done: Done) -> Result<(), Stop> {
        self.doing.retain(|doing| *doing != done.doing);
        let Some(came) = done.came else {
            self.shared.metrics.panicked("step");
            tracing::error!(task.id = %self.task_id(), step = ?done.doing, "a step panicked");
            self.rest(done.doing, PANIC_PAUSE);
            return Ok(());
        };
        match (came, &done.doing) {
            (Came::Fact(fact), _) => self.take_fact(done.doing, fact).await,
            (Came::Looked(seen), Doing::Poll(id)) => self.looked(id, seen).await,
            (Came::Stored { got, end }, Doing::Collect(id)) => self.stored(id, got, end).await,
            (Came::Later(pause), _) => {
                self.rest(done.doing, pause);
                Ok(())
            }
            (Came::Nothing | Came::Looked(_) | Came::Stored { .. }, _) => Ok(()),
        }
    }

    pub(super) async fn take_fact(&mut self, doing: Doing, fact: Fact) -> Result<(), Stop> {
        let accepted = match &fact {
            Fact::Answered {
                attempt,
                answer: Answer::Accepted { .. },
            } => Some(attempt.clone()),
            _ => None,
        };
        let opened = match &fact {
            Fact::Opened(attempt) if self.shared.doubts(&self.lease.work) => {
                Some(attempt.id.clone())
            }
            _ => None,
        };
        let settled = self.settle(fact).await?;
        if doing == Doing::Open {
            self.seat.opened();
        }
        match settled {
            Settled::Done => {
                // In its lost time this very request may have been sent: it is asked for, or sent as
                // what it may be, a repetition.
                if let Some(id) = opened {
                    self.settle(Fact::Orphaned(id)).await?;
                }
            }
            Settled::NoPermit => {
                let wait = PERMIT_PAUSE + self.shared.chance.within(PERMIT_PAUSE);
                self.rest(Doing::Open, wait);
            }
            Settled::Refused => {
                // Whatever asks for it would ask at once again.
                self.shared.times.wait(REFUSED_PAUSE).await;
                self.rest(doing, REFUSED_PAUSE);
            }
        }
        if let Some(id) = accepted {
            crash_point("K10");
            self.first_look(&id);
        }
        Ok(())
    }

    fn first_look(&mut self, id: &AttemptId) {
        let provider = self
            .lease
            .work
            .attempt(id)
            .and_then(|a| self.shared.asked(a));
        if let Some((provider, _)) = provider {
            let (pace, uptime) = (provider.pace(), self.shared.times.uptime());
            self.schedule
                .accepted(id, &pace, uptime, &self.shared.chance);
        }
    }

    async fn looked(
        &mut self,
        id: &AttemptId,
        seen: Result<Observation, PollError>,
    ) -> Result<(), Stop> {
        self.plan_next_look(id, &seen);
        let seen = match seen {
            Ok(Observation::Running { progress, .. }) => Seen::Running { progress },
            Ok(Observation::Done { outputs, spend }) => {
                crash_point("K12");
                let bundle = self.bundles.entry(id.clone()).or_default();
                bundle.sources = outputs;
                Seen::Done { spend }
            }
            Ok(Observation::Failed { failure, spend }) => Seen::Failed { failure, spend },
            Ok(Observation::Gone) => Seen::Gone,
            Err(error) => {
                tracing::debug!(attempt.id = %id, %error, "a poll was not answered");
                return Ok(());
            }
        };
        let attempt = id.clone();
        self.settle(Fact::Observed { attempt, seen })
            .await
            .map(drop)
    }

    fn plan_next_look(&mut self, id: &AttemptId, seen: &Result<Observation, PollError>) {
        let shared = &self.shared;
        let asked = self.lease.work.attempt(id).and_then(|a| shared.asked(a));
        let Some((provider, _)) = asked else { return };
        let (pace, uptime) = (provider.pace(), shared.times.uptime());
        match seen {
            Err(error) => self
                .schedule
                .unanswered(id, error, &pace, uptime, &shared.chance),
            Ok(seen) => {
                let look_again = match seen {
                    Observation::Running { look_again, .. } => *look_again,
                    _ => None,
                };
                self.schedule
                    .answered(id, look_again, &pace, uptime, &shared.chance);
            }
        }
    }

    async fn stored(&mut self, id: &AttemptId, got: Bundle, end: Stored) -> Result<(), Stop> {
        self.bundles.insert(id.clone(), got);
        match end {
            Stored::Fact(fact) => self.settle(fact).await.map(drop),
            Stored::Dead => {
                // What is stored stays; only the links are asked for again, at once.
                self.schedule.now(id, self.shared.times.uptime());
                self.settle(Fact::SourcesLost(id.clone())).await.map(drop)
            }
            Stored::Later(pause) => {
                self.rest(Doing::Collect(id.clone()), pause);
                Ok(())
            }
        }
    }
}
