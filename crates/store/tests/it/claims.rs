//! Claims: each task to one node, accounts in turn, only what is due and only what was asked for.

use std::collections::BTreeSet;

use framewright_core::clock::MINUTE;
use framewright_core::id::NodeId;
use framewright_core::task::Need;
use framewright_store::ClaimAsk;

use crate::support::{LANE, World, id, make_account, new, task_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_claimers_share_the_tasks_and_none_is_claimed_twice() {
    let world = World::new().await;
    for _ in 0..60 {
        world.submitted().await;
    }
    let mut race = Vec::new();
    for _ in 0..8 {
        let node = NodeId::stored(id());
        world
            .store
            .register_node(&node, world.now())
            .await
            .expect("registered");
        let store = world.store.clone();
        let ask = ClaimAsk {
            node,
            ..world.ask(Need::Permit, 10)
        };
        race.push(tokio::spawn(async move {
            store.claim(&ask).await.expect("claimed")
        }));
    }
    let mut claimed = Vec::new();
    for leases in race {
        claimed.extend(leases.await.expect("no panic"));
    }
    let distinct: BTreeSet<_> = claimed.iter().map(|lease| &lease.work.task.id).collect();
    assert_eq!((claimed.len(), distinct.len()), (60, 60));
}

#[tokio::test]
async fn accounts_take_turns_however_many_tasks_one_of_them_has() {
    let world = World::new().await;
    let other = make_account(&world.store, "second", None).await;
    for _ in 0..20 {
        world.submitted().await;
    }
    world.pass(MINUTE);
    for _ in 0..3 {
        world
            .store
            .submit(new(task_of(&other, world.now())))
            .await
            .expect("taken in");
    }
    let mut served = Vec::new();
    for _ in 0..6 {
        let leases = world
            .store
            .claim(&world.ask(Need::Permit, 1))
            .await
            .expect("claimed");
        served.push(leases[0].work.task.account.clone());
    }
    let turns = served.iter().filter(|account| **account == other).count();
    assert_eq!(
        turns, 3,
        "every second place while it has tasks: {served:?}"
    );
    let batch = world
        .store
        .claim(&world.ask(Need::Permit, 5))
        .await
        .expect("claimed");
    assert_eq!(batch.len(), 5, "what is left of the first account");
}

#[tokio::test]
async fn an_accounts_tasks_are_served_in_the_order_they_came() {
    let world = World::new().await;
    let mut sent = Vec::new();
    for _ in 0..3 {
        sent.push(world.submitted().await);
        world.pass(1);
    }
    let mut served = Vec::new();
    for _ in 0..3 {
        let leases = world
            .store
            .claim(&world.ask(Need::Permit, 1))
            .await
            .expect("claimed");
        served.push(leases[0].work.task.id.clone());
    }
    assert_eq!(served, sent);
}

#[tokio::test]
async fn only_what_is_due_of_the_need_and_lane_asked_for_is_claimed() {
    let world = World::new().await;
    let mut later = world.new_task();
    later.task.not_before = world.now() + MINUTE;
    let mut elsewhere = world.new_task();
    elsewhere.task.lane = "other".to_owned();
    let mut inputs = world.new_task();
    inputs.task.need = Need::Inputs;
    let wanted = inputs.task.id.clone();
    for new in [later, elsewhere, inputs] {
        world.store.submit(new).await.expect("taken in");
    }
    assert!(
        world
            .store
            .claim(&world.ask(Need::Permit, 9))
            .await
            .expect("asked")
            .is_empty()
    );
    let leases = world
        .store
        .claim(&world.ask(Need::Inputs, 9))
        .await
        .expect("asked");
    assert_eq!(leases.len(), 1);
    assert_eq!(leases[0].work.task.id, wanted);
    assert!(
        world
            .store
            .claim(&world.ask(Need::Permit, 0))
            .await
            .expect("asked")
            .is_empty()
    );
    world.pass(MINUTE);
    assert_eq!(
        world
            .store
            .claim(&world.ask(Need::Permit, 9))
            .await
            .expect("asked")
            .len(),
        1
    );
}

#[tokio::test]
async fn several_lanes_are_claimed_at_once_each_up_to_its_limit() {
    let world = World::new().await;
    for lane in [LANE, LANE, LANE, "other", "other"] {
        let mut new = world.new_task();
        new.task.lane = lane.to_owned();
        world.store.submit(new).await.expect("taken in");
    }
    let ask = ClaimAsk {
        lanes: vec![(LANE.to_owned(), 2), ("other".to_owned(), 5)],
        ..world.ask(Need::Permit, 0)
    };
    let leases = world.store.claim(&ask).await.expect("claimed");
    let of = |lane: &str| {
        leases
            .iter()
            .filter(|lease| lease.work.task.lane == lane)
            .count()
    };
    assert_eq!((of(LANE), of("other")), (2, 2));
}

#[tokio::test]
async fn a_node_that_was_declared_dead_claims_nothing() {
    let world = World::new().await;
    let id = world.submitted().await;
    world
        .store
        .retire_node(&world.node, world.now())
        .await
        .expect("retired");
    assert!(
        world
            .store
            .claim(&world.ask(Need::Permit, 9))
            .await
            .expect("asked")
            .is_empty()
    );
    let one = world
        .store
        .claim_one(&world.node, &id, world.now())
        .await
        .expect("asked");
    assert_eq!(one, None);
}

#[tokio::test]
async fn a_claim_of_unknown_outcome_can_be_looked_up() {
    let world = World::new().await;
    let lease = world.intended(&world.leased().await).await;
    let owned = world.store.owned(&world.node).await.expect("read");
    assert_eq!(owned, [lease]);
}
