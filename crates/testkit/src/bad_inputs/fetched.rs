//! Origins of an image that misbehave: the task ends with a clean reason or goes on, in bounded time
//! and with bounded bytes, and no redirect leads inside.

use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::Value;

use super::case::Case;
use super::dns::OPEN;
use super::lies::{Leads, manner};
use super::peer::{Manner, Peer};
use super::wire::Answer;
use super::world::{World, picture};

/// Three tries with waits between.
const ENDS: Duration = Duration::from_secs(40);

/// An origin that keeps a connection without an answer is given up after 30 s of silence, then
/// tried again.
const GIVEN_UP: Duration = Duration::from_secs(50);

/// The largest image, once more for what lies in the sockets' buffers.
const TAKEN: u64 = 2 * 10 * 1024 * 1024;

/// The first request and three redirects, three times.
const REQUESTS: usize = 4 * 3;

pub(super) async fn act(world: &World, case: &Case) -> anyhow::Result<()> {
    let elsewhere = Peer::start(OPEN, picture()).await?;
    let leads = Leads {
        sink: world.sink_port(),
        elsewhere: &elsewhere.url("/moved.bmp"),
    };
    let manner = manner(&case.note, &leads)?;
    let endless = matches!(manner, Manner::Continues);
    let origin = Peer::start(OPEN, manner).await?;
    let mut body = case.json();
    body["image_url"] = origin.url("/a.png").into();
    let task = world.submit(world.key(), &case.path, &body).await?;
    if endless {
        origin.until_connected(2, GIVEN_UP).await?;
        return cancelled(world, &task).await;
    }
    let end = world.until_ended(&task, ENDS).await?;
    if elsewhere.connections() > 0 {
        // A redirect to another public host is followed, and takes nothing along.
        ensure!(end["status"] == "finished", "ended so: {end}");
        let requests = elsewhere.requests().concat();
        let bare = !requests.contains("authorization") && !requests.contains("secret");
        ensure!(bare, "the other host was told {requests:?}");
    } else {
        ended_cleanly(&end, "image_url")?;
    }
    ensure!(
        origin.poured() <= TAKEN,
        "{} bytes were taken",
        origin.poured()
    );
    let requests = origin.requests().len();
    ensure!(requests <= REQUESTS, "{requests} requests were sent");
    Ok(())
}

/// A failed task says which field was at fault and why, in words for the client.
pub(super) fn ended_cleanly(end: &Value, field: &str) -> anyhow::Result<()> {
    ensure!(end["status"] == "failed", "ended so: {end}");
    let message = end["message"].as_str().context("no message")?;
    ensure!(end["error"] == message, "message and error differ: {end}");
    ensure!(
        message.starts_with(field),
        "the field is not named: {message}"
    );
    for inner in ["127.0.0.1", "127.8.8.8", "Error", "os error", "::", "{"] {
        ensure!(!message.contains(inner), "not for a client: {message}");
    }
    Ok(())
}

async fn cancelled(world: &World, task: &str) -> anyhow::Result<()> {
    let answer = cancel(world, task).await?;
    ensure!(answer.status == 200, "cancel: {}", answer.text());
    let end = world.until_ended(task, Duration::from_secs(10)).await?;
    ensure!(end["status"] == "failed", "ended so: {end}");
    Ok(())
}

pub(super) async fn cancel(world: &World, task: &str) -> anyhow::Result<Answer> {
    let body = serde_json::json!({ "task_id": task }).to_string();
    world
        .send("POST", world.key(), "/cancel", body.as_bytes())
        .await
}
