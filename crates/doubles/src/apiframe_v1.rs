//! APIFRAME's first API, for video.
//!
//! * Documented: paths and fields of the five endpoints, 200 with a `task_id`, `/fetch`,
//!   `/fetch-many` with 2 to 20 ids, `/account`, `/upload` (2 MB), the bodies of tasks that work and
//!   are done, 400 `{"errors":[{"msg"}]}`, 401 `{}`.
//! * From its SDKs, run on loopback: the key with or without `Bearer`, `/upload-audio`, `index` as a
//!   string, a failed task's `message`.
//! * Unsure: what an unknown id is answered (here a 400, and left out of a list), whether an extend
//!   wants its parent finished (here only with the knob `finished_parents`).
//!
//! No key of a client's is honoured, so a repeated POST buys again; with the knob `idempotent` it is
//! another server of this API that honours `Idempotency-Key`. Knobs: `keys`, `idempotent`,
//! `finished_parents`, `most_ids` (the largest list that is taken).

mod fields;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, http::HeaderMap};
use http::{Method, StatusCode};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::double::Double;
use crate::script::{Stage, Step};
use crate::till::Order;
use crate::wire::Refusal;
use crate::world::{Sale, Shared, View};
use crate::{names, wire};
use fields::Endpoint;

pub(crate) const DOUBLE: Double = Double {
    name: "apiframe_v1",
    id_at: "/task_id",
    step,
    usual,
    router,
    callback: None,
};

/// Bytes of an upload.
const UPLOAD_MOST: usize = 2_000_000;

fn usual() -> Vec<Stage> {
    let processing = |percentage: &str| Stage::of("processing").and("percentage", percentage);
    vec![
        Stage::of("pending").and("percentage", "0"),
        processing("10"),
        processing("40"),
        Stage::of("finished"),
    ]
}

fn step(method: &Method, path: &str) -> Step {
    match (method, path) {
        (&Method::POST, "/fetch" | "/fetch-many") => Step::Poll,
        (&Method::POST, path) if Endpoint::at(path).is_some() => Step::Submit,
        _ => Step::Other,
    }
}

fn router() -> Router<Shared> {
    let routes = Router::new()
        .route("/fetch", post(fetch))
        .route("/fetch-many", post(fetch_many))
        .route("/account", get(account))
        .route(
            "/upload",
            post(|state, headers, body| upload("image", state, headers, body)),
        )
        .route(
            "/upload-audio",
            post(|state, headers, body| upload("audio", state, headers, body)),
        );
    fields::ALL.iter().fold(routes, |routes, endpoint| {
        routes.route(endpoint.path, post(submit))
    })
}

fn bad(why: &str) -> Refusal {
    let body = json!({ "errors": [{ "msg": why }] });
    (StatusCode::BAD_REQUEST, Json(body)).into_response().into()
}

fn admitted(world: &Shared, headers: &HeaderMap) -> Result<(), Refusal> {
    let said = wire::header(headers, "authorization").unwrap_or_default();
    let key = wire::credential(headers, "Bearer").unwrap_or(said);
    match world.knows_key(key) {
        true => Ok(()),
        false => Err((StatusCode::UNAUTHORIZED, Json(json!({})))
            .into_response()
            .into()),
    }
}

fn knob(world: &Shared, name: &str) -> bool {
    world.knob(name) == Some(Value::Bool(true))
}

async fn submit(
    State(world): State<Shared>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let asked = wire::object(&body).ok_or_else(|| bad("the body is not a JSON object"))?;
    let endpoint = Endpoint::at(uri.path()).ok_or_else(|| bad("no such endpoint"))?;
    endpoint.check(&asked).map_err(|why| bad(&why))?;
    parent_is_here(&world, &asked)?;
    let key = match knob(&world, "idempotent") {
        true => wire::header(&headers, "idempotency-key").unwrap_or_default(),
        false => "",
    };
    let order = Order {
        key,
        headers: &headers,
        body: &body,
    };
    let name = |n| names::uuid("apiframe_v1", n);
    let sale = world.buy_noting(order, endpoint.task_type.into(), name)?;
    if let Sale::Conflict(_) = sale {
        let why = "the idempotency key was used for another request";
        let body = json!({ "errors": [{ "msg": why }] });
        return Err((StatusCode::CONFLICT, Json(body)).into_response().into());
    }
    let view = sale.into_view();
    Ok(Json(json!({ "task_id": view.job })).into_response())
}

