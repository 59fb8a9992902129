//! The control address, for tests in other processes and languages: it sets scripts, reads ledgers
//! and requests, and moves jobs that call back. No vendor has such a thing.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::callback;
use crate::wire::Refusal;
use crate::world::Shared;

type Worlds = Arc<BTreeMap<&'static str, Shared>>;

pub(crate) fn router(worlds: BTreeMap<&'static str, Shared>) -> Router {
    Router::new()
        .route("/", get(names))
        .route("/{name}/script", post(script))
        .route("/{name}/purchases", get(purchases))
        .route("/{name}/requests", get(requests))
        .route("/{name}/jobs/{job}/advance", post(advance))
        .with_state(Arc::new(worlds))
}

async fn names(State(worlds): State<Worlds>) -> Json<Value> {
    Json(json!(worlds.keys().collect::<Vec<_>>()))
}

async fn script(
    State(worlds): State<Worlds>,
    Path(name): Path<String>,
    body: String,
) -> Result<StatusCode, Refusal> {
    let world = known(&worlds, &name)?;
    let change = serde_json::from_str(&body)
        .map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()).into_response())?;
    world.change(change);
    Ok(StatusCode::NO_CONTENT)
}

async fn purchases(
    State(worlds): State<Worlds>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let world = known(&worlds, &name)?;
    Ok(Json(json!(world.purchases())))
}

async fn requests(
    State(worlds): State<Worlds>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let world = known(&worlds, &name)?;
    Ok(Json(json!(world.requests())))
}

/// Moves a job one stage and calls back; answers the stage and what the client said to the callback,
/// null where there was none.
async fn advance(
    State(worlds): State<Worlds>,
    Path((name, job)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    let world = known(&worlds, &name)?;
    let missing = || (StatusCode::NOT_FOUND, "no such job").into_response();
    let moved = callback::advance(world, &job).await.ok_or_else(missing)?;
    Ok(Json(json!({ "stage": moved.stage, "heard": moved.heard })))
}

fn known<'a>(worlds: &'a Worlds, name: &str) -> Result<&'a Shared, Refusal> {
    let missing = || (StatusCode::NOT_FOUND, "no such double").into_response();
    Ok(worlds.get(name).ok_or_else(missing)?)
}
