//! Doubles that call their clients back by themselves: a receiver on loopback refuses the first post,
//! takes the others, and nobody looks at the job meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use framewright_doubles::Doubles;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use crate::client::{alone, client};

/// What is waited for comes within this.
const PATIENCE: Duration = Duration::from_secs(30);

type Heard = (HeaderMap, Value);

/// A client's address for callbacks.
struct Receiver {
    url: String,
    heard: UnboundedReceiver<Heard>,
    _serving: JoinSet<()>,
}

#[derive(Clone)]
struct Ear {
    tell: UnboundedSender<Heard>,
    refused: Arc<AtomicBool>,
}

async fn hear(State(ear): State<Ear>, headers: HeaderMap, body: String) -> StatusCode {
    if !ear.refused.swap(true, Ordering::Relaxed) {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    let body = serde_json::from_str(&body).expect("a callback is JSON");
    ear.tell.send((headers, body)).expect("the test listens");
    StatusCode::OK
}

impl Receiver {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (tell, heard) = unbounded_channel();
        let refused = Arc::default();
        let router = Router::new().route("/hook", post(hear));
        let router = router.with_state(Ear { tell, refused });
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self {
            url: format!("http://127.0.0.1:{port}/hook"),
            heard,
            _serving: serving,
        }
    }

    async fn next(&mut self) -> Heard {
        let heard = tokio::time::timeout(PATIENCE, self.heard.recv()).await;
        heard.expect("a callback comes").expect("the receiver runs")
    }
}

/// Buys with an answer that is lost on its way: all that is left is the callback.
async fn lost(doubles: &Doubles, name: &str, request: reqwest::RequestBuilder) -> String {
    doubles.script(
        name,
        json!({"calls_back": true, "faults": [{"on": "submit", "do": "drop_after_purchase"}]}),
    );
    request.send().await.expect_err("the answer is lost");
    doubles.purchases(name)[0].job.clone()
}

#[tokio::test]
async fn fal_posts_the_end_of_a_job_whose_purchase_was_never_heard_of() {
    let (doubles, _dir) = alone("fal").await;
    let mut receiver = Receiver::start().await;
    let at = doubles.url("fal");
    let at = format!("{at}/fal-ai/kling-video/v2.5-turbo/pro/text-to-video");
    let request = client().post(format!("{at}?fal_webhook={}", receiver.url));
    let request = request.header("authorization", "Key id:secret");
    let request = request.json(&json!({"prompt": "a cat", "duration": "5"}));
    let job = lost(&doubles, "fal", request).await;
    let (headers, said) = receiver.next().await;
    assert_eq!(
        (&said["request_id"], &said["status"]),
        (&json!(job), &json!("OK"))
    );
    assert!(headers.contains_key("x-fal-webhook-signature"));
}

#[tokio::test]
async fn replicate_posts_what_was_asked_for_from_the_start_to_the_end() {
    let (doubles, _dir) = alone("replicate").await;
    let mut receiver = Receiver::start().await;
    let at = doubles.url("replicate");
    let at = format!("{at}/v1/models/kwaivgi/kling-v2.5-turbo-pro/predictions");
    let request = client().post(at).bearer_auth("r8_1").json(&json!({
        "input": {"prompt": "a cat", "duration": 5},
        "webhook": receiver.url, "webhook_events_filter": ["start", "completed"],
    }));
    let job = lost(&doubles, "replicate", request).await;
    for status in ["starting", "succeeded"] {
        let (headers, said) = receiver.next().await;
        assert_eq!(
            (&said["id"], &said["status"]),
            (&json!(job), &json!(status))
        );
        assert!(headers.contains_key("webhook-signature"));
    }
}

#[tokio::test]
async fn a_midjourney_proxy_notifies_of_every_state() {
    let (doubles, _dir) = alone("midjourney_proxy").await;
    let mut receiver = Receiver::start().await;
    let at = format!("{}/mj/submit/video", doubles.url("midjourney_proxy"));
    let request = client().post(at).header("mj-api-secret", "s").json(&json!({
        "prompt": "a cat", "image": "https://media.example.com/a.png", "notifyHook": receiver.url,
    }));
    let job = lost(&doubles, "midjourney_proxy", request).await;
    for status in [
        "NOT_START",
        "SUBMITTED",
        "IN_PROGRESS",
        "IN_PROGRESS",
        "SUCCESS",
    ] {
        let (_, said) = receiver.next().await;
        assert_eq!(
            (&said["id"], &said["status"]),
            (&json!(job), &json!(status))
        );
    }
}

#[tokio::test]
async fn legnext_notifies_of_every_state() {
    let (doubles, _dir) = alone("legnext").await;
    let mut receiver = Receiver::start().await;
    let at = format!("{}/api/v1/video-diffusion", doubles.url("legnext"));
    let request = client().post(at).header("x-api-key", "k").json(&json!({
        "prompt": "https://media.example.com/a.png a cat", "callback": receiver.url,
    }));
    let job = lost(&doubles, "legnext", request).await;
    for status in ["pending", "staged", "processing", "completed"] {
        let (_, said) = receiver.next().await;
        assert_eq!(
            (&said["job_id"], &said["status"]),
            (&json!(job), &json!(status))
        );
    }
}
