//! Runway's API of version 2024-11-06, as its official SDKs 5.24.0 (Python) and 4.20.1 (JavaScript)
//! speak it.
//!
//! * From the official SDK: paths, `X-Runway-Version`, request fields and their values per model (a
//!   table made from its types), the bodies of a task by status, `DELETE` answering 204, ids being
//!   UUIDs, fresh links with each `GET`.
//! * Documented: 400 with an `error` text, 401, 404, 429 for the daily quota, 502 to 504 under load, the
//!   families of `failureCode`, inputs that must be https with a host name, data URIs up to 5 MB,
//!   uploads (their bodies).
//! * Unsure: which members a 400 has beside `error`; whether unknown members are refused (here they
//!   are ignored); the durations of `gen4_turbo` (here 2 to 10); that a deleted task is a 404 (the
//!   SDK says only that it cannot be fetched); prices (here 5 credits a second).
//!
//! Nothing calls back, and nothing lets a client say its own id: a repeated POST buys again.
//! Knobs: `keys`, the API keys that are good; any is, without.

mod models;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, http::HeaderMap};
use http::{Method, StatusCode, Uri};
use serde_json::{Map, Value, json};

use crate::double::Double;
use crate::script::{Stage, Step};
use crate::till::Order;
use crate::wire::Refusal;
use crate::world::{Shared, View};
use crate::{names, wire};

/// The only version of the API that was ever published.
const VERSION: &str = "2024-11-06";

pub(crate) const DOUBLE: Double = Double {
    name: "runway",
    id_at: "/id",
    step,
    usual,
    router,
    callback: None,
};

fn usual() -> Vec<Stage> {
    let running = |progress: f64| Stage::of("RUNNING").and("progress", progress);
    vec![
        Stage::of("PENDING"),
        Stage::of("THROTTLED"),
        running(0.1),
        running(0.42),
        running(0.9),
        Stage::of("SUCCEEDED"),
    ]
}

fn step(method: &Method, path: &str) -> Step {
    let task = path.starts_with("/v1/tasks/");
    match *method {
        Method::POST if path.ends_with("_to_video") => Step::Submit,
        Method::GET if task => Step::Poll,
        Method::DELETE if task => Step::Cancel,
        _ => Step::Other,
    }
}

fn router() -> Router<Shared> {
    Router::new()
        .route("/v1/text_to_video", post(submit))
        .route("/v1/image_to_video", post(submit))
        .route("/v1/video_to_video", post(submit))
        .route("/v1/tasks/{id}", get(task).delete(delete))
        .route("/v1/uploads", post(upload))
        .route("/uploads/{id}", post(uploaded))
        .route("/v1/organization", get(organization))
        .fallback(|| async { refused(StatusCode::NOT_FOUND, "Not found") })
}

fn refused(status: StatusCode, why: &str) -> Refusal {
    (status, Json(json!({ "error": why })))
        .into_response()
        .into()
}

/// What every path asks for: a key, then the version.
fn admitted(world: &Shared, headers: &HeaderMap) -> Result<(), Refusal> {
    let key = wire::credential(headers, "Bearer");
    if !key.is_some_and(|key| world.knows_key(key)) {
        return Err(refused(StatusCode::UNAUTHORIZED, "Invalid API key."));
    }
    match wire::header(headers, "x-runway-version") {
        Some(VERSION) => Ok(()),
        Some(_) => Err(refused(StatusCode::BAD_REQUEST, "Unknown API version.")),
        None => {
            let why = "The X-Runway-Version header is required.";
            Err(refused(StatusCode::BAD_REQUEST, why))
        }
    }
}

async fn submit(
    State(world): State<Shared>,
    path: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let bad = |why: String| refused(StatusCode::BAD_REQUEST, &why);
    let asked = wire::object(&body).ok_or_else(|| bad("The body is not a JSON object.".into()))?;
    models::check(path.path(), &asked).map_err(bad)?;
    uploads_are_here(&world, &asked).map_err(bad)?;
    let order = Order {
        key: "",
        headers: &headers,
        body: &body,
    };
    let sale = world.buy(order, |n| names::uuid("runway", n))?;
    let view = sale.into_view();
    let cost = json!({ "credits": credits(&view) });
    Ok(Json(json!({ "id": view.job, "estimatedCost": cost })).into_response())
}

