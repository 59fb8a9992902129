//! Cases that end or outlive a server: each has one of its own, in a directory of its own.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};
use tokio::process::Command;

use super::wire::{Answer, ask, request};
use super::world::{World, ledger};
use crate::crash::process::{Home, KEY, Life};

/// A server that is told to go, or may not start, is gone within this.
const GONE: Duration = Duration::from_secs(20);

pub(super) async fn act(world: &World, note: &str) -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let directory = directory.path();
    match note {
        "provider removed from config with tasks in flight" => unprovided(world, directory).await,
        "two servers started on one data directory: the second refuses" => {
            two(world, directory).await
        }
        "SIGTERM twice" => told_twice(world, directory).await,
        "stdout closed" => deaf(world, directory).await,
        other => bail!("no steps for {other:?}"),
    }
}

async fn post(home: &Home, path: &str, body: &Value) -> anyhow::Result<Answer> {
    let headers = [
        ("Authorization".to_owned(), KEY.to_owned()),
        ("Content-Type".to_owned(), "application/json".to_owned()),
    ];
    let body = body.to_string();
    ask(home.port, &request("POST", path, &headers, body.as_bytes())).await
}

async fn submitted(home: &Home) -> anyhow::Result<String> {
    let body = json!({ "prompt": "a cat", "generation_type": "text2video" });
    let answer = post(home, "/kling-imagine", &body).await?;
    answer
        .task()
        .with_context(|| format!("refused: {}", answer.text()))
}

async fn status(home: &Home, task: &str) -> anyhow::Result<Value> {
    let answer = post(home, "/fetch", &json!({ "task_id": task })).await?;
    ensure!(answer.status == 200, "/fetch: {}", answer.text());
    Ok(answer.json()["status"].clone())
}

/// The task stays while its provider is gone from the config, and ends when it is back.
async fn unprovided(world: &World, directory: &Path) -> anyhow::Result<()> {
    let (till, _selling) = ledger(&directory.join("ledger"), Duration::from_secs(2)).await?;
    let sold = format!("[[provider]]\nname = \"till\"\nkind = \"ledger\"\nbase_url = \"{till}\"\n");
    let home = Home::new(&world.binary, directory, &sold)?;
    let mut life = home.start(0, None).await?;
    let task = submitted(&home).await?;
    life.kill().await?;
    let file = directory.join("framewright.toml");
    let config = std::fs::read_to_string(&file)?;
    std::fs::write(&file, config.replace(&sold, ""))?;
    life = home.start(1, None).await?;
    let between = status(&home, &task).await?;
    ensure!(
        between == "processing",
        "without its provider it is {between}"
    );
    life.kill().await?;
    std::fs::write(&file, config)?;
    let _life = home.start(2, None).await?;
    let mut pace = tokio::time::interval(Duration::from_millis(100));
    let ended = async {
        while status(&home, &task).await? != "finished" {
            pace.tick().await;
        }
        anyhow::Ok(())
    };
    let ended = tokio::time::timeout(GONE, ended).await;
    ended.context("it did not end when the provider was back")?
}

/// The second says who holds the directory, and the first does not notice.
async fn two(world: &World, directory: &Path) -> anyhow::Result<()> {
    let home = Home::new(&world.binary, directory, "")?;
    let life = home.start(0, None).await?;
    let second = Command::new(&world.binary)
        .arg("serve")
        .arg("--data")
        .arg(home.data())
        .args(["--listen", "127.0.0.1:0"])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let second = tokio::time::timeout(GONE, second).await;
    let second = second.context("the second runs on")??;
    ensure!(!second.status.success(), "the second ended well");
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    let pid = life.pid().context("the first is gone")?;
    ensure!(
        said.contains(&pid.to_string()),
        "the holder is not named: {said}"
    );
    submitted(&home).await?;
    Ok(())
}

async fn signal(life: &Life, name: &str) -> anyhow::Result<()> {
    let pid = life.pid().context("it is gone")?.to_string();
    let sent = Command::new("kill")
        .args(["-s", name, &pid])
        .status()
        .await?;
    ensure!(sent.success(), "kill -s {name} {pid}: {sent}");
    Ok(())
}

/// The first SIGTERM waits for the open task, the second does not; the task is there afterwards.
async fn told_twice(world: &World, directory: &Path) -> anyhow::Result<()> {
    let (till, _selling) = ledger(&directory.join("ledger"), Duration::from_secs(3600)).await?;
    let sold = format!("[[provider]]\nname = \"till\"\nkind = \"ledger\"\nbase_url = \"{till}\"\n");
    let home = Home::new(&world.binary, directory, &sold)?;
    let mut life = home.start(0, None).await?;
    let task = submitted(&home).await?;
    signal(&life, "TERM").await?;
    // It may have drained already: then there is nobody to tell.
    signal(&life, "TERM").await.unwrap_or_default();
    let _ended: ExitStatus = life.death(GONE).await?;
    ensure!(!life.log().contains("panicked"), "{}", life.last_words());
    let _life = home.start(1, None).await?;
    let after = status(&home, &task).await?;
    ensure!(after == "processing", "afterwards it is {after}");
    Ok(())
}

/// A first start, which prints a key, with its stdout closed.
async fn deaf(world: &World, directory: &Path) -> anyhow::Result<()> {
    let script = directory.join("deaf");
    let binary = world.binary.display();
    std::fs::write(&script, format!("#!/bin/sh\nexec {binary} \"$@\" >&-\n"))?;
    std::fs::set_permissions(&script, Permissions::from_mode(0o700))?;
    let home = Home::new(&script, directory, "")?;
    let _life = home.start(0, None).await?;
    submitted(&home).await?;
    Ok(())
}
