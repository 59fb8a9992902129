//! Forged histories: each breaks one promise, and the checker must name that one. A checker that has
//! never failed proves nothing.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Bought, Credits, Download, History, Shown, Submit, Told, check};
use crate::receiver::Heard;
use framewright_doubles::till::Purchase;

const TASK: &str = "29e983ca-7e86-4017-a9e3-ef6fe9cd5f2a";
const URL: &str = "http://127.0.0.1/files/1.mp4";

fn body(status: &str, percentage: &str) -> Vec<u8> {
    let mut body = json!({ "task_id": TASK, "task_type": "kling-video", "status": status });
    body["percentage"] = json!(percentage);
    if status == "finished" {
        body["video_url"] = json!(URL);
    }
    body.to_string().into_bytes()
}

fn post(id: &str, body: Vec<u8>) -> Heard {
    let headers = BTreeMap::from([("webhook-id".to_owned(), id.to_owned())]);
    Heard {
        path: "hook".into(),
        headers,
        body,
    }
}

fn purchase(job: &str) -> Purchase {
    Purchase {
        job: job.into(),
        key: job.into(),
        body_hash: "00".into(),
        ..Purchase::default()
    }
}

fn attempt(job: &str) -> Bought {
    Bought {
        slots: vec![0],
        upstream_job: Some(job.into()),
    }
}

/// One task that went well in every respect.
fn honest() -> History {
    let end = body("finished", "100");
    let shown = Shown {
        body: end.clone(),
        attempts: vec![attempt("job-1")],
    };
    History {
        submits: vec![Submit {
            idempotency_key: "k".into(),
            tries: vec![Told::Info, Told::Ok { task: TASK.into() }],
            webhook: true,
        }],
        fetched: BTreeMap::from([(TASK.into(), vec![body("processing", "40"), end.clone()])]),
        shown: BTreeMap::from([(TASK.into(), shown)]),
        downloads: vec![Download {
            url: URL.into(),
            status: 200,
            sha256: "aa".into(),
            etag: "aa".into(),
        }],
        heard: vec![
            post("d", body("processing", "40")),
            post("d", end.clone()),
            post("d", end),
        ],
        purchases: vec![purchase("job-1")],
        credits: Credits {
            held: 5,
            captured: 5,
            released: 0,
        },
    }
}

fn rules_broken_by(forge: impl FnOnce(&mut History)) -> Vec<&'static str> {
    let mut history = honest();
    forge(&mut history);
    let mut rules: Vec<_> = check(&history)
        .into_iter()
        .map(|breach| breach.rule)
        .collect();
    rules.dedup();
    rules
}

#[test]
fn an_honest_history_breaks_nothing() {
    assert_eq!(check(&honest()), []);
}

#[test]
fn a_lost_task_is_caught() {
    let broken = rules_broken_by(|history| {
        history.shown.clear();
        history.purchases.clear();
        history.heard.clear();
        history.fetched.clear();
    });
    assert_eq!(broken, ["acknowledged", "webhook"]);
}

#[test]
fn a_replay_that_makes_a_second_task_is_caught() {
    let broken = rules_broken_by(|history| {
        history.submits[0].tries.push(Told::Ok {
            task: "another".into(),
        });
        let shown = history.shown[TASK].clone();
        history.shown.insert("another".into(), shown);
        history.submits[0].webhook = false;
    });
    assert_eq!(broken, ["idempotency"]);
}

#[test]
fn a_task_that_never_ends_is_caught() {
    let broken = rules_broken_by(|history| {
        history.shown.get_mut(TASK).expect("it is there").body = body("processing", "40");
        history.fetched.clear();
        history.heard.truncate(1);
        history.submits[0].webhook = false;
    });
    assert_eq!(broken, ["liveness"]);
}

#[test]
fn an_end_that_changes_is_caught() {
    let broken = rules_broken_by(|history| {
        let bodies = history.fetched.get_mut(TASK).expect("it is there");
        bodies.push(body("failed", "100"));
    });
    assert_eq!(broken, ["terminal"]);
}

#[test]
fn progress_that_falls_is_caught() {
    let broken = rules_broken_by(|history| {
        history
            .fetched
            .get_mut(TASK)
            .expect("it is there")
            .insert(0, body("processing", "50"));
    });
    assert_eq!(broken, ["progress"]);
}

#[test]
fn an_end_that_is_never_posted_is_caught() {
    assert_eq!(
        rules_broken_by(|history| history.heard.truncate(1)),
        ["webhook"]
    );
}

#[test]
fn a_second_delivery_of_one_end_is_caught() {
    let broken = rules_broken_by(|history| history.heard.push(post("e", body("finished", "100"))));
    assert_eq!(broken, ["webhook-id"]);
}

#[test]
fn a_webhook_that_says_something_else_is_caught() {
    let broken = rules_broken_by(|history| {
        for heard in &mut history.heard[1..] {
            heard.body = body("failed", "100");
        }
    });
    assert_eq!(broken, ["one-body"]);
}

#[test]
fn progress_after_the_end_is_caught() {
    let broken = rules_broken_by(|history| history.heard.push(post("d", body("processing", "90"))));
    assert_eq!(broken, ["order"]);
}

#[test]
fn a_file_that_is_not_what_it_was_is_caught() {
    assert_eq!(
        rules_broken_by(|history| history.downloads[0].sha256 = "bb".into()),
        ["files"]
    );
    assert_eq!(
        rules_broken_by(|history| history.downloads.clear()),
        ["files"]
    );
}

#[test]
fn a_slot_bought_twice_is_caught() {
    let broken = rules_broken_by(|history| {
        history.purchases.push(purchase("job-2"));
        let shown = history.shown.get_mut(TASK).expect("it is there");
        shown.attempts.push(attempt("job-2"));
    });
    assert_eq!(broken, ["bought-once"]);
}

#[test]
fn a_purchase_that_nobody_knows_is_caught() {
    let broken = rules_broken_by(|history| history.purchases.push(purchase("job-2")));
    assert_eq!(broken, ["named"]);
}

#[test]
fn a_hold_that_outlives_its_task_is_caught() {
    assert_eq!(
        rules_broken_by(|history| history.credits.captured = 4),
        ["credits"]
    );
}
