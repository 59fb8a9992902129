//! LegNext's API for Midjourney videos. All of it is seen in other people's code and LegNext's pages:
//! paths, `x-api-key`, the job object that answers everything, four links for each job, the shape of
//! errors, the unsigned `callback` with the same object.
//!
//! Unsure: what an unknown job is answered with (here 404 in the shape of its errors), and the words of
//! `task_type`. Knobs: `keys`; `banned`, a word that is refused (403); `credits`, false for none (402).

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::double::{Callback, Double};
use crate::script::{Stage, Step};
use crate::till::Order;
use crate::wire::Refusal;
use crate::world::{Shared, View, World};
use crate::{names, wire};

pub(crate) const DOUBLE: Double = Double {
    name: "legnext",
    id_at: "/job_id",
    step,
    usual,
    router,
    callback: Some(callback),
};

fn usual() -> Vec<Stage> {
    ["pending", "staged", "processing", "completed"]
        .map(Stage::of)
        .to_vec()
}

fn step(method: &Method, path: &str) -> Step {
    match *method {
        Method::POST if path.starts_with("/api/v1/") => Step::Submit,
        Method::GET if path.starts_with("/api/v1/job/") => Step::Poll,
        _ => Step::Other,
    }
}

fn router() -> Router<Shared> {
    Router::new()
        .route("/api/v1/video-diffusion", post(diffusion))
        .route("/api/v1/extend-video", post(extend))
        .route("/api/v1/job/{id}", get(job))
        .fallback(|| async { refused(StatusCode::NOT_FOUND, "no such path") })
}

fn refused(status: StatusCode, message: &str) -> Refusal {
    let body = json!({
        "code": status.as_u16(), "message": message, "raw_message": message, "detail": null,
    });
    (status, Json(body)).into_response().into()
}

fn admitted(world: &Shared, headers: &HeaderMap) -> Result<(), Refusal> {
    let key = wire::header(headers, "x-api-key");
    match key.is_some_and(|key| world.knows_key(key)) {
        true => Ok(()),
        false => Err(refused(StatusCode::UNAUTHORIZED, "invalid api key")),
    }
}

fn bad(message: &str) -> Refusal {
    refused(StatusCode::BAD_REQUEST, message)
}

async fn diffusion(
    State(world): State<Shared>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let asked = wire::object(&body).ok_or_else(|| bad("the body is not an object"))?;
    let prompt = wire::text(&asked, "prompt").unwrap_or_default();
    if prompt.is_empty() || prompt.chars().count() > 8_192 {
        return Err(bad("prompt must have 1 to 8192 characters"));
    }
    let first = prompt.split_whitespace().next().unwrap_or_default();
    if !wire::is_public_https(first) {
        return Err(bad("prompt must begin with the link to an image"));
    }
    if asked
        .get("videoType")
        .is_some_and(|kind| *kind != 0 && *kind != 1)
    {
        return Err(bad("videoType must be 0 or 1"));
    }
    sold(&world, &headers, &body, &asked)
}

async fn extend(
    State(world): State<Shared>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let asked = wire::object(&body).ok_or_else(|| bad("the body is not an object"))?;
    if wire::text(&asked, "jobId").is_none_or(str::is_empty) {
        return Err(bad("jobId is required"));
    }
    let number = asked.get("videoNo").and_then(Value::as_u64);
    match number.is_some_and(|number| number < 4) {
        true => sold(&world, &headers, &body, &asked),
        false => Err(bad("videoNo must be 0 to 3")),
    }
}

fn sold(
    world: &Shared,
    headers: &HeaderMap,
    body: &[u8],
    asked: &Map<String, Value>,
) -> Result<Response, Refusal> {
    let prompt = wire::text(asked, "prompt").unwrap_or_default();
    let banned = world.knob("banned");
    let banned = banned.as_ref().and_then(Value::as_str);
    if banned.is_some_and(|word| prompt.contains(word)) {
        return Err(refused(StatusCode::FORBIDDEN, "sensitive content"));
    }
    if world.knob("credits") == Some(json!(false)) {
        return Err(refused(StatusCode::PAYMENT_REQUIRED, "no credits left"));
    }
    let order = Order {
        key: "",
        headers,
        body,
    };
    let sale = world.buy(order, |n| names::uuid("legnext", n))?;
    Ok(Json(shown(world, &sale.into_view())).into_response())
}

async fn job(
    State(world): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let view = world.look(&id);
    let view = view.ok_or_else(|| refused(StatusCode::NOT_FOUND, "job not found"))?;
    Ok(Json(shown(&world, &view)).into_response())
}

fn shown(world: &World, view: &View) -> Value {
    let asked = view.purchase.json();
    let state = view.stage.state.as_str();
    let kind = match asked.get("videoNo") {
        Some(_) => "extend_video",
        None => "video_diffusion",
    };
    let urls =
        (state == "completed").then(|| (0..4).map(|n| world.link(view, n)).collect::<Vec<_>>());
    let message = (state == "failed").then_some("the job failed");
    let mut job = json!({
        "job_id": view.job, "model": "midjourney", "task_type": kind, "status": state,
        "config": {"service_mode": "public", "webhook_config": {"endpoint": "", "secret": ""}},
        "input": null, "output": {"video_urls": urls, "seed": null},
        "meta": {"usage": {"type": "point", "frozen": 0, "consume": 480}},
        "detail": null, "logs": [], "error": {"code": 0, "message": message},
    });
    for (name, value) in &view.stage.with {
        job[name] = value.clone();
    }
    job
}

fn callback(world: &World, view: &View) -> Option<Callback> {
    let asked = view.purchase.json();
    let json = ("content-type".to_owned(), "application/json".to_owned());
    Some(Callback {
        url: asked["callback"].as_str()?.to_owned(),
        headers: BTreeMap::from([json]),
        body: shown(world, view).to_string(),
    })
}
