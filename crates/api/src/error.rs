//! Every answer that is not a success, in the shapes of the v1 pages: who gets which status, which
//! body and which headers. Not why a task failed: a failed task is a 200 of `/fetch`.
//!
//! The client's text and the operator's reason never mix: a body says what the client can change,
//! the log (written where an error is turned into an answer) says what happened.

use std::sync::Arc;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use framewright_store::{BlobError, StoreError};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

/// One thing that is wrong with a request. `msg` names the field and what it may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    pub msg: String,
    /// The request's own word for the field; absent when the request as a whole is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<&'static str>,
}

impl Problem {
    /// A problem of one field.
    pub fn field(name: &'static str, msg: impl Into<String>) -> Self {
        Self {
            msg: msg.into(),
            field: Some(name),
        }
    }

    /// A problem of the request as a whole.
    pub fn request(msg: impl Into<String>) -> Self {
        Self {
            msg: msg.into(),
            field: None,
        }
    }
}

/// Why a request is not answered with success.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// 400 with every problem that was found; at least one.
    #[error("the request is not valid")]
    Invalid(Vec<Problem>),
    /// 401 `{}`: no key, a wrong one, a revoked one, or a suspended account; the client is not told
    /// which.
    #[error("no valid key came with the request")]
    Unauthorized,
    /// 402: the account's credits do not cover the hold. Not remembered by an idempotency key.
    #[error("the account has too few credits")]
    NoCredits { needed: i64, available: i64 },
    /// 403: a key without the right, or a link to a file that we did not sign or that is over.
    #[error("the key or the link does not allow this")]
    Forbidden(String),
    /// 404: nothing is served there, or nothing any more.
    #[error("there is nothing at this path")]
    NotFound(String),
    /// 405 with the methods that the path does answer.
    #[error("the path does not answer this method")]
    Method { allow: &'static str },
    /// 409: the request contradicts something that is already so.
    #[error("the request contradicts an earlier one")]
    Conflict(Problem),
    /// 416: the file has no such part. `length` is the file's, in bytes.
    #[error("the file has no such range")]
    Range { length: u64 },
    /// 429: a rate, queue, account or credit cap. Worth trying again in so many seconds.
    #[error("a cap is reached")]
    TooMany { msg: String, retry_after_s: u64 },
    /// 500 `{}`: the store did not do what was asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// 500 `{}`: a file could not be read or written; 503 where the bucket does not answer for now.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// 503 `{}`: this process is on its way out; another is, or will be, there.
    #[error("the server is draining")]
    Draining,
}

/// Seconds after which a client of a draining process, or one without its bucket, should look again.
const DRAIN_RETRY_S: u64 = 5;

impl ApiError {
    /// A 400 with a single problem.
    pub fn one(problem: Problem) -> Self {
        Self::Invalid(vec![problem])
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::NoCredits { .. } => StatusCode::PAYMENT_REQUIRED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Method { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Range { .. } => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Blob(BlobError::Away(_)) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(_) | Self::Blob(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Draining => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn problems(self) -> Vec<Problem> {
        match self {
            Self::Invalid(problems) => problems,
            Self::Conflict(problem) => vec![problem],
            Self::Forbidden(msg) | Self::NotFound(msg) | Self::TooMany { msg, .. } => {
                vec![Problem::request(msg)]
            }
            Self::NoCredits { needed, available } => vec![Problem::request(format!(
                "insufficient credits: this task needs {needed}, the account has {available}"
            ))],
            Self::Method { allow } => {
                vec![Problem::request(format!("this path answers only {allow}"))]
            }
            Self::Range { length } => vec![Problem::request(format!(
                "the file has {length} bytes; ask for one range inside it"
            ))],
            Self::Unauthorized | Self::Store(_) | Self::Blob(_) | Self::Draining => Vec::new(),
        }
    }

    fn extra_header(&self) -> Option<(header::HeaderName, String)> {
        match self {
            Self::Method { allow } => Some((header::ALLOW, (*allow).to_owned())),
            Self::TooMany { retry_after_s, .. } => {
                Some((header::RETRY_AFTER, retry_after_s.to_string()))
            }
            Self::Draining | Self::Blob(BlobError::Away(_)) => {
                Some((header::RETRY_AFTER, DRAIN_RETRY_S.to_string()))
            }
            Self::Range { length } => Some((header::CONTENT_RANGE, format!("bytes */{length}"))),
            _ => None,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let cause = match &self {
            Self::Store(error) => Some(Cause(error.to_string().into())),
            Self::Blob(error) => Some(Cause(error.to_string().into())),
            _ => None,
        };
        let status = self.status();
        let extra = self.extra_header();
        let mut response = json(status, body(&self.problems()));
        if let Some((name, value)) = extra
            && let Ok(value) = HeaderValue::try_from(value)
        {
            response.headers_mut().insert(name, value);
        }
        if let Some(cause) = cause {
            response.extensions_mut().insert(cause);
        }
        response
    }
}

/// What went wrong behind a 500, for the log line of the request; never in the answer.
#[derive(Clone, Debug)]
pub(crate) struct Cause(pub Arc<str>);

/// The seeds' shape, and beside it the first problem as `message`, which the official clients show.
#[derive(Serialize)]
struct ErrorBody<'a> {
    errors: &'a [Problem],
    message: &'a str,
}

fn body(problems: &[Problem]) -> Bytes {
    match problems.first() {
        None => Bytes::from_static(b"{}"),
        Some(first) => to_json(&ErrorBody {
            errors: problems,
            message: &first.msg,
        }),
    }
}

/// An answer with a JSON body.
pub(crate) fn json(status: StatusCode, bytes: Bytes) -> Response {
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

/// The JSON text of a value of ours.
pub(crate) fn to_json(value: &impl Serialize) -> Bytes {
    let text = serde_json::to_vec(value)
        .expect("types of this crate have text keys and no failing serializer");
    Bytes::from(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_listed_and_the_first_is_the_message() {
        let problems = [
            Problem::field("prompt", "prompt is required"),
            Problem::request("no"),
        ];
        assert_eq!(
            body(&problems),
            r#"{"errors":[{"msg":"prompt is required","field":"prompt"},{"msg":"no"}],"message":"prompt is required"}"#
        );
    }

    #[test]
    fn a_405_names_the_methods_and_a_429_the_wait() {
        let answer = ApiError::Method { allow: "POST" }.into_response();
        assert_eq!(answer.headers()[header::ALLOW], "POST");
        let answer = ApiError::TooMany {
            msg: "slow down".into(),
            retry_after_s: 3,
        }
        .into_response();
        assert_eq!(
            (answer.status(), &answer.headers()[header::RETRY_AFTER]),
            (
                StatusCode::TOO_MANY_REQUESTS,
                &HeaderValue::from_static("3")
            )
        );
    }
}
