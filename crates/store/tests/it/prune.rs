//! Retention: what may go goes, row before blob, and nothing that is still owed or named.

use framewright_core::change::Fact;
use framewright_core::clock::{DAY, HOUR, SECOND};
use framewright_core::delivery::Next;
use framewright_core::id::{TaskId, UploadId};
use framewright_core::spec::{Parent, Role};
use framewright_core::task::Input;
use framewright_core::work::Work;
use framewright_store::{
    BlobError, Blobs, DeliveryAsk, DeliveryTry, Lease, Pruned, UploadRow, scratch,
};

use crate::support::{LATER, World, id, new};

async fn stored(blobs: &Blobs, key: &str) {
    let mut writer = blobs.create(key).await.expect("a writer");
    writer.write(b"bytes").await.expect("written");
    writer.finish().await.expect("published");
}

async fn is_there(blobs: &Blobs, key: &str) -> bool {
    match blobs.read(key, None).await {
        Ok(_) => true,
        Err(BlobError::Missing(_)) => false,
        Err(other) => panic!("{other}"),
    }
}

fn system_now() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(now.expect("after 1970").as_millis()).expect("a time")
}

fn blobs_of(world: &World) -> Blobs {
    scratch::blobs(&world.dir.path().join("blobs"))
}

/// A finished task with its blob, its webhook delivered.
async fn settled(world: &World, blobs: &Blobs) -> Lease<Work> {
    let lease = world.finished().await;
    stored(blobs, &lease.work.outputs[0].blob).await;
    deliver(world).await;
    lease
}

async fn deliver(world: &World) {
    let ask = DeliveryAsk {
        node: world.node.clone(),
        now: world.now() + SECOND,
        limit: 100,
        per_receiver: 100,
    };
    for work in world.store.claim_deliveries(&ask).await.expect("claimed") {
        let done = DeliveryTry {
            at: world.now(),
            status: Some(200),
            response_head: String::new(),
            duration_ms: 1,
            error: None,
        };
        world
            .store
            .record_try(&work, &done, &Next::Delivered)
            .await
            .expect("recorded");
    }
}

async fn prune(world: &World, blobs: &Blobs) -> Pruned {
    world
        .store
        .prune(blobs, world.now(), 100)
        .await
        .expect("pruned")
}

#[tokio::test]
async fn a_task_goes_with_its_blob_when_its_time_is_over_and_not_before() {
    let world = World::new().await;
    let blobs = blobs_of(&world);
    let lease = settled(&world, &blobs).await;
    let (id, blob) = (lease.work.task.id, lease.work.outputs[0].blob.clone());
    world.pass(7 * DAY - 1);
    assert_eq!(prune(&world, &blobs).await, Pruned::default());
    world.pass(1);
    let went = prune(&world, &blobs).await;
    assert_eq!((went.tasks, went.blobs), (1, 1));
    assert_eq!(world.store.operator_task(&id).await.expect("read"), None);
    assert!(!is_there(&blobs, &blob).await);
    let book = world.store.entries(&world.account, 9).await.expect("read");
    assert_eq!(book.len(), 2, "the book stays");
}

#[tokio::test]
async fn what_is_owed_or_watched_keeps_its_task() {
    let world = World::new().await;
    let blobs = blobs_of(&world);
    let owing = world.finished().await.work.task.id;
    let watched = world.running(&world.leased().await).await;
    world.told(&watched, Fact::CancelWish).await;
    deliver(&world).await;
    let kept = |id: TaskId| {
        let store = world.store.clone();
        async move { store.operator_task(&id).await.expect("read").is_some() }
    };
    let redelivered = world
        .store
        .redeliver(&world.account, &owing, world.now())
        .await;
    redelivered.expect("owed again");
    world.pass(LATER);
    assert_eq!(prune(&world, &blobs).await.tasks, 0);
    assert!(kept(owing).await && kept(watched.work.task.id).await);
    deliver(&world).await;
    assert_eq!(prune(&world, &blobs).await.tasks, 1, "delivered: it may go");
}

#[tokio::test]
async fn an_unsettled_attempt_keeps_its_task_for_thirty_days() {
    let world = World::new().await;
    let blobs = blobs_of(&world);
    let lease = world.intended(&world.leased().await).await;
    let attempt = lease.work.attempts[0].id.clone();
    let lease = world.told(&lease, Fact::Orphaned(attempt.clone())).await;
    world.pass(DAY);
    let lease = world.told(&lease, Fact::DeadlinePassed(attempt)).await;
    assert!(lease.work.task.status.is_terminal() && !lease.work.task.open);
    deliver(&world).await;
    world.pass(30 * DAY - 1);
    assert_eq!(prune(&world, &blobs).await.tasks, 0);
    world.pass(1);
    assert_eq!(prune(&world, &blobs).await.tasks, 1);
}

