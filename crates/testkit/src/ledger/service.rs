//! The provider's HTTP face: `POST /jobs`, `GET /jobs?ids=`, `GET /jobs/{name}`, `GET
//! /videos/{job}.mp4`, and `/faults` for tests. Its wire is its own. A job is done `work` after it was
//! bought, counted from this process's start.

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

use super::calling::call_back;
use super::faults::{Arm, Fault, Faults, Place, reset};

/// The header that carries the client key: the same one again is answered with the same job.
pub const KEY_HEADER: &str = "x-submit-key";

/// The header that carries a name of the client's own choice: the same one again is refused, and
/// jobs can be asked for by it.
pub const NAME_HEADER: &str = "x-job-name";

/// The header that carries where to call back to.
pub const CALLBACK_HEADER: &str = "x-callback-url";

/// How the provider behaves.
#[derive(Clone, Debug)]
pub struct Manners {
    /// From purchase to done.
    pub work: Duration,
    /// Whether a running job says how far it is.
    pub reports_progress: bool,
    /// What the names of its jobs begin with.
    pub jobs: String,
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
    faults: Faults,
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
        faults: Faults::default(),
    };
    Ok(Router::new()
        .route("/jobs", post(submit).get(poll))
        .route("/jobs/{name}", get(find))
        .route("/videos/{file}", get(video_of))
        .route("/faults", post(arm).delete(calm).get(struck))
        .with_state(Arc::new(provider)))
}

async fn submit(State(provider): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let fault = provider.faults.strike(Place::Submit);
    if let Some(answer) = fault.and_then(Fault::instead) {
        return answer;
    }
    let answer = provider.sell(&headers, &body);
    match fault {
        Some(fault) => fault.spoil(answer).await,
        None => answer,
    }
}

async fn arm(State(provider): Shared, Json(arm): Json<Arm>) -> StatusCode {
    provider.faults.arm(arm);
    StatusCode::NO_CONTENT
}

async fn calm(State(provider): Shared) -> StatusCode {
    provider.faults.calm();
    StatusCode::NO_CONTENT
}

async fn struck(State(provider): Shared) -> Response {
    Json(provider.faults.struck()).into_response()
}

async fn find(
    State(provider): Shared,
    axum::extract::Path(name): axum::extract::Path<String>,
) -> Response {
    let till = provider.till.lock().unwrap_or_else(PoisonError::into_inner);
    match till.all().iter().find(|purchase| purchase.key == name) {
        Some(purchase) => Json(json!({ "job": purchase.job })).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or("")
}

async fn poll(State(provider): Shared, Query(query): Query<HashMap<String, String>>) -> Response {
    let ids = query.get("ids").map(String::as_str).unwrap_or_default();
    if provider.faults.strike(Place::Poll).is_some() {
        let gone = ids.split(',').map(JobView::gone);
        return Json(gone.collect::<Vec<_>>()).into_response();
    }
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
    match provider.faults.strike(Place::Video) {
        Some(Fault::Truncated) => return reset(bytes.slice(..bytes.len() / 2), bytes.len()),
        Some(fault) => return fault.instead().unwrap_or_default(),
        None => {}
    }
    ([(header::CONTENT_TYPE, "video/mp4")], bytes).into_response()
}

impl JobView {
    fn gone(id: &str) -> Self {
        Self {
            id: id.into(),
            status: "gone".into(),
            progress: None,
            video: None,
        }
    }
}

impl Provider {
    fn sell(&self, headers: &HeaderMap, body: &Bytes) -> Response {
        let name = text(headers, NAME_HEADER);
        let key = match name {
            "" => text(headers, KEY_HEADER),
            name => name,
        };
        let order = Order { key, headers, body };
        let bought = match self.buy(order) {
            Ok(Entry::Bought(bought)) => bought,
            Ok(Entry::Known(bought)) if name.is_empty() => bought,
            Ok(Entry::Known(_) | Entry::Conflict(_)) => {
                return StatusCode::CONFLICT.into_response();
            }
            Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        };
        let callback = text(headers, CALLBACK_HEADER);
        if !callback.is_empty() {
            spawn(call_back(callback.to_owned(), bought.job.clone()));
        }
        Json(json!({ "job": bought.job })).into_response()
    }

    fn buy(&self, order: Order<'_>) -> std::io::Result<Entry> {
        let mut till = self.till.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = till.buy(order, |n| format!("{}-{n}", self.manners.jobs))?;
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
        let number: u32 = id
            .rsplit('-')
            .next()
            .and_then(|n| n.parse().ok())
            .unwrap_or_default();
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
            return JobView::gone(id);
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

#[expect(
    clippy::disallowed_methods,
    reason = "a vendor's calls go on by themselves; they end with the vendor"
)]
fn spawn(calling: impl Future<Output = ()> + Send + 'static) {
    drop(tokio::spawn(calling));
}
