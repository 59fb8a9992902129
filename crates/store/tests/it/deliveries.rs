//! The outbox: born with the end of its task, tried under a lease, the same bytes each time.

use framewright_core::clock::{MINUTE, SECOND};
use framewright_core::delivery::Next;
use framewright_core::id::NodeId;
use framewright_core::task::Webhook;
use framewright_store::{
    Deleted, DeliveryAsk, DeliveryTry, DeliveryWork, Redelivered, SigningSecret,
};
use secrecy::ExposeSecret as _;

use crate::support::{World, id, new};

fn ask(world: &World) -> DeliveryAsk {
    DeliveryAsk {
        node: world.node.clone(),
        now: world.now(),
        limit: 100,
        per_receiver: 2,
    }
}

async fn claim(world: &World) -> Vec<DeliveryWork> {
    world
        .store
        .claim_deliveries(&ask(world))
        .await
        .expect("claimed")
}

async fn one(world: &World) -> DeliveryWork {
    let mut works = claim(world).await;
    assert_eq!(works.len(), 1);
    works.remove(0)
}

fn refused(world: &World) -> DeliveryTry {
    DeliveryTry {
        at: world.now(),
        status: Some(500),
        response_head: "no".to_owned(),
        duration_ms: 12,
        error: None,
    }
}

/// A finished task whose webhook goes to `host`.
async fn owed_to(world: &World, host: &str) {
    let mut task = world.task();
    task.webhook = Some(Webhook {
        url: format!("http://{host}/hook"),
        secret: None,
    });
    let id = task.id.clone();
    world.store.submit(new(task)).await.expect("taken in");
    let lease = world
        .store
        .claim_one(&world.node, &id, world.now())
        .await
        .expect("claimed");
    let wish = framewright_core::change::Fact::CancelWish;
    world.told(&lease.expect("due"), wish).await;
}

