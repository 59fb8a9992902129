//! Replicate's predictions of official models, as its clients 1.0.7 (Python) and 1.4.0 (JavaScript)
//! speak to them.
//!
//! * From the official clients: paths, `Bearer`, the prediction object, its states, cancel, the signing
//!   secret's path and form, the events a webhook may ask for.
//! * Documented: 201 for a new prediction, 429 with a `detail`, posts signed by Standard Webhooks.
//! * Seen in third-party tables only: which members a model's `input` has (here the kinds that the
//!   seeds name).
//! * Unsure: members of an error beside `detail`; that unknown members of `input` are ignored.
//!
//! Nothing lets a client say its own id: a repeated POST buys again.
//! Knobs: `keys`, the tokens that are good, any is, without; `output`, `"list"` for models that give
//! their links in a list; `signature`, `"none"`, `"stale"` or `"wrong"` for what a post carries.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::double::{Callback, Double};
use crate::script::{Stage, Step};
use crate::till::{self, Order};
use crate::wire::Refusal;
use crate::world::{Shared, View, World};
use crate::{names, signing, wire};

pub(crate) const DOUBLE: Double = Double {
    name: "replicate",
    id_at: "/id",
    step,
    usual,
    router,
    callback: Some(callback),
};

/// The key that signs posts to clients: what `secret` gives after its prefix.
const SECRET: &[u8] = b"replicate-double-signing-key-32b";
/// Seconds by which a stale post is too old: the clients take five minutes.
const STALE_S: i64 = 3_600;

/// A model and the members its `input` must have.
const MODELS: &[(&str, &[&str])] = &[
    ("kwaivgi/kling-v1.6-standard", &["prompt"]),
    ("kwaivgi/kling-v1.6-pro", &["prompt"]),
    ("kwaivgi/kling-v2.1", &["prompt", "start_image"]),
    ("kwaivgi/kling-v2.5-turbo-pro", &["prompt"]),
    ("kwaivgi/kling-v2.6", &["prompt"]),
    ("runwayml/gen-4.5", &["prompt"]),
    ("wan-video/wan-2.5-t2v", &["prompt"]),
    ("wan-video/wan-2.5-i2v", &["image", "prompt"]),
    ("wan-video/wan-2.6-t2v", &["prompt"]),
    ("wan-video/wan-2.6-i2v", &["image", "prompt"]),
    ("wan-video/wan2.6-i2v-flash", &["image", "prompt"]),
];

fn usual() -> Vec<Stage> {
    let noisy = |logs: &str| Stage::of("processing").and("logs", logs);
    vec![
        Stage::of("starting"),
        noisy(" 10%|#         | 1/10"),
        noisy(" 10%|#         | 1/10\n 60%|######    | 6/10"),
        Stage::of("succeeded"),
    ]
}

fn step(method: &Method, path: &str) -> Step {
    let prediction = path.starts_with("/v1/predictions/");
    match *method {
        Method::POST if path.ends_with("/cancel") => Step::Cancel,
        Method::POST if path.ends_with("/predictions") => Step::Submit,
        Method::GET if prediction => Step::Poll,
        _ => Step::Other,
    }
}

fn router() -> Router<Shared> {
    Router::new()
        .route("/v1/models/{owner}/{name}/predictions", post(submit))
        .route("/v1/predictions/{id}", get(prediction))
        .route("/v1/predictions/{id}/cancel", post(cancel))
        .route("/v1/webhooks/default/secret", get(secret))
        .route("/v1/account", get(account))
        .fallback(|| async { not_found() })
}

fn refused(status: StatusCode, title: &str, detail: &str) -> Refusal {
    let body = json!({ "title": title, "detail": detail, "status": status.as_u16() });
    (status, Json(body)).into_response().into()
}

fn not_found() -> Refusal {
    let why = "The requested resource could not be found.";
    refused(StatusCode::NOT_FOUND, "Not found", why)
}

fn admitted(world: &Shared, headers: &HeaderMap) -> Result<(), Refusal> {
    let key = wire::credential(headers, "Bearer");
    if key.is_some_and(|key| world.knows_key(key)) {
        return Ok(());
    }
    let why = "You did not pass a valid authentication token";
    Err(refused(StatusCode::UNAUTHORIZED, "Unauthenticated", why))
}

