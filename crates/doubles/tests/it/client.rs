//! A plain client for these tests, with no retry and no opinion.

use framewright_doubles::Doubles;
use serde_json::{Value, json};

/// A client without the environment's proxy.
#[expect(
    clippy::disallowed_methods,
    reason = "it plays a vendor's client, which is none of the server's"
)]
pub(crate) fn client() -> reqwest::Client {
    // Built beside the store, reqwest has TLS and wants its provider, used or not.
    drop(rustls::crypto::ring::default_provider().install_default());
    let builder = reqwest::Client::builder().no_proxy();
    builder.build().expect("a client without TLS")
}

/// One double alone, with the directory that holds its ledger.
pub(crate) async fn alone(name: &str) -> (Doubles, tempfile::TempDir) {
    let dir = tempfile::tempdir().expect("a directory");
    let doubles = Doubles::start(dir.path(), &[name]).await;
    (doubles.expect("it starts"), dir)
}

/// Runway's.
pub(crate) async fn runway() -> (Doubles, tempfile::TempDir) {
    alone("runway").await
}

/// A request that Runway takes.
pub(crate) fn good() -> Value {
    json!({"model": "gen4.5", "promptText": "a cat", "ratio": "1280:720", "duration": 5})
}

/// A request to Runway with the right headers.
pub(crate) fn asking(doubles: &Doubles, method: &str, path: &str) -> reqwest::RequestBuilder {
    let method = method.parse().expect("a method");
    client()
        .request(method, format!("{}{path}", doubles.url("runway")))
        .bearer_auth("key_1")
        .header("x-runway-version", "2024-11-06")
}

/// Submits `body` as text to video: status and answer.
pub(crate) async fn submit(doubles: &Doubles, body: &Value) -> (u16, Value) {
    let request = asking(doubles, "POST", "/v1/text_to_video").json(body);
    read(request).await
}

/// Asks for a task: status and answer.
pub(crate) async fn poll(doubles: &Doubles, id: &str) -> (u16, Value) {
    read(asking(doubles, "GET", &format!("/v1/tasks/{id}"))).await
}

/// Sends it: status, and the answer as JSON, null where it is none.
pub(crate) async fn read(request: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    let body = answer.bytes().await.expect("a body");
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

/// The id of a job bought just now.
pub(crate) async fn bought(doubles: &Doubles) -> String {
    let (status, answer) = submit(doubles, &good()).await;
    assert_eq!(status, 200, "{answer}");
    answer["id"].as_str().expect("an id").to_owned()
}
