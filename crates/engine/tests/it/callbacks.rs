//! What a provider posts to us: believed as far as nonce and signature go, and never more than a
//! reason to look, or the name of a job.

use bytes::Bytes;
use framewright_core::attempt::{AttemptStatus, Class, UpstreamJob};
use framewright_core::clock::{DAY, MINUTE};
use framewright_engine::Callback;
use framewright_store::Detail;
use http::HeaderMap;

use crate::scripted::{Reply, Scripted};
use crate::world::{PUBLIC_URL, World};

async fn post(world: &World, provider: &str, nonce: &str, signed: &str, body: &str) -> bool {
    let signed = signed.parse().expect("a header value");
    let callback = Callback {
        provider: provider.to_owned(),
        nonce: nonce.to_owned(),
        headers: HeaderMap::from_iter([("signed".parse().expect("a name"), signed)]),
        body: Bytes::copy_from_slice(body.as_bytes()),
    };
    let take = world.engine().callbacks();
    take(callback).await.expect("the store answers")
}

fn is_unknown(detail: &Detail) -> bool {
    let mut attempts = detail.attempts.iter();
    attempts.any(|attempt| attempt.status == AttemptStatus::Unknown)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_callback_names_the_job_of_a_lost_answer_and_nothing_is_sent_again() {
    let provider = Scripted::new("one", Class::D);
    provider.signs_with("k1");
    let world = World::with(&[&provider]).await;
    provider.replies([Reply::TakeAndLose]);
    provider.finish_all(&world.video);
    let id = world.submit(world.task()).await;
    let lost = world.until(&id, is_unknown).await;
    let nonce = &lost.attempts[0].nonce;
    let url = format!("{PUBLIC_URL}/callbacks/one/{nonce}");
    assert_eq!(provider.callback_urls(), [Some(url)]);

    for (name, nonce, signed) in [
        ("one", "guess", "k1"),
        ("two", nonce.as_str(), "k1"),
        ("one", nonce.as_str(), "forged"),
    ] {
        assert!(!post(&world, name, nonce, signed, "one-job-1").await);
    }
    assert!(is_unknown(&world.detail(&id).await), "it was refused");

    for _ in 0..2 {
        assert!(post(&world, "one", nonce, "k1", "one-job-1").await);
    }
    let end = world.until_status(&id, "finished").await;
    let job = end.attempts[0].upstream_job.clone();
    assert_eq!(job, Some(UpstreamJob("one-job-1".into())));
    assert_eq!(provider.arrived().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_callback_says_nothing_of_how_a_job_stands_but_makes_us_look_at_once() {
    let provider = Scripted::new("one", Class::E);
    let mut world = World::with(&[&provider]).await;
    // The next poll by the clock alone would come after an hour.
    world.step = 0;
    let id = world.submit(world.task()).await;
    let running = world.until_status(&id, "running").await;
    assert_eq!(provider.callback_urls(), [None], "it was not asked to call");
    provider.finish_all(&world.video);
    // The body claims an end; what counts is that the poll shows one.
    let nonce = &running.attempts[0].nonce;
    provider.signs_with("k1");
    assert!(post(&world, "one", nonce, "k1", "").await);
    world.clock.advance(600);
    world.until_status(&id, "finished").await;
    assert_eq!(provider.polls(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_keys_are_kept_a_day_and_asked_for_again_once_when_none_fits() {
    let provider = Scripted::new("one", Class::D);
    provider.signs_with("k1");
    let world = World::with(&[&provider]).await;
    let id = world.submit(world.task()).await;
    let running = world.until_status(&id, "running").await;
    let nonce = running.attempts[0].nonce.clone();
    let posted = async |signed: &str| post(&world, "one", &nonce, signed, "").await;
    assert!(posted("k1").await && posted("k1").await);
    assert_eq!(provider.asked_for_keys(), 1, "kept");

    provider.signs_with("k2");
    assert!(!posted("k2").await, "it was asked just now");
    assert_eq!(provider.asked_for_keys(), 1);
    world.clock.advance(2 * MINUTE);
    assert!(posted("k2").await, "the vendor has changed its keys");
    assert!(!posted("forged").await && !posted("forged").await);
    assert_eq!(provider.asked_for_keys(), 2, "strangers cannot make us ask");

    world.clock.advance(DAY);
    assert!(posted("k2").await);
    assert_eq!(provider.asked_for_keys(), 3, "for a day and no longer");
}
