//! The shapes of answers in the OpenAPI document. Written by hand, unlike those of requests, and held
//! to what is really sent by the tests, which check every answer they get against them.

use serde_json::{Value, json};

/// `components.schemas`.
pub(super) fn all() -> Value {
    let mut all = v1();
    for more in [extensions(), operations()] {
        if let (Some(all), Value::Object(more)) = (all.as_object_mut(), more) {
            all.extend(more);
        }
    }
    all
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn list_of(item: &Value) -> Value {
    json!({ "type": "array", "items": item })
}

/// An object with exactly these properties, the named ones always there.
fn object(required: &[&str], properties: &Value) -> Value {
    json!({
        "type": "object", "properties": properties, "required": required,
        "additionalProperties": false
    })
}

fn v1() -> Value {
    let text = json!({ "type": "string" });
    let problem = object(&["msg"], &json!({ "msg": text, "field": text }));
    json!({
        "Empty": object(&[], &json!({})),
        "Errors": object(
            &["errors", "message"],
            &json!({ "errors": { "type": "array", "items": problem, "minItems": 1 }, "message": text })
        ),
        "Accepted": object(&["task_id"], &json!({ "task_id": { "type": "string", "format": "uuid" } })),
        "Task": { "oneOf": [
            reference("Processing"), reference("FinishedOne"), reference("FinishedMany"),
            reference("Failed")
        ] },
        "Processing": task("processing", &json!({
            "percentage": { "type": "string", "pattern": "^[0-9]{1,2}$" }
        })),
        "FinishedOne": task("finished", &json!({
            "percentage": { "const": 100 }, "video_url": { "type": "string", "format": "uri" }
        })),
        "FinishedMany": task("finished", &json!({
            "percentage": { "const": 100 },
            "video_urls": {
                "type": "array", "items": { "type": "string", "format": "uri" },
                "minItems": 1, "maxItems": 4
            }
        })),
        "Failed": task("failed", &json!({ "message": text, "error": text })),
        "Tasks": object(&["tasks"], &json!({ "tasks": list_of(&reference("Task")) })),
        "Account": object(
            &["email", "credits", "total_images", "plan"],
            &json!({
                "email": text, "credits": { "type": "integer" },
                "total_images": { "type": "integer" }, "plan": text
            })
        ),
        "ImageUrl": object(&["imageURL"], &json!({ "imageURL": { "type": "string", "format": "uri" } })),
        "AudioUrl": object(&["audioURL"], &json!({ "audioURL": { "type": "string", "format": "uri" } })),
    })
}

/// A v1 body of one status; all of its keys are always there.
fn task(status: &str, more: &Value) -> Value {
    let mut properties = json!({
        "task_id": { "type": "string" },
        "task_type": { "type": "string" },
        "status": { "const": status }
    });
    let mut required = vec!["task_id", "task_type", "status"];
    if let (Some(all), Some(more)) = (properties.as_object_mut(), more.as_object()) {
        all.extend(more.clone());
        required.extend(more.keys().map(String::as_str));
    }
    object(&required, &properties)
}

fn extensions() -> Value {
    let text = json!({ "type": "string" });
    let number = json!({ "type": "integer" });
    let failure = object(
        &["code", "message"],
        &json!({ "code": text, "message": text }),
    );
    let summary = json!({
        "task_id": text, "task_type": text, "progress": number, "created_at": number,
        "status": { "enum": ["queued", "running", "storing", "finished", "failed", "cancelled"] },
        "finished_at": number, "expires_at": number, "failure": failure
    });
    let always = ["task_id", "task_type", "status", "progress", "created_at"];
    let mut detail = summary.clone();
    let lists = [
        "inputs",
        "attempts",
        "outputs",
        "late_outputs",
        "deliveries",
        "events",
    ];
    for name in lists {
        detail[name] = list_of(&json!({ "type": "object" }));
    }
    let of_detail: Vec<&str> = always.into_iter().chain(lists).collect();
    json!({
        "TaskSummary": object(&always, &summary),
        "TaskDetail": object(&of_detail, &detail),
        "TaskPage": object(&["tasks", "next"], &json!({
            "tasks": list_of(&reference("TaskSummary")),
            "next": {
                "type": ["string", "null"],
                "description": "The cursor of the next page; null on the last one."
            }
        })),
    })
}

fn operations() -> Value {
    json!({
        "Health": object(&["status"], &json!({ "status": { "const": "ok" } })),
        "Readiness": object(&["ready", "details"], &json!({
            "ready": { "type": "boolean" },
            "details": { "type": "object", "additionalProperties": { "type": "string" } }
        })),
        "OpenApi": { "type": "object", "required": ["openapi", "info", "paths"] },
    })
}
