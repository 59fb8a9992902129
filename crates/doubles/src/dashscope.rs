//! Alibaba Model Studio (DashScope), its video synthesis, as the official SDK 2.0.2 speaks it in both
//! of its client generations.
//!
//! * From the official SDK: paths, the async header, `task_status` words, that unknown members of
//!   `input` are sent and so must be ignored, the upload policy and its form, `media` of 2.7.
//! * Documented: sizes, resolutions and durations by model, FAILED and UNKNOWN at HTTP 200, times
//!   without a zone, cancel for what is PENDING only, the error codes.
//! * Unsure: status and code of a missing async header (here 403 `AccessDenied`) and of a refused
//!   cancel (here 400 `UnsupportedOperation`); the shape of the list beside `request_id`; which
//!   status an unknown model has (here 404 `ModelNotFound`); whether 2.7 takes data URLs (here yes).
//!
//! Nothing calls back, and nothing lets a client say its own id: a repeated POST buys again. A task
//! past its 24 hours is a stage `UNKNOWN`.
//! Knobs: `keys`, the API keys that are good; any is, without.

mod models;

use axum::body::Bytes;
use axum::extract::{Multipart, Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderMap, Method, StatusCode};
use jiff::tz::{Offset, TimeZone};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::double::Double;
use crate::script::{Stage, Step};
use crate::till::Order;
use crate::wire::Refusal;
use crate::world::{Shared, View};
use crate::{names, wire};

pub(crate) const DOUBLE: Double = Double {
    name: "dashscope",
    id_at: "/output/task_id",
    step,
    usual,
    router,
    callback: None,
};

const SUBMIT: &str = "/api/v1/services/aigc/video-generation/video-synthesis";

fn usual() -> Vec<Stage> {
    ["PENDING", "RUNNING", "RUNNING", "SUCCEEDED"]
        .map(Stage::of)
        .to_vec()
}

fn step(method: &Method, path: &str) -> Step {
    let task = path.starts_with("/api/v1/tasks/");
    match *method {
        Method::POST if path == SUBMIT => Step::Submit,
        Method::GET if task => Step::Poll,
        Method::POST if task => Step::Cancel,
        _ => Step::Other,
    }
}

fn router() -> Router<Shared> {
    Router::new()
        .route(SUBMIT, post(submit))
        .route("/api/v1/tasks", get(list))
        .route("/api/v1/tasks/{id}", get(task))
        .route("/api/v1/tasks/{id}/cancel", post(cancel))
        .route("/api/v1/uploads", get(policy))
        .route("/oss", post(uploaded))
        .fallback(|| async { refused(StatusCode::NOT_FOUND, "NotFound", "no such path") })
}

fn refused(status: StatusCode, code: &str, message: &str) -> Refusal {
    let body = json!({"code": code, "message": message, "request_id": request_id()});
    (status, Json(body)).into_response().into()
}

/// The vendor's own name for a call: of no use to anybody here, so always the same.
fn request_id() -> String {
    names::uuid("dashscope/request", 0)
}

fn admitted(world: &Shared, headers: &HeaderMap) -> Result<(), Refusal> {
    let key = wire::credential(headers, "Bearer");
    match key.is_some_and(|key| world.knows_key(key)) {
        true => Ok(()),
        false => Err(refused(
            StatusCode::UNAUTHORIZED,
            "InvalidApiKey",
            "Invalid API-key provided.",
        )),
    }
}

async fn submit(
    State(world): State<Shared>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    if wire::header(&headers, "x-dashscope-async") != Some("enable") {
        let why = "current user api does not support synchronous calls.";
        return Err(refused(StatusCode::FORBIDDEN, "AccessDenied", why));
    }
    let bad = |why: String| refused(StatusCode::BAD_REQUEST, "InvalidParameter", &why);
    let asked = wire::object(&body).ok_or_else(|| bad("the body is not JSON".into()))?;
    let name = wire::text(&asked, "model").unwrap_or_default();
    let Some(model) = models::find(name) else {
        return Err(refused(
            StatusCode::NOT_FOUND,
            "ModelNotFound",
            "Model not found.",
        ));
    };
    models::check(model, &asked).map_err(bad)?;
    uploads_can_be_read(&world, &headers, &asked).map_err(bad)?;
    let order = Order {
        key: "",
        headers: &headers,
        body: &body,
    };
    let sale = world.buy(order, |n| names::uuid("dashscope", n))?;
    let output = json!({"task_status": "PENDING", "task_id": sale.into_view().job});
    Ok(Json(json!({"output": output, "request_id": request_id()})).into_response())
}

/// `oss://` names only what was uploaded here, and only for those who ask for it.
fn uploads_can_be_read(
    world: &Shared,
    headers: &HeaderMap,
    asked: &Map<String, Value>,
) -> Result<(), String> {
    let resolves = wire::header(headers, "x-dashscope-ossresourceresolve") == Some("enable");
    for url in models::media(asked) {
        let stored = url.starts_with("oss://");
        if stored && !(resolves && world.noted(&url).is_some()) {
            return Err(format!("url error, cannot be read: {url}"));
        }
    }
    Ok(())
}