#[tokio::test]
async fn a_deleted_task_goes_a_day_after_its_end() {
    let world = World::new().await;
    let blobs = blobs_of(&world);
    let id = settled(&world, &blobs).await.work.task.id;
    world
        .store
        .delete(&world.account, &id, world.now())
        .await
        .expect("deleted");
    world.pass(23 * HOUR);
    assert_eq!(prune(&world, &blobs).await.tasks, 0);
    world.pass(HOUR);
    assert_eq!(prune(&world, &blobs).await.tasks, 1);
}

#[tokio::test]
async fn an_open_child_keeps_its_parent_and_then_the_blob_they_share() {
    let world = World::new().await;
    let blobs = blobs_of(&world);
    let parent = settled(&world, &blobs).await;
    let blob = parent.work.outputs[0].blob.clone();
    world.pass(6 * DAY);
    let mut child = world.task();
    child.spec.parent = Some(Parent {
        made: None,
        task: parent.work.task.id.clone(),
        position: 1,
    });
    let child_id = child.id.clone();
    world.store.submit(new(child)).await.expect("taken in");
    world.pass(2 * DAY);
    assert_eq!(
        prune(&world, &blobs).await.tasks,
        0,
        "the child may yet name the blob"
    );

    let lease = world
        .store
        .claim_one(&world.node, &child_id, world.now())
        .await;
    let lease = lease.expect("claimed").expect("due");
    let input = Input {
        role: Role::Parent,
        blob: blob.clone(),
        sha256: "ab".repeat(32),
        bytes: 5,
        mime: "video/mp4".to_owned(),
        width: 1280,
        height: 720,
    };
    world.told(&lease, Fact::InputsReady(vec![input])).await;
    let lease = world
        .store
        .claim_one(&world.node, &child_id, world.now())
        .await;
    let lease = lease.expect("claimed").expect("due");
    assert_eq!(lease.work.inputs.len(), 1);
    world.told(&lease, Fact::CancelWish).await;
    deliver(&world).await;
    let went = prune(&world, &blobs).await;
    assert_eq!(
        (went.tasks, went.blobs),
        (1, 0),
        "the parent's row; its blob is the child's input"
    );
    assert!(is_there(&blobs, &blob).await);
    world.pass(LATER);
    let went = prune(&world, &blobs).await;
    assert_eq!((went.tasks, went.blobs), (1, 1));
}

#[tokio::test]
async fn an_upload_goes_at_its_expiry_unless_an_input_names_its_blob() {
    let world = World::new().await;
    let blobs = blobs_of(&world);
    let upload = UploadRow {
        id: UploadId::stored(id()),
        account: world.account.clone(),
        blob: "a/uploads/x.png".to_owned(),
        mime: "image/png".to_owned(),
        bytes: 5,
        sha256: "ab".repeat(32),
        created: world.now(),
        expires: world.now() + DAY,
    };
    stored(&blobs, &upload.blob).await;
    world.store.put_upload(&upload).await.expect("kept");
    let found = world.store.upload(&upload.id).await.expect("read");
    assert_eq!(found, Some(upload.clone()));
    world.pass(DAY);
    assert_eq!(world.store.upload(&upload.id).await.expect("read"), None);
    let went = prune(&world, &blobs).await;
    assert_eq!((went.uploads, went.blobs), (1, 1));
    assert!(!is_there(&blobs, &upload.blob).await);
}

#[tokio::test]
async fn the_sweep_takes_old_blobs_that_no_row_names_and_leaves_the_others() {
    let world = World::new().await;
    let blobs = blobs_of(&world);
    let named = settled(&world, &blobs).await.work.outputs[0].blob.clone();
    stored(&blobs, "a/t/orphan-0-1.mp4").await;
    // Files carry the real time of this run; the sweep is told a time around it.
    let written = system_now();
    let swept = async |now| {
        let swept = world.store.sweep(&blobs, now, None, 1_000).await;
        swept.expect("swept").blobs
    };
    assert_eq!(swept(written).await, 0, "it may be on its way to its row");
    assert!(
        swept(written + 2 * DAY).await >= 1,
        "with copies, they go too"
    );
    assert!(is_there(&blobs, &named).await);
    assert!(!is_there(&blobs, "a/t/orphan-0-1.mp4").await);
}

#[tokio::test]
async fn a_sweep_that_ended_early_goes_on_where_storage_has_an_order() {
    let world = World::new().await;
    let blobs = blobs_of(&world);
    for number in 0..5 {
        stored(&blobs, &format!("a/t/orphan-{number}")).await;
    }
    let later = system_now() + 2 * DAY;
    let (mut after, mut rounds) = (None, 0);
    loop {
        let swept = world.store.sweep(&blobs, later, after.as_deref(), 2).await;
        (after, rounds) = (swept.expect("swept").next, rounds + 1);
        if after.is_none() && rounds >= 3 {
            break;
        }
    }
    assert!(!is_there(&blobs, "a/t/orphan-0").await);
    assert!(!is_there(&blobs, "a/t/orphan-4").await);
}
