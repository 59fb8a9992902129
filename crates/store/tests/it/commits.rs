//! Commits: fenced, only what differs, with all that follows in one Tx.

use framewright_core::attempt::{AttemptStatus, Spend};
use framewright_core::change::{Fact, Rules, Seen, apply};
use framewright_core::clock::{MINUTE, SECOND};
use framewright_core::id::NodeId;
use framewright_core::task::{Need, TaskStatus};
use framewright_core::work::{Answer, Progress};
use framewright_store::CommitError;

use crate::support::{KEY, LANE, World, accepted, output};

#[tokio::test]
async fn a_stale_lease_changes_nothing() {
    let world = World::new().await;
    let stale = world.running(&world.leased().await).await;
    world
        .store
        .retire_node(&world.node, world.now())
        .await
        .expect("retired");
    let fresh = NodeId::stored("fresh");
    world
        .store
        .register_node(&fresh, world.now())
        .await
        .expect("registered");
    let id = stale.work.task.id.clone();
    let current = world
        .store
        .claim_one(&fresh, &id, world.now())
        .await
        .expect("claimed");
    let current = current.expect("it is due");
    assert!(current.epoch > stale.epoch);

    let before = world.store.detail(&world.account, &id).await.expect("read");
    let verdict = world.tell(&stale, Fact::CancelWish).await;
    assert!(matches!(verdict, Err(CommitError::Lost)));
    let after = world.store.detail(&world.account, &id).await.expect("read");
    assert_eq!(after, before);
    let reloaded = world.store.reload(&stale).await;
    assert!(matches!(reloaded, Err(CommitError::Lost)));
    world.told(&current, Fact::CancelWish).await;
}

#[tokio::test]
async fn a_task_from_submit_to_delivery_reads_back_whole_and_stays_in_its_row_budget() {
    let world = World::new().await;
    let before = world.store.stats().rows_written;
    let lease = world.finished().await;
    let ask = framewright_store::DeliveryAsk {
        node: world.node.clone(),
        now: world.now() + 2 * SECOND,
        limit: 10,
        per_receiver: 4,
    };
    let works = world.store.claim_deliveries(&ask).await.expect("claimed");
    let done = framewright_store::DeliveryTry {
        at: world.now(),
        status: Some(200),
        response_head: "ok".to_owned(),
        duration_ms: 3,
        error: None,
    };
    let next = framewright_core::delivery::Next::Delivered;
    let recorded = world.store.record_try(&works[0], &done, &next).await;
    assert!(recorded.expect("recorded"));
    let written = world.store.stats().rows_written - before;
    assert!(
        written <= 25,
        "{written} rows for one text task with a webhook"
    );

    let id = lease.work.task.id.clone();
    let detail = world
        .store
        .detail(&world.account, &id)
        .await
        .expect("read")
        .expect("there");
    assert_eq!(detail.task, lease.work.task);
    assert_eq!(detail.attempts, lease.work.attempts);
    assert_eq!(detail.outputs, lease.work.outputs);
    assert!(detail.late_outputs.is_empty());
    let told: Vec<_> = detail
        .events
        .iter()
        .map(|event| event.status.as_str())
        .collect();
    assert_eq!(told, ["queued", "running", "storing", "finished"]);
    assert_eq!(detail.deliveries[0].status, "delivered");
    assert_eq!(detail.deliveries[0].tries[0].status, Some(200));
    let sums = world
        .store
        .account_summary(&world.account)
        .await
        .expect("read")
        .expect("there");
    assert_eq!(
        (sums.held, sums.used, sums.unfinished, sums.made),
        (0, 10, 0, 1)
    );
}

#[tokio::test]
async fn only_rows_that_differ_are_written() {
    let world = World::new().await;
    let lease = world.running(&world.leased().await).await;
    let before = world.store.stats().rows_written;
    let attempt = lease.work.attempts[0].id.clone();
    let seen = Seen::Running {
        progress: Some(Progress::percent(55)),
    };
    let lease = world.told(&lease, Fact::Observed { attempt, seen }).await;
    assert_eq!(lease.work.task.progress, 50);
    assert_eq!(
        world.store.stats().rows_written - before,
        1,
        "the task's row and no event"
    );
}

