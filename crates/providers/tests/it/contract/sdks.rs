//! What we send next to what the vendors' own SDKs sent for the same input. Their requests are recorded
//! by the stage `sdks` of `./test`; ours must have nothing that theirs has not.

use std::collections::BTreeMap;
use std::path::Path;

use framewright_doubles::script::Step;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::fixture::{Alike, Case, Fixture};
use crate::fixtures;
use crate::stage::{SUBMIT_KEY, Stage};

/// One recorded request.
#[derive(Deserialize)]
struct Recorded {
    path: String,
    #[serde(default)]
    body: Value,
}

#[tokio::test]
async fn nothing_is_sent_that_the_vendors_own_sdk_does_not_send() {
    let mut compared = 0;
    for fixture in &fixtures::all() {
        let stage = Stage::of(fixture).await;
        // What a recorded extend continues.
        let first = stage.buy(&*stage.provider(), 0).await;
        assert!(first.is_ok(), "{}: {first:?}", fixture.kind);
        let mut n = 0;
        for (name, recording) in recordings(fixture) {
            let alike = alike(fixture);
            let calls: Vec<_> = recording
                .iter()
                .filter_map(|(call, recorded)| {
                    let alike = alike.iter().find(|alike| alike.call == call)?;
                    Some((alike, recorded))
                })
                .collect();
            assert!(!calls.is_empty(), "{name}: no call of it is in the fixture");
            for (alike, recorded) in &calls {
                n += 1;
                compare(&stage, alike, recorded, n).await;
            }
            compared += calls.len();
        }
    }
    assert!(compared > 0, "there are no recordings");
}

/// What is known to be the same input as a recorded call: cases by their names, and those beside.
fn alike(fixture: &Fixture) -> Vec<Alike> {
    let cases = fixture.cases.iter().map(|case| Alike {
        upstream_model: case.upstream_model,
        parent: case.parent,
        ..Alike::new(case.name, case.spec.clone())
    });
    let beside = fixture.sdk.iter().map(|alike| Alike {
        spec: alike.spec.clone(),
        ..*alike
    });
    beside.chain(cases).collect()
}

/// Buys as the recorded call did, with submit key number `n`, 1 to 9: a vendor may take each key once.
async fn compare(stage: &Stage<'_>, alike: &Alike, recorded: &Recorded, n: u8) {
    let what = format!("{}, {}", stage.fixture.kind, alike.call);
    let case = Case {
        upstream_model: alike.upstream_model,
        parent: alike.parent,
        ..Case::new(alike.call, alike.spec.clone(), "", Value::Null)
    };
    let provider = stage.provider();
    let prepared = stage.prepare(&*provider, &case).await;
    let prepared = prepared.unwrap_or_else(|error| panic!("{what}: {error}"));
    let taken = stage.submit(&*provider, &case, &prepared, n).await;
    assert!(taken.is_ok(), "{what}: {taken:?}");
    let sent = stage.newest(Step::Submit);
    assert_eq!(
        without_query(&sent.path),
        without_query(&recorded.path),
        "{what}"
    );
    let (ours, theirs) = (&sent.body, &recorded.body);
    assert!(
        is_within(ours, theirs),
        "{what}: we sent {ours:#}, the SDK {theirs:#}"
    );
}

/// The recordings that a fixture names, by file.
fn recordings(fixture: &Fixture) -> BTreeMap<String, BTreeMap<String, Recorded>> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../clients/sdks/golden");
    let files = std::fs::read_dir(&dir).expect("the recordings are in the tree");
    let mut found = BTreeMap::new();
    for file in files {
        let path = file.expect("it can be read").path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let begins = |word: &str| name.starts_with(&format!("{word}_"));
        if fixture.recordings.iter().any(|word| begins(word)) {
            let text = std::fs::read_to_string(&path).expect("it can be read");
            let calls = serde_json::from_str(&text);
            found.insert(
                name.clone(),
                calls.unwrap_or_else(|error| panic!("{name}: {error}")),
            );
        }
    }
    found
}

/// A callback's address is ours to choose.
fn without_query(path: &str) -> &str {
    path.split('?').next().unwrap_or_default()
}

fn is_within(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => ours.iter().all(|(name, ours)| {
            theirs
                .get(name)
                .is_some_and(|theirs| is_within(ours, theirs))
        }),
        (Value::Array(ours), Value::Array(theirs)) => {
            let mut pairs = ours.iter().zip(theirs);
            ours.len() == theirs.len() && pairs.all(|(ours, theirs)| is_within(ours, theirs))
        }
        (Value::String(text), Value::String(_)) if is_medium(text) || is_ours(text) => true,
        (Value::Number(ours), Value::Number(theirs)) => ours.as_f64() == theirs.as_f64(),
        _ => ours == theirs,
    }
}

/// Where an SDK passes a URL on, we may send the input itself or where it was uploaded.
fn is_medium(text: &str) -> bool {
    let base64 = ["c3RhcnQ=", "ZW5k", "dmlkZW8=", "YXVkaW8=", "cGFyZW50"];
    let stored = ["data:", "oss://", "runway://", "https://"];
    base64.contains(&text) || stored.iter().any(|scheme| text.starts_with(scheme))
}

/// An id that the vendor lets its client choose.
fn is_ours(text: &str) -> bool {
    text.starts_with(&SUBMIT_KEY[..SUBMIT_KEY.len() - 1])
}

#[test]
fn a_request_with_more_in_it_than_the_sdks_is_noticed() {
    let theirs = json!({"a": {"b": [1, 2]}, "c": "x", "image": "https://a.example/a.png"});
    for (ours, within) in [
        (json!({"a": {"b": [1.0, 2]}}), true),
        (json!({"image": "data:image/png;base64,c3RhcnQ="}), true),
        (json!({"a": {"b": [1]}}), false),
        (json!({"c": "y"}), false),
        (json!({"d": null}), false),
    ] {
        assert_eq!(is_within(&ours, &theirs), within, "{ours}");
    }
}
