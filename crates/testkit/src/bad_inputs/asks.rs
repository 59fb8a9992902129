//! What the suite asks of the server as a client that behaves: submit, fetch, look, wait.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};

use super::wire::{Answer, ask, request};
use super::world::World;
use crate::crash::process::KEY;

/// Between two looks at a task.
const PACE: Duration = Duration::from_millis(100);

impl World {
    pub(super) async fn send(
        &self,
        method: &str,
        key: &str,
        path: &str,
        body: &[u8],
    ) -> anyhow::Result<Answer> {
        let bytes = request(method, path, &self.json_headers(key), body);
        ask(self.port(), &bytes).await
    }

    /// Submits; the id of the task.
    ///
    /// # Errors
    /// When it is refused.
    pub(super) async fn submit(
        &self,
        key: &str,
        path: &str,
        body: &Value,
    ) -> anyhow::Result<String> {
        let answer = self
            .send("POST", key, path, body.to_string().as_bytes())
            .await?;
        let Some(task) = answer.task() else {
            bail!("{path} refused: {}", answer.text());
        };
        self.acknowledged(task.clone());
        Ok(task)
    }

    /// The body of /fetch.
    pub(super) async fn fetch(&self, task: &str) -> anyhow::Result<Value> {
        self.fetch_as(KEY, task).await
    }

    async fn fetch_as(&self, key: &str, task: &str) -> anyhow::Result<Value> {
        let body = json!({ "task_id": task }).to_string();
        let answer = self.send("POST", key, "/fetch", body.as_bytes()).await?;
        ensure!(answer.status == 200, "/fetch of {task}: {}", answer.text());
        Ok(answer.json())
    }

    /// Everything that the account may see of a task.
    pub(super) async fn detail(&self, task: &str) -> anyhow::Result<Value> {
        let answer = self
            .send("GET", KEY, &format!("/tasks/{task}"), b"")
            .await?;
        ensure!(answer.status == 200, "/tasks/{task}: {}", answer.text());
        Ok(answer.json())
    }

    /// Waits for the end of a task; the last /fetch body.
    ///
    /// # Errors
    /// When it does not end in time.
    pub(super) async fn until_ended(&self, task: &str, within: Duration) -> anyhow::Result<Value> {
        self.until_ended_as(KEY, task, within).await
    }

    pub(super) async fn until_ended_as(
        &self,
        key: &str,
        task: &str,
        within: Duration,
    ) -> anyhow::Result<Value> {
        let mut pace = tokio::time::interval(PACE);
        let looking = async {
            loop {
                pace.tick().await;
                let body = self.fetch_as(key, task).await?;
                if body["status"] == "finished" || body["status"] == "failed" {
                    return Ok(body);
                }
            }
        };
        let ended = tokio::time::timeout(within, looking).await;
        ended.with_context(|| format!("{task} did not end within {within:?}"))?
    }

    /// # Errors
    /// When the server does not say that it is ready.
    pub(super) async fn still_ready(&self) -> anyhow::Result<()> {
        let answer = self.send("GET", KEY, "/ready", b"").await?;
        ensure!(
            answer.status == 200,
            "not ready afterwards: {}",
            answer.text()
        );
        Ok(())
    }
}
