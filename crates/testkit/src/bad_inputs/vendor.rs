//! An upstream that misbehaves, on Runway's wire: what it says to a submit, to each poll and to a
//! download is the case's script. The case is told by the prompt of the submit, and from then on by
//! the job's id. It counts what was sent to it. The wire's facts are those of the vendor's SDK, as
//! the Runway double has them; here only its breaking is of interest.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::dns::OPEN;
use super::lies::whole;
use super::peer::serving;

/// What is said to one request.
#[derive(Clone)]
pub(super) enum Says {
    /// These bytes, then the end. `{job}` and `{vendor}` in a text are filled in.
    Text(String),
    /// The head, then so many zeros.
    Pours { head: String, mebibytes: usize },
    /// The video, or the first half of it and then a reset.
    Video { head: &'static str, half: bool },
    /// A reset instead of an answer, after the whole request was read.
    Resets,
}

impl Says {
    /// A 200 with this JSON.
    pub fn json(value: &Value) -> Self {
        Self::status("200 OK", &value.to_string())
    }

    /// A status line's end, perhaps with headers, and a body.
    pub fn status(head: &str, body: &str) -> Self {
        Self::Text(whole(
            &format!("{head}\r\nContent-Type: application/json"),
            body,
        ))
    }
}

/// What a case's job meets, in order; the last of each row is said from then on.
#[derive(Clone)]
pub(super) struct Script {
    pub submits: Vec<Says>,
    pub polls: Vec<Says>,
    pub downloads: Vec<Says>,
}

/// How often each was asked.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub submits: usize,
    pub polls: usize,
    pub downloads: usize,
}

struct Shop {
    scripts: Mutex<HashMap<String, (Script, Counts)>>,
    video: Bytes,
    url: String,
}

/// The running upstream; it stops when dropped.
pub(super) struct Vendor {
    shop: Arc<Shop>,
    _serving: JoinSet<()>,
}

impl Vendor {
    /// Listens on the address that the server under test may dial; every video is `video`.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start(video: Bytes) -> std::io::Result<Self> {
        let listener = TcpListener::bind((OPEN, 0)).await?;
        let shop = Arc::new(Shop {
            scripts: Mutex::default(),
            video,
            url: format!("http://{}", listener.local_addr()?),
        });
        let serving = serving(listen(listener, Arc::clone(&shop)));
        Ok(Self {
            shop,
            _serving: serving,
        })
    }

    /// Its base URL.
    pub fn url(&self) -> &str {
        &self.shop.url
    }

    /// Sets what the job with this name meets: the name is the prompt that is sent.
    pub fn expect(&self, name: &str, script: Script) {
        let entry = (script, Counts::default());
        self.shop.scripts().insert(name.to_owned(), entry);
    }

    /// What was asked for this name so far.
    pub fn counts(&self, name: &str) -> Counts {
        let scripts = self.shop.scripts();
        scripts
            .get(name)
            .map(|(_, counts)| *counts)
            .unwrap_or_default()
    }
}

impl Shop {
    fn scripts(&self) -> MutexGuard<'_, HashMap<String, (Script, Counts)>> {
        self.scripts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is said to a request: by its path, and a submit by its prompt.
    fn says(&self, request: &Asked) -> Option<(String, Says)> {
        let mut path = request.path.trim_start_matches('/').split('/');
        let name = match (path.next()?, path.next()?, path.next()) {
            ("v1", "tasks", Some(job)) | ("video", job, None) => job.to_owned(),
            _ => serde_json::from_slice::<Value>(&request.body).ok()?["promptText"]
                .as_str()?
                .to_owned(),
        };
        let mut scripts = self.scripts();
        let (script, counts) = scripts.get_mut(&name)?;
        let (row, count) = match request.path.as_str() {
            path if path.starts_with("/v1/tasks/") => (&script.polls, &mut counts.polls),
            path if path.starts_with("/video/") => (&script.downloads, &mut counts.downloads),
            _ => (&script.submits, &mut counts.submits),
        };
        let says = row.get(*count).or(row.last())?.clone();
        *count += 1;
        Some((name, says))
    }
}

/// The usual course of a job, from which each case departs.
pub(super) fn usual() -> Script {
    Script {
        submits: vec![Says::json(&json!({ "id": "{job}" }))],
        polls: vec![running(0.5), done("{vendor}/video/{job}")],
        downloads: vec![Says::Video {
            head: "200 OK\r\nContent-Type: video/mp4",
            half: false,
        }],
    }
}

/// A poll's answer while the job runs.
pub(super) fn running(progress: f64) -> Says {
    Says::json(&json!({
        "id": "{job}", "createdAt": "2026-11-01T00:00:00Z", "status": "RUNNING", "progress": progress,
    }))
}

/// A poll's answer when the video lies there.
pub(super) fn done(url: &str) -> Says {
    Says::json(&json!({
        "id": "{job}", "createdAt": "2026-11-01T00:00:00Z", "status": "SUCCEEDED", "output": [url],
    }))
}

struct Asked {
    path: String,
    body: Vec<u8>,
}

async fn listen(listener: TcpListener, shop: Arc<Shop>) {
    let mut under_way = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let shop = Arc::clone(&shop);
        // How a client leaves is not this side's to judge.
        under_way.spawn(async move { attend(stream, &shop).await.unwrap_or_default() });
    }
}

async fn attend(mut stream: TcpStream, shop: &Shop) -> anyhow::Result<()> {
    let request = read(&mut stream).await?;
    let said = shop.says(&request);
    let (job, says) = said.unwrap_or_else(|| (String::new(), Says::status("404 Not Found", "{}")));
    match says {
        Says::Text(text) => {
            let text = filled(&text, &job, &shop.url);
            stream.write_all(text.as_bytes()).await?;
        }
        Says::Pours { head, mebibytes } => {
            stream
                .write_all(format!("HTTP/1.1 {head}\r\n\r\n").as_bytes())
                .await?;
            let piece = vec![b' '; 1 << 20];
            for _ in 0..mebibytes {
                stream.write_all(&piece).await?;
            }
        }
        Says::Video { head, half } => {
            let length = shop.video.len();
            let head = format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\n\r\n");
            stream.write_all(head.as_bytes()).await?;
            if half {
                stream.write_all(&shop.video[..length / 2]).await?;
                return reset(stream);
            }
            stream.write_all(&shop.video).await?;
        }
        Says::Resets => return reset(stream),
    }
    stream.shutdown().await?;
    Ok(())
}

/// Ends a connection by RST: a close with nothing lingering.
fn reset(stream: TcpStream) -> anyhow::Result<()> {
    stream.set_zero_linger()?;
    drop(stream);
    Ok(())
}

/// Fills the placeholders in; the length of the body is said anew where it was said.
fn filled(text: &str, job: &str, vendor: &str) -> String {
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return text.to_owned();
    };
    let fitted = body.replace("{job}", job).replace("{vendor}", vendor);
    let (old, new) = (body.len(), fitted.len());
    let head = head.replace(
        &format!("Content-Length: {old}"),
        &format!("Content-Length: {new}"),
    );
    format!("{head}\r\n\r\n{fitted}")
}

/// Reads a whole request, so that what follows is an answer to all of it.
async fn read(stream: &mut TcpStream) -> anyhow::Result<Asked> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head)?;
    let path = head.split(' ').nth(1).context("no path")?.to_owned();
    let length = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(Ok(0), |(_, length)| length.parse())?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(Asked { path, body })
}