#[tokio::test]
async fn a_delivery_is_due_a_moment_after_the_end_and_carries_its_secrets() {
    let world = World::new().await;
    world.finished().await;
    assert!(
        claim(&world).await.is_empty(),
        "not sooner than its due time"
    );
    world.pass(SECOND);
    let work = one(&world).await;
    assert_eq!(work.secret.as_deref(), Some("s3cret"));
    assert_eq!(work.body, br#"{"status":"finished"}"#);
    let [SigningSecret(secret)] = &work.signing[..] else {
        panic!("one signing secret");
    };
    assert!(secret.expose_secret().starts_with("whsec_"));
    assert!(claim(&world).await.is_empty(), "leased");
}

#[tokio::test]
async fn tries_are_recorded_until_the_delivery_ends_and_the_id_and_bytes_never_change() {
    let world = World::new().await;
    let task = world.finished().await.work.task.id;
    world.pass(SECOND);
    let first = one(&world).await;
    let again = Next::Again {
        at: world.now() + MINUTE,
    };
    assert!(
        world
            .store
            .record_try(&first, &refused(&world), &again)
            .await
            .expect("recorded")
    );
    assert!(claim(&world).await.is_empty(), "not before its time");
    world.pass(MINUTE);
    let second = one(&world).await;
    assert_eq!(
        (second.id.as_str(), &second.body),
        (first.id.as_str(), &first.body)
    );
    assert_eq!((first.tries, second.tries), (0, 1));
    let dead = Next::Dead { why: "gone" };
    assert!(
        world
            .store
            .record_try(&second, &refused(&world), &dead)
            .await
            .expect("recorded")
    );
    let detail = world
        .store
        .detail(&world.account, &task)
        .await
        .expect("read")
        .expect("there");
    assert_eq!(detail.deliveries[0].status, "dead");
    assert_eq!(detail.deliveries[0].why.as_deref(), Some("gone"));
    assert_eq!(detail.deliveries[0].tries.len(), 2);
    world.pass(MINUTE);
    assert!(claim(&world).await.is_empty());
}

#[tokio::test]
async fn a_redelivery_starts_a_new_round_and_keeps_the_old_record() {
    let world = World::new().await;
    let task = world.finished().await.work.task.id;
    world.pass(SECOND);
    let work = one(&world).await;
    let done = refused(&world);
    world
        .store
        .record_try(&work, &done, &Next::Delivered)
        .await
        .expect("recorded");
    let redeliver = |id: framewright_core::id::TaskId| {
        let (store, account, now) = (world.store.clone(), world.account.clone(), world.now());
        async move { store.redeliver(&account, &id, now).await.expect("asked") }
    };
    assert_eq!(redeliver(task.clone()).await, Redelivered::Scheduled);
    let again = one(&world).await;
    assert_eq!((again.id.as_str(), again.tries), (work.id.as_str(), 0));
    assert!(
        world
            .store
            .record_try(&again, &done, &Next::Delivered)
            .await
            .expect("recorded")
    );
    let detail = world
        .store
        .detail(&world.account, &task)
        .await
        .expect("read")
        .expect("there");
    assert_eq!(detail.deliveries[0].tries.len(), 2);

    let running = world.leased().await.work.task.id;
    assert_eq!(redeliver(running).await, Redelivered::NotTerminal);
    let unknown = framewright_core::id::TaskId::stored("x");
    assert_eq!(redeliver(unknown).await, Redelivered::Unknown);
}

#[tokio::test]
async fn one_receiver_with_many_deliveries_holds_up_no_other() {
    let world = World::new().await;
    for _ in 0..6 {
        owed_to(&world, "a.slow.example").await;
    }
    owed_to(&world, "z.quick.example").await;
    world.pass(SECOND);
    let first = claim(&world).await;
    let to = |works: &[DeliveryWork], host: &str| {
        works.iter().filter(|work| work.url.contains(host)).count()
    };
    assert_eq!((to(&first, "slow"), to(&first, "quick")), (2, 1));
    assert!(
        claim(&world).await.is_empty(),
        "the slow one has its two in flight"
    );
    let slow = first
        .iter()
        .find(|work| work.url.contains("slow"))
        .expect("two of them");
    world
        .store
        .record_try(slow, &refused(&world), &Next::Delivered)
        .await
        .expect("recorded");
    assert_eq!(claim(&world).await.len(), 1, "one place is free again");
}

#[tokio::test]
async fn a_lapsed_lease_goes_to_another_and_the_first_records_nothing() {
    let world = World::new().await;
    world.finished().await;
    world.pass(SECOND);
    let lost = one(&world).await;
    world.pass(2 * MINUTE);
    let current = one(&world).await;
    let done = refused(&world);
    assert!(
        !world
            .store
            .record_try(&lost, &done, &Next::Delivered)
            .await
            .expect("asked")
    );
    assert!(
        world
            .store
            .record_try(&current, &done, &Next::Delivered)
            .await
            .expect("asked")
    );
}

#[tokio::test]
async fn a_dead_nodes_deliveries_are_due_at_once() {
    let world = World::new().await;
    world.finished().await;
    world.pass(SECOND);
    one(&world).await;
    world
        .store
        .retire_node(&world.node, world.now())
        .await
        .expect("retired");
    let node = NodeId::stored(id());
    world
        .store
        .register_node(&node, world.now())
        .await
        .expect("registered");
    let ask = DeliveryAsk {
        node,
        ..ask(&world)
    };
    assert_eq!(
        world
            .store
            .claim_deliveries(&ask)
            .await
            .expect("claimed")
            .len(),
        1
    );
}

#[tokio::test]
async fn a_delete_drops_what_is_still_owed_even_in_flight() {
    let world = World::new().await;
    let task = world.finished().await.work.task.id;
    world.pass(SECOND);
    let flying = one(&world).await;
    let deleted = world.store.delete(&world.account, &task, world.now()).await;
    assert_eq!(deleted.expect("asked"), Deleted::Gone);
    let done = refused(&world);
    let again = Next::Again { at: world.now() };
    assert!(
        !world
            .store
            .record_try(&flying, &done, &again)
            .await
            .expect("asked")
    );
    world.pass(2 * MINUTE);
    assert!(claim(&world).await.is_empty());
}

#[tokio::test]
async fn during_a_rotation_two_secrets_sign_and_afterwards_one() {
    let world = World::new().await;
    let until = world.now() + MINUTE;
    world
        .store
        .rotate_signing_secret(&world.account, until)
        .await
        .expect("rotated");
    let count = |now| {
        let (store, account) = (world.store.clone(), world.account.clone());
        async move {
            store
                .signing_secrets(&account, now)
                .await
                .expect("read")
                .len()
        }
    };
    assert_eq!((count(until - 1).await, count(until).await), (2, 1));
}
