//! The way of a task through the queue: straight through, past a refusal, past a busy provider, and
//! what waits for a permit.

use framewright_core::attempt::{AttemptStatus, Class};
use framewright_core::clock::{HOUR, MINUTE};
use framewright_core::failure::FailureCode;

use crate::scripted::{Reply, Scripted};
use crate::world::{World, spec};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_is_submitted_polled_stored_and_finished() {
    let provider = Scripted::new("one", Class::A);
    let world = World::with(&[&provider]).await;
    let id = world.submit(world.task()).await;
    world.until_status(&id, "running").await;
    provider.finish_all(&world.video);
    let end = world.until_status(&id, "finished").await;

    let statuses: Vec<_> = end
        .events
        .iter()
        .map(|event| event.status.as_str())
        .collect();
    assert_eq!(statuses, ["queued", "running", "storing", "finished"]);
    let output = &end.outputs[0];
    assert_eq!((output.position, output.frames, output.width), (1, 6, 64));
    let stored = world
        .blobs()
        .local_path(&output.blob)
        .await
        .expect("it is stored");
    let bytes = std::fs::read(stored).expect("readable");
    assert_eq!(bytes.len() as u64, output.bytes);
    assert_eq!(bytes, std::fs::read(&world.video).expect("readable"));
    world
        .until_provider(&provider, |provider| !provider.settled().is_empty())
        .await;
    assert_eq!(provider.arrived().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_slots_are_four_jobs_and_four_positions() {
    let provider = Scripted::new("one", Class::A);
    let world = World::with(&[&provider]).await;
    let mut task = world.task();
    task.spec = spec(4);
    let id = world.submit(task).await;
    provider.finish_all(&world.video);
    let end = world.until_status(&id, "finished").await;
    let places: Vec<_> = end.outputs.iter().map(|o| (o.position, o.slot)).collect();
    assert_eq!(places, [(1, 0), (2, 1), (3, 2), (4, 3)]);
    assert_eq!(provider.bought(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_goes_to_the_next_provider_and_the_last_refusal_ends_the_task() {
    let (first, second) = (
        Scripted::new("one", Class::E),
        Scripted::new("two", Class::E),
    );
    let world = World::with(&[&first, &second]).await;
    first.replies([Reply::Reject]);
    second.finish_all(&world.video);
    let id = world.submit(world.task()).await;
    let end = world.until_status(&id, "finished").await;
    let providers: Vec<_> = end
        .attempts
        .iter()
        .map(|a| (a.provider.as_str(), a.status))
        .collect();
    assert_eq!(
        providers,
        [
            ("one", AttemptStatus::Rejected),
            ("two", AttemptStatus::Succeeded)
        ]
    );

    first.replies([Reply::Reject]);
    second.replies([Reply::Reject]);
    let id = world.submit(world.task()).await;
    let end = world.until_status(&id, "failed").await;
    assert_eq!(end.task.failure().expect("why").public, "not for us");
    assert_eq!((first.bought(), second.bought()), (0, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_provider_gets_the_same_key_and_bytes_when_its_time_has_come() {
    let provider = Scripted::new("one", Class::E);
    let world = World::with(&[&provider]).await;
    provider.replies([Reply::Busy, Reply::NotSent]);
    provider.finish_all(&world.video);
    let id = world.submit(world.task()).await;
    let waiting = world
        .until(&id, |detail| {
            detail
                .attempts
                .iter()
                .any(|a| a.status == AttemptStatus::Due)
        })
        .await;
    assert_eq!(waiting.task.status.word(), "queued");
    world.until_status(&id, "finished").await;

    let arrived = provider.arrived();
    assert_eq!(arrived.len(), 3);
    assert!(
        arrived.iter().all(|sent| *sent == arrived[0]),
        "{arrived:?}"
    );
    assert_eq!(provider.bought(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_a_permit_has_no_owner_and_has_its_turn() {
    let provider = Scripted::with_permits("one", Class::A, 1);
    let world = World::with(&[&provider]).await;
    let first = world.submit(world.task()).await;
    world.until_status(&first, "running").await;
    let second = world.submit(world.task()).await;
    let before = provider.polls();
    world
        .until_provider(&provider, |provider| provider.polls() > before + 3)
        .await;
    assert_eq!(world.detail(&second).await.task.status.word(), "queued");
    assert_eq!(provider.arrived().len(), 1);
    provider.finish_all(&world.video);
    world.until_status(&first, "finished").await;
    world.until_status(&second, "finished").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stored_progress_moves_in_tens_and_never_falls() {
    let provider = Scripted::new("one", Class::A);
    let world = World::with(&[&provider]).await;
    provider.progress_all(37);
    let id = world.submit(world.task()).await;
    world.until(&id, |detail| detail.task.progress == 30).await;
    provider.progress_all(12);
    let polls = provider.polls();
    world
        .until_provider(&provider, |provider| provider.polls() > polls + 2)
        .await;
    assert_eq!(world.detail(&id).await.task.progress, 30);
    provider.progress_all(93);
    let later = world.until(&id, |detail| detail.task.progress == 90).await;
    assert_eq!(later.task.status.word(), "running");
    let written = later.task.version;
    let polls = provider.polls();
    world
        .until_provider(&provider, |provider| provider.polls() > polls + 5)
        .await;
    assert_eq!(
        world.detail(&id).await.task.version,
        written,
        "polls write no rows"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_for_which_no_permit_ever_comes_ends_at_its_queue_deadline() {
    let provider = Scripted::with_permits("one", Class::A, 0);
    let mut world = World::with(&[&provider]).await;
    // Well below the lease: the node must come to say that it lives.
    world.step = 8_000;
    let mut task = world.task();
    task.queue_deadline = task.created + HOUR;
    let id = world.submit(task.clone()).await;
    let mut lost = world.task();
    // Its provider is not configured any more.
    lost.lane = "gone".into();
    lost.queue_deadline = lost.created + HOUR;
    let astray = world.submit(lost).await;
    for id in [&id, &astray] {
        let end = world.until_status(id, "failed").await;
        assert_eq!(
            end.task.failure().expect("why").code,
            FailureCode::QueueDeadline
        );
        let at = end.task.status.finished_at().expect("it ended");
        assert!(
            at >= task.queue_deadline && at <= task.queue_deadline + 5 * MINUTE,
            "{at}"
        );
    }
    assert!(provider.arrived().is_empty());
}
