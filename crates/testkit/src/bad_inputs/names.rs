//! Names that lead to where nobody may go: the request may be taken, the connection must not be made.
//! Each name is asked for at the sink's port, so that a connection would be seen.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde_json::Value;
use url::Url;

use super::case::Case;
use super::fetched::ended_cleanly;
use super::world::World;

/// A resolver that never answers is given up after 5 s, three times, with waits between.
const ENDS: Duration = Duration::from_secs(60);

/// The first post comes within a second of the end, and its resolver may be silent.
const POSTED: Duration = Duration::from_secs(20);

pub(super) async fn act(world: &World, case: &Case) -> anyhow::Result<()> {
    let mut body = case.json();
    for field in ["image_url", "webhook_url"] {
        if let Some(url) = body[field].as_str() {
            body[field] = at_sink(url, world.sink_port())?.into();
        }
    }
    let bytes = body.to_string();
    let answer = world
        .send("POST", world.key(), &case.path, bytes.as_bytes())
        .await?;
    if answer.status == 400 {
        return Ok(());
    }
    let task = answer
        .task()
        .with_context(|| format!("got {}", answer.text()))?;
    world.acknowledged(task.clone());
    let end = world.until_ended(&task, ENDS).await?;
    ended_cleanly(&end, "image_url")?;
    if body["webhook_url"].is_string() {
        // A name that leads elsewhere the second time is asked for a second time.
        let tries = if case.note.contains("next)") { 2 } else { 1 };
        for n in 0..tries {
            let tried = nth_try(world, &task, n, POSTED).await?;
            let alone = tried["http_status"].is_null() && tried["error"].is_string();
            ensure!(alone, "the webhook met somebody: {tried}");
        }
    }
    Ok(())
}

/// The same URL at the sink's port, unless its host is one of the pages' samples.
fn at_sink(url: &str, port: u16) -> anyhow::Result<String> {
    let mut url = Url::parse(url)?;
    if url.host_str() != Some("assets.example.com") {
        let set = url.set_port(Some(port));
        ensure!(set.is_ok(), "{url} takes no port");
    }
    Ok(url.into())
}

/// Waits for the first recorded try of a task's delivery.
pub(super) async fn first_try(
    world: &World,
    task: &str,
    within: Duration,
) -> anyhow::Result<Value> {
    nth_try(world, task, 0, within).await
}

async fn nth_try(world: &World, task: &str, n: usize, within: Duration) -> anyhow::Result<Value> {
    let mut pace = tokio::time::interval(Duration::from_millis(200));
    let looking = async {
        loop {
            pace.tick().await;
            let detail = world.detail(task).await?;
            let tried = &detail["deliveries"][0]["attempts"][n];
            if !tried.is_null() {
                return anyhow::Ok(tried.clone());
            }
        }
    };
    match tokio::time::timeout(within, looking).await {
        Ok(tried) => tried,
        Err(_) => bail!(
            "try {n} did not come within {within:?}: {}",
            world.detail(task).await?
        ),
    }
}
