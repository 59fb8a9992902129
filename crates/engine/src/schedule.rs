//! When each live job is looked at next: times in memory, in uptime, lost with the owner. Not a
//! queue: the driver asks and waits.

use std::collections::BTreeMap;

use framewright_core::clock::Millis;
use framewright_core::id::AttemptId;
use framewright_core::retry::{self, POLL, RETRY_AFTER};
use framewright_providers::{Pace, PollError};

use crate::chance::Chance;

/// Polls fall due on multiples of this, so that those of many tasks meet in one batch.
const GRID: Millis = 200;

/// The share of a poll interval that chance may add or take.
const JITTER: f64 = 0.15;

/// The poll times of one task's attempts.
#[derive(Default)]
pub(crate) struct Schedule {
    due: BTreeMap<AttemptId, Plan>,
}

#[derive(Clone, Copy)]
struct Plan {
    at: Millis,
    /// Polls in a row without an answer.
    unanswered: u32,
}

impl Schedule {
    /// When this attempt is due. One that was not heard of before was taken over, and its first look
    /// is spread over a whole interval.
    pub fn due(&mut self, id: &AttemptId, pace: &Pace, uptime: Millis, chance: &Chance) -> Millis {
        let spread = || Plan {
            at: on_grid(uptime + chance.within(pace.poll_every_ms)),
            unanswered: 0,
        };
        self.due.entry(id.clone()).or_insert_with(spread).at
    }

    /// The job was just accepted.
    pub fn accepted(&mut self, id: &AttemptId, pace: &Pace, uptime: Millis, chance: &Chance) {
        let wait = retry::spread(pace.first_poll_ms, JITTER, chance.share());
        self.set(id, uptime + wait, 0);
    }

    /// A poll was answered; the upstream may have said when to look again, in ms.
    pub fn answered(
        &mut self,
        id: &AttemptId,
        look_again: Option<Millis>,
        pace: &Pace,
        uptime: Millis,
        chance: &Chance,
    ) {
        let every = look_again.map_or(pace.poll_every_ms, |wait| wait.max(pace.poll_every_ms / 2));
        let wait = retry::spread(every, JITTER, chance.share());
        self.set(id, uptime + wait, 0);
    }

    /// A poll was not answered.
    pub fn unanswered(
        &mut self,
        id: &AttemptId,
        error: &PollError,
        pace: &Pace,
        uptime: Millis,
        chance: &Chance,
    ) {
        let tries = self.due.get(id).map_or(0, |plan| plan.unanswered);
        let asked = match error {
            PollError::Busy { retry_after } => retry_after.unwrap_or(0),
            PollError::Unauthorized => POLL.cap,
            PollError::NoAnswer(_) => 0,
        };
        let (least, most) = RETRY_AFTER;
        let wait = POLL
            .wait(tries, chance.share())
            .max(asked.min(most))
            .max(least);
        self.set(id, uptime + wait.max(pace.poll_every_ms), tries + 1);
    }

    /// Look as soon as can be.
    pub fn now(&mut self, id: &AttemptId, uptime: Millis) {
        self.set(id, uptime, 0);
    }

    pub fn forget(&mut self, id: &AttemptId) {
        self.due.remove(id);
    }

    fn set(&mut self, id: &AttemptId, at: Millis, unanswered: u32) {
        let plan = Plan {
            at: on_grid(at),
            unanswered,
        };
        self.due.insert(id.clone(), plan);
    }
}

/// The next multiple of the grid.
fn on_grid(at: Millis) -> Millis {
    (at + GRID - 1).div_euclid(GRID) * GRID
}

#[cfg(test)]
mod tests {
    use super::{GRID, Schedule};
    use crate::chance::Chance;
    use framewright_core::id::AttemptId;
    use framewright_providers::{Pace, PollError};
    use rand::{SeedableRng, rngs::StdRng};

    const PACE: Pace = Pace {
        first_poll_ms: 1_000,
        poll_every_ms: 5_000,
        batch: 10,
        polls_per_second: None,
        deadline_ms: 60_000,
    };

    fn chance() -> Chance {
        Chance::new(Box::new(StdRng::seed_from_u64(3)))
    }

    #[test]
    fn polls_of_a_taken_over_task_are_spread_over_an_interval_and_stay_put() {
        let (mut schedule, chance) = (Schedule::default(), chance());
        let first = |schedule: &mut Schedule, n: u32| {
            schedule.due(&AttemptId::stored(n.to_string()), &PACE, 10_000, &chance)
        };
        let times: Vec<_> = (0..50).map(|n| first(&mut schedule, n)).collect();
        assert!(times.iter().all(|at| (10_000..=15_000 + GRID).contains(at)));
        assert!(times.iter().max() > times.iter().min().map(|at| at + 2_000).as_ref());
        assert_eq!(first(&mut schedule, 7), times[7]);
    }

    #[test]
    fn waits_grow_while_nobody_answers_and_end_with_an_answer() {
        let (mut schedule, chance) = (Schedule::default(), chance());
        let id = AttemptId::stored("a");
        let lost = PollError::NoAnswer("x".into());
        for _ in 0..8 {
            schedule.unanswered(&id, &lost, &PACE, 0, &chance);
        }
        assert!(schedule.due(&id, &PACE, 0, &chance) > 40_000);
        schedule.answered(&id, None, &PACE, 0, &chance);
        assert!(schedule.due(&id, &PACE, 0, &chance) < 6_000);
    }
}
