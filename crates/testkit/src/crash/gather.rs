//! Collects what a run left behind, from every side: the server's store beside the running server,
//! its answers, its files. It judges nothing.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use framewright_core::clock::{Clock, Millis};
use framewright_core::task::Task;
use framewright_server::clock::SystemClock;
use framewright_store::scratch::MASTER_KEY;
use framewright_store::{Filter, OpenMode, Store, StoreOptions};
use rand::SeedableRng;
use rand::rngs::StdRng;
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::process::{Home, KEY};
use crate::checker::{Bought, Credits, Download, Shown};
use crate::http;

/// Between looks at a server that is finishing its work.
const LOOK: Duration = Duration::from_millis(100);

/// Opens the store of a server as an operator's command does, beside it or alone.
///
/// # Errors
/// As [`Store::open`].
pub async fn open_store(home: &Home) -> anyhow::Result<Store> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let shared = home.database.is_some();
    let options = StoreOptions {
        data_dir: home.data(),
        database: home.database.clone(),
        mode: OpenMode::Beside,
        readers: 1,
        master_key: shared.then(|| SecretString::from(MASTER_KEY)),
        clock,
        rng: Box::new(StdRng::from_os_rng()),
    };
    Store::open(options)
        .await
        .context("open the store beside the server")
}

/// What SQLite's own check says of the database of a server: `ok`, or what is wrong with it.
///
/// # Errors
/// When it cannot be opened.
pub fn integrity(home: &Home) -> anyhow::Result<String> {
    let file = rusqlite::Connection::open(home.data().join("framewright.db"))?;
    Ok(file.query_row("PRAGMA integrity_check", [], |row| row.get(0))?)
}

/// Every task of the store, newest first.
///
/// # Errors
/// Of the store.
pub async fn tasks(store: &Store) -> anyhow::Result<Vec<Task>> {
    let (mut tasks, mut cursor) = (Vec::new(), None);
    loop {
        let page = store
            .list(None, &Filter::default(), cursor.as_ref(), 500)
            .await?;
        tasks.extend(page.tasks);
        cursor = page.next;
        if cursor.is_none() {
            return Ok(tasks);
        }
    }
}

/// How many tasks stand where, by status word, those that ended left out.
#[must_use]
pub fn in_flight(tasks: &[Task]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for task in tasks.iter().filter(|task| !task.status.is_terminal()) {
        *counts.entry(task.status.word()).or_default() += 1;
    }
    counts
}

/// Waits until every task has ended and no delivery is pending.
///
/// # Errors
/// When that does not come within `within`; names what is left.
pub async fn until_settled(store: &Store, within: Duration) -> anyhow::Result<()> {
    let begun = SystemClock.uptime();
    let mut looks = tokio::time::interval(LOOK);
    loop {
        looks.tick().await;
        let left = unsettled(store).await?;
        if left.is_empty() {
            return Ok(());
        }
        if SystemClock.uptime() - begun > Millis::try_from(within.as_millis())? {
            bail!(
                "{} things are not settled, such as {:?}",
                left.len(),
                &left[..left.len().min(5)]
            );
        }
    }
}

async fn unsettled(store: &Store) -> anyhow::Result<Vec<String>> {
    let mut left = Vec::new();
    for task in tasks(store).await? {
        if !task.status.is_terminal() || task.open {
            left.push(format!("{} is {}", task.id, task.status.word()));
            continue;
        }
        if task.webhook.is_none() {
            continue;
        }
        let detail = store.detail(&task.account, &task.id).await?;
        let pending = detail.iter().flat_map(|detail| &detail.deliveries);
        left.extend(
            pending
                .filter(|delivery| delivery.status == "pending")
                .map(|delivery| format!("{} owes {}", task.id, delivery.id)),
        );
    }
    Ok(left)
}

/// What the server shows of every task at the end, by task id.
///
/// # Errors
/// Of the store and of HTTP.
pub async fn shown(home: &Home, store: &Store) -> anyhow::Result<BTreeMap<String, Shown>> {
    let client = http::client();
    let mut shown = BTreeMap::new();
    for task in tasks(store).await? {
        let detail = store.detail(&task.account, &task.id).await?;
        let attempts = detail.into_iter().flat_map(|detail| detail.attempts);
        let request = client.post(home.url("/fetch")).header("Authorization", KEY);
        let answer = request
            .json(&json!({ "task_id": task.id.as_str() }))
            .send()
            .await?;
        let seen = Shown {
            body: answer.bytes().await?.to_vec(),
            attempts: attempts
                .map(|attempt| Bought {
                    slots: attempt.slots,
                    upstream_job: attempt.upstream_job.map(|job| job.0),
                })
                .collect(),
        };
        shown.insert(task.id.to_string(), seen);
    }
    Ok(shown)
}

/// Downloads every result that the bodies promise.
///
/// # Errors
/// Of HTTP.
pub async fn downloads(shown: &BTreeMap<String, Shown>) -> anyhow::Result<Vec<Download>> {
    let client = http::client();
    let mut downloads = Vec::new();
    for url in shown.values().flat_map(|shown| links(&shown.body)) {
        let answer = client.get(&url).send().await?;
        let status = answer.status().as_u16();
        let etag = answer
            .headers()
            .get("etag")
            .and_then(|etag| etag.to_str().ok());
        let etag = etag.unwrap_or_default().trim_matches('"').to_owned();
        let sha256 = hex::encode(Sha256::digest(answer.bytes().await?));
        downloads.push(Download {
            url,
            status,
            sha256,
            etag,
        });
    }
    Ok(downloads)
}

/// Every result link of a /fetch body.
fn links(body: &[u8]) -> Vec<String> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let one = body["video_url"].as_str().into_iter();
    let many = body["video_urls"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    one.chain(many).map(str::to_owned).collect()
}

/// The sums of the book of every account.
///
/// # Errors
/// Of the store.
pub async fn credits(store: &Store) -> anyhow::Result<Credits> {
    let mut sums: HashMap<String, i64> = HashMap::new();
    let accounts: std::collections::BTreeSet<_> = tasks(store)
        .await?
        .into_iter()
        .map(|task| task.account)
        .collect();
    for account in accounts {
        for entry in store.entries(&account, usize::MAX >> 1).await? {
            *sums.entry(entry.entry).or_default() += entry.credits;
        }
    }
    let sum = |kind: &str| sums.get(kind).copied().unwrap_or_default();
    Ok(Credits {
        held: sum("hold"),
        captured: sum("capture"),
        released: sum("release"),
    })
}
