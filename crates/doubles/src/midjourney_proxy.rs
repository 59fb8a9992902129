//! A midjourney-proxy (its releases of 2026), for video. All of it is seen in other people's code
//! only: paths and their speed prefixes, `mj-api-secret`, the codes of an answer, the members of a
//! task, the unsigned `notifyHook` with the same object.
//!
//! Unsure: which validation is a code and which an HTTP status (a missing parent is a 404 with code
//! 3). Knobs: `keys`; `code`, the code of an accepted submit (1, or 22); `full`, true for a full
//! queue (23); `banned`, a word that is refused (24); `finished_parents`, true where an extend wants
//! its parent done.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, http::HeaderMap};
use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::double::{Callback, Double};
use crate::script::{Stage, Step};
use crate::till::Order;
use crate::wire::Refusal;
use crate::world::{Shared, View, World};
use crate::{names, wire};

pub(crate) const DOUBLE: Double = Double {
    name: "midjourney_proxy",
    id_at: "/result",
    step,
    usual,
    router,
    callback: Some(callback),
};

const NOT_FOUND: i64 = 3;
const NOT_VALID: i64 = 4;
const QUEUE_FULL: i64 = 23;
const BANNED: i64 = 24;

/// Where a submit may stand, for the account's own speed and the three others.
const SUBMITS: [&str; 4] = [
    "/mj/submit/video",
    "/mj-fast/mj/submit/video",
    "/mj-turbo/mj/submit/video",
    "/mj-relax/mj/submit/video",
];

fn usual() -> Vec<Stage> {
    let progress = |percent: &str| Stage::of("IN_PROGRESS").and("progress", percent);
    vec![
        Stage::of("NOT_START"),
        Stage::of("SUBMITTED"),
        progress("15%"),
        progress("40%"),
        Stage::of("SUCCESS").and("progress", "100%"),
    ]
}

fn step(_: &Method, path: &str) -> Step {
    match path {
        path if SUBMITS.contains(&path) => Step::Submit,
        "/mj/task/list-by-ids" => Step::Poll,
        path if path.ends_with("/fetch") => Step::Poll,
        path if path.ends_with("/cancel") => Step::Cancel,
        _ => Step::Other,
    }
}

fn router() -> Router<Shared> {
    let routes = Router::new()
        .route("/mj/task/list-by-ids", post(list))
        .route("/mj/task/{id}/fetch", get(fetch))
        .route("/mj/task/{id}/cancel", post(cancel));
    SUBMITS
        .iter()
        .fold(routes, |routes, path| routes.route(path, post(submit)))
}

fn said(status: StatusCode, code: i64, description: &str) -> Refusal {
    let body = json!({ "code": code, "description": description, "properties": {} });
    (status, Json(body)).into_response().into()
}

fn admitted(world: &Shared, headers: &HeaderMap) -> Result<(), Refusal> {
    let secret = wire::header(headers, "mj-api-secret");
    let secret = secret.or_else(|| wire::credential(headers, "Bearer"));
    match secret.is_some_and(|secret| world.knows_key(secret)) {
        true => Ok(()),
        false => Err(StatusCode::UNAUTHORIZED.into_response().into()),
    }
}

async fn submit(
    State(world): State<Shared>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let bad = |why: &str| said(StatusCode::OK, NOT_VALID, why);
    let asked = wire::object(&body).ok_or_else(|| bad("no object"))?;
    check(&asked).map_err(bad)?;
    willing(&world, &asked)?;
    let order = Order {
        key: "",
        headers: &headers,
        body: &body,
    };
    let view = world.buy(order, names::digits)?.into_view();
    let code = world.knob("code").unwrap_or_else(|| 1.into());
    let said = json!({
        "code": code, "description": "Submit success", "result": view.job, "properties": {},
    });
    Ok(Json(said).into_response())
}

