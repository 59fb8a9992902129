//! APIFRAME's second API, for video, as the source of its SDK (2.0.0-beta.1) has it: `X-API-Key`, 202
//! with a `jobId`, `Idempotency-Key`, jobs, errors as `{error}`, and posts signed with an HMAC keyed
//! by the SHA-256 of the API key.
//!
//! Unsure: what the same key with another body is answered (here 409), and how Midjourney's list of
//! videos looks (here texts under `videos`, with the knob `listed` objects). Media must be URLs that
//! the internet can fetch. Knobs: `keys`, `listed`.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, http::HeaderMap};
use hmac::{Hmac, KeyInit, Mac};
use http::{Method, StatusCode};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::double::{Callback, Double};
use crate::script::{Stage, Step};
use crate::till::Order;
use crate::wire::Refusal;
use crate::world::{Sale, Shared, View, World};
use crate::{names, wire};

pub(crate) const DOUBLE: Double = Double {
    name: "apiframe_v2",
    id_at: "/jobId",
    step,
    usual,
    router,
    callback: Some(callback),
};

/// How a family's models begin, the object of its parameters, and what that may hold.
const FAMILIES: [(&str, &str, &[&str]); 4] = [
    (
        "kling-",
        "klingParams",
        &[
            "duration",
            "aspect_ratio",
            "start_image",
            "end_image",
            "mode",
            "negative_prompt",
            "guidance_scale",
        ],
    ),
    (
        "wan-",
        "wanParams",
        &[
            "image",
            "audio",
            "resolution",
            "duration",
            "negative_prompt",
            "seed",
            "enable_prompt_expansion",
            "multi_shots",
        ],
    ),
    (
        "runway-",
        "runwayParams",
        &["image", "aspect_ratio", "duration", "seed"],
    ),
    (
        "midjourney-video",
        "midjourneyVideoParams",
        &["start_image", "motion", "resolution"],
    ),
];

const MEDIA: [&str; 4] = ["start_image", "end_image", "image", "audio"];

fn usual() -> Vec<Stage> {
    vec![
        Stage::of("QUEUED"),
        Stage::of("PROCESSING").and("progress", 40),
        Stage::of("COMPLETED"),
    ]
}

fn step(method: &Method, path: &str) -> Step {
    match *method {
        Method::POST if path == "/v2/videos/generate" => Step::Submit,
        Method::GET if path.starts_with("/v2/jobs/") => Step::Poll,
        _ => Step::Other,
    }
}

fn router() -> Router<Shared> {
    Router::new()
        .route("/v2/videos/generate", post(submit))
        .route("/v2/jobs/{id}", get(job))
        .route("/v2/jobs", get(jobs))
        .fallback(|| async { refused(StatusCode::NOT_FOUND, "Not found") })
}

fn refused(status: StatusCode, why: &str) -> Refusal {
    (status, Json(json!({ "error": why })))
        .into_response()
        .into()
}

fn admitted(world: &Shared, headers: &HeaderMap) -> Result<(), Refusal> {
    match wire::header(headers, "x-api-key").is_some_and(|key| world.knows_key(key)) {
        true => Ok(()),
        false => Err(refused(StatusCode::UNAUTHORIZED, "Invalid API key")),
    }
}

async fn submit(
    State(world): State<Shared>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let bad = |why: String| refused(StatusCode::BAD_REQUEST, &why);
    let asked = wire::object(&body).ok_or_else(|| bad("the body is not an object".into()))?;
    check(&asked).map_err(bad)?;
    let order = Order {
        key: wire::header(&headers, "idempotency-key").unwrap_or_default(),
        headers: &headers,
        body: &body,
    };
    let sale = world.buy(order, |n| names::uuid("apiframe_v2", n))?;
    if let Sale::Conflict(_) = sale {
        let why = "Idempotency-Key was used with another body";
        return Err(refused(StatusCode::CONFLICT, why));
    }
    let said = json!({ "jobId": sale.into_view().job, "status": "QUEUED" });
    Ok((StatusCode::ACCEPTED, Json(said)).into_response())
}

