//! fal's queue, as its clients 1.0.3 (Python) and 1.10.1 (JavaScript) speak to it.
//!
//! * From the official clients: `Key`, the endpoint as the path of a submit and its first two words in
//!   all other paths, the three addresses in an answer, `x-fal-request-id` on a result.
//! * Documented: 202 while a request waits and 200 when it is complete, the three ends of a cancel, a
//!   request that fails is complete and its result is the model's own HTTP error, posts to clients and
//!   their signature (`hooks`).
//! * Unsure: a result asked for too early (here 400), an endpoint that is none (here 404), what a
//!   cancelled request shows (here complete, with an error).
//!
//! Nothing lets a client say its own id: a repeated POST buys again. A request with a bad input is
//! accepted and fails, since the queue does not look into it.
//! Knobs: `keys`, the keys that are good, `id:secret`; any is, without. A stage `COMPLETED` with `error`
//! has a 422 as its result, with `failure` as the detail where it is said.
//! `signature` (`stale`, `wrong`, `tampered`) and `rotated` say how posts are signed; the keys are at
//! `/.well-known/jwks.json`, which fal has on another host.

mod hooks;

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::{Map, Value, json};

use crate::double::Double;
use crate::film;
use crate::script::{Stage, Step};
use crate::till::Order;
use crate::wire::Refusal;
use crate::world::{Shared, View, World};
use crate::{names, wire};

pub(crate) const DOUBLE: Double = Double {
    name: "fal",
    id_at: "/request_id",
    step,
    usual,
    router,
    callback: Some(hooks::callback),
};

/// How endpoints begin that this double has: video models of two makers.
const FAMILIES: &[&str] = &[
    "fal-ai/kling-video/",
    "fal-ai/wan-25-preview/",
    "wan/v2.6/",
    "fal-ai/wan/v2.7/",
];

fn usual() -> Vec<Stage> {
    vec![
        Stage::of("IN_QUEUE").and("queue_position", 1),
        Stage::of("IN_QUEUE").and("queue_position", 0),
        Stage::of("IN_PROGRESS"),
        Stage::of("COMPLETED"),
    ]
}

fn step(method: &Method, path: &str) -> Step {
    match *method {
        Method::PUT => Step::Cancel,
        Method::GET if path.ends_with("/status") => Step::Poll,
        Method::GET => Step::Result,
        Method::POST => Step::Submit,
        _ => Step::Other,
    }
}

fn router() -> Router<Shared> {
    Router::new()
        .route("/{owner}/{alias}/requests/{id}/status", get(status))
        .route("/{owner}/{alias}/requests/{id}", get(result))
        .route("/{owner}/{alias}/requests/{id}/cancel", put(cancel))
        .route("/.well-known/jwks.json", get(hooks::keys))
        .fallback(submit)
}

fn refused(status: StatusCode, detail: &str) -> Refusal {
    (status, Json(json!({ "detail": detail })))
        .into_response()
        .into()
}

fn admitted(world: &Shared, headers: &HeaderMap) -> Result<(), Refusal> {
    let key = wire::credential(headers, "Key");
    if key.is_some_and(|key| world.knows_key(key)) {
        return Ok(());
    }
    let why = "Cannot access application. Authentication is required.";
    Err(refused(StatusCode::UNAUTHORIZED, why))
}

/// Any path that is nothing else is an endpoint's.
async fn submit(
    State(world): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let endpoint = uri.path().trim_matches('/');
    let known = FAMILIES.iter().any(|family| endpoint.starts_with(family));
    if method != Method::POST || !known {
        let why = format!("Application '{endpoint}' not found");
        return Err(refused(StatusCode::NOT_FOUND, &why));
    }
    let asked = wire::object(&body);
    let asked = asked.ok_or_else(|| refused(StatusCode::BAD_REQUEST, "Invalid JSON"))?;
    let order = Order {
        key: "",
        headers: &headers,
        body: &body,
    };
    let note = json!({ "app": two_words(endpoint), "hook": asked_hook(&uri) });
    let name = |n| names::uuid("fal", n);
    let view = world.buy_noting(order, note, name)?.into_view();
    if let Err(why) = check(endpoint, &asked) {
        let failed = Stage::of("COMPLETED").and("error", "Invalid input");
        world.turn(&view.job, failed.and("failure", wrong_input(&why)));
    }
    let mut answer = addressed(&world, &view);
    answer.insert("status".into(), "IN_QUEUE".into());
    answer.insert("queue_position".into(), 0.into());
    Ok(Json(answer).into_response())
}

/// Where the client wants to hear of the end.
fn asked_hook(uri: &Uri) -> Option<String> {
    let Query(query) = Query::<BTreeMap<String, String>>::try_from_uri(uri).ok()?;
    query.get("fal_webhook").cloned()
}

/// All that the paths of a request keep of its endpoint.
fn two_words(endpoint: &str) -> String {
    let words: Vec<&str> = endpoint.split('/').take(2).collect();
    words.join("/")
}