/// `runway://` names only what was uploaded here.
fn uploads_are_here(world: &Shared, asked: &Map<String, Value>) -> Result<(), String> {
    for uri in models::media(asked) {
        if uri.starts_with("runway://") && world.noted(uri).is_none() {
            return Err(format!("No such upload: {uri}"));
        }
    }
    Ok(())
}

/// Five a second, as the SDK's example has it.
fn credits(view: &View) -> i64 {
    let duration = view.purchase.json()["duration"].as_i64();
    duration.unwrap_or(5) * 5
}

async fn task(
    State(world): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let view = world.look(&id).ok_or_else(no_task)?;
    Ok(Json(shown(&world, &view)).into_response())
}

fn no_task() -> Refusal {
    refused(StatusCode::NOT_FOUND, "Task not found.")
}

fn shown(world: &Shared, view: &View) -> Value {
    let state = view.stage.state.as_str();
    let mut task = Map::new();
    task.insert("id".into(), view.job.clone().into());
    task.insert("createdAt".into(), created(view).into());
    task.insert("status".into(), state.into());
    let credits = match state {
        "FAILED" | "CANCELLED" => 0,
        _ => credits(view),
    };
    let ended = matches!(state, "SUCCEEDED" | "FAILED" | "CANCELLED");
    let cost = if ended { "cost" } else { "estimatedCost" };
    task.insert(cost.into(), json!({ "credits": credits }));
    if state == "SUCCEEDED" {
        task.insert("output".into(), json!([world.link(view, 0)]));
    }
    if state == "FAILED" {
        task.insert("failure".into(), "The task failed.".into());
    }
    task.extend(view.stage.with.clone());
    Value::Object(task)
}

fn created(view: &View) -> String {
    jiff::Timestamp::from_millisecond(view.purchase.at_ms)
        .unwrap_or_default()
        .to_string()
}

/// Cancels what runs and deletes what is done; the task is gone either way.
async fn delete(
    State(world): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    match world.forget(&id) {
        true => Ok(StatusCode::NO_CONTENT.into_response()),
        false => Err(no_task()),
    }
}

/// Where to post a file, and what it is called until then and for 24 hours after.
async fn upload(
    State(world): State<Shared>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let asked = wire::object(&body).unwrap_or_default();
    let said = (wire::text(&asked, "filename"), wire::text(&asked, "type"));
    let (Some(filename), Some("ephemeral")) = said else {
        let why = "`filename` and `type: ephemeral` are required.";
        return Err(refused(StatusCode::BAD_REQUEST, why));
    };
    let id = names::uuid(&format!("runway/{filename}"), world.requests().len());
    Ok(Json(json!({
        "uploadUrl": format!("{}/uploads/{id}", world.base()),
        "fields": { "key": id, "policy": "p" },
        "runwayUri": format!("runway://{id}"),
    }))
    .into_response())
}

/// The object store behind `uploadUrl`: no credential, the fields before the file.
async fn uploaded(State(world): State<Shared>, Path(id): Path<String>, body: Bytes) -> Response {
    let has = |wanted: &str| {
        body.windows(wanted.len())
            .any(|part| part == wanted.as_bytes())
    };
    if !(has("name=\"key\"") && has(&id) && has("name=\"file\"")) {
        return (StatusCode::BAD_REQUEST, "<Error>InvalidArgument</Error>").into_response();
    }
    world.note(&format!("runway://{id}"), true);
    StatusCode::NO_CONTENT.into_response()
}

async fn organization(
    State(world): State<Shared>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let limits = json!({ "maxConcurrentGenerations": 2, "maxDailyGenerations": 100 });
    Ok(Json(json!({
        "creditBalance": 1000,
        "tier": { "maxMonthlyCreditSpend": 1000, "models": { "gen4_turbo": limits } },
        "usage": { "models": { "gen4_turbo": { "dailyGenerations": 0 } } },
    }))
    .into_response())
}
