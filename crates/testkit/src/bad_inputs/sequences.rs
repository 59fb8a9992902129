//! Races and orders of requests against the running server. What needs a server's death is in
//! [`lives`].

use std::time::Duration;

use anyhow::{bail, ensure};
use futures_util::future::try_join_all;
use serde_json::{Value, json};

use super::case::Case;
use super::fetched::cancel;
use super::judge::expected;
use super::world::World;
use super::{links, lives};

const ENDS: Duration = Duration::from_secs(20);

pub(super) async fn act(world: &World, case: &Case) -> anyhow::Result<()> {
    match case.note.as_str() {
        "fetch before, during, after finish: status only moves forward" => forward(world).await,
        "submit with credit for one from 50 threads: exactly one accepted" => credit(world).await,
        "cancel at each state" => cancels(world).await,
        "leap second / year 2038 / 2106 expiry values" => times(world).await,
        "RSS limit 256 MB" => world.small_enough(),
        note => lives::act(world, note).await,
    }
}

fn kling() -> Value {
    json!({ "prompt": "a cat", "generation_type": "text2video" })
}

/// How far a /fetch body is: 0 to 100, 101 once it has ended.
fn place(body: &Value) -> anyhow::Result<u64> {
    let percentage = &body["percentage"];
    match body["status"].as_str() {
        Some("processing") => match percentage.as_str().and_then(|text| text.parse().ok()) {
            Some(percent) => Ok(percent),
            None => bail!("no percentage in {body}"),
        },
        Some("finished" | "failed") => Ok(101),
        _ => bail!("no status in {body}"),
    }
}

async fn forward(world: &World) -> anyhow::Result<()> {
    let task = world
        .submit(world.key(), "/kling-imagine", &kling())
        .await?;
    let mut pace = tokio::time::interval(Duration::from_millis(20));
    let (mut last, mut after) = (0, 0);
    // Every 20 ms until the end, and some times more.
    for _ in 0..1_000 {
        pace.tick().await;
        let now = place(&world.fetch(&task).await?)?;
        ensure!(now >= last, "{last} was followed by {now}");
        last = now;
        after += usize::from(now == 101);
        if after == 5 {
            return Ok(());
        }
    }
    bail!("the task did not end")
}

async fn credit(world: &World) -> anyhow::Result<()> {
    let key = world.account("credit-for-one", Some(1)).await?;
    let body = r#"{"prompt":"a cat","model":"wan2.5","resolution":"480P"}"#;
    let all = (0..50).map(|_| world.send("POST", &key, "/wan-imagine", body.as_bytes()));
    let answers = try_join_all(all).await?;
    let tasks: Vec<_> = answers.iter().filter_map(|answer| answer.task()).collect();
    ensure!(tasks.len() == 1, "{} were accepted", tasks.len());
    for answer in answers.iter().filter(|answer| answer.task().is_none()) {
        expected("4xx", answer)?;
    }
    tasks.into_iter().for_each(|task| world.acknowledged(task));
    Ok(())
}

async fn cancels(world: &World) -> anyhow::Result<()> {
    let at_once = world
        .submit(world.key(), "/kling-imagine", &kling())
        .await?;
    expected("200", &cancel(world, &at_once).await?)?;
    let cancelled = world.until_ended(&at_once, ENDS).await?;
    ensure!(
        cancel(world, &at_once).await?.json() == cancelled,
        "changed by a second cancel"
    );
    let running = world
        .submit(world.key(), "/kling-imagine", &kling())
        .await?;
    let mut pace = tokio::time::interval(Duration::from_millis(10));
    while world.detail(&running).await?["status"] == "queued" {
        pace.tick().await;
    }
    expected("200", &cancel(world, &running).await?)?;
    world.until_ended(&running, ENDS).await?;
    let finished = world
        .submit(world.key(), "/kling-imagine", &kling())
        .await?;
    let end = world.until_ended(&finished, ENDS).await?;
    ensure!(end["status"] == "finished", "ended so: {end}");
    ensure!(
        cancel(world, &finished).await?.json() == end,
        "changed by a cancel"
    );
    Ok(())
}

async fn times(world: &World) -> anyhow::Result<()> {
    links::far_expiries(world).await?;
    let all = [
        "1483228799000",
        "2147483648000",
        "4294967296000",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "2016-12-31T23:59:60Z",
    ];
    for time in all {
        for side in ["created_after", "created_before"] {
            let path = format!("/tasks?{side}={time}");
            let answer = world.send("GET", world.key(), &path, b"").await?;
            expected("never5xx", &answer)?;
        }
    }
    Ok(())
}
