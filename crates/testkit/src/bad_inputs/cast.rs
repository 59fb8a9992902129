//! The tasks, keys and accounts that cases speak of, made before the first of them.

use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::json;

use super::world::World;
use crate::crash::process::KEY;

/// The tasks and keys that cases speak of.
#[derive(Default)]
pub(super) struct Cast {
    pub finished: String,
    pub kling: String,
    pub deleted: String,
    pub suspended: String,
    pub revoked: String,
    /// The link to a video of another account.
    pub strangers_video: String,
}

/// Makes them all.
///
/// # Errors
/// When the server refuses or fails any.
pub(super) async fn make(world: &World) -> anyhow::Result<Cast> {
    let (finished, deleted) = tokio::try_join!(finished_imagine(world), finished_imagine(world))?;
    let kling = json!({ "prompt": "a cat", "generation_type": "text2video" });
    let kling = world.submit(KEY, "/kling-imagine", &kling).await?;
    world.until_ended(&kling, Duration::from_secs(20)).await?;
    let path = format!("/tasks/{deleted}");
    let gone = world.send("DELETE", KEY, &path, b"").await?;
    ensure!(
        gone.status == 200 || gone.status == 204,
        "delete: {}",
        gone.text()
    );
    world.forgotten(&deleted);
    Ok(Cast {
        finished,
        kling,
        deleted,
        suspended: world.suspended().await?,
        revoked: world.revoked().await?,
        strangers_video: strangers_video(world).await?,
    })
}

async fn strangers_video(world: &World) -> anyhow::Result<String> {
    let key = world.account("stranger", None).await?;
    let body = json!({ "prompt": "a cat", "generation_type": "text2video" });
    let task = world.submit(&key, "/kling-imagine", &body).await?;
    let end = world
        .until_ended_as(&key, &task, Duration::from_secs(20))
        .await?;
    let url = end["video_url"].as_str();
    url.map(str::to_owned)
        .with_context(|| format!("no video in {end}"))
}

async fn finished_imagine(world: &World) -> anyhow::Result<String> {
    let body = json!({ "prompt": "a cat", "image_url": world.origin.url("/a.bmp") });
    let task = world.submit(KEY, "/imagine-video", &body).await?;
    let end = world.until_ended(&task, Duration::from_secs(20)).await?;
    ensure!(
        end["status"] == "finished",
        "the cast's task ended so: {end}"
    );
    Ok(task)
}
