//! From a request's body to a JSON object, within bounds. Deadlines are the listener's; fields are
//! `fields`' business.

use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;
use serde_json::{Map, Value};

use crate::error::{ApiError, Problem};
use crate::json::read_object;

/// The JSON object of a request.
///
/// # Errors
/// `Invalid` for another content type or coding, a body over `cap` bytes, and what is not one
/// object.
pub(crate) async fn object(
    head: &Parts,
    body: Body,
    cap: usize,
) -> Result<Map<String, Value>, ApiError> {
    json_only(head)?;
    let bytes = bytes(head, body, cap).await?;
    read_object(&bytes).map_err(ApiError::one)
}

/// The whole body, at most `cap` bytes.
pub(crate) async fn bytes(head: &Parts, body: Body, cap: usize) -> Result<Bytes, ApiError> {
    let announced = head.headers.get(CONTENT_LENGTH);
    let announced: Option<u64> = announced.and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length| length > cap as u64) {
        return Err(too_large(cap));
    }
    to_bytes(body, cap)
        .await
        .map_err(|error| match is_length(&error) {
            true => too_large(cap),
            false => ApiError::one(Problem::request("the body ended early or came too slowly")),
        })
}

fn too_large(cap: usize) -> ApiError {
    ApiError::one(Problem::request(format!(
        "the body is larger than {cap} bytes"
    )))
}

/// Whether reading stopped because of the cap.
fn is_length(error: &axum::Error) -> bool {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = source {
        if error.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        source = error.source();
    }
    false
}

/// A missing content type counts as JSON: raw scripts leave it out.
fn json_only(head: &Parts) -> Result<(), ApiError> {
    let refuse = |msg: &str| Err(ApiError::one(Problem::request(msg)));
    if let Some(coding) = head.headers.get(CONTENT_ENCODING)
        && !coding.as_bytes().eq_ignore_ascii_case(b"identity")
    {
        return refuse("the body must be sent without Content-Encoding");
    }
    let Some(value) = head.headers.get(CONTENT_TYPE) else {
        return Ok(());
    };
    let essence = value
        .as_bytes()
        .split(|byte| *byte == b';')
        .next()
        .unwrap_or_default();
    let essence = essence.trim_ascii().to_ascii_lowercase();
    match essence.is_empty() || essence == b"application/json" || essence.ends_with(b"+json") {
        true => Ok(()),
        false => refuse("the Content-Type must be application/json"),
    }
}
