//! `GET /account`: who a key belongs to. Clients use it to test a key.

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;

use crate::error::{ApiError, json, to_json};
use crate::state::App;

/// What an account without a limit is shown: the page's field is a number.
const UNLIMITED: i64 = 1_000_000;

#[derive(Serialize)]
struct Body<'a> {
    email: &'a str,
    credits: i64,
    total_images: i64,
    plan: &'a str,
}

/// Reads no body: clients send a JSON content type with nothing behind it.
pub(crate) async fn account(
    State(app): State<App>,
    request: Request,
) -> Result<Response, ApiError> {
    let (head, _) = request.into_parts();
    let caller = app.reader(&head).await?;
    let summary = app.store.account_summary(&caller.account.id).await?;
    let summary = summary.ok_or(ApiError::Unauthorized)?;
    let body = Body {
        email: &summary.account.email,
        credits: summary.available.unwrap_or(UNLIMITED),
        total_images: summary.made,
        plan: &summary.account.plan,
    };
    Ok(json(StatusCode::OK, to_json(&body)))
}