/// What the model itself would refuse: durations are texts here, and images are asked for by name.
fn check(endpoint: &str, asked: &Map<String, Value>) -> Result<(), String> {
    let given = |name: &str| wire::text(asked, name).is_some_and(|text| !text.is_empty());
    if !given("prompt") {
        return Err("prompt".into());
    }
    let image = endpoint.contains("image-to-video");
    if image && !given("image_url") && !given("start_image_url") {
        return Err("image_url".into());
    }
    match asked.get("duration") {
        Some(said) if !said.is_string() => Err("duration".into()),
        _ => Ok(()),
    }
}

fn wrong_input(member: &str) -> Value {
    json!([{ "loc": ["body", member], "msg": "field required", "type": "value_error.missing" }])
}

/// The members that every answer about a request has.
fn addressed(world: &World, view: &View) -> Map<String, Value> {
    let (app, job) = (app(view), view.job.as_str());
    let url = format!("{}/{app}/requests/{job}", world.base());
    let mut members = Map::new();
    members.insert("request_id".into(), job.into());
    members.insert("gateway_request_id".into(), job.into());
    members.insert("status_url".into(), format!("{url}/status").into());
    members.insert("cancel_url".into(), format!("{url}/cancel").into());
    members.insert("response_url".into(), url.into());
    members
}

type RequestPath = Path<(String, String, String)>;

/// The request, if it is this application's.
fn of_app(path: &(String, String, String), view: Option<View>) -> Option<View> {
    let (owner, alias, _) = path;
    view.filter(|view| app(view) == format!("{owner}/{alias}"))
}

/// The application that a request was for.
fn app(view: &View) -> &str {
    view.purchase.note["app"].as_str().unwrap_or_default()
}

fn unknown() -> Refusal {
    let body = json!({ "status": "NOT_FOUND", "detail": "Request not found" });
    (StatusCode::NOT_FOUND, Json(body)).into_response().into()
}

async fn status(
    State(world): State<Shared>,
    headers: HeaderMap,
    Path(path): RequestPath,
    uri: Uri,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let view = of_app(&path, world.look(&path.2)).ok_or_else(unknown)?;
    let state = view.stage.state.as_str();
    let mut body = addressed(&world, &view);
    body.insert("status".into(), state.into());
    if state == "IN_QUEUE" {
        body.insert("queue_position".into(), 0.into());
    } else {
        body.insert("logs".into(), log(uri.query().unwrap_or_default()));
    }
    if state == "COMPLETED" {
        body.insert("metrics".into(), json!({ "inference_time": 60.5 }));
    }
    body.extend(view.stage.with.clone());
    body.remove("failure");
    let status = match state {
        "COMPLETED" => StatusCode::OK,
        _ => StatusCode::ACCEPTED,
    };
    Ok((status, Json(body)).into_response())
}

/// Null unless asked for; the two clients ask each in its own words.
fn log(query: &str) -> Value {
    if !query.contains("logs=1") && !query.contains("logs=true") {
        return Value::Null;
    }
    let at = "2026-11-01T10:00:00Z";
    json!([{ "message": "at work", "level": "INFO", "source": "USER", "timestamp": at }])
}

async fn result(
    State(world): State<Shared>,
    headers: HeaderMap,
    Path(path): RequestPath,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let view = of_app(&path, world.peek(&path.2)).ok_or_else(unknown)?;
    let id = [("x-fal-request-id", view.job.clone())];
    if view.stage.state != "COMPLETED" {
        return Err(refused(
            StatusCode::BAD_REQUEST,
            "Request is still in progress",
        ));
    }
    let body = Json(outcome(&world, &view));
    if view.stage.with.contains_key("error") {
        let kind = [("x-fal-error-type", "request_failed")];
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, id, kind, body).into_response());
    }
    Ok((id, body).into_response())
}

/// What the model itself answered: its output, or its error.
fn outcome(world: &World, view: &View) -> Value {
    if let Some(error) = view.stage.with.get("error") {
        return json!({ "detail": view.stage.with.get("failure").unwrap_or(error) });
    }
    let video = json!({
        "url": world.link(view, 0), "content_type": "video/mp4", "file_name": "output.mp4",
        "file_size": film::output(&view.job, "0").len(),
    });
    json!({ "video": video })
}

async fn cancel(
    State(world): State<Shared>,
    headers: HeaderMap,
    Path(path): RequestPath,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let view = of_app(&path, world.peek(&path.2)).ok_or_else(unknown)?;
    if view.stage.state == "COMPLETED" {
        let body = json!({ "status": "ALREADY_COMPLETED" });
        return Ok((StatusCode::BAD_REQUEST, Json(body)).into_response());
    }
    let cancelled = Stage::of("COMPLETED").and("error", "Request was cancelled");
    world.turn(&view.job, cancelled);
    let body = json!({ "status": "CANCELLATION_REQUESTED" });
    Ok((StatusCode::ACCEPTED, Json(body)).into_response())
}
