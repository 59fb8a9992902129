//! What one double stands on while it runs: its ledger, its script, the jobs it sold and the requests
//! it saw. Jobs move by being looked at, never by time, so that a test can repeat itself. It knows no
//! vendor: what a request means is the double's.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;
use serde_json::Value;

use crate::double::Double;
use crate::script::{Change, Fault, Links, Script, Stage, Step};
use crate::till::{Entry, Order, Purchase, Till};

/// One request as it came in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recorded {
    pub step: Step,
    pub method: String,
    /// With the query.
    pub path: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    /// As JSON; a text where it is none, null where it is empty.
    pub body: Value,
    /// What was answered; none while it is not, and where the connection was dropped.
    pub status: Option<u16>,
}

impl Recorded {
    /// One header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// A job as somebody who looks at it sees it.
#[derive(Clone, Debug)]
pub struct View {
    /// The upstream job's id.
    pub job: String,
    /// Where it stands.
    pub stage: Stage,
    /// How often it was looked at, this time included.
    pub looks: usize,
    /// How it was bought.
    pub purchase: Purchase,
}

/// What came of an order.
#[derive(Clone, Debug)]
pub enum Sale {
    New(View),
    /// The key is known with the same body: the job bought earlier, and nothing now.
    Known(View),
    /// The key is known with another body: that job, and nothing now.
    Conflict(View),
}

impl Sale {
    /// The job, for a vendor that honours no key and so sells anew each time.
    #[must_use]
    pub fn into_view(self) -> View {
        match self {
            Self::New(view) | Self::Known(view) | Self::Conflict(view) => view,
        }
    }
}

/// The ledger could not be written: a 500 to whoever asked, and nothing promised.
#[derive(Debug, thiserror::Error)]
#[error("write the ledger")]
pub struct Broken(#[from] std::io::Error);

impl IntoResponse for Broken {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
    }
}

struct Job {
    purchase: Purchase,
    stages: Vec<Stage>,
    looks: usize,
}

impl Job {
    fn view(&self, at: usize) -> View {
        let last = self.stages.len().saturating_sub(1);
        View {
            job: self.purchase.job.clone(),
            stage: self.stages[at.min(last)].clone(),
            looks: self.looks,
            purchase: self.purchase.clone(),
        }
    }
}

struct State {
    till: Till,
    script: Script,
    jobs: BTreeMap<String, Job>,
    notes: BTreeMap<String, Value>,
    fetched: HashMap<String, u32>,
    requests: Vec<Recorded>,
}

/// One running double.
pub struct World {
    double: &'static Double,
    base: String,
    state: Mutex<State>,
}

/// What a double's routes get as their state.
pub type Shared = Arc<World>;

impl World {
    /// Opens the double's ledger in `dir`; what an earlier run sold starts its sequence again.
    ///
    /// # Errors
    /// As [`Till::open`].
    pub(crate) fn open(double: &'static Double, dir: &Path, base: String) -> std::io::Result<Self> {
        let path = dir.join(format!("{}.till", double.name));
        let bought = crate::till::read(&path)?;
        let jobs = bought.into_iter().map(|purchase| {
            let stages = (double.usual)();
            (
                purchase.job.clone(),
                Job {
                    purchase,
                    stages,
                    looks: 0,
                },
            )
        });
        let state = State {
            jobs: jobs.collect(),
            till: Till::open(&path, double.name)?,
            script: Script::default(),
            notes: BTreeMap::new(),
            fetched: HashMap::new(),
            requests: Vec::new(),
        };
        Ok(Self {
            double,
            base,
            state: Mutex::new(state),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The double that this is a run of.
    #[must_use]
    pub fn double(&self) -> &'static Double {
        self.double
    }

    /// Scheme, host and port that it serves on, without a slash at the end.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Buys. On disk when it returns. `name` gives the job's id from the number of the purchase,
    /// from 1.
    ///
    /// # Errors
    /// [`Broken`]: the ledger could not be written.
    pub fn buy(
        &self,
        order: Order<'_>,
        name: impl FnOnce(usize) -> String,
    ) -> Result<Sale, Broken> {
        self.buy_noting(order, Value::Null, name)
    }

    /// The same, keeping `note` in the ledger: what the request's path says of the job, say, so that
    /// it is there after a restart.
    ///
    /// # Errors
    /// As [`World::buy`].
    pub fn buy_noting(
        &self,
        order: Order<'_>,
        note: Value,
        name: impl FnOnce(usize) -> String,
    ) -> Result<Sale, Broken> {
        let mut state = self.state();
        match state.till.buy_noting(order, note, name)? {
            Entry::Bought(purchase) => {
                let stages = state.script.stages(self.double.usual);
                let job = Job {
                    purchase,
                    stages,
                    looks: 0,
                };
                let view = job.view(0);
                state.jobs.insert(view.job.clone(), job);
                Ok(Sale::New(view))
            }
            Entry::Known(earlier) => Ok(Sale::Known(state.earlier(earlier))),
            Entry::Conflict(earlier) => Ok(Sale::Conflict(state.earlier(earlier))),
        }
    }

    /// Looks at a job as a poll does: the next look sees its next stage. None for a job that is
    /// unknown or deleted.
    #[must_use]
    pub fn look(&self, job: &str) -> Option<View> {
        let mut state = self.state();
        let job = state.jobs.get_mut(job)?;
        job.looks += 1;
        Some(job.view(job.looks - 1))
    }

    /// Looks at a job without moving it: what the last poll saw.
    #[must_use]
    pub fn peek(&self, job: &str) -> Option<View> {
        let state = self.state();
        let job = state.jobs.get(job)?;
        Some(job.view(job.looks.saturating_sub(1)))
    }

    /// Whether the job has come to its end with this look: no later one sees another stage.
    #[must_use]
    pub fn is_last(&self, view: &View) -> bool {
        let state = self.state();
        let job = state.jobs.get(&view.job);
        job.is_none_or(|job| view.looks >= job.stages.len())
    }

    /// Whether it calls its clients back by itself, as the script has it.
    #[must_use]
    pub fn calls_back(&self) -> bool {
        self.state().script.calls_back
    }

    /// The job bought with this key.
    #[must_use]
    pub fn keyed(&self, key: &str) -> Option<String> {
        let state = self.state();
        let mut jobs = state.jobs.values();
        let job = jobs.find(|job| job.purchase.key == key)?;
        Some(job.purchase.job.clone())
    }

    /// The jobs there are, deleted ones left out, oldest first.
    #[must_use]
    pub fn jobs(&self) -> Vec<String> {
        let state = self.state();
        let mut all: Vec<_> = state.jobs.values().map(|job| &job.purchase).collect();
        all.sort_by_key(|purchase| purchase.at_ms);
        all.into_iter()
            .map(|purchase| purchase.job.clone())
            .collect()
    }

    /// From now on the job is in this stage: cancelled, for one.
    pub fn turn(&self, job: &str, stage: Stage) {
        if let Some(job) = self.state().jobs.get_mut(job) {
            job.stages = vec![stage];
        }
    }

    /// Deletes a job, but not its purchase; whether there was one. It is there again after a restart.
    pub fn forget(&self, job: &str) -> bool {
        self.state().jobs.remove(job).is_some()
    }

    /// A link to output number `index` of a job, from 0; new with each look at the job.
    #[must_use]
    pub fn link(&self, view: &View, index: usize) -> String {
        let Self { base, .. } = self;
        format!(
            "{base}/outputs/{}/{index}.mp4?look={}",
            view.job, view.looks
        )
    }

    /// Whether a link of the job made by look number `look` still holds; counts the fetch. None for
    /// a job that is not there.
    pub(crate) fn fetch(&self, job: &str, index: &str, look: usize) -> Option<bool> {
        let mut state = self.state();
        let Links {
            fetches,
            newest_only,
        } = state.script.links;
        let newest = state.jobs.get(job)?.looks;
        let count = state
            .fetched
            .entry(format!("{job}/{index}?{look}"))
            .or_default();
        *count += 1;
        let spent = fetches.is_some_and(|most| *count > most);
        let old = newest_only && look < newest;
        Some(!spent && !old)
    }

    /// A knob of the script.
    #[must_use]
    pub fn knob(&self, name: &str) -> Option<Value> {
        self.state().script.knobs.get(name).cloned()
    }

    /// Whether a credential is one of the knob `keys`, a list of texts; without it any non-empty one
    /// is good.
    #[must_use]
    pub fn knows_key(&self, key: &str) -> bool {
        match self.knob("keys") {
            Some(Value::Array(keys)) => keys.iter().any(|known| known == key),
            _ => !key.is_empty(),
        }
    }

    /// Keeps something of the double's own, such as an upload, for as long as it runs.
    pub fn note(&self, name: &str, value: impl Into<Value>) {
        self.state().notes.insert(name.to_owned(), value.into());
    }

    /// What was kept under this name.
    #[must_use]
    pub fn noted(&self, name: &str) -> Option<Value> {
        self.state().notes.get(name).cloned()
    }

    /// Takes a change of the script in.
    pub fn change(&self, change: Change) {
        self.state().script.change(change);
    }

    /// The ledger, oldest first.
    #[must_use]
    pub fn purchases(&self) -> Vec<Purchase> {
        self.state().till.all().to_vec()
    }

    /// Every request so far, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.state().requests.clone()
    }

    /// Keeps a request and gives its number with the fault that hits it.
    pub(crate) fn record(&self, request: Recorded) -> (usize, Option<Fault>) {
        let mut state = self.state();
        let path = request.path.split('?').next().unwrap_or_default();
        let fault = state.script.fault(request.step, &request.method, path);
        state.requests.push(request);
        (state.requests.len() - 1, fault)
    }

    /// Keeps what was answered to a request.
    pub(crate) fn answered(&self, number: usize, status: StatusCode) {
        self.state().requests[number].status = Some(status.as_u16());
    }
}

impl State {
    /// The job of an earlier purchase, as the last poll saw it; as at its start if it was deleted.
    fn earlier(&self, purchase: Purchase) -> View {
        match self.jobs.get(&purchase.job) {
            Some(job) => job.view(job.looks.saturating_sub(1)),
            None => View {
                job: purchase.job.clone(),
                stage: Stage::of("deleted"),
                looks: 0,
                purchase,
            },
        }
    }
}
