//! One client with one wish at a time, for runs in which the answers to single requests count.

use std::time::Duration;

use anyhow::Context;
use serde_json::{Value, json};

use super::cycles::FIRES;
use super::process::{Home, KEY};
use crate::http;

/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);

/// Posts a body; status and JSON of the answer, 0 and null where none came.
pub async fn post(home: &Home, path: &str, body: &Value) -> (u16, Value) {
    let request = http::client()
        .post(home.url(path))
        .header("Authorization", KEY);
    match request.json(body).send().await {
        Ok(answer) => {
            let status = answer.status().as_u16();
            (status, answer.json().await.unwrap_or_default())
        }
        Err(_) => (0, Value::Null),
    }
}

/// Asks for one more video; its task, or the status that refused it.
///
/// # Errors
/// The status and body of any answer but a 200 with an id.
pub async fn submit(home: &Home) -> Result<String, (u16, Value)> {
    let wish = json!({ "prompt": "a cat", "generation_type": "text2video" });
    match post(home, "/kling-imagine", &wish).await {
        (200, body) if body["task_id"].is_string() => {
            Ok(body["task_id"].as_str().unwrap_or_default().to_owned())
        }
        other => Err(other),
    }
}

/// Waits until a task has ended and returns its body.
///
/// # Errors
/// When that does not come in time.
pub async fn end(home: &Home, task: &str) -> anyhow::Result<Value> {
    let this = json!({ "task_id": task });
    let ended = async {
        let mut looks = tokio::time::interval(LOOK);
        loop {
            looks.tick().await;
            let (_, body) = post(home, "/fetch", &this).await;
            if body["status"] == "finished" || body["status"] == "failed" {
                return body;
            }
        }
    };
    let ended = tokio::time::timeout(FIRES, ended).await;
    ended.with_context(|| format!("{task} did not end"))
}

/// Submits and waits for a finished task; its id.
///
/// # Errors
/// When it is refused, fails or does not end.
pub async fn one(home: &Home) -> anyhow::Result<String> {
    let task = submit(home).await;
    let task = task.map_err(|(status, body)| anyhow::anyhow!("refused: {status} {body}"))?;
    let body = end(home, &task).await?;
    anyhow::ensure!(body["status"] == "finished", "{task} ended as {body}");
    Ok(task)
}
