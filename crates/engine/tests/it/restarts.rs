//! A process that dies, and the next one over the same data: nothing is lost, nothing bought twice,
//! and whoever has lost a lease changes and sends nothing.

use framewright_core::attempt::{AttemptStatus, Class};
use framewright_core::change::Rules;
use framewright_core::change::{Fact, apply};
use framewright_core::clock::Clock;
use framewright_core::id::NodeId;
use framewright_core::task::Need;
use framewright_core::work::Answer;
use framewright_store::{ClaimAsk, CommitError};
use tokio::sync::watch;

use crate::scripted::{Reply, Scripted};
use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queued_task_is_taken_up_by_the_next_process() {
    let provider = Scripted::with_permits("one", Class::A, 1);
    let world = World::with(&[&provider]).await;
    let first = world.submit(world.task()).await;
    world.until_status(&first, "running").await;
    let second = world.submit(world.task()).await;
    let world = world.restart().await;
    provider.finish_all(&world.video);
    world.until_status(&first, "finished").await;
    world.until_status(&second, "finished").await;
    assert_eq!(provider.bought(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_whose_request_was_on_its_way_is_bought_once_by_key() {
    let provider = Scripted::new("one", Class::A);
    let world = World::with(&[&provider]).await;
    let (_fire, held) = watch::channel(false);
    provider.replies([Reply::TakeWhen(held)]);
    provider.finish_all(&world.video);
    let id = world.submit(world.task()).await;
    world
        .until_provider(&provider, |provider| provider.arrived().len() == 1)
        .await;
    let world = world.restart().await;
    world.until_status(&id, "finished").await;
    let arrived = provider.arrived();
    assert_eq!(arrived.len(), 2);
    assert_eq!(arrived[0], arrived[1]);
    assert_eq!(provider.bought(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_on_its_way_to_a_provider_without_keys_is_not_sent_again() {
    let provider = Scripted::new("one", Class::E);
    let mut world = World::with(&[&provider]).await;
    world.step = 2_000;
    let (_fire, held) = watch::channel(false);
    provider.replies([Reply::TakeWhen(held)]);
    let id = world.submit(world.task()).await;
    world
        .until_provider(&provider, |provider| provider.arrived().len() == 1)
        .await;
    let world = world.restart().await;
    let end = world.until_status(&id, "failed").await;
    assert_eq!(end.attempts[0].status, AttemptStatus::Unknown);
    assert_eq!(provider.arrived().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_task_is_polled_on_by_its_job_and_a_storing_one_is_stored() {
    let provider = Scripted::new("one", Class::E);
    let world = World::with(&[&provider]).await;
    let id = world.submit(world.task()).await;
    world.until_status(&id, "running").await;
    let world = world.restart().await;
    // Its source does not exist yet: it stays in storing, asking for new links.
    provider.finish_all(&world.video.with_extension("absent"));
    world.until_status(&id, "storing").await;
    let world = world.restart().await;
    provider.finish_all(&world.video);
    world.until_status(&id, "finished").await;
    assert_eq!((provider.arrived().len(), provider.bought()), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_lost_the_lease_changes_nothing_and_its_answer_is_filed() {
    let provider = Scripted::new("one", Class::E);
    let world = World::with(&[&provider]).await;
    let (fire, held) = watch::channel(false);
    provider.replies([Reply::TakeWhen(held)]);
    let id = world.submit(world.task()).await;
    world
        .until_provider(&provider, |provider| provider.arrived().len() == 1)
        .await;

    // Another node declares this one dead and takes the task.
    let now = world.clock.now();
    let other = NodeId::stored("other");
    world
        .store
        .register_node(&other, now)
        .await
        .expect("registered");
    world
        .store
        .retire_node(world.engine().node(), now)
        .await
        .expect("declared dead");
    let ask = ClaimAsk {
        node: other,
        now,
        need: Need::Owner,
        lanes: vec![("one".into(), 10)],
    };
    let lease = world.store.claim(&ask).await.expect("claimed").remove(0);
    let version = lease.work.task.version;

    fire.send_replace(true);
    let filed = world.until(&id, |_| provider.bought() == 1).await;
    assert_eq!(filed.attempts[0].status, AttemptStatus::Intent);
    let lease = loop {
        let fresh = world.store.reload(&lease).await.expect("still the other's");
        if !fresh.work.unapplied.is_empty() {
            break fresh;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(
        lease.work.task.version, version,
        "the stale owner committed nothing"
    );
    assert!(matches!(
        lease.work.unapplied[0].answer,
        Answer::Accepted { .. }
    ));
    let fact = Fact::Answered {
        attempt: lease.work.attempts[0].id.clone(),
        answer: lease.work.unapplied[0].answer.clone(),
    };
    let change = apply(&lease.work, fact, &Rules::default(), now).expect("allowed");
    world
        .store
        .commit(&lease, change.clone(), now)
        .await
        .expect("the owner commits");
    let mut stale = lease.clone();
    stale.epoch -= 1;
    let refused = world.store.commit(&stale, change, now).await;
    assert!(matches!(refused, Err(CommitError::Lost)));
    assert_eq!(provider.arrived().len(), 1, "nothing was sent twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_was_declared_dead_stops() {
    let provider = Scripted::new("one", Class::A);
    let mut world = World::with(&[&provider]).await;
    world.step = 1_000;
    let id = world.submit(world.task()).await;
    world.until_status(&id, "running").await;
    let now = world.clock.now();
    world
        .store
        .retire_node(world.engine().node(), now)
        .await
        .expect("declared dead");
    let moving = async {
        loop {
            world.clock.advance(1_000);
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = world.engine().died() => {}
        () = moving => {}
    }
    assert!(!world.engine().readiness());
}
