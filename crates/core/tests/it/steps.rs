//! What `next` names, status by status.

use framewright_core::attempt::{AttemptStatus, Class};
use framewright_core::change::Fact;
use framewright_core::clock::{DAY, HOUR};
use framewright_core::failure::FailureCode;
use framewright_core::step::{Step, next};
use framewright_core::task::TaskStatus;
use framewright_core::work::{FiledAnswer, Work};

use crate::sample::{NOW, accepted, attempt, failure, work};

fn with(status: AttemptStatus) -> Work {
    let mut work = work(1);
    work.attempts.push(attempt("a", &[0], status));
    work
}

#[test]
fn a_fresh_task_opens_all_of_its_slots_at_the_first_provider() {
    assert_eq!(
        next(&work(4), NOW),
        [Step::Open {
            slots: vec![0, 1, 2, 3],
            ordinal: 0,
            hop: 0
        }]
    );
}

#[test]
fn a_slot_that_was_refused_goes_to_the_next_provider_and_then_the_task_ends() {
    let mut refused = with(AttemptStatus::Rejected);
    refused.attempts[0].failure = Some(failure(FailureCode::Rejected));
    assert_eq!(
        next(&refused, NOW),
        [Step::Open {
            slots: vec![0],
            ordinal: 1,
            hop: 1
        }]
    );
    refused.memory.route_len = 1;
    assert_eq!(next(&refused, NOW), [Step::Apply(Fact::SlotsDecided)]);
}

#[test]
fn what_was_bought_is_never_bought_again_elsewhere() {
    let mut failed = with(AttemptStatus::Failed);
    failed.attempts[0].failure = Some(failure(FailureCode::UpstreamFailed));
    assert_eq!(next(&failed, NOW), [Step::Apply(Fact::SlotsDecided)]);
}

#[test]
fn an_intent_is_sent_and_a_due_attempt_is_intended_first() {
    let id = attempt("a", &[0], AttemptStatus::Due).id;
    assert_eq!(
        next(&with(AttemptStatus::Intent), NOW),
        [Step::Send(id.clone())]
    );
    let mut due = with(AttemptStatus::Due);
    assert_eq!(
        next(&due, NOW),
        [Step::Apply(Fact::Intended {
            attempt: id,
            at: NOW
        })]
    );
    due.attempts[0].not_before = NOW + 5;
    assert_eq!(next(&due, NOW), [Step::Wait { until: NOW + 5 }]);
}

#[test]
fn an_unknown_outcome_is_resent_only_where_the_key_is_honoured() {
    let mut lost = with(AttemptStatus::Unknown);
    let id = lost.attempts[0].id.clone();
    let wait = Step::Wait { until: NOW + HOUR };
    for (class, look) in [
        (Class::A, Some(Step::Send(id.clone()))),
        (Class::B, Some(Step::Find(id.clone()))),
        (Class::C, Some(Step::Find(id.clone()))),
        (Class::D, None),
        (Class::E, None),
    ] {
        lost.attempts[0].class = class;
        let steps: Vec<Step> = look.into_iter().chain([wait.clone()]).collect();
        assert_eq!(next(&lost, NOW), steps, "{}", class.word());
    }
    assert_eq!(
        next(&lost, NOW + HOUR),
        [Step::Apply(Fact::DeadlinePassed(id))]
    );
}

#[test]
fn a_collecting_attempt_is_polled_for_its_sources_after_a_restart() {
    let mut collecting = with(AttemptStatus::Collecting);
    collecting.task.status = TaskStatus::Storing;
    let id = collecting.attempts[0].id.clone();
    assert_eq!(next(&collecting, NOW), [Step::Poll(id.clone())]);
    collecting.memory.sources_known.push(id.clone());
    assert_eq!(next(&collecting, NOW), [Step::Collect(id)]);
}

#[test]
fn a_filed_answer_comes_before_everything_else() {
    let mut filed = with(AttemptStatus::Unknown);
    filed.task.cancel_asked = true;
    let id = filed.attempts[0].id.clone();
    filed.unapplied.push(FiledAnswer {
        attempt: id.clone(),
        at: NOW,
        answer: accepted(),
    });
    let fact = Fact::Answered {
        attempt: id,
        answer: accepted(),
    };
    assert_eq!(next(&filed, NOW), [Step::Apply(fact)]);
}

#[test]
fn a_wish_to_cancel_is_carried_out_but_not_while_storing() {
    let mut asked = with(AttemptStatus::Accepted);
    asked.task.cancel_asked = true;
    asked.task.status = TaskStatus::Running;
    assert_eq!(next(&asked, NOW), [Step::Apply(Fact::CancelWish)]);
    asked.task.status = TaskStatus::Storing;
    assert!(!next(&asked, NOW).contains(&Step::Apply(Fact::CancelWish)));
}

#[test]
fn the_queue_deadline_ends_a_task_that_nobody_took_but_not_one_that_may_be_bought() {
    assert_eq!(
        next(&work(1), NOW + DAY),
        [Step::Apply(Fact::QueueDeadline)]
    );
    let maybe = with(AttemptStatus::Intent);
    assert!(!next(&maybe, NOW + DAY).contains(&Step::Apply(Fact::QueueDeadline)));
}

#[test]
fn an_ended_task_is_watched_while_a_job_runs_and_then_closed() {
    let mut ended = with(AttemptStatus::Abandoned);
    ended.task.status = TaskStatus::Failed {
        at: NOW,
        failure: failure(FailureCode::Busy),
    };
    let id = ended.attempts[0].id.clone();
    assert!(next(&ended, NOW).contains(&Step::Poll(id)));
    ended.attempts[0].status = AttemptStatus::Succeeded;
    assert_eq!(next(&ended, NOW), [Step::Close]);
}
