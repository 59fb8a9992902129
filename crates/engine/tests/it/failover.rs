//! Who is asked next: another provider where nothing can have been bought, and nobody where
//! something may have been. And how many jobs it takes to fill the slots.

use framewright_core::attempt::{AttemptStatus, Class};
use framewright_core::spec::Mode;
use tokio::sync::watch;

use crate::scripted::{Reply, Scripted};
use crate::world::{World, spec};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_moves_on_and_a_lost_answer_does_not() {
    let names = ["one", "two", "three"];
    let [first, second, third] = names.map(|name| Scripted::new(name, Class::E));
    let mut world = World::with(&[&first, &second, &third]).await;
    world.step = 2_000;
    first.replies([Reply::Reject]);
    second.replies([Reply::TakeAndLose]);
    let id = world.submit(world.task()).await;
    let end = world.until_status(&id, "failed").await;
    let asked: Vec<(&str, AttemptStatus)> = end
        .attempts
        .iter()
        .map(|attempt| (attempt.provider.as_str(), attempt.status))
        .collect();
    let wanted = [
        ("one", AttemptStatus::Rejected),
        ("two", AttemptStatus::Unknown),
    ];
    assert_eq!(asked, wanted);
    assert!(third.arrived().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_provider_cannot_make_is_asked_of_the_next_without_a_request() {
    let first = Scripted::for_modes("one", Class::E, &[Mode::Video]);
    let second = Scripted::new("two", Class::E);
    let world = World::with(&[&first, &second]).await;
    second.finish_all(&world.video);
    let id = world.submit(world.task()).await;
    world.until_status(&id, "finished").await;
    assert_eq!((first.arrived().len(), second.arrived().len()), (0, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_never_left_is_sent_to_the_same_provider_with_the_same_key() {
    let (first, second) = (
        Scripted::new("one", Class::E),
        Scripted::new("two", Class::E),
    );
    let world = World::with(&[&first, &second]).await;
    first.replies([Reply::NotSent, Reply::Busy]);
    first.finish_all(&world.video);
    let id = world.submit(world.task()).await;
    world.until_status(&id, "finished").await;
    let arrived = first.arrived();
    assert_eq!((arrived.len(), first.bought()), (3, 1));
    assert!(
        arrived.iter().all(|sent| *sent == arrived[0]),
        "{arrived:?}"
    );
    assert!(second.arrived().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_died_over_its_request_leaves_nothing_for_another_provider() {
    let (first, second) = (
        Scripted::new("one", Class::E),
        Scripted::new("two", Class::E),
    );
    let mut world = World::with(&[&first, &second]).await;
    world.step = 2_000;
    let (_answer, held) = watch::channel(false);
    first.replies([Reply::TakeWhen(held)]);
    let id = world.submit(world.task()).await;
    world
        .until_provider(&first, |provider| provider.arrived().len() == 1)
        .await;
    let world = world.restart().await;
    world.until_status(&id, "failed").await;
    assert_eq!((first.arrived().len(), second.arrived().len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_slots_are_four_jobs_of_a_provider_that_makes_one_at_a_time() {
    let provider = Scripted::new("one", Class::A);
    let world = World::with(&[&provider]).await;
    provider.finish_all(&world.video);
    let mut task = world.task();
    task.spec = spec(4);
    let id = world.submit(task).await;
    let end = world.until_status(&id, "finished").await;
    assert_eq!((provider.bought(), end.attempts.len()), (4, 4));
    let mut places: Vec<(u8, u8)> = end.outputs.iter().map(|o| (o.slot, o.position)).collect();
    places.sort_unstable();
    assert_eq!(places, [(0, 1), (1, 2), (2, 3), (3, 4)]);
}
