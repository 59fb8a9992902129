//! Deaths that no load leads to: in a migration (`K20`), and in retention, between the rows of a task
//! and its files (`K19`).

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::json;

use super::asking;
use super::cycles::{FIRES, Till};
use super::gather;
use super::process::Home;

/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);

/// Retention looks every minute; a sixtieth of it here.
const SHORTEN: u32 = 60;

/// Tasks that are made old.
const OLD: usize = 6;

/// Dies in every migration in turn, each time in a new directory, and starts again. Returns how many
/// there were.
///
/// # Errors
/// When a life after such a death is not ready, or its database is not whole.
pub async fn migrations(server: &Path, config: &str) -> anyhow::Result<usize> {
    for number in 1.. {
        let directory = tempfile::tempdir()?;
        let home = Home::new(server, directory.path(), config)?;
        let mut life = home.start(0, Some(&format!("K20:{number}"))).await?;
        if life.fired().is_none() {
            return Ok(number - 1);
        }
        life.death(FIRES).await?;
        let _next = home.start(1, None).await?;
        let whole = gather::integrity(&home)?;
        if whole != "ok" {
            bail!("migration {number} left a broken database: {whole}");
        }
    }
    bail!("there is no end of migrations")
}

/// What was left of old tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// How many of them /fetch still knew when the server had died in the midst of retention.
    pub known_after_death: usize,
    /// Files of theirs that were there then.
    pub files_after_death: usize,
    /// Tasks known and files there once the next life had gone through retention and its sweep.
    pub in_the_end: (usize, usize),
}

/// Makes tasks, makes them old between two lives, and dies after the rows of one are gone and before
/// its files are.
///
/// # Errors
/// When something that is waited for does not come.
pub async fn retention(server: &Path, ledger: &Path, config: &str) -> anyhow::Result<Left> {
    let directory = tempfile::tempdir()?;
    let till = Till::open(ledger, directory.path(), "job").await?;
    let mut home = Home::new(
        server,
        directory.path(),
        &config.replace("{ledger}", &till.url),
    )?;
    home.shorten = Some(SHORTEN);
    let mut life = home.start(0, None).await?;
    let tasks = finished(&home).await?;
    life.kill().await?;
    grow_old(&home)?;
    let mut life = home.start(1, Some("K19:1")).await?;
    life.death(FIRES).await?;
    life.fired().context("it died of something else")?;
    let _life = home.start(2, None).await?;
    let known_after_death = known(&home, &tasks).await;
    let files_after_death = files(&home)?;
    let gone = async {
        let mut looks = tokio::time::interval(LOOK);
        loop {
            looks.tick().await;
            let left = (known(&home, &tasks).await, files(&home)?);
            if left == (0, 0) {
                return anyhow::Ok(left);
            }
        }
    };
    let in_the_end = match tokio::time::timeout(FIRES, gone).await {
        Ok(left) => left?,
        Err(_) => (known(&home, &tasks).await, files(&home)?),
    };
    Ok(Left {
        known_after_death,
        files_after_death,
        in_the_end,
    })
}

/// Tasks that have finished.
async fn finished(home: &Home) -> anyhow::Result<Vec<String>> {
    let mut tasks = Vec::new();
    for _ in 0..OLD {
        tasks.push(asking::one(home).await?);
    }
    Ok(tasks)
}

/// As if a month had gone by: their time is over, and so are the files' ages, by which the sweep tells
/// what is on its way from what was left behind.
fn grow_old(home: &Home) -> anyhow::Result<()> {
    let file = rusqlite::Connection::open(home.data().join("framewright.db"))?;
    let month = 30 * 24 * 3_600_000_i64;
    file.execute(
        "UPDATE tasks SET expires = expires - ?1, finished = finished - ?1, created = created - ?1",
        [month],
    )?;
    let then = std::fs::FileTimes::new().set_modified(std::time::UNIX_EPOCH);
    for path in videos(home)? {
        std::fs::File::options()
            .write(true)
            .open(path)?
            .set_times(then)?;
    }
    Ok(())
}

async fn known(home: &Home, tasks: &[String]) -> usize {
    let mut known = 0;
    for task in tasks {
        let (_, body) = asking::post(home, "/fetch", &json!({ "task_id": task })).await;
        known += usize::from(body["status"] == "finished");
    }
    known
}

fn files(home: &Home) -> anyhow::Result<usize> {
    Ok(videos(home)?.len())
}

/// Every video below the data directory.
fn videos(home: &Home) -> anyhow::Result<Vec<std::path::PathBuf>> {
    let mut found = Vec::new();
    let mut left = vec![home.data()];
    while let Some(directory) = left.pop() {
        for entry in std::fs::read_dir(directory)? {
            let path = entry?.path();
            match path.is_dir() {
                true => left.push(path),
                false if path.extension().is_some_and(|end| end == "mp4") => found.push(path),
                false => {}
            }
        }
    }
    Ok(found)
}
