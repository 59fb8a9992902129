//! What DashScope's double refuses that a naive one would take, and how its tasks go.

use framewright_doubles::Doubles;
use serde_json::{Value, json};

use crate::client::{alone, client, read};

const SUBMIT: &str = "/api/v1/services/aigc/video-generation/video-synthesis";

async fn dashscope() -> (Doubles, tempfile::TempDir) {
    alone("dashscope").await
}

fn asking(doubles: &Doubles, method: &str, path: &str) -> reqwest::RequestBuilder {
    let method = method.parse().expect("a method");
    let url = format!("{}{path}", doubles.url("dashscope"));
    client().request(method, url).bearer_auth("sk-1")
}

async fn submit(doubles: &Doubles, body: &Value) -> (u16, Value) {
    let request = asking(doubles, "POST", SUBMIT).header("x-dashscope-async", "enable");
    read(request.json(body)).await
}

fn good() -> Value {
    json!({
        "model": "wan2.6-t2v", "input": {"prompt": "a cat"},
        "parameters": {"size": "1280*720", "duration": 5},
    })
}

async fn bought(doubles: &Doubles) -> String {
    let (status, answer) = submit(doubles, &good()).await;
    assert_eq!(status, 200, "{answer}");
    answer["output"]["task_id"]
        .as_str()
        .expect("an id")
        .to_owned()
}

async fn poll(doubles: &Doubles, id: &str) -> (u16, Value) {
    let (status, body) = read(asking(doubles, "GET", &format!("/api/v1/tasks/{id}"))).await;
    (status, body["output"].clone())
}

#[tokio::test]
async fn a_task_goes_through_its_states_with_times_that_name_no_zone() {
    let (doubles, _dir) = dashscope().await;
    let id = bought(&doubles).await;
    for state in ["PENDING", "RUNNING", "RUNNING", "SUCCEEDED"] {
        assert_eq!(poll(&doubles, &id).await.1["task_status"], state);
    }
    let (_, output) = poll(&doubles, &id).await;
    let time = output["submit_time"].as_str().expect("a time");
    assert!(
        time.len() == 23 && !time.contains(['Z', 'T', '+']),
        "{time}"
    );
    assert!(output["video_url"].is_string());
}

#[tokio::test]
async fn failed_and_unknown_are_answered_with_200() {
    let (doubles, _dir) = dashscope().await;
    let failed = json!([{"state": "FAILED", "code": "DataInspectionFailed"}]);
    doubles.script("dashscope", json!({"next": [failed, ["UNKNOWN"]]}));
    let (status, output) = poll(&doubles, &bought(&doubles).await).await;
    assert_eq!(
        (status, &output["code"]),
        (200, &json!("DataInspectionFailed"))
    );
    for id in [bought(&doubles).await, "never-sold".to_owned()] {
        let (status, output) = poll(&doubles, &id).await;
        assert_eq!((status, &output["task_status"]), (200, &json!("UNKNOWN")));
    }
}

#[tokio::test]
async fn only_what_waits_can_be_cancelled() {
    let (doubles, _dir) = dashscope().await;
    let cancel = async |id: &str| {
        read(asking(
            &doubles,
            "POST",
            &format!("/api/v1/tasks/{id}/cancel"),
        ))
        .await
        .0
    };
    let waiting = bought(&doubles).await;
    assert_eq!(cancel(&waiting).await, 200);
    assert_eq!(poll(&doubles, &waiting).await.1["task_status"], "CANCELED");
    let running = bought(&doubles).await;
    poll(&doubles, &running).await;
    poll(&doubles, &running).await;
    assert_eq!(cancel(&running).await, 400);
}

#[tokio::test]
async fn what_the_vendor_refuses_is_refused_and_not_sold() {
    let (doubles, _dir) = dashscope().await;
    let without_header = asking(&doubles, "POST", SUBMIT).json(&good());
    assert_eq!(read(without_header).await.0, 403);
    let with = |pointer: &str, value: Value| {
        let mut body = good();
        *body.pointer_mut(pointer).expect("it is there") = value;
        body
    };
    for (body, status) in [
        (with("/model", json!("wan9")), 404),
        (with("/parameters/size", json!("832*480")), 400),
        (with("/parameters/duration", json!("5")), 400),
        (with("/input/prompt", json!("")), 400),
        (with("/model", json!("wan2.6-i2v")), 400),
    ] {
        assert_eq!(submit(&doubles, &body).await.0, status, "{body}");
    }
    assert!(doubles.purchases("dashscope").is_empty());
    let mut talkative = good();
    talkative["input"]["function"] = "video-synthesis".into();
    assert_eq!(
        submit(&doubles, &talkative).await.0,
        200,
        "unknown members are ignored"
    );
}
