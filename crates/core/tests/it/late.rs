//! What comes after it was given up: answers past their time, jobs of tasks that have ended, and
//! purchases that the operator wants made again.

use framewright_core::attempt::{AttemptStatus, Class, Spend};
use framewright_core::change::{Change, Fact, Rules, Seen, apply};
use framewright_core::clock::HOUR;
use framewright_core::failure::FailureCode;
use framewright_core::step::{Step, next};
use framewright_core::work::{Slot, Work};

use crate::sample::{NOW, accepted, attempt, output, work};

/// After every unknown of these tests has been given up.
const LATER: i64 = NOW + 2 * HOUR;

fn lost(class: Class) -> Work {
    let mut work = work(1);
    let mut unknown = attempt("a", &[0], AttemptStatus::Unknown);
    unknown.class = class;
    work.attempts.push(unknown);
    work
}

fn after(work: &Work, fact: Fact) -> Change {
    apply(work, fact, &Rules::default(), LATER).expect("it is allowed")
}

fn answered(work: &Work) -> Change {
    let attempt = work.attempts[0].id.clone();
    let answer = accepted();
    after(work, Fact::Answered { attempt, answer })
}

fn done(work: &Work) -> Change {
    let spend = Spend::Known {
        micros: 5,
        currency: "USD".into(),
    };
    let attempt = work.attempts[0].id.clone();
    let seen = Seen::Done { spend };
    after(work, Fact::Observed { attempt, seen })
}

fn collected(work: &Work, of: usize) -> Change {
    let attempt = work.attempts[of].id.clone();
    let outputs = vec![output(&attempt, 0)];
    after(work, Fact::Collected { attempt, outputs })
}

#[test]
fn an_answer_after_the_end_is_paid_for_and_kept_and_changes_nothing_the_client_was_told() {
    let unknown = lost(Class::E);
    let id = unknown.attempts[0].id.clone();
    let ended = after(&unknown, Fact::DeadlinePassed(id));
    let failure = ended.after.task.failure().expect("it failed");
    assert_eq!(failure.code, FailureCode::OutcomeUnknown);
    let settlement = ended.settle.expect("the end settles the hold");
    assert_eq!((settlement.capture, settlement.release), (0, 10));
    let told = ended.after.task.clone();

    let found = answered(&ended.after);
    let bought = done(&found.after);
    let kept = collected(&bought.after, 0);
    assert_eq!(found.after.attempts[0].status, AttemptStatus::Abandoned);
    assert_eq!(
        found.after.attempts[0].failure, None,
        "it is not lost any more"
    );
    assert_eq!(bought.after.attempts[0].status, AttemptStatus::Collecting);
    assert_eq!(kept.after.attempts[0].status, AttemptStatus::Succeeded);
    assert!(matches!(
        kept.after.attempts[0].spend,
        Spend::Known { micros: 5, .. }
    ));
    assert_eq!(kept.after.outputs[0].position, 0, "no place in the answer");
    for change in [&found, &bought, &kept] {
        assert_eq!(
            (change.settle, &change.event),
            (None, &None),
            "credits never move again"
        );
        assert_eq!(change.after.task.status, told.status);
        assert_eq!(change.after.task.stored, told.stored);
    }
    assert!(found.after.task.open && !kept.after.task.open);
}

#[test]
fn what_a_client_cancelled_is_paid_for_and_not_kept() {
    let mut running = work(1);
    running
        .attempts
        .push(attempt("a", &[0], AttemptStatus::Accepted));
    let cancelled = after(&running, Fact::CancelWish).after;
    let end = done(&cancelled).after;
    assert_eq!(end.attempts[0].status, AttemptStatus::Succeeded);
    assert!(matches!(
        end.attempts[0].spend,
        Spend::Known { micros: 5, .. }
    ));
    assert!(!end.task.open, "nothing is to be fetched");
}

#[test]
fn an_answer_in_time_for_the_task_counts_although_it_is_late_for_the_attempt() {
    let mut two = lost(Class::E);
    two.task.spec.slots = 2;
    two.attempts
        .push(attempt("b", &[1], AttemptStatus::Accepted));
    assert!(matches!(two.slots(LATER)[0], Slot::Failed(_)));
    let found = answered(&two).after;
    assert_eq!(found.attempts[0].status, AttemptStatus::Accepted);
    assert_eq!(found.slots(LATER)[0], Slot::Live);
}

#[test]
fn a_lost_request_is_made_again_only_where_the_operator_chose_it_and_nothing_can_be_asked() {
    let again = |class| {
        let mut unknown = lost(class);
        unknown.memory.resubmits.push("preview".into());
        unknown
    };
    for class in [Class::D, Class::E] {
        assert!(matches!(lost(class).slots(LATER)[0], Slot::Failed(_)));
        let open = Step::Open {
            slots: vec![0],
            ordinal: 1,
            hop: 0,
        };
        let mut unknown = again(class);
        assert_eq!(unknown.slots(NOW)[0], Slot::Live, "not before its time");
        unknown.attempts[0].ended = Some(LATER);
        assert_eq!(next(&unknown, LATER), [open]);
    }
    for class in [Class::A, Class::B] {
        assert!(matches!(again(class).slots(LATER)[0], Slot::Failed(_)));
    }
    let mut often = again(Class::E);
    for name in ["b", "c"] {
        let mut unknown = often.attempts[0].clone();
        unknown.id = attempt(name, &[0], AttemptStatus::Unknown).id;
        assert!(matches!(often.slots(LATER)[0], Slot::Open { .. }));
        often.attempts.push(unknown);
    }
    assert!(
        matches!(often.slots(LATER)[0], Slot::Failed(_)),
        "not for ever"
    );
}

#[test]
fn a_slot_that_was_bought_twice_has_one_output_in_the_answer() {
    let mut work = lost(Class::E);
    work.attempts
        .push(attempt("b", &[0], AttemptStatus::Collecting));
    let found = answered(&work).after;
    let first = collected(&found, 1).after;
    assert_eq!(first.task.status.word(), "finished");
    assert_eq!(first.attempts[0].status, AttemptStatus::Abandoned);
    let second = collected(&done(&first).after, 0).after;
    let mut positions: Vec<_> = second.outputs.iter().map(|o| o.position).collect();
    positions.sort_unstable();
    assert_eq!((positions, second.task.stored), (vec![0, 1], 1));
}

#[test]
fn a_job_that_a_provider_names_is_believed_before_it_is_bought_again() {
    let mut waiting = work(1);
    waiting
        .attempts
        .push(attempt("a", &[0], AttemptStatus::Due));
    assert_eq!(
        answered(&waiting).after.attempts[0].status,
        AttemptStatus::Accepted
    );
}
