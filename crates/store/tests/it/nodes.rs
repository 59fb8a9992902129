//! Nodes that live, leave and die, and what becomes of their tasks.

use framewright_core::change::Fact;
use framewright_core::clock::{MINUTE, SECOND};
use framewright_core::id::NodeId;
use framewright_core::task::Need;
use framewright_store::CommitError;

use crate::support::{World, id};

const TTL: i64 = 30 * SECOND;

async fn another(world: &World) -> NodeId {
    let node = NodeId::stored(id());
    world
        .store
        .register_node(&node, world.now())
        .await
        .expect("registered");
    node
}

#[tokio::test]
async fn a_silent_node_is_dead_its_renewals_fail_and_its_tasks_are_taken_over() {
    let world = World::new().await;
    let lease = world.running(&world.leased().await).await;
    world.pass(TTL);
    let other = another(&world).await;
    assert_eq!(
        world
            .store
            .take_over_dead(world.now(), TTL, 100)
            .await
            .expect("looked"),
        0
    );
    world.pass(1);
    assert_eq!(
        world
            .store
            .take_over_dead(world.now(), TTL, 100)
            .await
            .expect("looked"),
        1
    );
    assert!(
        !world
            .store
            .heartbeat(&world.node, world.now())
            .await
            .expect("asked")
    );
    assert!(
        world
            .store
            .heartbeat(&other, world.now())
            .await
            .expect("asked")
    );
    let id = lease.work.task.id.clone();
    let taken = world
        .store
        .claim_one(&other, &id, world.now())
        .await
        .expect("claimed");
    assert_eq!(
        taken.expect("due at once").work.attempts,
        lease.work.attempts
    );
    assert!(matches!(
        world.tell(&lease, Fact::CancelWish).await,
        Err(CommitError::Lost)
    ));
}

#[tokio::test]
async fn takeover_moves_tasks_in_batches() {
    let world = World::new().await;
    for _ in 0..5 {
        world.leased().await;
    }
    world.pass(MINUTE);
    let moved = |limit| world.store.take_over_dead(world.now(), TTL, limit);
    assert_eq!(moved(3).await.expect("moved"), 3);
    assert_eq!(moved(3).await.expect("moved"), 2);
    assert_eq!(moved(3).await.expect("moved"), 0);
}

#[tokio::test]
async fn only_deaths_over_heavy_work_are_counted() {
    let world = World::new().await;
    let heavy = world.leased().await.work.task.id;
    let light = world.leased().await.work.task.id;
    world
        .store
        .note_heavy(&world.node, std::slice::from_ref(&heavy))
        .await
        .expect("noted");
    world.pass(MINUTE);
    let other = another(&world).await;
    world
        .store
        .take_over_dead(world.now(), TTL, 100)
        .await
        .expect("moved");
    for (id, deaths) in [(heavy, 1), (light, 0)] {
        let lease = world
            .store
            .claim_one(&other, &id, world.now())
            .await
            .expect("claimed");
        assert_eq!(lease.expect("due").deaths, deaths, "{id}");
    }
}

#[tokio::test]
async fn a_node_that_leaves_in_good_order_costs_no_task_a_death() {
    let world = World::new().await;
    let lease = world.leased().await;
    let id = lease.work.task.id;
    world
        .store
        .note_heavy(&world.node, std::slice::from_ref(&id))
        .await
        .expect("noted");
    world
        .store
        .retire_node(&world.node, world.now())
        .await
        .expect("retired");
    let other = another(&world).await;
    let lease = world
        .store
        .claim_one(&other, &id, world.now())
        .await
        .expect("claimed");
    assert_eq!(lease.expect("due").deaths, 0);
}

#[tokio::test]
async fn the_next_process_on_the_directory_takes_over_without_waiting() {
    let world = World::new().await;
    if world.database.is_some() {
        // Its lock is what proves the former process dead; other nodes are waited for.
        return;
    }
    let before = world.running(&world.leased().await).await;
    let world = world.reopened().await;
    assert_eq!(
        world
            .store
            .take_over_dead(world.now(), TTL, 100)
            .await
            .expect("moved"),
        1
    );
    let leases = world
        .store
        .claim(&world.ask(Need::Owner, 9))
        .await
        .expect("claimed");
    assert_eq!(leases.len(), 1);
    assert_eq!(leases[0].work.attempts, before.work.attempts);
    assert!(leases[0].epoch > before.epoch);
}
