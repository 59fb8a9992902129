//! A webhook receiver that keeps what it hears, in order. It answers what the test tells it to; it
//! verifies nothing itself.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// One post, as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The rest of the path: tests put a name of their own there.
    pub path: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Heard {
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The body as JSON; null where it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

#[derive(Default)]
struct Log {
    heard: Mutex<Vec<Heard>>,
    /// Answers to give first, oldest first; then 200 for ever.
    answers: Mutex<Vec<StatusCode>>,
    news: Notify,
}

/// A running receiver; it stops when dropped.
pub struct Receiver {
    address: SocketAddr,
    log: Arc<Log>,
    _serving: JoinSet<()>,
}

impl Receiver {
    /// Listens on a free port of `host`, an address of the loopback range.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn start(host: &str) -> std::io::Result<Self> {
        let listener = tokio::net::TcpListener::bind((host, 0)).await?;
        let address = listener.local_addr()?;
        let log = Arc::new(Log::default());
        let router = Router::new()
            .route("/{*path}", post(hear))
            .with_state(Arc::clone(&log));
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, router).await.unwrap_or_default() });
        Ok(Self {
            address,
            log,
            _serving: serving,
        })
    }

    /// The URL that posts to `path` here.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// Gives these statuses to the next posts, then 200 again.
    pub fn answer_next(&self, statuses: &[StatusCode]) {
        lock(&self.log.answers).extend_from_slice(statuses);
    }

    /// Everything heard so far, in order.
    #[must_use]
    pub fn heard(&self) -> Vec<Heard> {
        lock(&self.log.heard).clone()
    }

    /// Waits until `enough` says so of what was heard. The caller bounds it with a timeout.
    pub async fn until(&self, enough: impl Fn(&[Heard]) -> bool) {
        loop {
            let news = self.log.news.notified();
            if enough(&lock(&self.log.heard)) {
                return;
            }
            news.await;
        }
    }
}

async fn hear(
    State(log): State<Arc<Log>>,
    Path(path): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let headers = headers
        .iter()
        .map(|(name, value)| {
            (
                name.to_string(),
                String::from_utf8_lossy(value.as_bytes()).into(),
            )
        })
        .collect();
    lock(&log.heard).push(Heard {
        path,
        headers,
        body: body.to_vec(),
    });
    log.news.notify_waiters();
    let mut answers = lock(&log.answers);
    if answers.is_empty() {
        StatusCode::OK
    } else {
        answers.remove(0)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
