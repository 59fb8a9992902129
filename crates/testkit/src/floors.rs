//! The least that could do what a submit or a fetch does, to measure the server against: a bare echo,
//! one prepared point read, one group-committed transaction of three rows. No rules, no checks, no
//! API: it is a limit, not a rival.

mod database;

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::post;

use database::Database;

/// `POST /echo`, `/point` and `/three` over a fresh database in `directory`.
///
/// # Errors
/// When the database cannot be made.
pub fn router(directory: &Path) -> anyhow::Result<Router> {
    let database = Arc::new(Database::open(&directory.join("floors.db"))?);
    Ok(Router::new()
        .route("/echo", post(|body: Bytes| async move { body }))
        .route("/point", post(point))
        .route("/three", post(three))
        .with_state(database))
}

async fn point(State(database): State<Arc<Database>>, _body: Bytes) -> impl IntoResponse {
    database
        .point()
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn three(State(database): State<Arc<Database>>, body: Bytes) -> impl IntoResponse {
    match database.three(body).await {
        Some(id) => Ok(format!("{{\"task_id\":\"{id}\"}}")),
        None => Err(StatusCode::INTERNAL_SERVER_ERROR),
    }
}