async fn task(
    State(world): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let shown = match world.look(&id) {
        Some(view) if view.stage.state != "UNKNOWN" => shown(&world, &view),
        _ => json!({"output": {"task_id": id, "task_status": "UNKNOWN"}}),
    };
    Ok(Json(with_request_id(shown)).into_response())
}

fn with_request_id(mut body: Value) -> Value {
    body["request_id"] = request_id().into();
    body
}

fn shown(world: &Shared, view: &View) -> Value {
    let asked = view.purchase.json();
    let state = view.stage.state.as_str();
    let submitted = local_time(view.purchase.at_ms);
    let mut output = json!({
        "task_id": view.job, "task_status": state, "submit_time": submitted,
        "orig_prompt": asked["input"]["prompt"],
    });
    let mut body = json!({});
    if state == "SUCCEEDED" {
        output["end_time"] = local_time(view.purchase.at_ms + 120_000).into();
        output["video_url"] = world.link(view, 0).into();
        let duration = &asked["parameters"]["duration"];
        body["usage"] = json!({"duration": duration, "video_count": 1, "SR": 720});
    }
    if state == "FAILED" {
        output["code"] = "InternalError".into();
        output["message"] = "An internal error has occurred.".into();
    }
    for (name, value) in &view.stage.with {
        output[name] = value.clone();
    }
    body["output"] = output;
    body
}

/// The region's own time, with nothing that says so.
fn local_time(at_ms: i64) -> String {
    let beijing = TimeZone::fixed(Offset::constant(8));
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default();
    at.to_zoned(beijing)
        .strftime("%Y-%m-%d %H:%M:%S%.3f")
        .to_string()
}

#[derive(Deserialize)]
struct Page {
    #[serde(default = "one")]
    page_no: usize,
    #[serde(default = "ten")]
    page_size: usize,
}

fn one() -> usize {
    1
}

fn ten() -> usize {
    10
}

async fn list(
    State(world): State<Shared>,
    headers: HeaderMap,
    Query(page): Query<Page>,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let jobs = world.jobs();
    let newest = jobs.iter().rev();
    let from = page.page_no.saturating_sub(1) * page.page_size;
    let tasks = newest.skip(from).take(page.page_size);
    let tasks: Vec<_> = tasks.filter_map(|id| listed(&world, id)).collect();
    let body = json!({"data": tasks, "total": jobs.len(), "page_no": page.page_no});
    Ok(Json(with_request_id(body)).into_response())
}

fn listed(world: &Shared, id: &str) -> Option<Value> {
    let view = world.peek(id)?;
    Some(json!({
        "task_id": id, "status": view.stage.state, "model_name": view.purchase.json()["model"],
    }))
}

/// Only what waits can be cancelled.
async fn cancel(
    State(world): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    match world.peek(&id) {
        Some(view) if view.stage.state == "PENDING" => {
            world.turn(&id, Stage::of("CANCELED"));
            Ok(Json(with_request_id(json!({}))).into_response())
        }
        _ => {
            let why = "Failed to cancel the task, it is not pending.";
            Err(refused(
                StatusCode::BAD_REQUEST,
                "UnsupportedOperation",
                why,
            ))
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    action: String,
    model: String,
}

/// Leave to put files for one model into the store.
async fn policy(
    State(world): State<Shared>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    if asked.action != "getPolicy" || asked.model.is_empty() {
        let why = "action and model are required";
        return Err(refused(StatusCode::BAD_REQUEST, "InvalidParameter", why));
    }
    let data = json!({
        "policy": "policy", "signature": "signature", "oss_access_key_id": "id",
        "upload_dir": format!("dashscope-instant/{}", world.requests().len()),
        "upload_host": format!("{}/oss", world.base()),
        "expire_in_seconds": 300, "max_file_size_mb": 100,
        "x_oss_object_acl": "private", "x_oss_forbid_overwrite": "true",
    });
    Ok(Json(with_request_id(json!({ "data": data }))).into_response())
}

/// The object store: no credential, the policy's own fields before the file.
async fn uploaded(State(world): State<Shared>, mut form: Multipart) -> Response {
    let mut fields = Map::new();
    while let Ok(Some(field)) = form.next_field().await {
        let name = field.name().unwrap_or_default().to_owned();
        if name != "file" {
            fields.insert(name, field.text().await.unwrap_or_default().into());
            continue;
        }
        let said = |name, wanted| wire::text(&fields, name) == Some(wanted);
        let known = said("policy", "policy") && said("Signature", "signature");
        let key = wire::text(&fields, "key").filter(|_| known && said("OSSAccessKeyId", "id"));
        return match (key, field.bytes().await) {
            (Some(key), Ok(bytes)) => {
                world.note(&format!("oss://{key}"), bytes.len());
                StatusCode::OK.into_response()
            }
            _ => (StatusCode::FORBIDDEN, "<Error>AccessDenied</Error>").into_response(),
        };
    }
    (StatusCode::BAD_REQUEST, "<Error>InvalidArgument</Error>").into_response()
}
