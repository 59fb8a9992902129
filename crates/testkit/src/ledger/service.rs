//! The provider's HTTP face: `POST /jobs`, `GET /jobs?ids=`, `GET /videos/{job}.mp4`. Its wire is
//! its own. A job is done `work` after it was bought, counted from this process's start.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use framewright_doubles::film::marked;
use framewright_doubles::till::{self, Entry, Order, Till};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The header that carries the client key.
pub const KEY_HEADER: &str = "x-submit-key";

/// How the provider behaves.
#[derive(Clone, Copy, Debug)]
pub struct Manners {
    /// From purchase to done.
    pub work: Duration,
    /// Whether a running job says how far it is.
    pub reports_progress: bool,
}

/// One job as a poll shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobView {
    pub id: String,
    /// `running`, `done` or `gone`.
    pub status: String,
    /// 0 to 100, where the provider reports it.
    pub progress: Option<u8>,
    /// Path of the video, once done.
    pub video: Option<String>,
}

struct Provider {
    till: Mutex<Till>,
    bought: Mutex<HashMap<String, Instant>>,
    manners: Manners,
    video: Bytes,
}

type Shared = State<Arc<Provider>>;

/// The provider over the ledger at `path`; every job's video is `video`, an MP4, marked with the
/// job's name so that no two are alike.
///
/// # Errors
/// As [`Till::open`].
pub fn router(path: &Path, manners: Manners, video: Bytes) -> std::io::Result<Router> {
    let till = Mutex::new(Till::open(path, "ledger")?);
    let started = Instant::now();
    let known = till::read(path)?
        .into_iter()
        .map(|p| (p.job, started))
        .collect();
    let provider = Provider {
        till,
        bought: Mutex::new(known),
        manners,
        video,
    };
    Ok(Router::new()
        .route("/jobs", post(submit).get(poll))
        .route("/videos/{file}", get(video_of))
        .with_state(Arc::new(provider)))
}

async fn submit(State(provider): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let key = headers
        .get(KEY_HEADER)
        .and_then(|key| key.to_str().ok())
        .unwrap_or("");
    let order = Order {
        key,
        headers: &headers,
        body: &body,
    };
    match provider.buy(order) {
        Ok(Entry::Bought(purchase) | Entry::Known(purchase)) => {
            Json(json!({ "job": purchase.job })).into_response()
        }
        Ok(Entry::Conflict(_)) => StatusCode::CONFLICT.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn poll(State(provider): Shared, Query(query): Query<HashMap<String, String>>) -> Response {
    let ids = query.get("ids").map(String::as_str).unwrap_or_default();
    let views: Vec<JobView> = ids
        .split(',')
        .filter(|id| !id.is_empty())
        .map(|id| provider.view(id))
        .collect();
    Json(views).into_response()
}

async fn video_of(
    State(provider): Shared,
    axum::extract::Path(file): axum::extract::Path<String>,
) -> Response {
    let Some(job) = file.strip_suffix(".mp4") else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let bytes = marked(&provider.video, job);
    ([(header::CONTENT_TYPE, "video/mp4")], bytes).into_response()
}

impl Provider {
    fn buy(&self, order: Order<'_>) -> std::io::Result<Entry> {
        let mut till = self.till.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = till.buy(order, |n| format!("job-{n}"))?;
        drop(till);
        if let Entry::Bought(purchase) = &entry {
            let mut bought = self.bought.lock().unwrap_or_else(PoisonError::into_inner);
            bought.insert(purchase.job.clone(), Instant::now());
        }
        Ok(entry)
    }

    /// Half of the usual time to twice it, by the job's number: jobs bought together do not end
    /// together.
    fn work(&self, id: &str) -> Duration {
        let number: u32 = id.trim_start_matches("job-").parse().unwrap_or_default();
        self.manners.work * (2 + number * 5 % 7) / 4
    }

    fn view(&self, id: &str) -> JobView {
        let bought = self
            .bought
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .copied();
        let Some(at) = bought else {
            return JobView {
                id: id.into(),
                status: "gone".into(),
                progress: None,
                video: None,
            };
        };
        let (spent, work) = (at.elapsed(), self.work(id));
        if spent >= work {
            let video = Some(format!("/videos/{id}.mp4"));
            return JobView {
                id: id.into(),
                status: "done".into(),
                progress: None,
                video,
            };
        }
        let percent = (100.0 * spent.as_secs_f64() / work.as_secs_f64()) as u8;
        let progress = self.manners.reports_progress.then_some(percent);
        JobView {
            id: id.into(),
            status: "running".into(),
            progress,
            video: None,
        }
    }
}
