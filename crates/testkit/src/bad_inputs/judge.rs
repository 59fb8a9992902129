//! Whether an answer is what the case expects. Pure.

use anyhow::{bail, ensure};

use super::case::Case;
use super::wire::Answer;

/// The fields of the wire, as notes and messages name them.
const FIELDS: [&str; 20] = [
    "prompt",
    "negative_prompt",
    "image_url",
    "end_image_url",
    "video_url",
    "audio_url",
    "webhook_url",
    "webhook_secret",
    "motion",
    "generation_type",
    "model",
    "mode",
    "aspect_ratio",
    "resolution",
    "duration",
    "cfg_scale",
    "flip",
    "index",
    "parent_task_id",
    "task_id",
];

/// Categories whose notes name the field that is wrong before anything else.
const NAMED: [&str; 5] = ["REQ", "TYPE", "ENUM", "NUM", "HOOK"];

/// The largest JSON body that is read, by default.
const BODY_CAP: usize = 64 << 10;

/// Judges one answer of our own (not of the listener's parser).
///
/// # Errors
/// What is wrong with it.
pub(super) fn judge(case: &Case, answer: &Answer) -> anyhow::Result<()> {
    expected(&case.expect, answer)?;
    let id = answer.header("x-request-id");
    ensure!(id.is_some_and(|id| !id.is_empty()), "no x-request-id");
    match answer.status {
        400 => refusal(case, answer),
        401 => {
            let body = String::from_utf8_lossy(&answer.body);
            ensure!(body == "{}", "the body of a 401 is {body:?}");
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Whether the status is the one expected.
///
/// # Errors
/// When it is not.
pub(super) fn expected(expect: &str, answer: &Answer) -> anyhow::Result<()> {
    let status = answer.status;
    let fits = match expect {
        "4xx" => (400..500).contains(&status),
        "never5xx" | "no-connect" => status < 500,
        exact => exact == status.to_string(),
    };
    ensure!(fits, "expected {expect}, got {}", answer.text());
    Ok(())
}

/// A 400 lists its problems, and names the field that the case is about.
fn refusal(case: &Case, answer: &Answer) -> anyhow::Result<()> {
    let body = answer.json();
    let Some(errors) = body["errors"].as_array() else {
        bail!("no errors in {}", answer.text());
    };
    let messages: Vec<&str> = errors
        .iter()
        .filter_map(|one| one["msg"].as_str())
        .collect();
    let spoken = messages.len() == errors.len() && messages.iter().all(|msg| !msg.is_empty());
    ensure!(
        spoken && !messages.is_empty(),
        "problems without words: {}",
        answer.text()
    );
    ensure!(
        body["message"].as_str() == messages.first().copied(),
        "message is not the first problem: {}",
        answer.text()
    );
    if let Some(field) = field(case) {
        let named = messages.iter().any(|msg| msg.contains(field));
        ensure!(named, "{field} is not named in {}", answer.text());
    }
    Ok(())
}

/// The field that is wrong, as far as the case says so, and the body is one that fields can be read
/// from: JSON, and under the cap.
fn field(case: &Case) -> Option<&'static str> {
    if case.json().is_null() || case.body.len() > BODY_CAP {
        return None;
    }
    if case.category == "URL" {
        let webhook = case.note.contains("webhook");
        return Some(if webhook { "webhook_url" } else { "image_url" });
    }
    if !NAMED.contains(&case.category.as_str()) {
        return None;
    }
    let first = case.note.split([' ', ':']).next()?;
    FIELDS.into_iter().find(|field| *field == first)
}

#[cfg(test)]
mod tests {
    use super::super::wire::parse;
    use super::{expected, judge};
    use crate::bad_inputs::case::{Case, How};

    fn case() -> Case {
        Case {
            id: "TYPE-000".into(),
            category: "TYPE".into(),
            how: How::Plain,
            method: "POST".into(),
            path: "/imagine-video".into(),
            expect: "400".into(),
            note: "motion = 5 (str wanted)".into(),
            headers: None,
            body: b"{\"motion\":5}".to_vec(),
        }
    }

    fn judged(body: &str) -> bool {
        let answer = format!("HTTP/1.1 400 Bad\r\nX-Request-Id: 1\r\n\r\n{body}");
        let answer = parse(answer.as_bytes()).expect("an answer");
        judge(&case(), &answer).is_ok()
    }

    #[test]
    fn a_refusal_has_to_name_the_field_in_the_promised_shape() {
        let good = r#"{"errors":[{"msg":"motion: low or high"}],"message":"motion: low or high"}"#;
        assert!(judged(good));
        for bad in [
            "{}",
            "",
            r#"{"errors":[]}"#,
            r#"{"errors":[{"msg":""}],"message":""}"#,
            r#"{"errors":[{"msg":"prompt: no"}],"message":"prompt: no"}"#,
            r#"{"errors":[{"msg":"motion: no"}]}"#,
        ] {
            assert!(!judged(bad), "{bad}");
        }
    }

    #[test]
    fn a_server_error_is_expected_by_nobody() {
        let answer = parse(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 No\r\n\r\n{}");
        let answer = answer.expect("an answer");
        assert_eq!(answer.status, 500);
        for expect in ["200", "400", "401", "4xx", "never5xx", "no-connect"] {
            assert!(expected(expect, &answer).is_err(), "{expect}");
        }
    }
}
