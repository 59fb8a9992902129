//! What is learnt of a purchase after it was given up, and what the operator's words do to one.

use framewright_core::attempt::{AttemptStatus, Class, Spend, UpstreamJob};
use framewright_core::clock::HOUR;
use framewright_core::failure::FailureCode;
use framewright_core::work::Answer;
use framewright_providers::OnUnknown;
use framewright_store::Teller;

use crate::scripted::{Reply, Scripted};
use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_operator_finds_after_the_end_is_kept_as_a_late_output() {
    let provider = Scripted::new("one", Class::E);
    let mut world = World::with(&[&provider]).await;
    world.step = 2_000;
    provider.replies([Reply::TakeAndLose]);
    provider.finish_all(&world.video);
    let id = world.submit(world.task()).await;
    let failed = world.until_status(&id, "failed").await;
    let answer = Answer::Accepted {
        job: UpstreamJob("one-job-1".into()),
        spend: Spend::Unknown,
        deadline_ms: HOUR,
        expected_ms: None,
    };
    let (attempt, now) = (failed.attempts[0].id.clone(), failed.task.created);
    let filed = world
        .store
        .file_answer(&attempt, &answer, Teller::Other, now);
    assert!(filed.await.expect("filed").fresh);
    let end = world
        .until(&id, |detail| !detail.late_outputs.is_empty())
        .await;
    assert_eq!(end.attempts[0].status, AttemptStatus::Succeeded);
    assert_eq!((end.task.status, end.task.stored), (failed.task.status, 0));
    assert!(end.outputs.is_empty() && !end.task.open);
    assert!(provider.cancelled().is_empty(), "it was wanted once");
    assert_eq!(provider.arrived().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_request_is_sent_anew_with_another_key_where_the_operator_chose_that() {
    let provider = Scripted::new("one", Class::E);
    provider.configure(false, OnUnknown::Resubmit);
    let mut world = World::with(&[&provider]).await;
    world.step = 2_000;
    provider.replies([Reply::TakeAndLose]);
    provider.finish_all(&world.video);
    let id = world.submit(world.task()).await;
    let end = world.until_status(&id, "finished").await;
    let arrived = provider.arrived();
    assert_eq!(arrived.len(), 2);
    assert_ne!(arrived[0].key, arrived[1].key);
    assert_eq!(
        end.attempts[0].status,
        AttemptStatus::Unknown,
        "still shown"
    );
    let metrics = world.engine().metrics_text();
    let counted = "framewright_resubmits_total{provider=\"one\"} 1";
    assert!(metrics.contains(counted), "{metrics}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retired_provider_is_polled_to_the_end_and_asked_for_nothing_new() {
    let (old, new) = (
        Scripted::new("old", Class::A),
        Scripted::new("new", Class::A),
    );
    let mut world = World::with(&[&old, &new]).await;
    let running = world.submit(world.task()).await;
    world.until_status(&running, "running").await;
    old.replies([Reply::Busy]);
    let due = world.submit(world.task()).await;
    world
        .until(&due, |detail| {
            let mut attempts = detail.attempts.iter();
            attempts.any(|attempt| attempt.status == AttemptStatus::Due)
        })
        .await;
    old.configure(true, OnUnknown::Fail);
    world = world.restart().await;
    old.finish_all(&world.video);
    new.finish_all(&world.video);
    let fresh = world.submit(world.task()).await;
    for id in [&running, &due, &fresh] {
        world.until_status(id, "finished").await;
    }
    assert_eq!((old.arrived().len(), new.arrived().len()), (2, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn polls_without_an_answer_fail_nothing_and_a_job_gone_three_times_does() {
    let provider = Scripted::new("one", Class::A);
    let mut world = World::with(&[&provider]).await;
    world.step = 5_000;
    let patient = world.submit(world.task()).await;
    world.until_status(&patient, "running").await;
    provider.deaf_for(10);
    world.until_provider(&provider, |p| p.polls() > 10).await;
    assert_eq!(world.detail(&patient).await.task.status.word(), "running");
    provider.all_jobs(&framewright_providers::Observation::Gone);
    let end = world.until_status(&patient, "failed").await;
    let failure = end.task.failure().expect("why");
    assert_eq!(failure.code, FailureCode::UpstreamGone);
    assert_eq!(provider.arrived().len(), 1, "and is not bought again");
}
