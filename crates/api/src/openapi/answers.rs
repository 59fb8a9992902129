//! The answers of the OpenAPI document, by name: which status, and which shape.

use serde_json::{Map, Value, json};

/// Name, status, what it means, and the schema of its JSON body; none where it has no JSON.
const ANSWERS: &[(&str, &str, &str, Option<&str>)] = &[
    (
        "Accepted",
        "200",
        "The task has been submitted.",
        Some("Accepted"),
    ),
    ("Task", "200", "The task as it stands.", Some("Task")),
    (
        "Tasks",
        "200",
        "The tasks, in the order asked for.",
        Some("Tasks"),
    ),
    ("Account", "200", "The account of the key.", Some("Account")),
    ("ImageUrl", "200", "The image is kept.", Some("ImageUrl")),
    (
        "AudioUrl",
        "200",
        "The sound file is kept.",
        Some("AudioUrl"),
    ),
    ("TaskPage", "200", "One page of tasks.", Some("TaskPage")),
    (
        "TaskDetail",
        "200",
        "Everything about the task.",
        Some("TaskDetail"),
    ),
    ("Empty", "200", "Done.", Some("Empty")),
    ("Health", "200", "The process answers.", Some("Health")),
    (
        "Ready",
        "200",
        "Work sent now would be carried out.",
        Some("Readiness"),
    ),
    (
        "NotReady",
        "503",
        "Work sent now would not be carried out.",
        Some("Readiness"),
    ),
    ("OpenApi", "200", "This document.", Some("OpenApi")),
    ("Events", "200", "Events, as `text/event-stream`.", None),
    ("Metrics", "200", "OpenMetrics text.", None),
    ("File", "200", "The file.", None),
    (
        "FilePart",
        "206",
        "The part of the file that Range asked for.",
        None,
    ),
    (
        "LeadsOn",
        "302",
        "The file is at the storage that Location names, for 15 minutes; follow it at once.",
        None,
    ),
    (
        "NotModified",
        "304",
        "The client has these bytes already.",
        None,
    ),
    (
        "NoSuchRange",
        "416",
        "The file has no such part.",
        Some("Errors"),
    ),
    (
        "Forbidden",
        "403",
        "The key may not do this, or the link was not signed by this server or is over.",
        Some("Errors"),
    ),
    (
        "Invalid",
        "400",
        "Bad request; every problem is listed.",
        Some("Errors"),
    ),
    ("Unauthorized", "401", "No valid API key.", Some("Empty")),
    (
        "TooFewCredits",
        "402",
        "The account's credits do not cover the task.",
        Some("Errors"),
    ),
    (
        "NotFound",
        "404",
        "There is no such thing, or none any more.",
        Some("Errors"),
    ),
    (
        "Conflict",
        "409",
        "The request contradicts what is already so.",
        Some("Errors"),
    ),
    (
        "TooMany",
        "429",
        "A cap is reached; Retry-After says how long to wait.",
        Some("Errors"),
    ),
    (
        "ServerError",
        "500",
        "The server could not carry the request out.",
        Some("Empty"),
    ),
    (
        "Draining",
        "503",
        "The server is on its way out; Retry-After says when to look.",
        Some("Empty"),
    ),
];

/// The status of an answer by its name.
pub(super) fn status(name: &str) -> &'static str {
    ANSWERS
        .iter()
        .find(|(known, ..)| *known == name)
        .map_or("default", |(_, status, ..)| status)
}

/// `components.responses`.
pub(super) fn all() -> Value {
    let responses: Map<String, Value> = ANSWERS
        .iter()
        .map(|(name, _, about, shape)| ((*name).to_owned(), response(about, *shape)))
        .collect();
    Value::Object(responses)
}

fn response(about: &str, shape: Option<&str>) -> Value {
    match shape {
        None => json!({ "description": about }),
        Some(shape) => json!({
            "description": about,
            "content": { "application/json": {
                "schema": { "$ref": format!("#/components/schemas/{shape}") }
            } }
        }),
    }
}
