//! The hostile requests of `testkit/data/bad_inputs.jsonl` that are one request each, against the
//! router: the status expected, the shape of the answer, and no task unless it is a 200. Those that
//! need a socket, a second server or several steps run against the real server.

use std::collections::BTreeSet;
use std::io::Read;

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use framewright_store::{NewKey, Scopes};
use http::{HeaderValue, Request};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::stage::{Answer, KEY, Stage, account_with_key};
use crate::wire::{finish, imagine, kling};

const CASES: &str = include_str!("../../../testkit/data/bad_inputs.jsonl");

/// Categories with cases of one plain request.
const CATEGORIES: [&str; 13] = [
    "REQ", "TYPE", "ENUM", "NUM", "LEN", "TEXT", "CROSS", "ID", "URL", "HOOK", "AUTH", "CT", "JSON",
];

/// Refused by a rule between two fields (wan2.5 takes 5 or 10 seconds, the others 2 to 15), which the
/// schema of a single field cannot say. By id of the case.
const SCHEMA_TAKES: [&str; 2] = ["NUM-028", "NUM-031"];

/// What stands for the placeholders of the cases.
struct Cast {
    finished_task: String,
    kling_task: String,
    deleted_task: String,
    suspended: String,
    revoked: String,
}

#[tokio::test]
async fn every_bad_input_of_one_request_is_answered_as_expected() {
    let stage = Stage::new().await;
    let cast = cast(&stage).await;
    let mut wrong = Vec::new();
    let mut ran = 0;
    for case in cases() {
        let Some(request) = request(&case, &cast) else {
            continue;
        };
        let before = stage.count().await;
        let answer = stage.send(request).await;
        let made = stage.count().await - before;
        ran += 1;
        if let Some(why) = fault(&case, &answer, made) {
            wrong.push(format!("{} {}: {why}", case["id"], case["note"]));
        }
        // Guesses are limited per address; the limit has a test of its own.
        stage.clock.advance(1_000);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(ran, 365, "cases are left out");
}

#[tokio::test]
async fn what_a_field_alone_makes_wrong_is_refused_by_the_schema_too() {
    let stage = Stage::new().await;
    let cast = cast(&stage).await;
    let (mut taken, mut refused_good) = (BTreeSet::new(), Vec::new());
    for case in cases() {
        let category = case["cat"].as_str().unwrap_or_default();
        let id = case["id"].as_str().unwrap_or_default().to_owned();
        let body = fill(&String::from_utf8_lossy(&bytes(&case)), &cast);
        let Ok(body) = serde_json::from_str::<Value>(&body) else {
            continue;
        };
        let path = case["path"].as_str().unwrap_or_default();
        if !["REQ", "TYPE", "ENUM", "NUM"].contains(&category) {
            continue;
        }
        let takes = stage.document().takes(path, &body);
        match case["expect"].as_str() {
            Some("400") if takes => {
                taken.insert(id);
            }
            Some("200") if !takes => refused_good.push(id),
            _ => {}
        }
    }
    assert_eq!(refused_good, Vec::<String>::new());
    assert_eq!(taken, SCHEMA_TAKES.map(str::to_owned).into());
}

fn cases() -> impl Iterator<Item = Value> {
    CASES
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is a case"))
}

/// Tasks, keys and accounts that cases speak of.
async fn cast(stage: &Stage) -> Cast {
    let finished = stage.submit("/imagine-video", &imagine()).await;
    finish(stage, &finished, 4, 5_000).await;
    let kling_task = stage
        .submit("/kling-imagine", &kling(&serde_json::json!({})))
        .await;
    finish(stage, &kling_task, 1, 5_000).await;
    let deleted = stage.submit("/imagine-video", &imagine()).await;
    finish(stage, &deleted, 4, 5_000).await;
    let gone = stage
        .store
        .delete(&stage.account, &deleted, crate::stage::START)
        .await;
    assert_eq!(
        gone.expect("the store can be written"),
        framewright_store::Deleted::Gone
    );
    let suspended = "key-of-a-suspended-account".to_owned();
    let (account, _) = account_with_key(&stage.store, "suspended", &suspended).await;
    stage
        .store
        .set_suspended(&account, true)
        .await
        .expect("the store can be written");
    Cast {
        finished_task: finished.to_string(),
        kling_task: kling_task.to_string(),
        deleted_task: deleted.to_string(),
        suspended,
        revoked: revoked_key(stage).await,
    }
}

async fn revoked_key(stage: &Stage) -> String {
    let new = NewKey {
        account: stage.account.clone(),
        label: "revoked".to_owned(),
        scopes: Scopes::CLIENT,
    };
    let (id, key): (_, SecretString) = stage
        .store
        .create_key(&new)
        .await
        .expect("the store can be written");
    assert!(
        stage
            .store
            .revoke_key(&id)
            .await
            .expect("the store can be written")
    );
    key.expose_secret().to_owned()
}

/// The case as a request; none for what is not one plain request.
fn request(case: &Value, cast: &Cast) -> Option<Request<Body>> {
    let category = case["cat"].as_str()?;
    let plain = matches!(case["how"].as_str(), Some("json" | "raw"));
    if !CATEGORIES.contains(&category) || !plain {
        return None;
    }
    let text = bytes(case);
    // Placeholders stand in text only; other bytes are sent as they are.
    let body = match String::from_utf8(text.clone()) {
        Ok(text) => fill(&text, cast).into_bytes(),
        Err(_) => text,
    };
    let mut request = Request::builder()
        .method(case["method"].as_str()?)
        .uri(fill(case["path"].as_str()?, cast))
        .header("host", "video.example");
    for (name, value) in headers(case) {
        let value = HeaderValue::from_bytes(fill(&value, cast).as_bytes()).ok()?;
        request = request.header(name, value);
    }
    request.body(Body::from(body)).ok()
}

/// Those of the case; without any, the key and the JSON type.
fn headers(case: &Value) -> Vec<(String, String)> {
    let given = match case["headers_gz_b64"].as_str() {
        Some(packed) => serde_json::from_slice(&unpack(packed)).expect("they are JSON"),
        None => case["headers"].clone(),
    };
    match given.as_object() {
        Some(given) => given
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect(),
        None => vec![
            ("Authorization".to_owned(), KEY.to_owned()),
            ("Content-Type".to_owned(), "application/json".to_owned()),
        ],
    }
}

fn bytes(case: &Value) -> Vec<u8> {
    if let Some(packed) = case["body_gz_b64"].as_str() {
        return unpack(packed);
    }
    match case["body_b64"].as_str() {
        Some(text) => STANDARD.decode(text).expect("it is base64"),
        None => case["body"].to_string().into_bytes(),
    }
}

fn unpack(packed: &str) -> Vec<u8> {
    let packed = STANDARD.decode(packed).expect("it is base64");
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(&packed[..])
        .read_to_end(&mut text)
        .expect("it is gzip");
    text
}

fn fill(text: &str, cast: &Cast) -> String {
    let other_case: String = KEY
        .chars()
        .map(|c| {
            if c.is_ascii_lowercase() {
                c.to_ascii_uppercase()
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect();
    let parts = [
        ("{{key}}", KEY),
        ("{{KEY_OTHER_CASE}}", other_case.as_str()),
        ("{{finished_task}}", cast.finished_task.as_str()),
        ("{{kling_task}}", cast.kling_task.as_str()),
        ("{{deleted_task}}", cast.deleted_task.as_str()),
        ("{{unknown_uuid}}", "29e983ca-7e86-4017-a9e3-ef6fe9cd5f2a"),
        ("{{key_of_suspended}}", cast.suspended.as_str()),
        ("{{revoked}}", cast.revoked.as_str()),
        ("{{self}}", "http://video.example"),
        ("{{sink}}", "http://127.0.0.1:9"),
    ];
    parts.iter().fold(text.to_owned(), |text, (name, value)| {
        text.replace(name, value)
    })
}

/// What is wrong with the answer.
fn fault(case: &Value, answer: &Answer, made: usize) -> Option<String> {
    let status = answer.status.as_u16();
    let expect = case["expect"].as_str().unwrap_or_default();
    let as_expected = match expect {
        "4xx" => (400..500).contains(&status),
        // Whether a connection is made is seen with the real server.
        "never5xx" | "no-connect" => status < 500,
        exact => exact == answer.status.as_str(),
    };
    if !as_expected {
        return Some(format!("{status} instead of {expect}: {}", answer.text()));
    }
    let shaped = match status {
        400 => !answer.messages().is_empty() && answer.messages().iter().all(|msg| !msg.is_empty()),
        401 => &answer.body[..] == b"{}",
        _ => true,
    };
    if !shaped {
        return Some(format!("the body is {}", answer.text()));
    }
    let may_make = status == 200 && case["path"].as_str() != Some("/fetch");
    (made != usize::from(may_make)).then(|| format!("{made} tasks were made"))
}