#[tokio::test]
async fn a_failed_task_gives_its_hold_back_and_owes_its_webhook() {
    let world = World::new().await;
    let lease = world.intended(&world.leased().await).await;
    let attempt = lease.work.attempts[0].id.clone();
    let refused = framewright_core::failure::Failure::new(
        framewright_core::failure::FailureCode::Content,
        "the prompt was refused",
    );
    let answer = Answer::Rejected(refused.clone());
    let lease = world.told(&lease, Fact::Answered { attempt, answer }).await;
    let at = world.now();
    assert_eq!(
        lease.work.task.status,
        TaskStatus::Failed {
            at,
            failure: refused
        }
    );
    let sums = world
        .store
        .account_summary(&world.account)
        .await
        .expect("read")
        .expect("there");
    assert_eq!((sums.held, sums.used, sums.unfinished), (0, 0, 0));
    let book = world.store.entries(&world.account, 10).await.expect("read");
    let kinds: Vec<_> = book
        .iter()
        .map(|line| (line.entry.as_str(), line.credits))
        .collect();
    assert_eq!(kinds, [("release", 10), ("hold", 10)]);
    let detail = world
        .store
        .detail(&world.account, &lease.work.task.id)
        .await;
    assert_eq!(detail.expect("read").expect("there").deliveries.len(), 1);
}

#[tokio::test]
async fn an_intent_over_the_limit_of_its_key_is_not_written() {
    let world = World::new().await;
    world.store.set_limit(LANE, KEY, 1).await.expect("a limit");
    let first = world.intended(&world.leased().await).await;
    let second = world.leased().await;
    let open = |world: &World| Fact::Opened(Box::new(world.attempt(&[0])));
    let refused = world.tell(&second, open(&world)).await;
    assert!(matches!(refused, Err(CommitError::NoPermit)));
    let detail = world
        .store
        .detail(&world.account, &second.work.task.id)
        .await;
    assert!(detail.expect("read").expect("there").attempts.is_empty());
    let permits = world.store.permits(world.now()).await.expect("read");
    assert_eq!((permits[0].in_flight, permits[0].max_in_flight), (1, 1));

    world.told(&first, Fact::CancelWish).await;
    let still = world.tell(&second, open(&world)).await;
    assert!(
        matches!(still, Err(CommitError::NoPermit)),
        "an intent may be at the provider"
    );
    world.store.set_limit(LANE, KEY, 2).await.expect("a limit");
    world.told(&second, open(&world)).await;
}

#[tokio::test]
async fn a_cooling_or_refused_key_gives_no_permits() {
    let world = World::new().await;
    let lease = world.leased().await;
    let open = |world: &World| Fact::Opened(Box::new(world.attempt(&[0])));
    world
        .store
        .cool(LANE, KEY, world.now() + MINUTE)
        .await
        .expect("cooled");
    world
        .store
        .cool(LANE, KEY, world.now() + SECOND)
        .await
        .expect("a shorter wait");
    world.pass(2 * SECOND);
    assert!(matches!(
        world.tell(&lease, open(&world)).await,
        Err(CommitError::NoPermit)
    ));
    world.pass(MINUTE);
    world
        .store
        .set_down(LANE, KEY, Some("401"))
        .await
        .expect("down");
    assert!(matches!(
        world.tell(&lease, open(&world)).await,
        Err(CommitError::NoPermit)
    ));
    world.store.set_down(LANE, KEY, None).await.expect("up");
    world.told(&lease, open(&world)).await;
}

#[tokio::test]
async fn an_unknown_outcome_frees_its_permit_when_it_is_given_up() {
    let world = World::new().await;
    world.store.set_limit(LANE, KEY, 1).await.expect("a limit");
    let lease = world.intended(&world.leased().await).await;
    let lost = Fact::Orphaned(lease.work.attempts[0].id.clone());
    let lease = world.told(&lease, lost).await;
    let until = lease.work.attempts[0].resolve_until.expect("looked into");
    let held = world.store.permits(until - 1).await.expect("read")[0].in_flight;
    let freed = world.store.permits(until).await.expect("read")[0].in_flight;
    assert_eq!((held, freed), (1, 0));
}

#[tokio::test]
async fn two_live_attempts_never_share_a_slot_whatever_the_program_believes() {
    let world = World::new().await;
    let lease = world.running(&world.leased().await).await;
    // A twin that forgot the live attempt: the rules let it open a second one.
    let mut forgetful = lease.clone();
    forgetful.work.attempts.clear();
    let mut second = world.attempt(&[0]);
    second.submit_key = "another".to_owned();
    let fact = Fact::Opened(Box::new(second));
    let mut change =
        apply(&forgetful.work, fact, &Rules::default(), world.now()).expect("the twin allows it");
    change.after.attempts[0].seq = 2;
    let verdict = world.store.commit(&forgetful, change, world.now()).await;
    assert!(matches!(verdict, Err(CommitError::Store(_))), "{verdict:?}");
    let detail = world
        .store
        .detail(&world.account, &lease.work.task.id)
        .await;
    assert_eq!(detail.expect("read").expect("there").attempts.len(), 1);
}