fn check(asked: &Map<String, Value>) -> Result<(), String> {
    let model = wire::text(asked, "model").ok_or("model is required")?;
    wire::text(asked, "prompt").ok_or("prompt is required")?;
    let family = FAMILIES
        .iter()
        .find(|(begins, ..)| model.starts_with(begins));
    let (_, name, members) = family.ok_or_else(|| format!("unknown model {model}"))?;
    let nothing = Map::new();
    let params = asked
        .get(*name)
        .and_then(Value::as_object)
        .unwrap_or(&nothing);
    if model == "midjourney-video" && !params.contains_key("start_image") {
        return Err("start_image is required".into());
    }
    for (member, value) in params {
        if !members.contains(&member.as_str()) {
            return Err(format!("{name} has no {member}"));
        }
        let media = MEDIA.contains(&member.as_str());
        if media && !value.as_str().is_some_and(wire::is_public_https) {
            return Err(format!("{member} must be an https URL"));
        }
    }
    Ok(())
}

async fn job(
    State(world): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let view = world.look(&id);
    let view = view.ok_or_else(|| refused(StatusCode::NOT_FOUND, "Job not found"))?;
    Ok(Json(shown(&world, &view)).into_response())
}

async fn jobs(State(world): State<Shared>, headers: HeaderMap) -> Result<Response, Refusal> {
    admitted(&world, &headers)?;
    let views = world.jobs().into_iter().filter_map(|id| world.peek(&id));
    let jobs: Vec<_> = views.map(|view| shown(&world, &view)).collect();
    Ok(Json(json!({ "jobs": jobs })).into_response())
}

fn shown(world: &World, view: &View) -> Value {
    let state = view.stage.state.as_str();
    let model = view.purchase.json()["model"].clone();
    let mut job = Map::new();
    job.insert("id".into(), view.job.clone().into());
    job.insert("status".into(), state.into());
    job.insert("expired".into(), false.into());
    if state == "COMPLETED" {
        let four = model == "midjourney-video";
        job.insert("progress".into(), 100.into());
        job.insert("creditCost".into(), 8.into());
        job.insert("result".into(), result(world, view, four));
    }
    if state == "FAILED" {
        job.insert("error".into(), "The video could not be made".into());
    }
    job.insert("model".into(), model);
    job.extend(view.stage.with.clone());
    Value::Object(job)
}

fn result(world: &World, view: &View, four: bool) -> Value {
    if !four {
        return json!({ "videoUrl": world.link(view, 0) });
    }
    let listed = world.knob("listed") == Some(Value::Bool(true));
    let links = (0..4).map(|index| world.link(view, index));
    let videos = links.map(|link| match listed {
        true => json!({ "url": link }),
        false => json!(link),
    });
    json!({ "videos": videos.collect::<Vec<_>>() })
}

/// Posted for the ends that the client asked to hear of, signed with the key that it bought with.
fn callback(world: &World, view: &View) -> Option<Callback> {
    let asked = view.purchase.json();
    let url = asked["webhookUrl"].as_str()?.to_owned();
    let event = match view.stage.state.as_str() {
        "COMPLETED" => "completed",
        "FAILED" => "failed",
        _ => "progress",
    };
    let wanted = asked["webhookEvents"].as_array();
    if wanted.is_some_and(|wanted| !wanted.iter().any(|wanted| wanted == event)) {
        return None;
    }
    let mut body = shown(world, view);
    body["event"] = event.into();
    body["jobId"] = view.job.clone().into();
    let body = body.to_string();
    let key = Sha256::digest(view.purchase.headers.get("x-api-key")?);
    let mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    let signature = hex::encode(mac.chain_update(&body).finalize().into_bytes());
    let headers = BTreeMap::from([
        ("content-type".to_owned(), "application/json".to_owned()),
        ("x-webhook-event".to_owned(), event.to_owned()),
        (
            "x-webhook-signature".to_owned(),
            format!("sha256={signature}"),
        ),
    ]);
    Some(Callback { url, headers, body })
}
