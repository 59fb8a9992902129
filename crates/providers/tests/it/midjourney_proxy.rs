//! What the adapter of a midjourney-proxy does beyond the contract: the service's own codes, its four
//! videos, extends, and the risk that an operator has to accept.

use framewright_core::attempt::UpstreamJob;
use framewright_core::spec::Role;
use framewright_providers::{Inbound, Observation, Order, Sending, Source, SubmitError, Verdict};
use http::HeaderMap;
use serde_json::json;

use crate::fixture::{Case, Fixture, Means, media};
use crate::fixtures::midjourney_proxy::fixture;
use crate::stage::{Stage, key, shelve};

#[tokio::test]
async fn a_job_in_the_services_own_queue_is_bought() {
    let fixture = fixture();
    let stage = Stage::of(&fixture).await;
    stage.script(json!({"knobs": {"code": 22}}));
    let taken = stage.buy(&*stage.provider(), 0).await.expect("it is taken");
    assert_eq!(taken.job.0, stage.bought_job());
}

#[tokio::test]
async fn a_full_queue_is_busy_and_a_banned_word_is_content() {
    let fixture = fixture();
    let stage = Stage::of(&fixture).await;
    for (knobs, means) in [
        (json!({"full": true}), Means::Busy),
        (json!({"full": false, "banned": "cat"}), Means::Content),
    ] {
        stage.script(json!({"knobs": knobs}));
        let error = stage.buy(&*stage.provider(), 0).await.expect_err("refused");
        assert_eq!(Means::of(&error), means, "{error:?}");
    }
    assert_eq!(stage.sold(), 0);
}

#[tokio::test]
async fn four_slots_are_one_job_whose_videos_lie_at_the_services_own_origin() {
    let fixture = fixture();
    let stage = Stage::of(&fixture).await;
    let provider = stage.provider();
    stage.script(json!({"sequence": ["SUCCESS"]}));
    let (mime, bytes) = media(Role::Start);
    let input = shelve(stage.shelf(), Role::Start, mime, bytes, (16, 9));
    let order = Order {
        spec: &fixture.cases[0].spec,
        slots: &[0, 1, 2, 3],
        upstream_model: "midjourney",
        inputs: &[input],
        parent: None,
    };
    let prepared = provider.prepare(&order, key(&*provider)).await;
    let sending = Sending {
        prepared: &prepared.expect("it is prepared").text,
        upstream_model: "midjourney",
        submit_key: "k",
        callback_url: None,
    };
    let taken = provider.submit(&sending, key(&*provider)).await;
    let job = taken.expect("it is taken").job;
    let seen = provider.poll(&[job], key(&*provider)).await;
    let Ok(Observation::Done { outputs, .. }) = &seen[0] else {
        panic!("{seen:?}");
    };
    assert_eq!((outputs.len(), stage.sold()), (4, 1));
    let own =
        |output: &Source| matches!(output, Source::Own(path) if path.starts_with("/outputs/"));
    assert!(outputs.iter().all(own), "{outputs:?}");
}

#[tokio::test]
async fn an_extend_of_what_is_not_there_is_refused_and_nothing_is_bought() {
    let fixture = fixture();
    let stage = Stage::of(&fixture).await;
    let provider = stage.provider();
    let parent = stage.buy(&*provider, 0).await.expect("it is taken").job;
    let parent: &'static str = Box::leak(parent.0.into_boxed_str());
    for parent in [(parent, 7), ("404", 0)] {
        let case = Case {
            parent: Some(parent),
            ..fixture_extend()
        };
        let prepared = stage
            .prepare(&*provider, &case)
            .await
            .expect("it is prepared");
        let said = stage.submit(&*provider, &case, &prepared, 1).await;
        assert!(matches!(said, Err(SubmitError::Rejected(_))), "{said:?}");
    }
    assert_eq!(stage.sold(), 1);
}

fn fixture_extend() -> Case {
    fixture().cases.pop().expect("the last case is the extend")
}

#[tokio::test]
async fn the_reason_of_a_failure_is_told() {
    let fixture = fixture();
    let stage = Stage::of(&fixture).await;
    let provider = stage.provider();
    let failed = json!({"state": "FAILURE", "failReason": "the moderator stopped it"});
    stage.script(json!({"sequence": [failed]}));
    let job = stage.buy(&*provider, 0).await.expect("it is taken").job;
    let seen = provider.poll(&[job], key(&*provider)).await;
    let Ok(Observation::Failed { failure, .. }) = &seen[0] else {
        panic!("{seen:?}");
    };
    assert!(
        failure.public.ends_with(": the moderator stopped it"),
        "{failure:?}"
    );
}

#[tokio::test]
async fn no_such_provider_is_made_before_the_risk_is_accepted() {
    let fixture = fixture();
    let stage = Stage::of(&fixture).await;
    for accepted in [None, Some(false)] {
        let mut table = stage.settings(stage.base_url(), fixture.key);
        table.remove("accept_terms_risk");
        if let Some(accepted) = accepted {
            table.insert("accept_terms_risk".into(), accepted.into());
        }
        let error = stage.make("mine", &table).err().expect("refused");
        assert!(
            error.to_string().contains("accept_terms_risk = true"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn the_secret_goes_as_a_bearer_where_the_operator_says_so() {
    let fixture = Fixture {
        settings: "accept_terms_risk = true\nauth = \"bearer\"",
        ..fixture()
    };
    let stage = Stage::of(&fixture).await;
    stage.buy(&*stage.provider(), 0).await.expect("it is taken");
    let requests = stage.requests();
    let sent = requests.last().expect("it was asked");
    let bearer = format!("Bearer {}", fixture.key);
    assert_eq!(sent.header("authorization"), Some(&*bearer));
    assert_eq!(sent.header("mj-api-secret"), None);
    assert_eq!(sent.path, "/mj/submit/video", "at the account's own speed");
}

#[tokio::test]
async fn a_post_at_the_right_url_names_its_task_and_one_without_an_id_is_nothing() {
    let fixture = fixture();
    let stage = Stage::of(&fixture).await;
    let provider = stage.provider();
    let judged = |body: &[u8]| {
        provider.callback(&Inbound {
            headers: &HeaderMap::new(),
            body,
            now: 0,
            key: key(&*provider),
            signing_keys: None,
            prepared: "",
        })
    };
    let named = Verdict {
        accepted: true,
        names: Some(UpstreamJob("17".into())),
    };
    assert_eq!(judged(br#"{"id":"17","status":"SUCCESS"}"#), named);
    for nothing in [&b"{}"[..], b"", b"[]", br#"{"id":""}"#] {
        assert_eq!(judged(nothing), Verdict::default());
    }
}
