//! Kling's own API, its legacy wire and the new one side by side. There is no official SDK; a third
//! party's client for the legacy wire, `kling-api` 1.0.0, runs against it.
//!
//! * Documented: paths, fields and their values, `code` in every body, the statuses of its errors, the
//!   two sorts of credential and that the new wire takes API keys only, tokens by HS256 with `iss`,
//!   `exp` and `nbf`, that `external_task_id` is unique, callbacks and their Standard Webhooks
//!   signature.
//! * Seen in other people's code only: 20 ids in one query, unknown ids missing from it, 400 with
//!   1201 for an id that is there.
//! * Unsure: what a retired model is answered with (here 404 with 1203), and a look at the other path
//!   of the legacy wire (here the same).
//!
//! Knobs: `keys`, the API keys that are good; `access_keys`, access keys with their secrets, which
//! tokens are checked by (any token is good without); `now_s`, the time for that, in seconds;
//! `webhook_secret`, by which callbacks are signed.

mod bodies;
mod credentials;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderMap, Method, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::double::{Callback, Double};
use crate::script::{Stage, Step};
use crate::till::Order;
use crate::wire::Refusal;
use crate::world::{Sale, Shared, View, World};
use crate::{names, wire};

pub(crate) const DOUBLE: Double = Double {
    name: "kling",
    // The two wires have two names for the id in it.
    id_at: "/data",
    step,
    usual,
    router,
    callback: Some(callback),
};

/// Both wires' stages go by the legacy words; the new one's word for the end is put in when shown.
fn usual() -> Vec<Stage> {
    ["submitted", "processing", "processing", "succeed"]
        .map(Stage::of)
        .to_vec()
}

fn step(method: &Method, path: &str) -> Step {
    let legacy = path.strip_prefix("/v1/videos/");
    let sells = path.starts_with("/text-to-video/") || path.starts_with("/image-to-video/");
    match *method {
        Method::POST if sells || legacy.is_some() => Step::Submit,
        Method::GET if path == "/tasks" => Step::Poll,
        Method::GET if legacy.is_some_and(|rest| rest.contains('/')) => Step::Poll,
        _ => Step::Other,
    }
}

fn router() -> Router<Shared> {
    Router::new()
        .route("/v1/videos/{kind}", post(legacy_submit).get(legacy_list))
        .route("/v1/videos/{kind}/{id}", get(legacy_task))
        .route("/text-to-video/{model}", post(text))
        .route("/image-to-video/{model}", post(image))
        .route("/tasks", get(tasks))
        .fallback(|| async { refused(404, 1202, "the requested method or path is invalid") })
}

pub(super) fn refused(status: u16, code: i64, message: &str) -> Refusal {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let body = json!({"code": code, "message": message, "request_id": "r"});
    (status, Json(body)).into_response().into()
}

fn said(data: &Value) -> Response {
    Json(json!({"code": 0, "message": "SUCCEED", "request_id": "r", "data": data})).into_response()
}

const KINDS: [&str; 2] = ["text2video", "image2video"];

async fn legacy_submit(
    State(world): State<Shared>,
    headers: HeaderMap,
    Path(kind): Path<String>,
    body: Bytes,
) -> Result<Response, Refusal> {
    credentials::admit(&world, &headers, true)?;
    known_kind(&kind)?;
    let asked = bodies::object(&body)?;
    bodies::legacy(&kind, &asked)?;
    let view = sell(
        &world,
        &headers,
        &body,
        wire::text(&asked, "external_task_id"),
    )?;
    Ok(said(&legacy_data(&world, &view)))
}

fn known_kind(kind: &str) -> Result<(), Refusal> {
    match KINDS.contains(&kind) {
        true => Ok(()),
        false => Err(refused(
            404,
            1202,
            "the requested method or path is invalid",
        )),
    }
}

async fn text(
    State(world): State<Shared>,
    headers: HeaderMap,
    Path(model): Path<String>,
    body: Bytes,
) -> Result<Response, Refusal> {
    credentials::admit(&world, &headers, false)?;
    let asked = bodies::object(&body)?;
    bodies::new_text(&model, &asked)?;
    sold(&world, &headers, &body, &asked)
}

async fn image(
    State(world): State<Shared>,
    headers: HeaderMap,
    Path(model): Path<String>,
    body: Bytes,
) -> Result<Response, Refusal> {
    credentials::admit(&world, &headers, false)?;
    let asked = bodies::object(&body)?;
    bodies::new_image(&model, &asked)?;
    sold(&world, &headers, &body, &asked)
}

fn sold(
    world: &Shared,
    headers: &HeaderMap,
    body: &Bytes,
    asked: &Map<String, Value>,
) -> Result<Response, Refusal> {
    let options = asked.get("options").and_then(Value::as_object);
    let id = options.and_then(|options| wire::text(options, "external_task_id"));
    let view = sell(world, headers, body, id)?;
    Ok(said(&new_data(world, &view)))
}

