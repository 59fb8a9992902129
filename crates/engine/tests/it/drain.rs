//! A stop in good order: what was paid for reaches its answer, nothing new is sent, and the next engine
//! over the same store goes on with the rest.

use framewright_core::attempt::{AttemptStatus, Class};
use framewright_core::clock::{HOUR, SECOND};
use framewright_engine::Drained;
use tokio::sync::watch;

use crate::scripted::{Reply, Scripted};
use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_files_the_answer_that_is_under_way_and_begins_nothing() {
    let provider = Scripted::new("one", Class::E);
    let mut world = World::with(&[&provider]).await;
    let running = world.submit(world.task()).await;
    world.until_status(&running, "running").await;
    let (fire, held) = watch::channel(false);
    provider.replies([Reply::TakeWhen(held)]);
    let paid = world.submit(world.task()).await;
    world
        .until_provider(&provider, |provider| provider.arrived().len() == 2)
        .await;

    let mut leaving = world.leaving();
    let node = leaving.engine().node().clone();
    let trusted = leaving.engine().trusted();
    let meanwhile = async {
        while trusted() {
            tokio::task::yield_now().await;
        }
        let late = world.submit(world.task()).await;
        for _ in 0..20 {
            world.clock.advance(SECOND);
            tokio::task::yield_now().await;
        }
        fire.send_replace(true);
        late
    };
    let (drained, late) = tokio::join!(leaving.drain(HOUR), meanwhile);
    assert_eq!(drained, Drained::Whole);
    let answered = world.detail(&paid).await;
    assert_eq!(answered.attempts[0].status, AttemptStatus::Accepted);
    assert!(answered.attempts[0].upstream_job.is_some());
    assert!(world.detail(&late).await.attempts.is_empty());
    assert_eq!(provider.arrived().len(), 2, "nothing new was sent");
    let owned = world.store.owned(&node).await.expect("readable");
    assert!(owned.is_empty(), "everything was given back");

    world.start();
    provider.finish_all(&world.video);
    for id in [&running, &paid, &late] {
        world.until_status(id, "finished").await;
    }
    assert_eq!((provider.arrived().len(), provider.bought()), (3, 3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_comes_after_the_grace_reaches_the_next_owner() {
    let provider = Scripted::new("one", Class::E);
    let mut world = World::with(&[&provider]).await;
    let (fire, held) = watch::channel(false);
    provider.replies([Reply::TakeWhen(held)]);
    let id = world.submit(world.task()).await;
    world
        .until_provider(&provider, |provider| provider.arrived().len() == 1)
        .await;

    let mut leaving = world.leaving();
    let time_goes_by = async {
        loop {
            world.clock.advance(SECOND);
            tokio::task::yield_now().await;
        }
    };
    let drained = tokio::select! {
        drained = leaving.drain(5 * SECOND) => drained,
        () = time_goes_by => unreachable!("time does not end"),
    };
    assert_eq!(drained, Drained::CutShort);

    world.start();
    world
        .until(&id, |detail| {
            detail.attempts[0].status == AttemptStatus::Unknown
        })
        .await;
    fire.send_replace(true);
    provider.finish_all(&world.video);
    world.until_status(&id, "finished").await;
    assert_eq!((provider.arrived().len(), provider.bought()), (1, 1));
}