async fn submit(
    State(world): State<Shared>,
    Path((owner, name)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let model = format!("{owner}/{name}");
    let known = MODELS.iter().find(|(known, _)| *known == model);
    let (_, required) = known.ok_or_else(not_found)?;
    let asked = wire::object(&body).unwrap_or_default();
    check(&asked, required).map_err(|why| {
        let title = "Input validation failed";
        refused(StatusCode::UNPROCESSABLE_ENTITY, title, &why)
    })?;
    let order = Order {
        key: "",
        headers: &headers,
        body: &body,
    };
    let name = |n| names::token("replicate", n);
    let view = world.buy_noting(order, model.into(), name)?.into_view();
    Ok((StatusCode::CREATED, Json(shown(&world, &view))).into_response())
}

fn check(asked: &Map<String, Value>, required: &[&str]) -> Result<(), String> {
    let input = asked.get("input").and_then(Value::as_object);
    let input = input.ok_or("- input is required")?;
    let given = |name: &str| wire::text(input, name).is_some_and(|text| !text.is_empty());
    if let Some(name) = required.iter().find(|name| !given(name)) {
        return Err(format!("- input: {name} is required"));
    }
    match input.get("duration") {
        Some(said) if !said.is_i64() => {
            Err("- input.duration: Invalid type. Expected: integer".into())
        }
        _ => Ok(()),
    }
}

fn shown(world: &World, view: &View) -> Value {
    let asked = view.purchase.json();
    let state = view.stage.state.as_str();
    let ended = matches!(state, "succeeded" | "failed" | "canceled" | "aborted");
    let at = |shown: bool| shown.then(|| created(view));
    let url = format!("{}/v1/predictions/{}", world.base(), view.job);
    let mut prediction = json!({
        "id": view.job,
        "model": view.purchase.note,
        "version": "hidden",
        "input": asked["input"],
        "output": output(world, view),
        "logs": "",
        "error": null,
        "status": state,
        "created_at": created(view),
        "started_at": at(state != "starting"),
        "completed_at": at(ended),
        "data_removed": false,
        "source": "api",
        "urls": { "get": url, "cancel": format!("{url}/cancel") },
    });
    if ended {
        prediction["metrics"] = json!({ "predict_time": 60.5, "total_time": 61.5 });
    }
    for (name, value) in &view.stage.with {
        prediction[name] = value.clone();
    }
    prediction
}

/// One link, or a list of one; nothing before the end.
fn output(world: &World, view: &View) -> Value {
    if view.stage.state != "succeeded" {
        return Value::Null;
    }
    let link = world.link(view, 0);
    match world.knob("output") {
        Some(knob) if knob == "list" => json!([link]),
        _ => link.into(),
    }
}

fn created(view: &View) -> String {
    jiff::Timestamp::from_millisecond(view.purchase.at_ms)
        .unwrap_or_default()
        .to_string()
}

async fn prediction(
    State(world): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let view = world.look(&id).ok_or_else(not_found)?;
    Ok(Json(shown(&world, &view)).into_response())
}

/// Cancels what runs; what has ended stays as it is.
async fn cancel(
    State(world): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let view = world.peek(&id).ok_or_else(not_found)?;
    if matches!(view.stage.state.as_str(), "starting" | "processing") {
        world.turn(&id, Stage::of("canceled"));
    }
    let view = world.peek(&id).ok_or_else(not_found)?;
    Ok(Json(shown(&world, &view)).into_response())
}

async fn secret(State(world): State<Shared>, headers: HeaderMap) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let key = format!("whsec_{}", STANDARD.encode(SECRET));
    Ok(Json(json!({ "key": key })).into_response())
}

async fn account(State(world): State<Shared>, headers: HeaderMap) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let account = json!({ "type": "organization", "username": "acme", "name": "Acme" });
    Ok(Json(account).into_response())
}

/// The prediction, to the client that asked for this event.
fn callback(world: &World, view: &View) -> Option<Callback> {
    let asked = view.purchase.json();
    let event = match view.stage.state.as_str() {
        "starting" => "start",
        "processing" => "logs",
        _ => "completed",
    };
    let wanted = asked["webhook_events_filter"].as_array();
    if wanted.is_some_and(|wanted| !wanted.iter().any(|name| name == event)) {
        return None;
    }
    let body = shown(world, view).to_string();
    Some(Callback {
        url: asked["webhook"].as_str()?.to_owned(),
        headers: signed(world, &view.job, &body),
        body,
    })
}

/// Headers of Standard Webhooks, as the knob `signature` has them.
fn signed(world: &World, job: &str, body: &str) -> BTreeMap<String, String> {
    let manner = world.knob("signature").unwrap_or_default();
    let mut headers = BTreeMap::from([("content-type".to_owned(), "application/json".to_owned())]);
    if manner == "none" {
        return headers;
    }
    let age = if manner == "stale" { STALE_S } else { 0 };
    let at = till::now() / 1_000 - age;
    let key: &[u8] = if manner == "wrong" {
        b"another key"
    } else {
        SECRET
    };
    headers.extend(signing::standard_webhooks(key, job, at, body));
    headers
}
