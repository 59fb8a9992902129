//! The demo's own side of webhooks: a receiver that believes only what is signed, and the source
//! video's origin beside it.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    routing::{get, post},
};
use framewright_core::clock::{Clock, SECOND};
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use tokio::{sync::watch, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::{
    clock::SystemClock,
    listener::{Listener, Options},
    signature::{Signed, verify},
};

/// How long after the end of a task its webhook may take to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was received so far.
#[derive(Debug, Default)]
pub(super) struct Received {
    /// The last body of each task that ended, by task.
    ended: BTreeMap<String, Bytes>,
    /// Posts about tasks that had not ended.
    progress: usize,
    /// What was wrong with posts that were not believed.
    refused: Vec<String>,
}

/// The receiver, once it listens.
pub(super) struct Hooks {
    /// For `webhook_secret`.
    pub(super) secret: String,
    pub(super) address: SocketAddr,
    received: watch::Sender<Received>,
}

struct Site {
    hooks: Arc<Hooks>,
    signing_secrets: Vec<String>,
    video: PathBuf,
}

impl Hooks {
    /// Listens on a free port and serves until `done`.
    ///
    /// Returns the receiver and the future that serves it.
    pub(super) async fn open(
        secret: String,
        signing_secrets: Vec<String>,
        video: PathBuf,
        done: CancellationToken,
    ) -> anyhow::Result<(Arc<Self>, impl Future<Output = ()> + Send)> {
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = Listener::bind(loopback, Options::default())
            .await
            .context("opening a port for the webhooks")?;
        let address = listener.address()?;
        let hooks = Arc::new(Self {
            secret,
            address,
            received: watch::Sender::default(),
        });
        let site = Arc::new(Site {
            hooks: Arc::clone(&hooks),
            signing_secrets,
            video,
        });
        let router = Router::new()
            .route("/hook", post(receive))
            .route("/source.mp4", get(source))
            .with_state(site);
        Ok((hooks, listener.serve(router, done, Duration::ZERO)))
    }

    /// The URL for `webhook_url`.
    pub(super) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// The URL of the source video.
    pub(super) fn video_url(&self) -> String {
        format!("http://{}/source.mp4", self.address)
    }

    /// Waits for the last webhook of a task; answers its body.
    pub(super) async fn ended(&self, task: &str) -> anyhow::Result<Bytes> {
        let mut received = self.received.subscribe();
        let waiting = received.wait_for(|received| received.ended.contains_key(task));
        match timeout(PATIENCE, waiting).await {
            Ok(Ok(received)) => Ok(received.ended[task].clone()),
            _ => bail!("its webhook did not come within {PATIENCE:?}"),
        }
    }

    /// How many posts came about ends and progress, and what was not believed.
    pub(super) fn sums(&self) -> (usize, usize, Vec<String>) {
        let received = self.received.borrow();
        (
            received.ended.len(),
            received.progress,
            received.refused.clone(),
        )
    }
}

async fn receive(State(site): State<Arc<Site>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let outcome = site.judge(&headers, &body);
    site.hooks.received.send_modify(|received| match &outcome {
        Ok((task, true)) => drop(received.ended.insert(task.clone(), body.clone())),
        Ok((_, false)) => received.progress += 1,
        Err(why) => received.refused.push(format!("{why:#}")),
    });
    match outcome {
        Ok(_) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::UNAUTHORIZED,
    }
}

async fn source(State(site): State<Arc<Site>>) -> Result<Vec<u8>, StatusCode> {
    tokio::fs::read(&site.video)
        .await
        .map_err(|_| StatusCode::NOT_FOUND)
}

impl Site {
    /// The task that a post is about, and whether it is the last one.
    fn judge(&self, headers: &HeaderMap, body: &[u8]) -> anyhow::Result<(String, bool)> {
        let text = |name: &str| {
            let value = headers
                .get(name)
                .with_context(|| format!("{name} is missing"))?;
            Ok::<_, anyhow::Error>(value.to_str()?)
        };
        if text("x-webhook-secret")? != self.hooks.secret {
            bail!("x-webhook-secret is not the one that was given");
        }
        let signed = Signed {
            id: text("webhook-id")?,
            timestamp: text("webhook-timestamp")?,
            signatures: text("webhook-signature")?,
        };
        let now = SystemClock.now() / SECOND;
        let fits = |secret: &String| verify(secret, signed, body, now).is_ok();
        if !self.signing_secrets.iter().any(fits) {
            bail!("the signature does not fit");
        }
        let task: Value = serde_json::from_slice(body)?;
        let id = task["task_id"]
            .as_str()
            .context("the body has no task_id")?;
        Ok((id.to_owned(), task["status"] != "processing"))
    }
}
