//! The control address, as a test in another language uses it.

use serde_json::json;

use crate::client::{bought, client, good, read, runway, submit};

#[tokio::test]
async fn it_scripts_and_reads_ledger_and_requests() {
    let (doubles, _dir) = runway().await;
    let at = |path: &str| format!("{}/runway/{path}", doubles.urls()["control"]);
    let change = json!({"next": [["FAILED"]]});
    let (status, _) = read(client().post(at("script")).json(&change)).await;
    assert_eq!(status, 204);
    assert_eq!(submit(&doubles, &good()).await.0, 200);
    let (_, purchases) = read(client().get(at("purchases"))).await;
    assert_eq!(purchases[0]["double"], "runway");
    let (_, requests) = read(client().get(at("requests"))).await;
    assert_eq!(requests[0]["step"], "submit");
    assert_eq!(requests[0]["body"], good());
    assert_eq!(requests[0]["status"], 200);
}

#[tokio::test]
async fn it_refuses_what_it_does_not_know() {
    let (doubles, _dir) = runway().await;
    let at = |path: &str| format!("{}/{path}", doubles.urls()["control"]);
    let unknown = json!({"sequense": []});
    let (status, _) = read(client().post(at("runway/script")).json(&unknown)).await;
    assert_eq!(status, 400);
    let (status, _) = read(client().post(at("nobody/script")).json(&json!({}))).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn it_moves_a_job_by_hand() {
    let (doubles, _dir) = runway().await;
    let id = bought(&doubles).await;
    let at = format!("{}/runway/jobs/{id}/advance", doubles.urls()["control"]);
    let states = async || read(client().post(&at)).await.1["stage"]["state"].clone();
    assert_eq!(states().await, "PENDING");
    assert_eq!(states().await, "THROTTLED");
}
