//! Webhooks: the terminal one on its schedule, with one id and one body; progress posts before it
//! and none after.

use framewright_core::attempt::Class;
use framewright_core::clock::{Clock, MINUTE, SECOND};
use framewright_store::Redelivered;

use crate::receiver::Receiver;
use crate::scripted::Scripted;
use crate::world::{PATIENCE, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_is_told_once_signed_and_not_sooner_than_a_second_after_the_submit() {
    let (provider, receiver) = (
        Scripted::new("one", Class::A),
        Receiver::answering([]).await,
    );
    let world = World::with(&[&provider]).await;
    provider.finish_all(&world.video);
    let task = world.task_with_webhook(&receiver.url);
    let id = world.submit(task.clone()).await;
    let told = world
        .until(&id, |detail| {
            detail.deliveries.iter().any(|d| d.status == "delivered")
        })
        .await;
    let tries = &told.deliveries[0].tries;
    assert_eq!(tries.len(), 1);
    assert!(tries[0].at >= task.created + SECOND);
    let heard = receiver.heard().pop().expect("it heard");
    assert_eq!(heard.header("x-webhook-secret"), Some("mine"));
    assert_eq!(
        heard.header("webhook-id"),
        Some(told.deliveries[0].id.as_str())
    );
    assert!(
        heard
            .header("webhook-signature")
            .expect("signed")
            .starts_with("v1,")
    );
    assert_eq!(heard.body, r#"{"status":"finished","p":100}"#);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_receiver_is_tried_on_the_schedule_with_one_id_and_one_body() {
    let provider = Scripted::new("one", Class::A);
    let receiver = Receiver::answering([500, 302, 503]).await;
    let mut world = World::with(&[&provider]).await;
    world.step = 5_000;
    provider.finish_all(&world.video);
    let id = world.submit(world.task_with_webhook(&receiver.url)).await;
    let told = world
        .until(&id, |detail| {
            detail.deliveries.iter().any(|d| d.status == "delivered")
        })
        .await;
    let tries = &told.deliveries[0].tries;
    let statuses: Vec<_> = tries.iter().map(|tried| tried.status).collect();
    assert_eq!(statuses, [Some(500), Some(302), Some(503), Some(200)]);
    // 5 s, 5 min and 30 min, each with a fifth of chance.
    let waits: Vec<_> = tries
        .windows(2)
        .map(|pair| pair[1].at - pair[0].at)
        .collect();
    for (wait, base) in waits.iter().zip([5 * SECOND, 5 * MINUTE, 30 * MINUTE]) {
        assert!(*wait >= base * 8 / 10, "{waits:?}");
    }
    let terminal: Vec<_> = terminal(&receiver);
    assert_eq!(terminal.len(), 4);
    assert!(
        terminal
            .iter()
            .all(|(id, body)| (id, body) == (&terminal[0].0, &terminal[0].1))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_answers_410_is_left_alone() {
    let (provider, receiver) = (
        Scripted::new("one", Class::A),
        Receiver::answering([410]).await,
    );
    let world = World::with(&[&provider]).await;
    provider.finish_all(&world.video);
    let id = world.submit(world.task_with_webhook(&receiver.url)).await;
    let told = world
        .until(&id, |detail| {
            detail.deliveries.iter().any(|d| d.status == "dead")
        })
        .await;
    assert_eq!(told.deliveries[0].tries.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn progress_is_told_while_it_runs_rises_and_is_never_told_after_the_end() {
    let (provider, receiver) = (
        Scripted::new("one", Class::A),
        Receiver::answering([]).await,
    );
    let world = World::with(&[&provider]).await;
    let id = world.submit(world.task_with_webhook(&receiver.url)).await;
    for percent in [15, 45, 90] {
        provider.progress_all(percent);
        let heard = receiver.heard().len();
        let more = world.until(&id, |_| receiver.heard().len() > heard).await;
        assert_eq!(more.task.status.word(), "running");
    }
    provider.finish_all(&world.video);
    world
        .until(&id, |detail| {
            detail.deliveries.iter().any(|d| d.status == "delivered")
        })
        .await;
    let heard = receiver.heard();
    let last = heard.last().expect("it heard").body.clone();
    assert_eq!(last, r#"{"status":"finished","p":100}"#);
    let shown: Vec<u32> = heard.iter().map(|heard| progress(&heard.body)).collect();
    assert!(shown.is_sorted(), "{shown:?}");
    assert!(world.clock.now() > 0 && receiver.news().borrow().to_owned() >= heard.len());
}

/// Four posts at once to one receiver are no four posts a look: time stands still after the first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_a_receivers_cap_is_told_when_others_have_been_and_not_at_the_next_look() {
    const TASKS: usize = 12;
    let (provider, receiver) = (
        Scripted::new("one", Class::A),
        Receiver::answering([]).await,
    );
    let world = World::with(&[&provider]).await;
    provider.finish_all(&world.video);
    let mut ids = Vec::new();
    for _ in 0..TASKS {
        ids.push(world.submit(world.task_with_webhook(&receiver.url)).await);
    }
    for id in &ids {
        world
            .until(id, |detail| {
                detail.deliveries.iter().any(|d| d.status == "delivered")
            })
            .await;
    }
    let now = world.clock.now();
    for id in &ids {
        let again = world.store.redeliver(&world.account, id, now).await;
        assert_eq!(again.expect("writable"), Redelivered::Scheduled);
    }
    world.clock.advance(SECOND);
    let mut news = receiver.news();
    let all = news.wait_for(|_| terminal(&receiver).len() == 2 * TASKS);
    let all = tokio::time::timeout(PATIENCE, all).await;
    assert!(all.is_ok(), "{} posts", terminal(&receiver).len());
}

fn terminal(receiver: &Receiver) -> Vec<(String, String)> {
    let heard = receiver.heard().into_iter();
    let ends = heard.filter(|heard| heard.body.contains("finished"));
    ends.map(|heard| {
        let id = heard.header("webhook-id").unwrap_or_default().to_owned();
        (id, heard.body)
    })
    .collect()
}

fn progress(body: &str) -> u32 {
    let digits = body
        .rsplit(':')
        .next()
        .expect("a number")
        .trim_end_matches('}');
    digits.parse().expect("a number")
}
