//! A render at which the process dies again and again: after the third death its task fails and says
//! why, instead of taking every next process down with it.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::process::{Serving, command, data};

pub const KEY: &str = "quarantine-test-key-0123456789";

/// Longer than any start and render takes; only a hang runs into it.
const PATIENCE: Duration = Duration::from_secs(120);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(5);

/// Looks until there is something to see.
pub fn until<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(begun.elapsed() < PATIENCE, "{what} did not happen");
        thread::sleep(PAUSE);
    }
}

pub fn post(serving: &Serving, path: &str, body: &Value) -> Value {
    let body = body.to_string();
    let answer = serving.ask(&format!(
        "POST {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nAuthorization: {KEY}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    serde_json::from_str(body).expect("JSON")
}

#[test]
fn a_render_that_takes_three_processes_with_it_fails_its_task() {
    let data = data();
    let start = || {
        let mut serve = command(data.path());
        Serving::start(serve.arg("serve").env("FRAMEWRIGHT_BOOTSTRAP_KEY", KEY))
    };
    // How often a render has begun: the one task's marker has a byte for each time.
    let begun = || {
        let scratch = fs::read_dir(data.path().join("scratch/preview")).ok()?;
        let mut files = scratch.filter_map(Result::ok);
        let marker = files.find(|file| file.path().extension().is_some_and(|e| e == "started"))?;
        Some(marker.metadata().ok()?.len())
    };
    let mut task = None;
    for death in 1..=3 {
        let serving = start();
        // The longest and largest video, so that it is still being drawn when the process dies.
        let body = json!({
            "prompt": "the sea", "model": "wan2.6", "duration": 15, "resolution": "1080P",
        });
        let task = task.get_or_insert_with(|| post(&serving, "/wan-imagine", &body));
        assert!(task["task_id"].is_string(), "{task}");
        until("a render", || begun().filter(|starts| *starts == death));
        serving.signal("-KILL");
        assert_eq!(serving.end().0, None, "killed");
    }
    let serving = start();
    let wish = json!({ "task_id": task.expect("submitted")["task_id"] });
    let end = until("the end of the task", || {
        let seen = post(&serving, "/fetch", &wish);
        (seen["status"] != "processing").then_some(seen)
    });
    assert_eq!(end["status"], "failed", "{end}");
    let message = end["message"].as_str().expect("text");
    assert!(message.contains("three times"), "{message}");
    assert_eq!(begun(), Some(3), "it was not begun a fourth time");
}
