//! The first start after a restore: what may have been bought in the time that is lost is bought where
//! a repetition is told as one, and nowhere else.

use framewright_core::attempt::Class;
use framewright_core::clock::SECOND;
use framewright_core::failure::FailureCode;
use framewright_core::id::TaskId;
use framewright_store::Resume;

use crate::scripted::Scripted;
use crate::world::World;

/// A world whose one task was queued when the backup was made.
async fn restored(provider: &std::sync::Arc<Scripted>, resume: Resume) -> (World, TaskId) {
    let mut world = World::with(&[provider]).await;
    world.step = 2_000;
    drop(world.leaving());
    let id = world.submit(world.task()).await;
    world.store.mark_restored(resume).await.expect("marked");
    (world.restart().await, id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_without_keys_is_not_asked_for_what_it_may_have_sold_before() {
    let provider = Scripted::new("one", Class::E);
    let (world, id) = restored(&provider, Resume::Doubted).await;
    provider.finish_all(&world.video);
    let end = world.until_status(&id, "failed").await;
    let failure = end.task.failure().expect("it failed");
    assert_eq!(failure.code, FailureCode::OutcomeUnknown);
    assert!(failure.public.contains("restored"), "{}", failure.public);
    assert_eq!(provider.arrived().len(), 0);
    world.clock.advance(SECOND);
    let fresh = world.submit(world.task()).await;
    world.until_status(&fresh, "finished").await;
    assert_eq!(provider.bought(), 1, "what is sent in this life is made");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_honours_keys_is_asked_with_the_key_of_the_former_life() {
    let provider = Scripted::new("one", Class::A);
    let (world, id) = restored(&provider, Resume::Doubted).await;
    provider.finish_all(&world.video);
    let end = world.until_status(&id, "finished").await;
    assert_eq!(provider.arrived().len(), 1);
    assert_eq!(provider.arrived()[0].key, end.attempts[0].id.as_str());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_accounts_at_a_provider_nobody_knows_which_one_bought() {
    let provider = Scripted::with_keys("one", Class::A, &["main", "other"]);
    let (world, id) = restored(&provider, Resume::Doubted).await;
    world.until_status(&id, "failed").await;
    assert_eq!(provider.arrived().len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_the_operators_word_what_had_not_been_begun_is_made() {
    let provider = Scripted::new("one", Class::E);
    let (world, id) = restored(&provider, Resume::Queued).await;
    provider.finish_all(&world.video);
    world.until_status(&id, "finished").await;
    assert_eq!(provider.bought(), 1);
}
