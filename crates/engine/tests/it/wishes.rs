//! A cancel in every status: what was not sent is dropped, what runs upstream is told and watched,
//! what is being stored is finished.

use framewright_core::attempt::{AttemptStatus, Class, Spend};
use framewright_core::failure::{Failure, FailureCode};
use framewright_core::id::TaskId;
use framewright_providers::Observation;

use crate::scripted::{Reply, Scripted};
use crate::world::World;

async fn cancel(world: &World, id: &TaskId) {
    let told = world
        .store
        .cancel(&world.account, id)
        .await
        .expect("written");
    told.expect("the task is there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queued_task_is_cancelled_and_never_sent() {
    let provider = Scripted::with_permits("one", Class::A, 1);
    let world = World::with(&[&provider]).await;
    let first = world.submit(world.task()).await;
    world.until_status(&first, "running").await;
    let second = world.submit(world.task()).await;
    cancel(&world, &second).await;
    let end = world.until_status(&second, "cancelled").await;
    assert!(end.attempts.is_empty());
    assert_eq!(provider.arrived().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_task_is_cancelled_and_its_job_watched_to_its_end() {
    let provider = Scripted::new("one", Class::A);
    let world = World::with(&[&provider]).await;
    let id = world.submit(world.task()).await;
    world.until_status(&id, "running").await;
    cancel(&world, &id).await;
    let end = world.until_status(&id, "cancelled").await;
    assert_eq!(end.attempts[0].status, AttemptStatus::Abandoned);
    assert!(end.task.open, "still watched, for its permit and its spend");
    world
        .until_provider(&provider, |provider| provider.cancelled().len() == 1)
        .await;
    provider.all_jobs(&Observation::Failed {
        failure: Failure::new(FailureCode::Cancelled, "stopped"),
        spend: Spend::Known {
            micros: 5,
            currency: "USD".into(),
        },
    });
    let end = world.until(&id, |detail| !detail.task.open).await;
    assert_eq!(end.task.status.word(), "cancelled");
    assert_eq!(end.attempts[0].status, AttemptStatus::Failed);
    assert!(matches!(
        end.attempts[0].spend,
        Spend::Known { micros: 5, .. }
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_waits_out_a_busy_provider_is_cancelled_and_not_sent_again() {
    let provider = Scripted::new("one", Class::A);
    let world = World::with(&[&provider]).await;
    provider.replies([Reply::Busy]);
    let id = world.submit(world.task()).await;
    world
        .until(&id, |detail| {
            detail
                .attempts
                .iter()
                .any(|a| a.status == AttemptStatus::Due)
        })
        .await;
    cancel(&world, &id).await;
    let end = world.until_status(&id, "cancelled").await;
    assert_eq!(end.attempts[0].status, AttemptStatus::Rejected);
    assert_eq!((provider.arrived().len(), provider.bought()), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_is_being_stored_finishes_all_the_same() {
    let provider = Scripted::new("one", Class::A);
    let world = World::with(&[&provider]).await;
    provider.finish_all(&world.video.with_extension("absent"));
    let id = world.submit(world.task()).await;
    world.until_status(&id, "storing").await;
    cancel(&world, &id).await;
    provider.finish_all(&world.video);
    world.until_status(&id, "finished").await;
}
