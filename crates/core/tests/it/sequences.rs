//! Long random histories: whatever comes, in whatever order, the promises of a task hold.

use framewright_core::attempt::{AttemptStatus, Spend};
use framewright_core::change::{Fact, Rules, Seen, apply};
use framewright_core::failure::FailureCode;
use framewright_core::step::{Step, next};
use framewright_core::work::{Answer, Progress, Slot, Work};
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::test_runner::TestCaseError;

use crate::sample::{NOW, accepted, attempt, failure, output, work};

/// What the world does next; `which` picks the attempt it happens to.
#[derive(Clone, Debug)]
enum Happening {
    Step,
    Answer { which: usize, answer: Answer },
    Look { which: usize, seen: Seen },
    Collect { which: usize },
    CollectFails { which: usize },
    OwnerDies,
    Cancel,
    TimePasses { ms: i64 },
}

fn happening() -> impl Strategy<Value = Happening> {
    let which = any::<usize>();
    let answer = prop_oneof![
        Just(accepted()),
        Just(Answer::Rejected(failure(FailureCode::Rejected))),
        Just(Answer::NotTaken {
            not_before: NOW,
            detail: String::new()
        }),
        Just(Answer::Unknown {
            look_again: NOW,
            detail: String::new()
        }),
    ];
    let seen = prop_oneof![
        (0..=100_u8).prop_map(|progress| Seen::Running {
            progress: Some(Progress::percent(progress))
        }),
        Just(Seen::Done {
            spend: Spend::Unknown
        }),
        Just(Seen::Failed {
            failure: failure(FailureCode::UpstreamFailed),
            spend: Spend::Unknown
        }),
        Just(Seen::Gone),
    ];
    prop_oneof![
        6 => Just(Happening::Step),
        4 => (which, answer).prop_map(|(which, answer)| Happening::Answer { which, answer }),
        4 => (which, seen).prop_map(|(which, seen)| Happening::Look { which, seen }),
        3 => which.prop_map(|which| Happening::Collect { which }),
        1 => which.prop_map(|which| Happening::CollectFails { which }),
        1 => Just(Happening::OwnerDies),
        1 => Just(Happening::Cancel),
        1 => (0..10_000_000_i64).prop_map(|ms| Happening::TimePasses { ms }),
    ]
}

/// The facts that a happening makes, for the work as it stands.
fn facts(work: &mut Work, happening: Happening, now: i64) -> Vec<Fact> {
    let picked = |which: usize| {
        let len = work.attempts.len();
        (len > 0).then(|| work.attempts[which % len].clone())
    };
    match happening {
        Happening::Step => next(work, now)
            .into_iter()
            .filter_map(|s| taken(work, s))
            .collect(),
        Happening::Answer { which, answer } => picked(which)
            .map(|a| Fact::Answered {
                attempt: a.id,
                answer,
            })
            .into_iter()
            .collect(),
        Happening::Look { which, seen } => picked(which)
            .map(|a| Fact::Observed {
                attempt: a.id,
                seen,
            })
            .into_iter()
            .collect(),
        Happening::Collect { which } => picked(which)
            .map(|a| Fact::Collected {
                outputs: a.slots.iter().map(|slot| output(&a.id, *slot)).collect(),
                attempt: a.id,
            })
            .into_iter()
            .collect(),
        Happening::CollectFails { which } => picked(which)
            .map(|a| Fact::CollectFailed {
                attempt: a.id,
                failure: failure(FailureCode::StoringFailed),
            })
            .into_iter()
            .collect(),
        Happening::OwnerDies => {
            work.memory = framewright_core::work::Memory {
                route_len: 2,
                ..Default::default()
            };
            let intents = work
                .attempts
                .iter()
                .filter(|a| a.status == AttemptStatus::Intent);
            intents.map(|a| Fact::Orphaned(a.id.clone())).collect()
        }
        Happening::Cancel => {
            work.task.cancel_asked = true;
            Vec::new()
        }
        Happening::TimePasses { .. } => Vec::new(),
    }
}

/// The fact that carrying out a step makes, where it needs no answer of the world.
fn taken(work: &Work, step: Step) -> Option<Fact> {
    match step {
        Step::Apply(fact) => Some(fact),
        Step::Open { slots, .. } => {
            let name = format!("attempt-{}", work.attempts.len());
            let one = &slots[..1];
            Some(Fact::Opened(Box::new(attempt(
                &name,
                one,
                AttemptStatus::Intent,
            ))))
        }
        _ => None,
    }
}

fn check(before: &Work, after: &Work, now: i64) -> Result<(), TestCaseError> {
    prop_assert!(after.task.progress >= before.task.progress, "progress fell");
    if before.task.status.is_terminal() {
        prop_assert_eq!(&before.task.status, &after.task.status);
        prop_assert_eq!(before.task.stored, after.task.stored);
    }
    for slot in 0..after.task.spec.slots {
        let live = after.attempts.iter().filter(|a| {
            a.slots.contains(&slot) && a.holds_its_slots(now) && !after.task.status.is_terminal()
        });
        prop_assert!(live.count() <= 1, "slot {slot} has two live attempts");
    }
    for was in &before.attempts {
        let is = after.attempt(&was.id).expect("attempts are never dropped");
        prop_assert_eq!(&was.submit_key, &is.submit_key);
        prop_assert!(
            !was.status.is_terminal() || was.status == is.status,
            "an end was left"
        );
    }
    let stored = after
        .slots(now)
        .iter()
        .filter(|slot| **slot == Slot::Stored)
        .count();
    prop_assert!(usize::from(after.task.stored) <= stored);
    Ok(())
}

proptest! {
    #[test]
    fn whatever_happens_the_promises_hold(
        slots in 1..=4_u8,
        history in proptest::collection::vec(happening(), 1..80),
    ) {
        let (mut work, mut now, mut settled) = (work(slots), NOW, 0);
        for happening in history {
            if let Happening::TimePasses { ms } = happening {
                now += ms;
            }
            for fact in facts(&mut work, happening, now) {
                let change = apply(&work, fact, &Rules::default(), now)
                    .map_err(|illegal| TestCaseError::fail(illegal.to_string()))?;
                check(&work, &change.after, now)?;
                settled += i32::from(change.settle.is_some());
                work = change.after;
            }
        }
        prop_assert_eq!(settled == 1, work.task.status.is_terminal());
        prop_assert!(settled <= 1, "settled {} times", settled);
    }
}
