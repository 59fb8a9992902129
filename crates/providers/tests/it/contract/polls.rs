//! What a look shows: the recorded answers of the vendor, in the order of the jobs, and nothing about
//! a job where there was no answer about it.

use framewright_core::attempt::UpstreamJob;
use framewright_providers::{Observation, PollError};
use serde_json::json;

use crate::fixture::Seen;
use crate::fixtures;
use crate::stage::{Stage, key};

#[tokio::test]
async fn recorded_answers_show_what_they_showed() {
    for fixture in &fixtures::all() {
        let stage = Stage::of(fixture).await;
        let provider = stage.provider();
        for poll in &fixture.polls {
            for (status, body) in &poll.answers {
                stage.answer(*status, body);
            }
            let jobs = [UpstreamJob(poll.job.into())];
            let seen = provider.poll(&jobs, key(&*provider)).await;
            let [Ok(seen)] = &seen[..] else {
                panic!("{}, {}: {seen:?}", fixture.kind, poll.name);
            };
            let shown = Seen::of(seen.clone());
            assert_eq!(
                shown, poll.shows,
                "{}, {}: {seen:?}",
                fixture.kind, poll.name
            );
        }
    }
}

#[tokio::test]
async fn looks_at_many_jobs_come_back_in_their_order() {
    for fixture in &fixtures::all() {
        let stage = Stage::of(fixture).await;
        let provider = stage.provider();
        let stages: Vec<_> = fixture.stages.iter().map(|stage| json!([stage])).collect();
        stage.script(json!({ "next": stages }));
        let mut jobs = Vec::new();
        for n in 0..3 {
            jobs.push(stage.buy(&*provider, n).await.expect("it is taken").job);
        }
        jobs.push(UpstreamJob(fixture.unknown_job.into()));
        let mut expected = vec!["done", "failed", "running", "gone"];
        for _ in 0..2 {
            let seen = provider.poll(&jobs, key(&*provider)).await;
            let words: Vec<_> = seen.iter().map(word).collect();
            assert_eq!(words, expected, "{}: {seen:?}", fixture.kind);
            jobs.reverse();
            expected.reverse();
        }
    }
}

fn word(seen: &Result<Observation, PollError>) -> &'static str {
    match seen {
        Ok(Observation::Running { .. }) => "running",
        Ok(Observation::Done { .. }) => "done",
        Ok(Observation::Failed { .. }) => "failed",
        Ok(Observation::Gone) => "gone",
        Err(_) => "error",
    }
}

#[tokio::test]
async fn a_poll_that_fails_says_nothing_about_the_job() {
    for fixture in &fixtures::all() {
        let stage = Stage::of(fixture).await;
        let provider = stage.provider();
        let job = [stage.buy(&*provider, 0).await.expect("it is taken").job];
        let text = format!("the key {} may not", fixture.key);
        let body = json!({"error": text, "message": text, "msg": text});
        for status in [401, 403, 408, 425, 429, 500, 502, 503, 504] {
            stage.answer(status, &body);
            let seen = provider.poll(&job, key(&*provider)).await;
            assert!(
                matches!(seen[..], [Err(_)]),
                "{}, {status}: {seen:?}",
                fixture.kind
            );
            assert!(
                !format!("{seen:?}").contains(fixture.key),
                "{}: {seen:?}",
                fixture.kind
            );
        }
        for act in ["garbage", "drop_before"] {
            stage.fault(&json!({ "do": act }));
            let seen = provider.poll(&job, key(&*provider)).await;
            let lost = matches!(seen[..], [Err(PollError::NoAnswer(_))]);
            assert!(lost, "{}, {act}: {seen:?}", fixture.kind);
        }
    }
}