/// An extend continues a task of this account.
fn parent_is_here(world: &Shared, asked: &Map<String, Value>) -> Result<(), Refusal> {
    let Some(parent) = wire::text(asked, "parent_task_id") else {
        return Ok(());
    };
    let view = world
        .peek(parent)
        .ok_or_else(|| bad("parent_task_id: no such task"))?;
    match knob(world, "finished_parents") && view.stage.state != "finished" {
        true => Err(bad("parent_task_id: the task is not finished")),
        false => Ok(()),
    }
}

async fn fetch(
    State(world): State<Shared>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let asked = wire::object(&body).unwrap_or_default();
    let id = wire::text(&asked, "task_id").ok_or_else(|| bad("task_id is required"))?;
    let view = world.look(id).ok_or_else(|| bad("no such task"))?;
    Ok(Json(shown(&world, &view)).into_response())
}

async fn fetch_many(
    State(world): State<Shared>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let asked = wire::object(&body).unwrap_or_default();
    let ids = asked.get("task_ids").and_then(Value::as_array);
    let ids = ids.ok_or_else(|| bad("task_ids is required"))?;
    let most = world.knob("most_ids").and_then(|most| most.as_u64());
    if ids.len() < 2 || ids.len() as u64 > most.unwrap_or(20) {
        return Err(bad("task_ids must be 2 to 20 ids"));
    }
    let views = ids.iter().filter_map(|id| world.look(id.as_str()?));
    let tasks: Vec<_> = views.map(|view| shown(&world, &view)).collect();
    Ok(Json(json!({ "tasks": tasks })).into_response())
}

fn shown(world: &Shared, view: &View) -> Value {
    let task_type = &view.purchase.note;
    let mut task = Map::new();
    task.insert("task_id".into(), view.job.clone().into());
    task.insert("task_type".into(), task_type.clone());
    task.insert("status".into(), view.stage.state.clone().into());
    match view.stage.state.as_str() {
        "finished" => {
            task.insert("percentage".into(), 100.into());
            let links = |count| (0..count).map(move |index| world.link(view, index));
            match task_type
                .as_str()
                .is_some_and(|word| word.starts_with("imagine-video"))
            {
                true => task.insert("video_urls".into(), links(4).collect()),
                false => task.insert("video_url".into(), links(1).collect::<String>().into()),
            };
        }
        "failed" => {
            task.insert("message".into(), "the video could not be made".into());
        }
        _ => {
            task.insert("percentage".into(), "0".into());
        }
    }
    task.extend(view.stage.with.clone());
    Value::Object(task)
}

async fn account(State(world): State<Shared>, headers: HeaderMap) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    Ok(Json(json!({
        "email": "operator@example.com", "credits": 12000, "total_images": 7, "plan": "starter",
    }))
    .into_response())
}

/// Keeps a file under a name that its bytes alone decide.
async fn upload(
    field: &'static str,
    State(world): State<Shared>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let file = file(field, &body).ok_or_else(|| bad(&format!("{field} is required")))?;
    if file.len() > UPLOAD_MOST {
        return Err(bad("the file is larger than 2 MB"));
    }
    let mut head: [u8; 8] = [0; 8];
    head.copy_from_slice(&Sha256::digest(file)[..8]);
    let name = u64::from_be_bytes(head);
    let said = match field {
        "image" => (
            "imageURL",
            format!("https://cdn.apiframe.pro/images/{name}.png"),
        ),
        _ => (
            "audioURL",
            format!("https://cdn.apiframe.pro/audio/{name}.mp3"),
        ),
    };
    Ok(Json(json!({ said.0: said.1 })).into_response())
}

/// The bytes of a form's only file.
fn file<'a>(field: &str, form: &'a [u8]) -> Option<&'a [u8]> {
    let find =
        |bytes: &[u8], wanted: &[u8]| bytes.windows(wanted.len()).position(|part| part == wanted);
    let named = find(form, format!("name=\"{field}\"; filename=").as_bytes())?;
    let rest = &form[named..];
    let file = &rest[find(rest, b"\r\n\r\n")? + 4..];
    Some(&file[..find(file, b"\r\n--")?])
}
