//! The clients: they submit with an idempotency key, try again after a crash with the same key, and
//! fetch what they were promised, writing down all that they were told.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::process::KEY;
use crate::checker::{Submit, Told};
use crate::http;

/// Between two fetches of one client.
const PACE: Duration = Duration::from_millis(15);

/// How much there is to do at every moment.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    pub clients: usize,
    /// Unfinished tasks that one client keeps at the server.
    pub at_once: usize,
    pub wishes: Wishes,
}

/// What the clients ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wishes {
    /// Tasks of every kind.
    Mixed,
    /// The smallest that the preview can render.
    Small,
    /// Each with a prompt of its own, so that a purchase tells whose it is, for the models
    /// `sold-by-…` of these in turn; and some of four slots, where there are several sellers.
    Named(&'static [&'static str]),
}

impl Load {
    /// A death proves something with this many unfinished tasks: ten, or a quarter of a small load.
    #[must_use]
    pub fn least_in_flight(&self) -> usize {
        (self.clients * self.at_once / 4).min(10)
    }
}

/// What the clients should do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// The server is up: submit and fetch.
    Up,
    /// It is down: wait.
    Down,
    /// It is up for the last time: finish what was begun, begin nothing.
    Last,
}

/// What all clients share and write.
pub struct Notes {
    /// Every server; each request goes to the next in turn.
    urls: Vec<String>,
    turn: AtomicUsize,
    pub webhook: String,
    /// An image at the server itself, for the tasks that need one.
    image: Mutex<Option<String>>,
    http: Client,
    submits: Mutex<Vec<Submit>>,
    fetched: Mutex<BTreeMap<String, Vec<Vec<u8>>>>,
    /// Answers that the clients have had, of every life.
    answers: watch::Sender<u64>,
}

impl Notes {
    /// Notes of clients of the servers at `urls`, with webhooks to `webhook`.
    ///
    /// # Panics
    /// At the first request, where there are no servers.
    #[must_use]
    pub fn new(urls: Vec<String>, webhook: String) -> Self {
        Self {
            urls,
            turn: AtomicUsize::new(0),
            webhook,
            image: Mutex::default(),
            http: http::client(),
            submits: Mutex::default(),
            fetched: Mutex::default(),
            answers: watch::Sender::new(0),
        }
    }

    /// Ends when the clients have had so many more answers.
    pub async fn answered(&self, more: u64) {
        let mut answers = self.answers.subscribe();
        let until = *answers.borrow_and_update() + more;
        // It fails only without a sender, and the sender is ours.
        let _ = answers.wait_for(|answers| *answers >= until).await;
    }

    /// Answers that the clients have had so far.
    #[must_use]
    pub fn answers(&self) -> u64 {
        *self.answers.borrow()
    }

    #[must_use]
    pub fn has_image(&self) -> bool {
        lock(&self.image).is_some()
    }

    pub fn set_image(&self, url: String) {
        *lock(&self.image) = Some(url);
    }

    #[must_use]
    pub fn submits(&self) -> Vec<Submit> {
        lock(&self.submits).clone()
    }

    #[must_use]
    pub fn fetched(&self) -> BTreeMap<String, Vec<Vec<u8>>> {
        lock(&self.fetched).clone()
    }

    async fn post(
        &self,
        path: &str,
        key: Option<&str>,
        body: &Value,
    ) -> Option<(StatusCode, Vec<u8>)> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let url = &self.urls[turn % self.urls.len()];
        let mut request = self.http.post(format!("{url}{path}"));
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        let answer = request
            .header("Authorization", KEY)
            .json(body)
            .send()
            .await
            .ok()?;
        let status = answer.status();
        let body = answer.bytes().await.ok()?.to_vec();
        self.answers.send_modify(|answers| *answers += 1);
        Some((status, body))
    }

    async fn submit(&self, index: usize, wish: &Wish) -> Told {
        let told = match self.post(wish.path, Some(&wish.key), &wish.body).await {
            Some((StatusCode::OK, body)) => match task_id(&body) {
                Some(task) => Told::Ok { task },
                None => Told::Info,
            },
            Some((status, _)) if status.is_client_error() => Told::Fail,
            _ => Told::Info,
        };
        lock(&self.submits)[index].tries.push(told.clone());
        told
    }

    /// Whether the task was seen to end.
    async fn fetch(&self, task: &str) -> bool {
        let Some((StatusCode::OK, body)) =
            self.post("/fetch", None, &json!({ "task_id": task })).await
        else {
            return false;
        };
        let status = serde_json::from_slice::<Value>(&body).unwrap_or_default()["status"].clone();
        lock(&self.fetched)
            .entry(task.to_owned())
            .or_default()
            .push(body);
        status == "finished" || status == "failed"
    }
}

