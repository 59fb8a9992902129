//! What every answer has and every request passes: an id, headers that keep browsers and caches
//! off, and the shapes for what no handler answers. Kept thin: it runs for every poll.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue, StatusCode};

use crate::error::{ApiError, Cause, json};
use crate::routes;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Where request ids come from: a random word of this process and a count.
pub(crate) struct RequestIds {
    process: u32,
    count: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new(process: u32) -> Arc<Self> {
        Arc::new(Self {
            process,
            count: AtomicU64::new(0),
        })
    }

    fn next(&self) -> HeaderValue {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        HeaderValue::try_from(format!("{:08x}-{count:x}", self.process))
            .expect("hexadecimal digits and a hyphen are a header value")
    }
}

/// Around every request.
pub(crate) async fn around(
    State(ids): State<Arc<RequestIds>>,
    request: Request,
    next: Next,
) -> Response {
    let id = ids.next();
    let path = tracing::enabled!(tracing::Level::DEBUG).then(|| request.uri().path().to_owned());
    let mut response = next.run(request).await;
    note(&id, path.as_deref(), &response);
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

fn note(id: &HeaderValue, path: Option<&str>, response: &Response) {
    let (status, id) = (response.status().as_u16(), id.to_str().unwrap_or_default());
    if let Some(Cause(cause)) = response.extensions().get::<Cause>() {
        tracing::error!(request.id = id, %cause, "a request could not be answered");
    }
    if let Some(path) = path {
        tracing::debug!(request.id = id, url.path = path, status, "answered");
    }
}

/// For a path that the router knows, with a method that it does not.
pub(crate) async fn wrong_method(path: Option<MatchedPath>) -> ApiError {
    let path = path.as_ref().map_or("", MatchedPath::as_str);
    ApiError::Method {
        allow: routes::methods_of(path),
    }
}

/// For a path that the router does not know.
pub(crate) async fn nothing_here(request: Request) -> ApiError {
    let path = request.uri().path();
    let makes_images = IMAGE_PATHS.iter().any(|prefix| path.starts_with(prefix));
    let why = match makes_images {
        true => "this server makes video, not images; it has",
        false => "there is nothing at this path; this server has",
    };
    ApiError::NotFound(format!("{why}: {}", routes::names()))
}

/// For any path of a client, at a node that answers none.
pub(crate) async fn no_clients_here() -> ApiError {
    let text = "this node works and answers no clients: ask one whose role is \"api\" or \"all\"";
    ApiError::NotFound(text.to_owned())
}

/// How APIFRAME's paths for images begin.
const IMAGE_PATHS: [&str; 19] = [
    "/imagine",
    "/pro",
    "/upscale",
    "/variations",
    "/vary",
    "/reroll",
    "/inpaint",
    "/outpaint",
    "/zoom",
    "/pan",
    "/describe",
    "/blend",
    "/shorten",
    "/seed",
    "/faceswap",
    "/flux",
    "/ideogram",
    "/nano-banana",
    "/ai-photo",
];

/// A panic in a handler is a fault of ours: the client sees a 500, the log the message.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the layer hands the panic over by value"
)]
pub(crate) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    let mut response = json(StatusCode::INTERNAL_SERVER_ERROR, "{}".into()).into_response();
    response
        .extensions_mut()
        .insert(Cause(format!("a handler panicked: {text}").into()));
    response
}
