//! A client of the API as anyone would write one: JSON in and out over real HTTP, nothing of the
//! server's own types.

use anyhow::{Context as _, bail};
use bytes::Bytes;
use framewright_outbound::{Answer, CallLimits, Origin, Request, Trusted};
use http::{
    HeaderValue, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, RANGE},
};
use serde_json::Value;

/// No file of the demo is larger.
const FILE_BYTES: usize = 256 << 20;

/// Between the parts of an upload; no file of the demo holds it.
const BOUNDARY: &str = "framewright-demo-4f1d2c7b9a";

/// A client with its key.
#[derive(Clone)]
pub(super) struct Client {
    trusted: Trusted,
    origin: Origin,
    key: HeaderValue,
}

/// What `/fetch` says of a task.
pub(super) struct Fetched {
    /// The bytes, which the webhook must repeat.
    pub(super) body: Bytes,
    pub(super) status: String,
    pub(super) percentage: u8,
    pub(super) videos: Vec<String>,
    pub(super) message: String,
}

impl Client {
    pub(super) fn new(trusted: Trusted, base_url: &str, key: &str) -> anyhow::Result<Self> {
        let mut key = HeaderValue::from_str(key)?;
        key.set_sensitive(true);
        Ok(Self {
            trusted,
            origin: Origin::of(base_url)?,
            key,
        })
    }

    /// Submits; answers the id of the task.
    pub(super) async fn submit(&self, path: &str, body: &Value) -> anyhow::Result<String> {
        let answer = self
            .send(Request::post_json(path, body.to_string()))
            .await?;
        let answer: Value = read(path, &answer)?;
        let id = answer["task_id"].as_str();
        Ok(id
            .context("the answer to a submit has no task_id")?
            .to_owned())
    }

    /// Asks how a task stands.
    pub(super) async fn fetch(&self, id: &str) -> anyhow::Result<Fetched> {
        let body = serde_json::json!({ "task_id": id }).to_string();
        let answer = self.send(Request::post_json("/fetch", body)).await?;
        let task: Value = read("/fetch", &answer)?;
        Ok(Fetched {
            status: task["status"].as_str().unwrap_or_default().to_owned(),
            percentage: percentage(&task["percentage"]),
            videos: videos(&task),
            message: task["message"].as_str().unwrap_or("no message").to_owned(),
            body: answer.body,
        })
    }

    /// Uploads a file as a form; answers its link.
    pub(super) async fn upload(
        &self,
        path: &str,
        field: &str,
        name: &str,
        file: &[u8],
    ) -> anyhow::Result<String> {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; \
             filename=\"{name}\"\r\n\r\n"
        );
        let tail = format!("\r\n--{BOUNDARY}--\r\n");
        let form = HeaderValue::try_from(format!("multipart/form-data; boundary={BOUNDARY}"))?;
        let body = [head.as_bytes(), file, tail.as_bytes()].concat();
        let answer = self
            .send(Request::post_json(path, body).header(CONTENT_TYPE, form))
            .await?;
        let answer: Value = read(path, &answer)?;
        let link = answer["imageURL"].as_str().or(answer["audioURL"].as_str());
        Ok(link
            .context("the answer to an upload has no link")?
            .to_owned())
    }

    /// Downloads a link, whole or a range of it, without the key: the link alone opens it.
    pub(super) async fn download(&self, link: &str, range: Option<&str>) -> anyhow::Result<Answer> {
        let url = url::Url::parse(link).with_context(|| format!("the link {link:?}"))?;
        let origin = Origin::of(link)?;
        let path = &url[url::Position::BeforePath..];
        let mut request = Request::get(path);
        if let Some(range) = range {
            request = request.header(RANGE, HeaderValue::from_str(range)?);
        }
        let limits = CallLimits {
            max_bytes: FILE_BYTES,
            ..CallLimits::default()
        };
        Ok(self.trusted.call(&origin, request.limits(limits)).await?)
    }

    async fn send(&self, request: Request) -> anyhow::Result<Answer> {
        let request = request.header(AUTHORIZATION, self.key.clone());
        Ok(self.trusted.call(&self.origin, request).await?)
    }
}

fn read(path: &str, answer: &Answer) -> anyhow::Result<Value> {
    if answer.status != StatusCode::OK {
        let text = String::from_utf8_lossy(&answer.body);
        bail!("{path} answered {}: {text}", answer.status);
    }
    serde_json::from_slice(&answer.body).with_context(|| format!("{path} did not answer JSON"))
}

/// Text while the task runs, a number at its end (as the API's pages have it).
fn percentage(value: &Value) -> u8 {
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
    number.map_or(0, |number| number.min(100) as u8)
}

fn videos(task: &Value) -> Vec<String> {
    let several = task["video_urls"].as_array().into_iter().flatten();
    several
        .chain([&task["video_url"]])
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}
