//! The extensions over tasks: pages, details, events, deletion.

use axum::body::Body;
use framewright_core::id::TaskId;
use http::{Method, Request};
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::stage::{KEY, Stage, with_key};
use crate::wire::{fail, finish, imagine, kling, run};

async fn three(stage: &Stage) -> Vec<TaskId> {
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(stage.submit("/kling-imagine", &kling(&json!({}))).await);
        stage.clock.advance(10);
    }
    ids
}

fn ids(page: &Value) -> Vec<String> {
    let tasks = page["tasks"].as_array().expect("a page has tasks");
    tasks
        .iter()
        .map(|task| task["task_id"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test]
async fn pages_go_from_the_newest_back_and_end() {
    let stage = Stage::new().await;
    let made = three(&stage).await;
    let first = stage.get("/tasks?limit=2").await.json();
    assert_eq!(ids(&first), [made[2].as_str(), made[1].as_str()]);
    let cursor = first["next"].as_str().expect("there is another page");
    let second = stage
        .get(&format!("/tasks?limit=2&cursor={cursor}"))
        .await
        .json();
    assert_eq!(
        (ids(&second), &second["next"]),
        (vec![made[0].to_string()], &Value::Null)
    );
}

#[tokio::test]
async fn filters_choose_and_a_wrong_one_is_named() {
    let stage = Stage::new().await;
    let made = three(&stage).await;
    fail(&stage, &made[0], "no").await;
    let failed = stage.get("/tasks?status=failed,cancelled").await.json();
    assert_eq!(ids(&failed), [made[0].as_str()]);
    assert_eq!(
        ids(&stage.get("/tasks?task_type=runway").await.json()),
        Vec::<String>::new()
    );
    let from = crate::stage::START + 20;
    let late = stage
        .get(&format!("/tasks?created_after={from}"))
        .await
        .json();
    assert_eq!(ids(&late), [made[2].as_str()]);
    let wrong = stage
        .get("/tasks?status=done&limit=0&cursor=x&created_before=y")
        .await;
    assert_eq!(
        (wrong.status.as_u16(), wrong.messages().len()),
        (400, 4),
        "{}",
        wrong.text()
    );
}

#[tokio::test]
async fn a_task_is_shown_whole_without_what_is_private() {
    let stage = Stage::new().await;
    let body = kling(&json!({
        "prompt": "a secret prompt", "webhook_url": "https://hooks.example.com/private",
        "webhook_secret": "hush"
    }));
    let id = stage.submit("/kling-imagine", &body).await;
    run(&stage, &id, 10).await;
    finish(&stage, &id, 1, 5_000).await;
    let answer = stage.get(&format!("/tasks/{id}")).await;
    let shown = answer.json();
    assert_eq!(shown["status"], "finished");
    assert_eq!(shown["attempts"][0]["provider"], "preview");
    assert_eq!(shown["outputs"][0]["width"], 1280);
    let words: Vec<&str> = shown["events"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|event| event["status"].as_str())
        .collect();
    assert_eq!(words, ["queued", "running", "finished"]);
    for private in ["secret prompt", "hooks.example.com", "hush", KEY] {
        assert!(!answer.text().contains(private), "{private}");
    }
    let unknown = "/tasks/29e983ca-7e86-4017-a9e3-ef6fe9cd5f2a";
    assert_eq!(stage.get(unknown).await.status, 404);
}

#[tokio::test]
async fn only_a_task_that_has_ended_is_deleted_or_delivered_again() {
    let stage = Stage::new().await;
    let id = stage.submit("/imagine-video", &imagine()).await;
    let delete = || with_key(Method::DELETE, &format!("/tasks/{id}"), Body::empty());
    let again = format!("/tasks/{id}/redeliver");
    let open = stage.send(delete()).await;
    assert_eq!(open.status, 409);
    assert!(
        open.messages()[0].contains("cancel it first"),
        "{}",
        open.text()
    );
    assert_eq!(stage.post(&again, &json!({})).await.status, 409);
    finish(&stage, &id, 4, 5_000).await;
    let without = stage.post(&again, &json!({})).await;
    assert!(
        without.messages()[0].contains("no webhook_url"),
        "{}",
        without.text()
    );
    assert_eq!(stage.send(delete()).await.status, 200);
    assert_eq!(stage.send(delete()).await.status, 404);
    assert_eq!(stage.post(&again, &json!({})).await.status, 404);
}

#[tokio::test]
async fn a_cancel_is_noted_once_and_a_terminal_task_stays_as_it_is() {
    let stage = Stage::new().await;
    let id = stage.submit("/kling-imagine", &kling(&json!({}))).await;
    let wish = json!({ "task_id": id.as_str() });
    let cancel = || stage.post("/cancel", &wish);
    assert_eq!(cancel().await.json()["status"], "processing");
    assert!(stage.stored(&id).await.cancel_asked);
    finish(&stage, &id, 1, 5_000).await;
    let before = stage.fetch(&id).await.body;
    assert_eq!(cancel().await.body, before);
}

#[tokio::test]
async fn the_stream_of_events_goes_on_behind_the_last_one_seen_and_ends_with_the_task() {
    let stage = Stage::new().await;
    let id = stage.submit("/kling-imagine", &kling(&json!({}))).await;
    run(&stage, &id, 30).await;
    finish(&stage, &id, 1, 5_000).await;
    let all = events(&stage, &id, None).await;
    assert_eq!(numbered(&all), ["queued", "running", "finished"]);
    let seen = all.iter().find_map(|event| {
        let running = event.contains("\"running\"");
        running.then(|| event.lines().find_map(|line| line.strip_prefix("id: ")))?
    });
    let rest = events(&stage, &id, seen).await;
    assert_eq!(numbered(&rest), ["finished"]);
}

/// The events of a stream that ends, each as its lines.
async fn events(stage: &Stage, id: &TaskId, last: Option<&str>) -> Vec<String> {
    let mut request = Request::get(format!("/tasks/{id}/events")).header("authorization", KEY);
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let request = request.body(Body::empty()).expect("it is valid");
    let response = stage.open_stream(request).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let body = response
        .into_body()
        .collect()
        .await
        .expect("the stream ends");
    let text = String::from_utf8(body.to_bytes().to_vec()).expect("events are text");
    text.split("\n\n")
        .filter(|event| !event.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The statuses of the numbered events.
fn numbered(events: &[String]) -> Vec<String> {
    let data = events
        .iter()
        .filter(|event| event.contains("event: status"));
    let json = data.filter_map(|event| event.lines().find_map(|line| line.strip_prefix("data: ")));
    json.filter_map(|text| serde_json::from_str::<Value>(text).ok())
        .filter_map(|event| event["status"].as_str().map(str::to_owned))
        .collect()
}
