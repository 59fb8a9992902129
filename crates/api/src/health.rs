//! `/health`, `/ready` and `/metrics`: for whoever runs the server. None wants a key, none says
//! anything about an account.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde_json::json;

use crate::error::{json as answer, to_json};
use crate::state::App;

/// The process is up and answers; nothing else is looked at.
pub(crate) async fn health() -> Response {
    answer(StatusCode::OK, to_json(&json!({ "status": "ok" })))
}

/// 200 or 503, with what the server says of itself.
pub(crate) async fn ready(State(app): State<App>) -> Response {
    let readiness = (app.readiness)();
    let ready = readiness.ready && !app.drain.is_cancelled();
    let status = match ready {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    answer(
        status,
        to_json(&json!({ "ready": ready, "details": readiness.details })),
    )
}

/// OpenMetrics text.
pub(crate) async fn metrics(State(app): State<App>) -> Response {
    let mut response = Response::new(Body::from((app.metrics_text)()));
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8"),
    );
    response
}
