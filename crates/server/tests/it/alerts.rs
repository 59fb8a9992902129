//! Alerts that name a metric which nobody exposes never ring: each name in the rules is asked of a
//! running server.

use std::collections::BTreeSet;

use serde_json::json;

use crate::app::TestApp;

const RULES: &str = include_str!("../../../../deploy/alerts.yaml");

const MANUAL: &str = include_str!("../../../../docs/operations.md");

/// The names of metrics in a text, as they are written there.
fn named(text: &str) -> BTreeSet<&str> {
    let part = |byte: char| byte.is_ascii_lowercase() || byte == '_';
    text.split(|byte| !part(byte))
        .filter(|word| word.starts_with("framewright_"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_that_an_alert_or_the_manual_names_is_exposed() {
    let app = TestApp::start().await;
    let short =
        json!({ "model": "wan2.6", "duration": 2, "resolution": "720P", "prompt": "a lake" });
    let id = app.submit("/wan-imagine", &short).await;
    app.ended(&id).await;
    let metrics = app.get("/metrics").await;
    let text = String::from_utf8_lossy(&metrics.body).into_owned();
    let families: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .collect();
    // A counter's samples end in `_total`, a histogram's in `_bucket`; its family has neither.
    let family = |name: &str| {
        let name = name.strip_suffix("_total").unwrap_or(name);
        families.contains(name.strip_suffix("_bucket").unwrap_or(name))
    };
    let names: BTreeSet<&str> = &named(RULES) | &named(MANUAL);
    assert!(names.len() >= 11, "{names:?}");
    for name in names {
        assert!(family(name), "{name} is named and not exposed:\n{text}");
    }
    assert!(!family("framewright_no_such_metric"));
}
