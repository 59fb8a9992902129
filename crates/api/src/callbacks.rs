//! `/callbacks/{provider}/{nonce}`: what providers post when a job moved. Only the door: whose
//! attempt it is and whether the signature holds is decided behind the `callback` value, and the
//! body is never more than a hint to look.

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;

use crate::body;
use crate::error::{ApiError, json};
use crate::parts::{Callback, Verdict};
use crate::state::App;

/// Largest body of a provider, in bytes; fal and Replicate post whole results.
const CAP: usize = 1 << 20;

pub(crate) async fn callback(
    State(app): State<App>,
    Path((provider, nonce)): Path<(String, String)>,
    request: Request,
) -> Result<Response, ApiError> {
    let (head, body) = request.into_parts();
    let body = body::bytes(&head, body, CAP).await?;
    let callback = Callback {
        provider,
        nonce,
        headers: head.headers,
        body,
        now: app.now(),
    };
    match (app.callback)(callback).await? {
        Verdict::Taken => Ok(json(StatusCode::OK, "{}".into())),
        Verdict::Refused => Err(ApiError::NotFound("no job waits for this callback".into())),
    }
}
