//! Processes that share the work over one PostgreSQL: one answers clients, one makes the videos.

use std::{path::Path, process::Command};

use framewright_store::scratch;
use secrecy::ExposeSecret as _;
use serde_json::json;
use tempfile::TempDir;

use crate::process::{Serving, command, data};
use crate::quarantine::{KEY, post, until};

/// A database and a directory of blobs that several nodes see.
pub struct Cluster {
    database: String,
    blobs: TempDir,
}

impl Cluster {
    /// None where the environment names no PostgreSQL.
    pub async fn new() -> Option<Self> {
        let database = scratch::database("cluster").await?;
        Some(Self {
            database: database.expose_secret().to_owned(),
            blobs: data(),
        })
    }

    /// A command of the binary as a node of this cluster.
    pub fn node(&self, own: &Path, arguments: &[&str]) -> Command {
        let mut node = command(own);
        node.args(arguments)
            .env("FRAMEWRIGHT_DATABASE", &self.database)
            .env("FRAMEWRIGHT_BLOBS", self.blobs.path())
            .env("FRAMEWRIGHT_BLOBS_SHARED", "true")
            .env("FRAMEWRIGHT_PUBLIC_URL", "http://127.0.0.1:1")
            .env("FRAMEWRIGHT_MASTER_KEY", scratch::MASTER_KEY)
            .env("FRAMEWRIGHT_BOOTSTRAP_KEY", KEY);
        node
    }
}

fn get(serving: &Serving, path: &str) -> String {
    serving.ask(&format!("GET {path} HTTP/1.0\r\n\r\n"))
}

#[test]
fn half_a_server_over_sqlite_is_refused_with_the_reason() {
    for role in ["api", "worker"] {
        let data = data();
        let refused = command(data.path())
            .args(["serve", "--role", role])
            .output();
        let refused = refused.expect("the binary runs");
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(1), "{said}");
        let reasons = [role, "one process holds the data directory", "PostgreSQL"];
        assert!(reasons.iter().all(|reason| said.contains(reason)), "{said}");
    }
}

#[tokio::test]
async fn what_an_api_node_takes_in_a_worker_makes() {
    let Some(cluster) = Cluster::new().await else {
        return;
    };
    let (front, back) = (data(), data());
    let mut api = cluster.node(front.path(), &["serve"]);
    let api = Serving::start(api.env("FRAMEWRIGHT_ROLE", "api"));
    let order = json!({
        "model": "wan2.6", "duration": 2, "resolution": "720P", "prompt": "a calm lake",
    });
    let task = post(&api, "/wan-imagine", &order);
    // Its next look at the store is many looks for work later, had it any.
    until("a look of the API node", || {
        get(&api, "/metrics")
            .contains("open_tasks{status=\"queued\"} 1")
            .then_some(())
    });
    assert!(get(&api, "/ready").contains("\"role\":\"api\""));

    let worker = Serving::start(&mut cluster.node(back.path(), &["serve", "--role", "worker"]));
    let wish = json!({ "task_id": task["task_id"] });
    let end = until("the end of the task", || {
        let seen = post(&api, "/fetch", &wish);
        (seen["status"] != "processing").then_some(seen)
    });
    assert_eq!(end["status"], "finished", "{end}");
    let made = "tasks_moved_total{status=\"finished\"} 1";
    until("the worker's count", || {
        get(&worker, "/metrics").contains(made).then_some(())
    });
    assert!(!get(&api, "/metrics").contains("tasks_moved_total{"));
    let link = end["video_url"].as_str().expect("a link");
    let path = link
        .strip_prefix("http://127.0.0.1:1")
        .expect("the public URL");
    let file = api.ask(&format!("HEAD {path} HTTP/1.0\r\n\r\n"));
    assert!(file.starts_with("HTTP/1.0 200"), "{file}");

    let ready = get(&worker, "/ready");
    assert!(
        ready.starts_with("HTTP/1.0 200") && ready.contains("\"role\":\"worker\""),
        "{ready}"
    );
    assert!(get(&worker, "/health").starts_with("HTTP/1.0 200"));
    let refused = post(&worker, "/wan-imagine", &order).to_string();
    assert!(refused.contains("answers no clients"), "{refused}");
    let callback = "POST /callbacks/preview/none HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}";
    assert!(worker.ask(callback).contains("no job waits"));
    for node in [api, worker] {
        node.signal("-TERM");
        assert_eq!(node.end().0, Some(0));
    }
}