fn check(asked: &Map<String, Value>) -> Result<(), &'static str> {
    let text = |name| wire::text(asked, name);
    let number = |name: &str| {
        asked
            .get(name)
            .map(|value| value.as_u64().unwrap_or(u64::MAX))
    };
    if text("prompt").is_none_or(str::is_empty) {
        return Err("prompt cannot be empty");
    }
    if text("motion").is_some_and(|motion| !["low", "high"].contains(&motion)) {
        return Err("motion must be low or high");
    }
    if number("batchSize").is_some_and(|batch| ![1, 2, 4].contains(&batch)) {
        return Err("batchSize must be 1, 2 or 4");
    }
    let long = |name, most| text(name).is_some_and(|text| text.len() > most);
    if long("state", 255) || long("notifyHook", 2_000) {
        return Err("state or notifyHook is too long");
    }
    match (text("action"), text("taskId"), text("image")) {
        (Some("extend"), Some(_), _) if number("index").is_some_and(|index| index < 4) => Ok(()),
        (Some("extend"), Some(_), _) => Err("index must be 0 to 3"),
        (Some(_), ..) => Err("action must be extend, with a taskId"),
        (None, Some(_), _) => Err("taskId needs action=extend"),
        (None, None, Some(image)) if readable(image) => Ok(()),
        (None, None, _) => Err("image must be a URL or a data URI"),
    }
}

fn readable(image: &str) -> bool {
    image.starts_with("https://") || wire::data_uri_bytes(image).is_some()
}

/// What the service refuses although the request is right.
fn willing(world: &Shared, asked: &Map<String, Value>) -> Result<(), Refusal> {
    let is = |name: &str| world.knob(name) == Some(Value::Bool(true));
    if is("full") {
        return Err(said(StatusCode::OK, QUEUE_FULL, "the queue is full"));
    }
    let banned = world.knob("banned");
    let banned = banned.as_ref().and_then(Value::as_str);
    let prompt = wire::text(asked, "prompt").unwrap_or_default();
    if banned.is_some_and(|word| prompt.contains(word)) {
        return Err(said(
            StatusCode::OK,
            BANNED,
            "the prompt may contain a banned word",
        ));
    }
    let Some(parent) = wire::text(asked, "taskId") else {
        return Ok(());
    };
    let Some(view) = world.peek(parent) else {
        return Err(said(
            StatusCode::NOT_FOUND,
            NOT_FOUND,
            "the parent does not exist",
        ));
    };
    match is("finished_parents") && view.stage.state != "SUCCESS" {
        true => Err(said(StatusCode::OK, NOT_VALID, "the parent is not done")),
        false => Ok(()),
    }
}

async fn fetch(
    State(world): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let view = world.look(&id).ok_or_else(no_task)?;
    Ok(Json(shown(&world, &view)).into_response())
}

fn no_task() -> Refusal {
    StatusCode::NOT_FOUND.into_response().into()
}

async fn list(
    State(world): State<Shared>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let asked = wire::object(&body).unwrap_or_default();
    let ids = asked
        .get("ids")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let views = ids.filter_map(|id| world.look(id.as_str()?));
    let tasks: Vec<_> = views.map(|view| shown(&world, &view)).collect();
    Ok(Json(tasks).into_response())
}

fn shown(world: &World, view: &View) -> Value {
    let state = view.stage.state.as_str();
    let asked = view.purchase.json();
    let action = match asked["action"].as_str() {
        Some(_) => "VIDEO_EXTEND",
        None => "VIDEO",
    };
    let mut task = Map::new();
    task.insert("id".into(), view.job.clone().into());
    task.insert("action".into(), action.into());
    task.insert("status".into(), state.into());
    task.insert("prompt".into(), asked["prompt"].clone());
    task.insert("state".into(), asked["state"].clone());
    task.insert("submitTime".into(), view.purchase.at_ms.into());
    if state == "SUCCESS" {
        let batch = asked["batchSize"].as_u64().unwrap_or(4) as usize;
        let video = |index| json!({ "url": world.link(view, index), "thumbnail": "" });
        task.insert("videoUrls".into(), (0..batch).map(video).collect());
        task.insert("videoUrl".into(), world.link(view, 0).into());
    }
    if state == "FAILURE" {
        task.insert("failReason".into(), "the video could not be made".into());
    }
    task.extend(view.stage.with.clone());
    Value::Object(task)
}

async fn cancel(
    State(world): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    world.peek(&id).ok_or_else(no_task)?;
    world.turn(&id, Stage::of("CANCEL"));
    Ok(Json(json!({ "code": 1, "description": "cancelled" })).into_response())
}

fn callback(world: &World, view: &View) -> Option<Callback> {
    let url = view.purchase.json()["notifyHook"].as_str()?.to_owned();
    let json = ("content-type".to_owned(), "application/json".to_owned());
    Some(Callback {
        url,
        headers: BTreeMap::from([json]),
        body: shown(world, view).to_string(),
    })
}
