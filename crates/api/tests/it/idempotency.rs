//! `Idempotency-Key`: one key, one task, whatever else has changed since.

use axum::body::Body;
use http::{HeaderValue, Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::stage::{Answer, Stage, task_id, with_key};
use crate::wire::{finish, imagine, kling};

fn keyed(path: &str, key: &[u8], body: impl Into<Body>) -> Request<Body> {
    let mut request = with_key(Method::POST, path, body);
    let value = HeaderValue::from_bytes(key).expect("the header can carry it");
    request.headers_mut().insert("idempotency-key", value);
    request
}

async fn submit(stage: &Stage, key: &str, body: &Value) -> Answer {
    stage
        .send(keyed("/kling-imagine", key.as_bytes(), body.to_string()))
        .await
}

#[tokio::test]
async fn the_same_request_in_other_words_gets_the_same_task() {
    let stage = Stage::new().await;
    let first = task_id(&submit(&stage, "k", &kling(&json!({ "duration": 5 }))).await);
    for body in [
        r#"{"generation_type":"text2video","duration":"5","prompt":"a cat"}"#,
        r#" { "prompt" : "a\u0020cat" , "generation_type":"text2video", "duration":5.0, "x":1 } "#,
    ] {
        let answer = stage.send(keyed("/kling-imagine", b"k", body)).await;
        assert_eq!(task_id(&answer), first, "{body}");
    }
    assert_eq!(stage.count().await, 1);
}

#[tokio::test]
async fn another_request_with_the_key_is_a_conflict_and_another_endpoint_is_not() {
    let stage = Stage::new().await;
    let first = task_id(&submit(&stage, "k", &kling(&json!({}))).await);
    let other = submit(&stage, "k", &kling(&json!({ "duration": 10 }))).await;
    assert_eq!(other.status, StatusCode::CONFLICT);
    let answer = stage
        .send(keyed("/imagine-video", b"k", imagine().to_string()))
        .await;
    assert_ne!(task_id(&answer), first);
}

#[tokio::test]
async fn a_default_written_out_is_another_request() {
    let stage = Stage::new().await;
    submit(&stage, "k", &kling(&json!({}))).await;
    let written_out = submit(&stage, "k", &kling(&json!({ "duration": 5 }))).await;
    assert_eq!(written_out.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_replay_is_answered_after_the_end_and_when_the_parent_is_gone() {
    let stage = Stage::new().await;
    let parent = stage.submit("/imagine-video", &imagine()).await;
    finish(&stage, &parent, 4, 5_000).await;
    let body = json!({ "parent_task_id": parent.as_str(), "index": 1, "prompt": "on" }).to_string();
    let first = stage
        .send(keyed("/imagine-video-extend", b"k", body.clone()))
        .await;
    let first = task_id(&first);
    finish(&stage, &first, 4, 9_000).await;
    let now = framewright_core::clock::Clock::now(&*stage.clock);
    stage
        .store
        .delete(&stage.account, &parent, now)
        .await
        .expect("the store can be written");
    let again = stage
        .send(keyed("/imagine-video-extend", b"k", body.clone()))
        .await;
    assert_eq!(task_id(&again), first);
    let fresh = stage
        .send(keyed("/imagine-video-extend", b"other", body))
        .await;
    assert_eq!(fresh.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_refused_request_is_not_remembered() {
    let stage = Stage::new().await;
    let refused = submit(&stage, "k", &json!({ "prompt": "a cat" })).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        submit(&stage, "k", &kling(&json!({}))).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_key_is_1_to_255_visible_characters() {
    let stage = Stage::new().await;
    let body = kling(&json!({}));
    assert_eq!(
        submit(&stage, &"k".repeat(255), &body).await.status,
        StatusCode::OK
    );
    for bad in [&b""[..], &[b'k'; 256], b"a key", b"\xc3\xa9", b"a\tb"] {
        let answer = stage
            .send(keyed("/kling-imagine", bad, body.to_string()))
            .await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bad:?}");
    }
}
