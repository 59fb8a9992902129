//! The whole application in one process: a request in, a video out, and what time does to it.

use std::net::SocketAddr;

use axum::{Router, body::Bytes, extract::State, routing::post};
use framewright_core::clock::DAY;
use framewright_engine::Drained;
use framewright_outbound::Request;
use framewright_server::listener::{Listener, Options};
use http::header::{ETAG, RANGE};
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::app::TestApp;

/// The shortest video that there is: two seconds.
fn short() -> Value {
    json!({ "model": "wan2.6", "duration": 2, "resolution": "720P", "prompt": "a calm lake" })
}

/// A receiver that hands on what it gets.
async fn receiver() -> (String, mpsc::UnboundedReceiver<(HeaderMap, Bytes)>) {
    let (hand_on, received) = mpsc::unbounded_channel();
    let take = |State(hand_on): State<mpsc::UnboundedSender<_>>,
                headers: HeaderMap,
                body: Bytes| {
        async move {
            hand_on.send((headers, body)).expect("the test listens");
        }
    };
    let router = Router::new().route("/", post(take)).with_state(hand_on);
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = Listener::bind(loopback, Options::default())
        .await
        .expect("a port");
    let url = format!("http://{}/", listener.address().expect("bound"));
    tokio::spawn(listener.serve(router, CancellationToken::new(), std::time::Duration::ZERO));
    (url, received)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_becomes_a_file_and_its_webhook_has_the_bytes_of_fetch() {
    let app = TestApp::start().await;
    let (hook, mut posts) = receiver().await;
    let mut body = short();
    body["webhook_url"] = hook.into();
    body["webhook_secret"] = "mine".into();
    let id = app.submit("/wan-imagine", &body).await;
    let task = app.ended(&id).await;
    assert_eq!(task["status"], "finished", "{task}");

    let link = task["video_url"].as_str().expect("a link");
    let whole = app.get(link).await;
    let tag = format!("\"{}\"", hex::encode(Sha256::digest(&whole.body)));
    assert_eq!(whole.headers[ETAG].to_str().expect("text"), tag);
    let part = Request::get(&link[app.base_url.len()..]);
    let part = part.header(RANGE, HeaderValue::from_static("bytes=4-7"));
    let part = app.send(&app.base_url, part).await;
    assert_eq!((part.status.as_u16(), &part.body[..]), (206, &b"ftyp"[..]));

    let last = loop {
        let (headers, body) = posts.recv().await.expect("a post");
        assert_eq!(headers["x-webhook-secret"], "mine");
        let told: Value = serde_json::from_slice(&body).expect("JSON");
        if told["status"] != "processing" {
            break body;
        }
    };
    let fetched = Request::post_json("/fetch", json!({ "task_id": id }).to_string());
    assert_eq!(last, app.send(&app.base_url, fetched).await.body);
    // The receiver has answered; the record of that is the next thing the engine writes.
    let mut written = app.app().engine().written();
    while owed(&app, &id).await {
        written.changed().await.expect("the engine runs");
    }
    assert_eq!(app.stop().await, Drained::Whole);
}

/// Whether the last webhook of a task has not been recorded as delivered.
async fn owed(app: &TestApp, id: &str) -> bool {
    let answer = app.get(&format!("/tasks/{id}")).await;
    let detail: Value = serde_json::from_slice(&answer.body).expect("JSON");
    !detail.to_string().contains("\"delivered\"")
}

#[tokio::test(flavor = "multi_thread")]
async fn after_its_retention_a_task_is_as_unknown_as_any() {
    let app = TestApp::start().await;
    let id = app.submit("/wan-imagine", &short()).await;
    let task = app.ended(&id).await;
    let link = task["video_url"].as_str().expect("a link").to_owned();
    app.time.push(8 * DAY);
    let fetch = |id: &str| json!({ "task_id": id });
    let (status, gone) = app.post("/fetch", &fetch(&id)).await;
    let unknown = "29e983ca-7e86-4017-a9e3-ef6fe9cd5f2a";
    assert_eq!((status, gone), app.post("/fetch", &fetch(unknown)).await);
    assert!(app.get(&link).await.status.is_client_error());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_read_from_storage_whatever_host_its_link_names() {
    let app = TestApp::start().await;
    let link = app.upload_picture().await;
    // No such host: if it were dialled the task would fail.
    let elsewhere = link.replace(&app.base_url, "https://framewright.invalid");
    let mut body = short();
    body["image_url"] = elsewhere.into();
    let id = app.submit("/wan-imagine", &body).await;
    let task = app.ended(&id).await;
    assert_eq!(task["status"], "finished", "{task}");

    body["image_url"] = link.replace("sig=", "sig=x").into();
    let (status, refusal) = app.post("/wan-imagine", &body).await;
    assert_eq!(status, 400, "{refusal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_prefix_is_in_every_link_and_nothing_answers_outside_it() {
    let app = TestApp::with(|config| config.server.path_prefix = "/video".to_owned()).await;
    assert!(app.base_url.ends_with("/video"));
    assert_eq!(app.get("/health").await.status, 200);
    let outside = app.send(&app.base_url, Request::get("/health")).await;
    assert_eq!(outside.status, 404);
    let id = app.submit("/wan-imagine", &short()).await;
    let task = app.ended(&id).await;
    let link = task["video_url"].as_str().expect("a link");
    assert!(link.starts_with(&app.base_url), "{link}");
    assert_eq!(app.get(link).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_providers_says_that_it_makes_previews() {
    let app = TestApp::start().await;
    let ready = app.get("/ready").await;
    let text = String::from_utf8_lossy(&ready.body).into_owned();
    assert!(text.contains("no provider is configured"), "{text}");
    assert!(text.contains("sandbox"), "{text}");
    let metrics = app.get("/metrics").await;
    let text = String::from_utf8_lossy(&metrics.body).into_owned();
    assert!(
        text.contains("framewright_store_rows_total ")
            && text.contains("framewright_panics_total 0\n")
            && text.ends_with("# EOF\n"),
        "{text}"
    );
}
