//! Receivers of webhooks that misbehave: what they do is recorded, what they failed is tried again,
//! nothing they say is followed, and other receivers do not wait for them.

use std::time::Duration;

use anyhow::{bail, ensure};
use serde_json::{Value, json};

use super::case::Case;
use super::dns::OPEN;
use super::lies::{Leads, manner};
use super::names::first_try;
use super::peer::{Manner, Peer};
use super::world::{World, picture};
use crate::receiver::Receiver;

/// A try takes 15 s at most and begins within a second of the end.
const TRIED: Duration = Duration::from_secs(35);

/// The post of a well-behaved receiver, from the submit on, while others hang.
const PROMPT: Duration = Duration::from_secs(12);

/// What is read of an answer, and what lies in the sockets' buffers, which the kernel grows.
const TAKEN: u64 = 16 << 20;

const SECRET: &str = "the-secret-of-the-receiver";

pub(super) async fn act(world: &World, case: &Case) -> anyhow::Result<()> {
    let elsewhere = Peer::start(OPEN, picture()).await?;
    let leads = Leads {
        sink: world.sink_port(),
        elsewhere: &elsewhere.url("/moved"),
    };
    let manner = manner(&case.note, &leads)?;
    let (accepts, hangs) = (accepts(&case.note), matches!(manner, Manner::Continues));
    let receiver = Peer::start(OPEN, manner).await?;
    let mut body = case.json();
    body["image_url"] = world.origin.url("/a.bmp").into();
    body["webhook_url"] = receiver.url("/hook").into();
    body["webhook_secret"] = SECRET.into();
    let task = world.submit(world.key(), &case.path, &body).await?;
    if hangs {
        // It holds the connection now, for the whole of its 15 s.
        receiver.until_connected(1, TRIED).await?;
        bystander(world).await?;
    }
    let tried = first_try(world, &task, TRIED).await?;
    recorded(world, &task, &tried, accepts).await?;
    ensure!(elsewhere.connections() == 0, "a redirect was followed");
    ensure!(
        receiver.poured() <= TAKEN,
        "{} bytes were read",
        receiver.poured()
    );
    for request in receiver.requests() {
        ensure!(request.starts_with("post /hook "), "asked for {request}");
        ensure!(request.contains(SECRET), "no secret in {request}");
    }
    Ok(())
}

/// Whether the receiver said 2xx: the post is delivered, whatever else it says.
fn accepts(note: &str) -> bool {
    let (_, what) = note.split_once("answers: ").unwrap_or_default();
    what.starts_with("200") || what.starts_with("204")
}

/// The try as recorded, and what follows from it.
async fn recorded(world: &World, task: &str, tried: &Value, accepts: bool) -> anyhow::Result<()> {
    let detail = world.detail(task).await?;
    let delivery = &detail["deliveries"][0];
    if accepts {
        ensure!(
            delivery["status"] == "delivered",
            "not delivered: {delivery}"
        );
        return Ok(());
    }
    let status = tried["http_status"].as_u64();
    ensure!(
        status.is_none_or(|status| status >= 300),
        "recorded as {tried}"
    );
    ensure!(
        status.is_some() || tried["error"].is_string(),
        "no cause in {tried}"
    );
    ensure!(delivery["status"] == "pending", "given up: {delivery}");
    let (due, at) = (delivery["due_at"].as_i64(), tried["at"].as_i64());
    ensure!(due > at, "no retry is scheduled: {delivery}");
    Ok(())
}

/// Another task whose receiver behaves gets its post at once.
async fn bystander(world: &World) -> anyhow::Result<()> {
    let receiver = Receiver::start("127.8.8.8").await?;
    let body = json!({
        "prompt": "a cat",
        "generation_type": "text2video",
        "webhook_url": receiver.url("hook"),
    });
    let task = world.submit(world.key(), "/kling-imagine", &body).await?;
    let told = |heard: &[crate::receiver::Heard]| {
        heard.iter().any(|one| {
            let body = one.json();
            body["task_id"] == task.as_str() && body["status"] == "finished"
        })
    };
    match tokio::time::timeout(PROMPT, receiver.until(told)).await {
        Ok(()) => Ok(()),
        Err(_) => bail!("a good receiver waited more than {PROMPT:?} behind one that hangs"),
    }
}
