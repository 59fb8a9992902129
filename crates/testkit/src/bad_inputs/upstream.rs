//! Upstreams that misbehave at the submit, at the polls and at the download: the server stays up, buys
//! at most once, and the task goes on, ends with a clean reason, or is shown as unknown.

use std::time::Duration;

use anyhow::{bail, ensure};
use serde_json::{Value, json};

use super::case::Case;
use super::fetched::cancel;
use super::vendor::{Counts, Says, Script, done, running, usual};
use super::world::World;

/// Polls come every 200 ms; a download is tried five times with waits that grow from a second.
const ENDS: Duration = Duration::from_secs(60);

/// The shortest deadline that a provider can be given, which is the vendor's, and the looks around it.
const DEADLINE: Duration = Duration::from_secs(90);

/// Between two looks at a task.
const PACE: Duration = Duration::from_millis(100);

/// Routes of the suite's server: which request goes to the vendor, and to one whose name leads nowhere.
const TO_VENDOR: &str = "gen3";
const TO_NOWHERE: &str = "kling-v1";

/// What has to come of a case.
enum End {
    Finished,
    /// With a message for the client.
    Failed,
    /// Shown as unknown, sent once.
    Unknown,
    /// Neither lost nor bought again; it goes on until somebody cancels it.
    GoesOn,
}

struct Plan {
    script: Script,
    end: End,
    /// Which of the routes.
    model: &'static str,
    /// The most that may be sent.
    submits: usize,
}

impl Plan {
    fn new(script: Script, end: End) -> Self {
        Self {
            script,
            end,
            model: TO_VENDOR,
            submits: 1,
        }
    }

    fn submit(says: Says, end: End) -> Self {
        let submits = vec![says];
        Self::new(Script { submits, ..usual() }, end)
    }

    /// Refused once, then taken.
    fn again(says: Says) -> Self {
        let script = usual();
        let submits = [vec![says], script.submits.clone()].concat();
        Self {
            submits: 2,
            ..Self::new(Script { submits, ..script }, End::Finished)
        }
    }

    /// Polls that come before the usual ones.
    fn poll(says: impl Into<Vec<Says>>, end: End) -> Self {
        let script = usual();
        let polls = [says.into(), script.polls.clone()].concat();
        Self::new(Script { polls, ..script }, end)
    }

    /// The one poll that is seen from then on.
    fn polled(says: Says, end: End) -> Self {
        let polls = vec![says];
        Self::new(Script { polls, ..usual() }, end)
    }

    fn download(downloads: Vec<Says>, end: End) -> Self {
        Self::new(
            Script {
                downloads,
                ..usual()
            },
            end,
        )
    }
}

pub(super) async fn act(world: &World, case: &Case) -> anyhow::Result<()> {
    let plan = plan(&case.note)?;
    world.vendor.expect(&case.id, plan.script.clone());
    let task = submit(world, &case.id, plan.model).await?;
    match plan.end {
        End::Finished => ends(world, &task, "finished", ENDS).await?,
        End::Failed => ends(world, &task, "failed", DEADLINE).await?,
        End::Unknown => unknown(world, &task).await?,
        End::GoesOn => goes_on(world, &task, &case.id).await?,
    }
    let counts = world.vendor.counts(&case.id);
    ensure!(
        counts.submits <= plan.submits,
        "sent more often: {counts:?}"
    );
    Ok(())
}

async fn submit(world: &World, name: &str, model: &str) -> anyhow::Result<String> {
    let path = match model {
        TO_VENDOR => "/runway-imagine",
        _ => "/kling-imagine",
    };
    let body = json!({ "prompt": name, "generation_type": "text2video", "model": model });
    world.submit(world.key(), path, &body).await
}

/// The behaviour that a note names.
///
/// # Errors
/// For one that is not in this list.
fn plan(note: &str) -> anyhow::Result<Plan> {
    match note.split_once(": ").unwrap_or_default() {
        ("submit", what) => at_submit(what),
        ("poll", what) => at_poll(what),
        ("result", what) => at_download(what),
        _ => bail!("no behaviour {note:?}"),
    }
}

fn at_submit(what: &str) -> anyhow::Result<Plan> {
    let status = Says::status;
    Ok(match what {
        "200 {}" => Plan::submit(status("200 OK", "{}"), End::Unknown),
        "200 empty body" => Plan::submit(status("200 OK", ""), End::Unknown),
        "200 {\"id\":123}" => Plan::submit(status("200 OK", "{\"id\":123}"), End::Unknown),
        "200 id already used by another task" => {
            Plan::submit(Says::json(&json!({ "id": "UPST-010" })), End::Finished)
        }
        "400 content policy" => {
            let said = json!({ "error": "the prompt breaks the content policy" });
            Plan::submit(status("400 Bad Request", &said.to_string()), End::Failed)
        }
        "403" => Plan::submit(status("403 Forbidden", "{}"), End::Failed),
        "413" => Plan::submit(status("413 Content Too Large", "{}"), End::Failed),
        "429 Retry-After 1" => Plan::again(status("429 Too Many Requests\r\nRetry-After: 1", "{}")),
        "429 Retry-After garbage" => {
            Plan::again(status("429 Too Many Requests\r\nRetry-After: soon", "{}"))
        }
        "503 Retry-After" => Plan::again(status("503 Service Unavailable\r\nRetry-After: 1", "{}")),
        "RST after the body is sent (accepted)" => Plan::submit(Says::Resets, End::Unknown),
        "DNS fails" => Plan {
            model: TO_NOWHERE,
            submits: 0,
            ..Plan::new(usual(), End::GoesOn)
        },
        "10 GiB body" => Plan::submit(endless("200 OK", 10 << 30, 64), End::Unknown),
        other => bail!("no behaviour {other:?}"),
    })
}

