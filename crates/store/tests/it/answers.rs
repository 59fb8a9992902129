//! Answers are facts: filed whatever the fence says, once each, and applied by the owner.

use framewright_core::change::Fact;
use framewright_core::clock::{DAY, MINUTE};
use framewright_core::failure::{Failure, FailureCode};
use framewright_core::id::NodeId;
use framewright_core::task::Need;
use framewright_core::work::Answer;
use framewright_store::{CommitError, Filed, Teller};

use crate::support::{World, accepted};

#[tokio::test]
async fn an_answer_is_filed_by_a_node_that_lost_its_lease_and_reaches_the_new_owner() {
    let world = World::new().await;
    let stale = world.intended(&world.leased().await).await;
    let task = stale.work.task.id.clone();
    let attempt = stale.work.attempts[0].id.clone();
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
    let current = world
        .store
        .claim_one(&fresh, &task, world.now())
        .await
        .expect("claimed");
    let current = current.expect("due");
    assert!(current.work.unapplied.is_empty());

    let answer = accepted("j-1");
    let teller = Teller::Owner {
        node: &stale.node,
        epoch: stale.epoch,
    };
    let filed = world
        .store
        .file_answer(&attempt, &answer, teller, world.now())
        .await;
    assert!(filed.expect("filed").fresh);
    assert_eq!(world.store.nudged(&fresh).await.expect("read"), [task]);
    let current = world.store.reload(&current).await.expect("ours");
    assert_eq!(current.work.unapplied.len(), 1);
    assert_eq!(current.work.unapplied[0].answer, answer);
    let told = world
        .told(&current, Fact::Answered { attempt, answer })
        .await;
    assert!(
        world
            .store
            .reload(&told)
            .await
            .expect("ours")
            .work
            .unapplied
            .is_empty()
    );
}

#[tokio::test]
async fn the_owners_own_answer_nudges_nobody_and_costs_one_row() {
    let world = World::new().await;
    let lease = world.intended(&world.leased().await).await;
    let before = world.store.stats().rows_written;
    let teller = Teller::Owner {
        node: &lease.node,
        epoch: lease.epoch,
    };
    let attempt = &lease.work.attempts[0].id;
    let filed = world
        .store
        .file_answer(attempt, &accepted("j"), teller, world.now())
        .await;
    assert!(filed.expect("filed").fresh);
    assert_eq!(world.store.stats().rows_written - before, 1);
    assert!(
        world
            .store
            .nudged(&lease.node)
            .await
            .expect("read")
            .is_empty()
    );
}

#[tokio::test]
async fn the_same_answer_twice_is_filed_once_and_wakes_nobody_again() {
    let world = World::new().await;
    let lease = world.intended(&world.leased().await).await;
    let attempt = lease.work.attempts[0].id.clone();
    let file = |now| {
        let (store, attempt) = (world.store.clone(), attempt.clone());
        async move {
            store
                .file_answer(&attempt, &accepted("j"), Teller::Other, now)
                .await
        }
    };
    assert!(file(world.now()).await.expect("filed").fresh);
    let nudge = world
        .store
        .reload(&lease)
        .await
        .expect("ours")
        .work
        .task
        .nudge;
    assert_eq!(
        file(world.now() + 1).await.expect("filed"),
        Filed::default()
    );
    let reloaded = world.store.reload(&lease).await.expect("ours");
    assert_eq!(
        (reloaded.work.task.nudge, reloaded.work.unapplied.len()),
        (nudge, 1)
    );
}

#[tokio::test]
async fn what_is_no_fact_is_not_filed() {
    let world = World::new().await;
    let lease = world.intended(&world.leased().await).await;
    let lost = Answer::Unknown {
        look_again: 0,
        detail: String::new(),
    };
    let attempt = &lease.work.attempts[0].id;
    let filed = world
        .store
        .file_answer(attempt, &lost, Teller::Other, world.now())
        .await;
    assert_eq!(filed.expect("left out"), Filed::default());
    assert!(
        world
            .store
            .reload(&lease)
            .await
            .expect("ours")
            .work
            .unapplied
            .is_empty()
    );
}

#[tokio::test]
async fn a_late_answer_opens_a_task_that_nobody_watches_any_more() {
    let world = World::new().await;
    let lease = world.intended(&world.leased().await).await;
    let attempt = lease.work.attempts[0].id.clone();
    let lease = world.told(&lease, Fact::Orphaned(attempt.clone())).await;
    world.pass(2 * DAY);
    let lease = world
        .told(&lease, Fact::DeadlinePassed(attempt.clone()))
        .await;
    let id = lease.work.task.id.clone();
    assert!(
        !lease.work.task.open,
        "given up: {:?}",
        lease.work.task.status
    );
    assert!(lease.work.task.status.is_terminal());
    let body = world
        .store
        .task(&world.account, &id)
        .await
        .expect("read")
        .expect("there");

    world.pass(MINUTE);
    let answer = accepted("late");
    let filed = world
        .store
        .file_answer(&attempt, &answer, Teller::Other, world.now())
        .await;
    assert!(filed.expect("filed").fresh);
    let leases = world
        .store
        .claim(&world.ask(Need::Owner, 9))
        .await
        .expect("claimed");
    assert_eq!(leases.len(), 1, "due at once");
    assert_eq!(leases[0].work.unapplied[0].answer, answer);
    let now = world
        .store
        .task(&world.account, &id)
        .await
        .expect("read")
        .expect("there");
    assert_eq!(now.status, body.status, "what the client was told stands");
    assert!(matches!(
        world.tell(&lease, Fact::CancelWish).await,
        Err(CommitError::Lost)
    ));
}

#[tokio::test]
async fn a_job_that_another_attempt_holds_is_stored_and_flagged() {
    let world = World::new().await;
    let first = world.running(&world.leased().await).await;
    let second = world.intended(&world.leased().await).await;
    let job = first.work.attempts[0]
        .upstream_job
        .clone()
        .expect("accepted");
    let attempt = &second.work.attempts[0].id;
    let answer = accepted(&job.0);
    let filed = world
        .store
        .file_answer(attempt, &answer, Teller::Other, world.now())
        .await;
    let filed = filed.expect("filed");
    assert!(filed.fresh && filed.job_known_elsewhere);
}

#[tokio::test]
async fn an_answer_of_refusal_survives_its_column() {
    let world = World::new().await;
    let lease = world.intended(&world.leased().await).await;
    let attempt = &lease.work.attempts[0].id;
    let refused = Answer::Rejected(Failure::new(FailureCode::Content, "no").with_detail("e42"));
    world
        .store
        .file_answer(attempt, &refused, Teller::Other, world.now())
        .await
        .expect("filed");
    let reloaded = world.store.reload(&lease).await.expect("ours");
    assert_eq!(reloaded.work.unapplied[0].answer, refused);
}

#[tokio::test]
async fn a_callback_finds_its_attempt_by_the_nonce_alone() {
    let world = World::new().await;
    let lease = world.intended(&world.leased().await).await;
    let attempt = &lease.work.attempts[0];
    let found = world
        .store
        .callback_target(&attempt.nonce)
        .await
        .expect("read")
        .expect("there");
    assert_eq!(
        (&found.attempt, &found.task),
        (attempt, &lease.work.task.id)
    );
    assert_eq!(
        world.store.callback_target("guess").await.expect("read"),
        None
    );
    assert_eq!(world.store.callback_target("").await.expect("read"), None);
}
