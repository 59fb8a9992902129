//! The full table: every attempt status against every fact about an attempt, and every task status
//! against every fact about a task, as one reviewed snapshot each.

use std::fmt::Write;

use framewright_core::attempt::{AttemptStatus, Spend};
use framewright_core::change::{Fact, Rules, Seen, apply};
use framewright_core::clock::{DAY, HOUR};
use framewright_core::failure::FailureCode;
use framewright_core::id::AttemptId;
use framewright_core::task::TaskStatus;
use framewright_core::work::{Answer, Progress, Work};

use crate::sample::{NOW, accepted, attempt, failure, output, work};

const LATER: i64 = NOW + 3 * HOUR;

fn attempt_facts(id: &AttemptId) -> Vec<(&'static str, Fact)> {
    let answered = |answer| Fact::Answered {
        attempt: id.clone(),
        answer,
    };
    let observed = |seen| Fact::Observed {
        attempt: id.clone(),
        seen,
    };
    let upstream = failure(FailureCode::UpstreamFailed);
    vec![
        (
            "intended",
            Fact::Intended {
                attempt: id.clone(),
                at: NOW,
            },
        ),
        ("orphaned", Fact::Orphaned(id.clone())),
        ("answer accepted", answered(accepted())),
        (
            "answer rejected",
            answered(Answer::Rejected(failure(FailureCode::Content))),
        ),
        (
            "answer not taken",
            answered(Answer::NotTaken {
                not_before: LATER,
                detail: "busy".into(),
            }),
        ),
        (
            "answer lost",
            answered(Answer::Unknown {
                look_again: LATER,
                detail: "reset".into(),
            }),
        ),
        (
            "seen running",
            observed(Seen::Running {
                progress: Some(Progress::percent(50)),
            }),
        ),
        (
            "seen done",
            observed(Seen::Done {
                spend: Spend::Unknown,
            }),
        ),
        (
            "seen failed",
            observed(Seen::Failed {
                failure: upstream.clone(),
                spend: Spend::Unknown,
            }),
        ),
        ("seen gone once", observed(Seen::Gone)),
        ("sources lost", Fact::SourcesLost(id.clone())),
        (
            "collected",
            Fact::Collected {
                attempt: id.clone(),
                outputs: vec![output(id, 0)],
            },
        ),
        (
            "collect failed",
            Fact::CollectFailed {
                attempt: id.clone(),
                failure: upstream,
            },
        ),
        ("deadline passed", Fact::DeadlinePassed(id.clone())),
        ("cancel wish", Fact::CancelWish),
    ]
}

/// A task as it must stand when its one attempt has this status.
fn world(status: AttemptStatus) -> Work {
    let mut world = work(1);
    world.attempts.push(attempt("a", &[0], status));
    world.task.status = match status {
        AttemptStatus::Due | AttemptStatus::Intent | AttemptStatus::Unknown => TaskStatus::Queued,
        AttemptStatus::Accepted => TaskStatus::Running,
        AttemptStatus::Collecting => TaskStatus::Storing,
        AttemptStatus::Abandoned => TaskStatus::Cancelled {
            at: NOW,
            failure: failure(FailureCode::Cancelled),
        },
        AttemptStatus::Succeeded => TaskStatus::Finished { at: NOW },
        AttemptStatus::Rejected | AttemptStatus::Failed => TaskStatus::Failed {
            at: NOW,
            failure: failure(FailureCode::Rejected),
        },
    };
    settled(&world)
}

/// The world with everything that is derived (open, need, progress) as `apply` leaves it.
fn settled(world: &Work) -> Work {
    apply(world, Fact::NudgesSeen(0), &Rules::default(), NOW)
        .expect("always legal")
        .after
}

#[test]
fn what_every_fact_makes_of_every_attempt_status() {
    let mut table = String::new();
    for status in AttemptStatus::ALL {
        let before = world(status);
        let id = before.attempts[0].id.clone();
        writeln!(table, "{} / {}", before.task.status.word(), status.word()).expect("a string");
        for (name, fact) in attempt_facts(&id) {
            let change =
                apply(&before, fact, &Rules::default(), NOW).expect("it names the attempt");
            let after = (
                change.after.task.status.word(),
                change.after.attempts[0].status.word(),
            );
            let open = if change.after.task.open {
                "open"
            } else {
                "closed"
            };
            let shown = match change.is_quiet(&before) {
                true => "-".to_owned(),
                false => format!("{} / {} {open}", after.0, after.1),
            };
            writeln!(table, "    {name:17} {shown}").expect("a string");
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn what_every_fact_makes_of_every_task_status() {
    let failed = failure(FailureCode::UpstreamFailed);
    let facts = [
        ("input bad", Fact::InputBad(failure(FailureCode::BadInput))),
        (
            "unserved",
            Fact::Unserved {
                slots: vec![0],
                failure: failure(FailureCode::NoRoute),
            },
        ),
        ("queue deadline", Fact::QueueDeadline),
        ("cancel wish", Fact::CancelWish),
        ("given back", Fact::GivenBack { not_before: LATER }),
    ];
    let statuses = [
        TaskStatus::Queued,
        TaskStatus::Finished { at: NOW },
        TaskStatus::Failed {
            at: NOW,
            failure: failed.clone(),
        },
        TaskStatus::Cancelled {
            at: NOW,
            failure: failed,
        },
    ];
    let mut table = String::new();
    for status in statuses {
        let mut before = work(1);
        before.task.status = status.clone();
        before.task.open = !status.is_terminal();
        writeln!(table, "{}", status.word()).expect("a string");
        for (name, fact) in facts.clone() {
            let change = apply(&before, fact, &Rules::default(), NOW + DAY).expect("always legal");
            let event = change.event.map_or("no event", |event| event.status);
            let settled = change.settle.map_or(0, |settle| settle.release);
            let word = change.after.task.status.word();
            writeln!(table, "    {name:15} {word}, {event}, releases {settled}").expect("a string");
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn a_fact_about_an_attempt_that_is_not_there_is_refused() {
    let nobody = AttemptId::stored("nobody");
    for (name, fact) in attempt_facts(&nobody) {
        let harmless = matches!(fact, Fact::CancelWish | Fact::SourcesLost(_));
        let refused = apply(&work(1), fact, &Rules::default(), NOW).is_err();
        assert_eq!(refused, !harmless, "{name}");
    }
}

#[test]
fn slots_that_are_held_cannot_be_opened_again() {
    let mut held = work(2);
    held.attempts
        .push(attempt("a", &[0], AttemptStatus::Intent));
    for slots in [&[0][..], &[0, 1], &[], &[7]] {
        let second = Fact::Opened(Box::new(attempt("b", slots, AttemptStatus::Intent)));
        assert!(
            apply(&held, second, &Rules::default(), NOW).is_err(),
            "{slots:?}"
        );
    }
    let free = Fact::Opened(Box::new(attempt("b", &[1], AttemptStatus::Intent)));
    assert!(apply(&held, free, &Rules::default(), NOW).is_ok());
}
