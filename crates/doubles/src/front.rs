//! What every request to a double goes through before the double sees it: it is recorded, a fault
//! may hit it, and the films are served. Jobs that were sold are told to whoever calls clients back.
//! It knows no vendor.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::mpsc::UnboundedSender;

use crate::film;
use crate::script::{Act, Step};
use crate::serve::Hangup;
use crate::till::named;
use crate::world::{Recorded, Shared};

/// No request or answer of a double is larger, in bytes; uploads of the largest inputs fit.
const MOST: usize = 256 << 20;

/// The double's routes with all of that in front of them; `sold` hears of jobs to call back for.
pub(crate) fn router(world: &Shared, sold: UnboundedSender<String>) -> Router {
    let routes = (world.double().router)().route("/outputs/{job}/{file}", get(output));
    routes
        // Behind the faults: a vendor calls back for what it sold, whatever becomes of its answer.
        .layer(from_fn_with_state((Shared::clone(world), sold), told))
        .layer(from_fn_with_state(Shared::clone(world), pass))
        .layer(DefaultBodyLimit::disable())
        .with_state(Shared::clone(world))
}

async fn pass(State(world): State<Shared>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MOST).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let path = parts.uri.path_and_query();
    let (number, fault) = world.record(Recorded {
        step: step(&world, &parts.method, parts.uri.path()),
        method: parts.method.to_string(),
        path: path.map(ToString::to_string).unwrap_or_default(),
        headers: named(&parts.headers),
        body: readable(&body),
        status: None,
    });
    let request = Request::from_parts(parts, Body::from(body));
    let response = match fault {
        None => next.run(request).await,
        Some(fault) => {
            tokio::time::sleep(Duration::from_millis(fault.delay_ms)).await;
            act(&fault.act, world.double().id_at, request, next).await
        }
    };
    if response.extensions().get::<Hangup>().is_none() {
        world.answered(number, response.status());
    }
    response
}

/// Tells of the job that the double's own answer to a submit names.
async fn told(
    State((world, sold)): State<(Shared, UnboundedSender<String>)>,
    request: Request,
    next: Next,
) -> Response {
    let step = step(&world, request.method(), request.uri().path());
    let response = next.run(request).await;
    if step != Step::Submit || !response.status().is_success() || !world.calls_back() {
        return response;
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, MOST).await.unwrap_or_default();
    let answer = readable(&body);
    let job = answer.pointer(world.double().id_at).and_then(Value::as_str);
    if let Some(job) = job.filter(|job| world.peek(job).is_some()) {
        // Nobody listens only once the double is being stopped.
        let _ = sold.send(job.to_owned());
    }
    Response::from_parts(parts, Body::from(body))
}

fn step(world: &Shared, method: &Method, path: &str) -> Step {
    if path.starts_with("/outputs/") {
        Step::File
    } else {
        (world.double().step)(method, path)
    }
}

fn readable(body: &Bytes) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(body)
        .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(body).into_owned()))
}

async fn act(act: &Act, id_at: &str, request: Request, next: Next) -> Response {
    match act {
        Act::Answer {
            status,
            headers,
            body,
        } => answer(*status, headers, body),
        Act::DropBefore => hangup(),
        Act::DropAfterPurchase => {
            next.run(request).await;
            hangup()
        }
        Act::Garbage => with_body(next.run(request).await, b"{\"id\": \"".to_vec()),
        Act::NoId => without_id(next.run(request).await, id_at).await,
        Act::Wait => next.run(request).await,
    }
}

fn answer(status: u16, headers: &Map<String, Value>, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match body {
        Value::Null => status.into_response(),
        Value::String(text) => (status, text.clone()).into_response(),
        json => (status, axum::Json(json.clone())).into_response(),
    };
    for (name, value) in headers {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::try_from(text)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn hangup() -> Response {
    let mut response = StatusCode::OK.into_response();
    response.extensions_mut().insert(Hangup);
    response
}

fn with_body(response: Response, body: Vec<u8>) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(body))
}

async fn without_id(response: Response, id_at: &str) -> Response {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, MOST).await.unwrap_or_default();
    let mut json = readable(&body);
    let (parent, id) = id_at.rsplit_once('/').unwrap_or(("", id_at));
    if let Some(Value::Object(members)) = json.pointer_mut(parent) {
        members.remove(id);
    }
    with_body(
        Response::from_parts(parts, Body::empty()),
        json.to_string().into_bytes(),
    )
}

#[derive(Deserialize)]
struct Look {
    look: usize,
}

/// A film: whole, or the one range asked for, as the vendors' object stores do.
async fn output(
    State(world): State<Shared>,
    Path((job, file)): Path<(String, String)>,
    Query(Look { look }): Query<Look>,
    headers: HeaderMap,
) -> Response {
    let Some(index) = file.strip_suffix(".mp4") else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match world.fetch(&job, index, look) {
        None => StatusCode::NOT_FOUND.into_response(),
        Some(false) => (StatusCode::FORBIDDEN, "the link has expired").into_response(),
        Some(true) => film_from(&film::output(&job, index), &headers),
    }
}

fn film_from(film: &Bytes, headers: &HeaderMap) -> Response {
    let range = headers.get(header::RANGE).and_then(|r| r.to_str().ok());
    let from = range
        .and_then(|r| {
            r.strip_prefix("bytes=")?
                .strip_suffix('-')?
                .parse::<usize>()
                .ok()
        })
        .filter(|from| *from < film.len());
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("video/mp4"));
    let Some(from) = from else {
        return ([kind], film.clone()).into_response();
    };
    let range = format!("bytes {from}-{}/{}", film.len() - 1, film.len());
    let part = [(header::CONTENT_RANGE, range)];
    (
        StatusCode::PARTIAL_CONTENT,
        [kind],
        part,
        film.slice(from..),
    )
        .into_response()
}