/// Once for each id of the client's; the same body again is no better.
fn sell(
    world: &Shared,
    headers: &HeaderMap,
    body: &[u8],
    id: Option<&str>,
) -> Result<View, Refusal> {
    let key = id.unwrap_or_default();
    let order = Order { key, headers, body };
    match world.buy(order, names::digits)? {
        Sale::New(view) => Ok(view),
        Sale::Known(_) | Sale::Conflict(_) => {
            let why = format!("external_task_id {key} already exists");
            Err(refused(400, 1201, &why))
        }
    }
}

/// A job by its own id or by the client's.
fn job(world: &World, id: &str) -> String {
    world.keyed(id).unwrap_or_else(|| id.to_owned())
}

async fn legacy_task(
    State(world): State<Shared>,
    headers: HeaderMap,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    credentials::admit(&world, &headers, true)?;
    known_kind(&kind)?;
    let missing = || refused(404, 1203, "the requested resource does not exist");
    let job = job(&world, &id);
    let known = world.peek(&job).filter(|view| kind_of(view) == kind);
    known.ok_or_else(missing)?;
    let view = world.look(&job).ok_or_else(missing)?;
    Ok(said(&legacy_data(&world, &view)))
}

/// Which legacy path sold it.
fn kind_of(view: &View) -> &'static str {
    let asked = view.purchase.json();
    match asked.get("image").or(asked.get("image_tail")) {
        Some(_) => KINDS[1],
        None => KINDS[0],
    }
}

async fn legacy_list(
    State(world): State<Shared>,
    headers: HeaderMap,
    Path(kind): Path<String>,
) -> Result<Response, Refusal> {
    credentials::admit(&world, &headers, true)?;
    known_kind(&kind)?;
    let jobs = world.jobs();
    let views = jobs.iter().filter_map(|job| world.peek(job));
    let views = views.filter(|view| kind_of(view) == kind);
    Ok(said(
        &views.map(|view| legacy_data(&world, &view)).collect(),
    ))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    task_ids: String,
    external_task_ids: String,
}

async fn tasks(
    State(world): State<Shared>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    credentials::admit(&world, &headers, false)?;
    let split = |ids: &str| -> Vec<String> {
        let ids = ids.split(',').filter(|id| !id.is_empty());
        ids.map(str::to_owned).collect()
    };
    let theirs = split(&asked.external_task_ids);
    let theirs = theirs.iter().filter_map(|id| world.keyed(id));
    let ids: Vec<_> = split(&asked.task_ids).into_iter().chain(theirs).collect();
    if ids.len() > 20 {
        return Err(refused(400, 1201, "at most 20 ids"));
    }
    let views = ids.iter().filter_map(|id| world.look(id));
    Ok(said(&views.map(|view| new_data(&world, &view)).collect()))
}

fn legacy_data(world: &World, view: &View) -> Value {
    let at = view.purchase.at_ms;
    let state = view.stage.state.as_str();
    let mut data = json!({
        "task_id": view.job, "task_status": state, "task_info": {},
        "created_at": at, "updated_at": at,
    });
    if !view.purchase.key.is_empty() {
        data["task_info"]["external_task_id"] = view.purchase.key.clone().into();
    }
    if state == "succeed" {
        let video = json!({"id": "1", "url": world.link(view, 0), "duration": "5.0"});
        data["task_result"] = json!({"videos": [video]});
        data["final_unit_deduction"] = "1".into();
    }
    if state == "failed" {
        data["task_status_msg"] = "Failed to pass the risk control system.".into();
    }
    with(data, view)
}

fn new_data(world: &World, view: &View) -> Value {
    let at = view.purchase.at_ms;
    let state = match view.stage.state.as_str() {
        "succeed" => "succeeded",
        other => other,
    };
    let mut data = json!({
        "id": view.job, "status": state, "create_time": at, "update_time": at,
        "external_id": view.purchase.key,
    });
    if state == "succeeded" {
        let url = world.link(view, 0);
        let video = json!({"type": "video", "id": "1", "url": url, "duration": "5.0"});
        data["outputs"] = json!([video]);
        data["billing"] = json!([{"charge_type": "unit", "amount": "1"}]);
    }
    if state == "failed" {
        data["message"] = "Failed to pass the risk control system.".into();
    }
    with(data, view)
}

fn with(mut data: Value, view: &View) -> Value {
    for (name, value) in &view.stage.with {
        data[name] = value.clone();
    }
    data
}

/// The job as a look shows it, on the wire that sold it; signed where there is a secret.
fn callback(world: &World, view: &View) -> Option<Callback> {
    let asked = view.purchase.json();
    let legacy = asked.get("model_name").is_some();
    let (url, data) = match legacy {
        true => (&asked["callback_url"], legacy_data(world, view)),
        false => (&asked["options"]["callback_url"], new_data(world, view)),
    };
    let body = data.to_string();
    Some(Callback {
        url: url.as_str()?.to_owned(),
        headers: credentials::signature(world, &view.job, &body),
        body,
    })
}
