//! A task as the client sees it: the bytes of `/fetch` and of every webhook. Pure: the same task at
//! the same moment gives the same bytes, wherever it is asked for.

use bytes::Bytes;
use framewright_core::clock::Millis;
use framewright_core::spec::ResultShape;
use framewright_core::task::{Task, TaskStatus};
use framewright_store::LinkKeys;
use serde::Serialize;

use crate::error::to_json;

/// A progress while the task runs is text, and the number 100 at the end.
#[derive(Serialize)]
#[serde(untagged)]
enum Percentage {
    Running(String),
    Finished(u8),
}

/// The body, always in the same key order. It never echoes what the client sent: clients take any
/// URL they find for the result.
#[derive(Serialize)]
pub(crate) struct Shown<'a> {
    task_id: &'a str,
    task_type: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    percentage: Option<Percentage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    video_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    video_urls: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

/// The bytes of a task.
#[must_use]
pub fn render(task: &Task, links: &LinkKeys, now: Millis) -> Bytes {
    to_json(&shown(task, links, now))
}

/// The body of a task, not yet bytes.
pub(crate) fn shown<'a>(task: &'a Task, links: &LinkKeys, now: Millis) -> Shown<'a> {
    let mut body = Shown {
        task_id: task.id.as_str(),
        task_type: task.spec.task_type.as_str(),
        status: "processing",
        percentage: None,
        video_url: None,
        video_urls: None,
        message: None,
        error: None,
    };
    match &task.status {
        TaskStatus::Queued | TaskStatus::Running | TaskStatus::Storing => {
            body.percentage = Some(Percentage::Running(task.shown_progress(now).to_string()));
        }
        TaskStatus::Finished { .. } => {
            body.status = "finished";
            body.percentage = Some(Percentage::Finished(100));
            fill_urls(&mut body, task, links);
        }
        TaskStatus::Failed { failure, .. } | TaskStatus::Cancelled { failure, .. } => {
            body.status = "failed";
            body.message = Some(&failure.public);
            body.error = Some(&failure.public);
        }
    }
    body
}

/// What stands in a list for an id that names no task of the account.
pub(crate) fn unknown(task_id: &str) -> Shown<'_> {
    Shown {
        task_id,
        task_type: "unknown",
        status: "failed",
        percentage: None,
        video_url: None,
        video_urls: None,
        message: Some("task not found"),
        error: Some("task not found"),
    }
}

fn fill_urls(body: &mut Shown<'_>, task: &Task, links: &LinkKeys) {
    let link = |position: u8| output_link(task, links, &position.to_string());
    match task.spec.shape {
        ResultShape::One => body.video_url = Some(link(1)),
        ResultShape::Many => body.video_urls = Some((1..=task.stored).map(link).collect()),
    }
}

/// The link of an output by its name there: a function of what is stored, so that it never changes.
pub(crate) fn output_link(task: &Task, links: &LinkKeys, stem: &str) -> String {
    let path = format!("/files/{}/{stem}.mp4", task.id);
    links.sign(
        &task.base_url,
        &path,
        &task.account,
        task.expires.unwrap_or(Millis::MAX),
    )
}
