//! A purchase whose answer was lost for good, told by its operator on the command line beside the
//! running server: what the server then shows, and what it goes on showing as before.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use tokio::process::Command;

use super::cycles::{SHORTEN, config};
use super::judge::Seller;
use crate::crash::cycles::Till;
use crate::crash::process::{Home, KEY};
use crate::http;

/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);

/// What is waited for comes within this.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was seen, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Lines of `attempts list --unknown --json` before and after.
    pub unknown: (Vec<Value>, Vec<Value>),
    /// Bodies of /fetch before and after.
    pub fetched: (Value, Value),
    /// `GET /tasks/{id}` after.
    pub detail: Value,
    /// How the link of the late output answers.
    pub file: u16,
}

/// Loses the answer to one purchase, waits until its task has failed, and settles it with the job's
/// name from the vendor's book.
///
/// # Errors
/// When something that is waited for does not come.
pub async fn settle(server: &Path, ledger: &Path, seller: &'static Seller) -> anyhow::Result<Seen> {
    let directory = tempfile::tempdir()?;
    let till = Till::open(ledger, directory.path(), seller.name).await?;
    let armed = http::client().post(format!("{}/faults", till.url));
    let arm = json!({ "fault": "reset-after", "times": 1 });
    armed.json(&arm).send().await?.error_for_status()?;
    let config = config(std::slice::from_ref(seller), |_| till.url.clone());
    let mut home = Home::new(server, directory.path(), &config)?;
    home.shorten = Some(SHORTEN);
    let _life = home.start(0, None).await?;
    let asked = json!({
        "model": format!("sold-by-{}", seller.name),
        "prompt": "a cat", "generation_type": "text2video",
    });
    let task = post(&home, "/kling-imagine", &asked).await?["task_id"].clone();
    let id = task.as_str().context("the task's id")?;
    let this = json!({ "task_id": id });
    let failed = until(
        || post(&home, "/fetch", &this),
        |body| body["status"] == "failed",
    );
    let failed = failed.await?;
    let before = lines(&attempts(&home, &["list", "--unknown", "--json"]).await?)?;
    let lost = before.first().context("nothing is listed as unknown")?;
    let attempt = lost["id"].as_str().context("the attempt's id")?;
    let sold = framewright_doubles::till::read(&till.book)?;
    let job = &sold.first().context("nothing was sold")?.job;
    attempts(&home, &["settle", attempt, "--job", job]).await?;
    let path = format!("/tasks/{id}");
    let kept = until(
        || get(&home, &path),
        |detail| {
            detail["late_outputs"]
                .as_array()
                .is_some_and(|late| !late.is_empty())
        },
    );
    let detail = kept.await?;
    let url = detail["late_outputs"][0]["url"]
        .as_str()
        .context("its link")?;
    let file = http::client().get(url).send().await?.status().as_u16();
    Ok(Seen {
        file,
        fetched: (failed, post(&home, "/fetch", &this).await?),
        detail,
        unknown: (
            before,
            lines(&attempts(&home, &["list", "--unknown", "--json"]).await?)?,
        ),
    })
}

/// Asks again and again until the answer is as wanted.
async fn until<F>(ask: impl Fn() -> F, wanted: impl Fn(&Value) -> bool) -> anyhow::Result<Value>
where
    F: Future<Output = anyhow::Result<Value>>,
{
    let asking = async {
        let mut looks = tokio::time::interval(LOOK);
        loop {
            looks.tick().await;
            let answer = ask().await?;
            if wanted(&answer) {
                return Ok(answer);
            }
        }
    };
    tokio::time::timeout(PATIENCE, asking)
        .await
        .context("it did not come to that")?
}

async fn post(home: &Home, path: &str, body: &Value) -> anyhow::Result<Value> {
    let request = http::client()
        .post(home.url(path))
        .header("Authorization", KEY);
    Ok(request.json(body).send().await?.json().await?)
}

async fn get(home: &Home, path: &str) -> anyhow::Result<Value> {
    let request = http::client()
        .get(home.url(path))
        .header("Authorization", KEY);
    Ok(request.send().await?.json().await?)
}

/// Runs the command `attempts` beside the server, and gives its output.
async fn attempts(home: &Home, arguments: &[&str]) -> anyhow::Result<String> {
    let mut command = Command::new(&home.binary);
    command.arg("attempts").arg("--data").arg(home.data());
    let ran = command.args(arguments).output().await?;
    if !ran.status.success() {
        bail!("{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
    }
    Ok(String::from_utf8(ran.stdout)?)
}

fn lines(text: &str) -> anyhow::Result<Vec<Value>> {
    let lines = text.lines().map(|line| Ok(serde_json::from_str(line)?));
    lines.collect()
}
