//! What only Wan does: sound goes to the vendor's storage, for which the request says that it is to be
//! read from there.

use framewright_core::attempt::UpstreamJob;
use framewright_core::spec::{Mode, Role, Spec};
use framewright_doubles::script::Step;
use framewright_providers::PrepareError;
use serde_json::json;

use crate::fixture::{Case, Fixture, spec, with};
use crate::stage::{Stage, key};

fn fixture() -> Fixture {
    let found = crate::fixtures::all()
        .into_iter()
        .find(|fixture| fixture.kind == "wan");
    found.expect("the registry has it")
}

fn with_sound(mode: Mode) -> Spec {
    let spec = Spec {
        lines: Some(720),
        ..spec("wan-video", mode, "wan2.6", "a cat")
    };
    with(spec, Role::Audio)
}

#[tokio::test]
async fn sound_is_uploaded_without_the_key_and_the_request_says_where_to_read_it() {
    let fixture = fixture();
    let stage = Stage::of(&fixture).await;
    let provider = stage.provider();
    let case = Case::new("sound", with_sound(Mode::Text), "", json!(null));
    let prepared = stage
        .prepare(&*provider, &case)
        .await
        .expect("it is prepared");
    let taken = stage.submit(&*provider, &case, &prepared, 0).await;
    assert!(taken.is_ok(), "{taken:?}");
    let requests = stage.requests();
    let [policy, file, submit] = &requests[..] else {
        panic!("{} requests", requests.len());
    };
    assert_eq!(
        policy.path,
        "/api/v1/uploads?action=getPolicy&model=wan2.6-t2v"
    );
    assert_eq!(file.header("authorization"), None);
    let url = submit.body["input"]["audio_url"].as_str().expect("a URL");
    assert!(url.starts_with("oss://dashscope-instant/"), "{url}");
    assert_eq!(
        submit.header("x-dashscope-ossresourceresolve"),
        Some("enable")
    );
}

#[tokio::test]
async fn an_upload_that_is_refused_is_not_tried_again_and_nothing_is_bought() {
    let fixture = fixture();
    let stage = Stage::of(&fixture).await;
    let provider = stage.provider();
    let case = Case::new("sound", with_sound(Mode::Text), "", json!(null));
    for (path, status, later) in [
        ("/api/v1/uploads", 500, true),
        ("/api/v1/uploads", 400, false),
        ("/oss", 503, true),
        ("/oss", 403, false),
    ] {
        stage.fault(&json!({"path": path, "do": "answer", "status": status}));
        let error = stage
            .prepare(&*provider, &case)
            .await
            .expect_err("it fails");
        let is_later = matches!(error, PrepareError::Later(_));
        assert_eq!(is_later, later, "{path} {status}: {error}");
    }
    assert_eq!(stage.sold(), 0);
}

#[tokio::test]
async fn an_image_that_the_vendor_would_refuse_is_refused_before_anything_is_sent() {
    let fixture = fixture();
    let stage = Stage::of(&fixture).await;
    let provider = stage.provider();
    let spec = Spec {
        lines: Some(720),
        ..spec("wan-video", Mode::Image, "wan2.6", "a cat")
    };
    let case = Case {
        pixels: (239, 8_000),
        ..Case::new("narrow", spec, "", json!(null))
    };
    let error = stage.prepare(&*provider, &case).await.expect_err("refused");
    assert!(matches!(&error, PrepareError::Never(failure) if failure.public.contains("239")));
    assert!(stage.requests().is_empty());
}

#[tokio::test]
async fn a_job_that_runs_cannot_be_cancelled_and_that_is_no_trouble() {
    let fixture = fixture();
    let stage = Stage::of(&fixture).await;
    let provider = stage.provider();
    let running = stage.buy(&*provider, 0).await.expect("it is taken").job;
    stage.script(json!({"sequence": ["RUNNING"]}));
    let key = key(&*provider);
    for _ in 0..2 {
        provider.poll(std::slice::from_ref(&running), key).await;
    }
    assert_eq!(provider.cancel(&running, key).await, Ok(()));
    assert_eq!(stage.newest(Step::Cancel).status, Some(400));
    let unknown = UpstreamJob("never-sold".into());
    assert_eq!(provider.cancel(&unknown, key).await, Ok(()));
    stage.answer(401, &json!({"code": "InvalidApiKey"}));
    assert!(provider.cancel(&running, key).await.is_err());
}