fn at_poll(what: &str) -> anyhow::Result<Plan> {
    let says = |text: &str| Says::status("200 OK", text);
    Ok(match what {
        "status absent" => Plan::poll([says("{\"id\":\"{job}\"}")], End::Finished),
        "progress goes backwards" => Plan::poll([running(0.9), running(0.2)], End::Finished),
        "done with no URL" => Plan::polled(
            Says::json(&json!({ "id": "{job}", "createdAt": "2026-11-01T00:00:00Z",
                "status": "SUCCEEDED", "output": [] })),
            End::Failed,
        ),
        "done with http://169.254.169.254/" => {
            Plan::polled(done("http://169.254.169.254/"), End::Failed)
        }
        "404 at once after accept, then found (read-your-write lag)" => {
            Plan::poll([Says::status("404 Not Found", "{}")], End::Finished)
        }
        "429 for 1 h" => Plan::polled(
            Says::status("429 Too Many Requests\r\nRetry-After: 3600", "{}"),
            End::GoesOn,
        ),
        "answers for another task's id" => {
            Plan::poll([says(&done_of("another").to_string())], End::Finished)
        }
        "deep JSON 100,000" => Plan::poll([says(&"[".repeat(100_000))], End::Finished),
        "never leaves processing (deadline)" => Plan::polled(running(0.1), End::Failed),
        other => bail!("no behaviour {other:?}"),
    })
}

fn done_of(job: &str) -> Value {
    json!({ "id": job, "createdAt": "2026-11-01T00:00:00Z", "status": "SUCCEEDED",
        "output": ["http://169.254.169.254/"] })
}

fn at_download(what: &str) -> anyhow::Result<Plan> {
    let video = |head, half| Says::Video { head, half };
    Ok(match what {
        "HTML instead of MP4" => Plan::download(
            vec![Says::Text(super::lies::whole(
                "200 OK\r\nContent-Type: text/html",
                "<!doctype html><title>no video</title>",
            ))],
            End::Failed,
        ),
        "20 GiB" => Plan::download(vec![endless("200 OK", 20 << 30, 64)], End::Failed),
        "resets at 50%, Range ignored" => {
            let broken = video("200 OK\r\nContent-Type: video/mp4", true);
            Plan::download([vec![broken], usual().downloads].concat(), End::Finished)
        }
        "wrong Content-Type" => {
            let named = video("200 OK\r\nContent-Type: text/plain", false);
            Plan::download(vec![named], End::Finished)
        }
        other => bail!("no behaviour {other:?}"),
    })
}

/// A body that says how long it is and of which so much is there to be taken.
fn endless(status: &str, bytes: u64, mebibytes: usize) -> Says {
    let head = format!("{status}\r\nContent-Length: {bytes}");
    Says::Pours { head, mebibytes }
}

async fn ends(world: &World, task: &str, status: &str, within: Duration) -> anyhow::Result<()> {
    let end = never_back(world, task, within).await?;
    ensure!(end["status"] == status, "ended so: {end}");
    if status == "failed" {
        let message = end["message"].as_str().unwrap_or_default();
        ensure!(
            !message.is_empty() && end["error"] == message,
            "no reason: {end}"
        );
        for inner in ["169.254", "127.8.8.8", "os error", "::"] {
            ensure!(!message.contains(inner), "not for a client: {message}");
        }
    }
    Ok(())
}

/// Waits for the end; the percentage never falls on the way.
async fn never_back(world: &World, task: &str, within: Duration) -> anyhow::Result<Value> {
    let watch = async {
        let mut pace = tokio::time::interval(PACE);
        let mut highest = 0;
        loop {
            pace.tick().await;
            let body = world.fetch(task).await?;
            if body["status"] != "processing" {
                return anyhow::Ok(body);
            }
            let shown = body["percentage"].as_str().unwrap_or_default().parse()?;
            ensure!(shown >= highest, "fell from {highest} to {shown}");
            highest = shown;
        }
    };
    match tokio::time::timeout(within, watch).await {
        Ok(end) => end,
        Err(_) => bail!("no end within {within:?}"),
    }
}

/// The request may have been taken: shown so, and not sent again.
async fn unknown(world: &World, task: &str) -> anyhow::Result<()> {
    let watch = async {
        let mut pace = tokio::time::interval(PACE);
        loop {
            pace.tick().await;
            let detail = world.detail(task).await?;
            let attempts = detail["attempts"].as_array().map_or(&[][..], Vec::as_slice);
            if attempts
                .iter()
                .any(|attempt| attempt["status"] == "unknown")
            {
                ensure!(attempts.len() == 1, "another attempt: {detail}");
                return anyhow::Ok(());
            }
        }
    };
    match tokio::time::timeout(ENDS, watch).await {
        Ok(seen) => seen,
        Err(_) => bail!("not shown as unknown: {}", world.detail(task).await?),
    }
}

/// Trouble on the way is not the task's: it stays until its client has enough of it.
async fn goes_on(world: &World, task: &str, name: &str) -> anyhow::Result<()> {
    let met = |counts: Counts| counts.polls > 0;
    let watch = async {
        let mut pace = tokio::time::interval(PACE);
        for _ in 0..20 {
            pace.tick().await;
            let body = world.fetch(task).await?;
            ensure!(body["status"] == "processing", "given up: {body}");
            if met(world.vendor.counts(name)) {
                break;
            }
        }
        anyhow::Ok(())
    };
    watch.await?;
    let answer = cancel(world, task).await?;
    ensure!(answer.status == 200, "cancel: {}", answer.text());
    let end = world.until_ended(task, ENDS).await?;
    ensure!(end["status"] == "failed", "ended so: {end}");
    Ok(())
}