fn task_id(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    Some(body["task_id"].as_str()?.to_owned())
}

/// One thing a client wants, always the same under its key.
struct Wish {
    key: String,
    path: &'static str,
    body: Value,
}

impl Wish {
    /// Most are of one slot; every fifth wants four from an image, every third has no webhook.
    fn number(n: usize, client: usize, wishes: Wishes, notes: &Notes) -> Self {
        let image = lock(&notes.image).clone();
        let key = format!("client-{client}-wish-{n}");
        let (path, mut body) = match (wishes, image) {
            (Wishes::Named(sellers), image) => named(n, &key, sellers, image),
            (Wishes::Small, _) => (
                "/wan-imagine",
                json!({ "model": "wan2.5", "prompt": "a cat", "resolution": "480P" }),
            ),
            (Wishes::Mixed, Some(image)) if n % 5 == 4 => (
                "/imagine-video",
                json!({ "prompt": "a cat", "image_url": image }),
            ),
            (Wishes::Mixed, _) => (
                "/kling-imagine",
                json!({ "prompt": "a cat", "generation_type": "text2video" }),
            ),
        };
        if n % 3 != 2 {
            body["webhook_url"] = json!(notes.webhook);
        }
        Self { key, path, body }
    }

    fn has_webhook(&self) -> bool {
        !self.body["webhook_url"].is_null()
    }
}

fn named(n: usize, key: &str, sellers: &[&str], image: Option<String>) -> (&'static str, Value) {
    let prompt = format!("a cat for {key}");
    if let Some(image) = image.filter(|_| sellers.len() > 1 && n % 7 == 6) {
        return (
            "/imagine-video",
            json!({ "prompt": prompt, "image_url": image }),
        );
    }
    let model = format!("sold-by-{}", sellers[n % sellers.len()]);
    (
        "/kling-imagine",
        json!({ "model": model, "prompt": prompt, "generation_type": "text2video" }),
    )
}

/// One client until the gate says [`Gate::Last`] and it has nothing left to finish.
pub async fn client(notes: Arc<Notes>, load: Load, number: usize, mut gate: watch::Receiver<Gate>) {
    let mut waiting: Vec<String> = Vec::new();
    let mut pace = tokio::time::interval(PACE);
    for n in 0.. {
        while waiting.len() >= load.at_once {
            pace.tick().await;
            up(&mut gate).await;
            let task = waiting.remove(0);
            if !notes.fetch(&task).await {
                waiting.push(task);
            }
        }
        if up(&mut gate).await == Gate::Last {
            return;
        }
        let wish = Wish::number(n, number, load.wishes, &notes);
        waiting.extend(granted(&notes, wish, &mut gate).await);
    }
}

/// Tries a wish until the server says yes or no to it.
async fn granted(notes: &Notes, wish: Wish, gate: &mut watch::Receiver<Gate>) -> Option<String> {
    let index = {
        let mut submits = lock(&notes.submits);
        let webhook = wish.has_webhook();
        let idempotency_key = wish.key.clone();
        submits.push(Submit {
            idempotency_key,
            tries: Vec::new(),
            webhook,
        });
        submits.len() - 1
    };
    let mut pace = tokio::time::interval(PACE);
    loop {
        up(gate).await;
        match notes.submit(index, &wish).await {
            Told::Ok { task } => return Some(task),
            Told::Fail => return None,
            Told::Info => pace.tick().await,
        };
    }
}

/// Waits while the server is down.
async fn up(gate: &mut watch::Receiver<Gate>) -> Gate {
    match gate.wait_for(|gate| *gate != Gate::Down).await {
        Ok(gate) => *gate,
        Err(_) => Gate::Last,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