#[tokio::test]
async fn a_slot_goes_to_the_next_provider_after_a_refusal() {
    let world = World::new().await;
    let mut lease = world.leased().await;
    lease.work.memory.route_len = 2;
    let lease = world.intended(&lease).await;
    let attempt = lease.work.attempts[0].id.clone();
    let busy = framewright_core::failure::Failure::new(
        framewright_core::failure::FailureCode::Rejected,
        "not this one",
    );
    let answer = Answer::Rejected(busy);
    let lease = world.told(&lease, Fact::Answered { attempt, answer }).await;
    let lease = world.intended(&lease).await;
    let statuses: Vec<_> = lease.work.attempts.iter().map(|a| a.status).collect();
    assert_eq!(statuses, [AttemptStatus::Rejected, AttemptStatus::Intent]);
    let reloaded = world.store.reload(&lease).await.expect("still ours");
    assert_eq!(reloaded, lease);
}

#[tokio::test]
async fn letting_go_frees_the_task_for_the_next_claim() {
    let world = World::new().await;
    let lease = world.leased().await;
    let later = world.now() + MINUTE;
    world
        .told(&lease, Fact::GivenBack { not_before: later })
        .await;
    assert!(
        world
            .store
            .claim(&world.ask(Need::Permit, 1))
            .await
            .expect("asked")
            .is_empty()
    );
    world.pass(MINUTE);
    let again = world.claimed().await;
    assert_eq!(again.epoch, lease.epoch + 1);
    assert!(matches!(
        world.tell(&lease, Fact::CancelWish).await,
        Err(CommitError::Lost)
    ));
}

#[tokio::test]
async fn a_wish_that_comes_while_the_owner_lets_go_is_not_slept_over() {
    let world = World::new().await;
    let lease = world.leased().await;
    world
        .store
        .cancel(&world.account, &lease.work.task.id)
        .await
        .expect("wished");
    let later = world.now() + MINUTE;
    world
        .told(&lease, Fact::GivenBack { not_before: later })
        .await;
    let due = world
        .store
        .claim(&world.ask(Need::Owner, 10))
        .await
        .expect("claimed");
    assert_eq!(due.len(), 1, "due at once, for any owner");
    assert!(due[0].work.task.cancel_asked);
}

#[tokio::test]
async fn an_abandoned_job_is_watched_and_its_late_output_is_shown_apart() {
    let world = World::new().await;
    let lease = world.running(&world.leased().await).await;
    let attempt = lease.work.attempts[0].id.clone();
    let lease = world.told(&lease, Fact::CancelWish).await;
    assert!(lease.work.task.open, "the job still runs upstream");
    let mut change = apply(
        &lease.work,
        Fact::Observed {
            attempt: attempt.clone(),
            seen: Seen::Done {
                spend: Spend::Unknown,
            },
        },
        &Rules::default(),
        world.now(),
    )
    .expect("allowed");
    change.after.outputs.push(output(&attempt, 0, 0));
    world
        .store
        .commit(&lease, change, world.now())
        .await
        .expect("committed");
    let id = &lease.work.task.id;
    let detail = world
        .store
        .detail(&world.account, id)
        .await
        .expect("read")
        .expect("there");
    assert_eq!((detail.outputs.len(), detail.late_outputs.len()), (0, 1));
    assert_eq!(world.store.output(id, 1).await.expect("read"), None);
    assert!(!detail.task.open);
}

#[tokio::test]
async fn an_accepted_attempt_survives_its_columns() {
    let world = World::new().await;
    let lease = world.intended(&world.leased().await).await;
    let attempt = lease.work.attempts[0].id.clone();
    let answer = accepted("j-9");
    let lease = world.told(&lease, Fact::Answered { attempt, answer }).await;
    assert_eq!(world.store.reload(&lease).await.expect("still ours"), lease);
}

#[tokio::test]
async fn a_commit_after_a_delete_does_not_lengthen_the_tasks_life() {
    let world = World::new().await;
    let lease = world.running(&world.leased().await).await;
    let attempt = lease.work.attempts[0].id.clone();
    let lease = world.told(&lease, Fact::CancelWish).await;
    let id = lease.work.task.id.clone();
    let deleted = world.store.delete(&world.account, &id, world.now()).await;
    deleted.expect("terminal, though its job is still watched");
    let seen = Seen::Done {
        spend: Spend::Unknown,
    };
    world.told(&lease, Fact::Observed { attempt, seen }).await;
    let row = world
        .store
        .operator_task(&id)
        .await
        .expect("read")
        .expect("there");
    assert_eq!(row.expires, Some(world.now()));
}
