//! `/files/…`: finished videos, uploads, and inputs for upstreams, by signed links. What is served is
//! looked up in the store, never by joining a path; its type is what our own probe found, never what
//! somebody said.

use std::ops::Range;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use framewright_core::clock::{DAY, Millis};
use framewright_core::id::{AccountId, AttemptId, TaskId, UploadId};
use framewright_core::task::Output;
use framewright_store::{BlobError, LinkKeys};
use futures_util::stream::BoxStream;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, IF_RANGE, LOCATION, RANGE,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::error::ApiError;
use crate::paths::InPath;
use crate::range::{Wanted, wanted};
use crate::state::App;

/// A stored file and how it is shown.
struct Served {
    blob: String,
    bytes: u64,
    sha256: String,
    mime: String,
    disposition: String,
    /// Whether the bucket itself may be named. Not to upstreams: some follow no redirects.
    leads_on: bool,
}

/// How long a link to the bucket can be followed: a player comes back to it for the next range.
const LINK_LASTS: Duration = Duration::from_secs(15 * 60);

/// Nothing in a file may run, reach out or be framed with our rights.
const POLICY: &str =
    "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'";

pub(crate) async fn output(
    State(app): State<App>,
    InPath((task, name)): InPath<(String, String)>,
    request: Request,
) -> Result<Response, ApiError> {
    let (head, _) = request.into_parts();
    let stem = name.strip_suffix(".mp4");
    let (Some(task), Some(stem)) = (TaskId::parse(&task), stem) else {
        return Err(gone());
    };
    let found = match (stem.parse::<u8>(), late(stem)) {
        (Ok(position), _) => app.store.output(&task, position).await?,
        (_, Some((attempt, index))) => app.store.late_output(&task, &attempt, index).await?,
        _ => None,
    };
    let found = found.ok_or_else(gone)?;
    // Signed as we write it: `01` is no other name of `1`.
    let stem = output_stem(&found.output);
    check(
        &app,
        &head,
        &format!("/files/{task}/{stem}.mp4"),
        &found.account,
    )?;
    let file = Served {
        blob: found.output.blob,
        bytes: found.output.bytes,
        sha256: found.output.sha256,
        mime: "video/mp4".to_owned(),
        disposition: format!("inline; filename=\"{task}-{stem}.mp4\""),
        leads_on: true,
    };
    serve(&app, &head, file).await
}

/// How an output is called in its link: by its position, or by its attempt where it came too late to
/// have one.
pub(crate) fn output_stem(output: &Output) -> String {
    match output.position {
        0 => format!("late-{}-{}", output.attempt, output.job_index),
        position => position.to_string(),
    }
}

fn late(stem: &str) -> Option<(AttemptId, u8)> {
    let (attempt, index) = stem.strip_prefix("late-")?.rsplit_once('-')?;
    Some((AttemptId::parse(attempt)?, index.parse().ok()?))
}

pub(crate) async fn upload(
    State(app): State<App>,
    InPath(name): InPath<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let (head, _) = request.into_parts();
    let id = name
        .split_once('.')
        .and_then(|(id, _)| UploadId::parse(id))
        .ok_or_else(gone)?;
    let row = app.store.upload(&id).await?.ok_or_else(gone)?;
    check(&app, &head, &format!("/files/uploads/{name}"), &row.account)?;
    let file = Served {
        blob: row.blob,
        bytes: row.bytes,
        sha256: row.sha256,
        mime: row.mime,
        disposition: "attachment".to_owned(),
        leads_on: true,
    };
    serve(&app, &head, file).await
}

/// A link by which an upstream that takes nothing but URLs fetches an input of a task: good for 24 h
/// from `now` (ms), as long as some task has the input. None for a name that no input has.
#[must_use]
pub fn input_link(links: &LinkKeys, base_url: &str, blob: &str, now: Millis) -> Option<String> {
    let account = owner(blob)?;
    let path = format!("/files/inputs/{}", URL_SAFE_NO_PAD.encode(blob));
    Some(links.sign(base_url, &path, &account, now + DAY))
}

/// The account in whose part of storage a blob is. It need not be that of the task: a client may
/// hand its link to another.
fn owner(blob: &str) -> Option<AccountId> {
    let (account, _) = blob.split_once('/')?;
    Some(AccountId::stored(account))
}

pub(crate) async fn input(
    State(app): State<App>,
    InPath(name): InPath<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let (head, _) = request.into_parts();
    let decoded = URL_SAFE_NO_PAD.decode(&name).map_err(|_| gone())?;
    let blob = String::from_utf8(decoded).map_err(|_| gone())?;
    let account = owner(&blob).ok_or_else(gone)?;
    let found = app.store.input_of_blob(&blob).await?.ok_or_else(gone)?;
    check(&app, &head, &format!("/files/inputs/{name}"), &account)?;
    let file = Served {
        blob: found.blob,
        bytes: found.bytes,
        sha256: found.sha256,
        mime: found.mime,
        disposition: "attachment".to_owned(),
        leads_on: false,
    };
    serve(&app, &head, file).await
}

fn gone() -> ApiError {
    ApiError::NotFound("there is no such file, or none any more".into())
}

/// Whether the link was signed by us for this file and is not over.
fn check(app: &App, head: &Parts, path: &str, account: &AccountId) -> Result<(), ApiError> {
    let query = head.uri.query().unwrap_or_default();
    app.links
        .verify(path, query, account, app.now())
        .map_err(|problem| ApiError::Forbidden(problem.to_string()))
}

async fn serve(app: &App, head: &Parts, file: Served) -> Result<Response, ApiError> {
    let tag = format!("\"{}\"", file.sha256);
    if is_known(&head.headers, &tag) {
        return Ok(answer(StatusCode::NOT_MODIFIED, &file, &tag, Body::empty()));
    }
    let is_head = head.method == Method::HEAD;
    // A signed link is good for GET alone.
    if !is_head && let Some(response) = lead_on(app, &file).await? {
        return Ok(response);
    }
    let range = match is_head || is_other_version(&head.headers, &tag) {
        true => None,
        false => text(&head.headers, RANGE),
    };
    let (status, part) = match wanted(range, file.bytes) {
        Wanted::All => (StatusCode::OK, 0..file.bytes),
        Wanted::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
        Wanted::Impossible => return Err(ApiError::Range { length: file.bytes }),
    };
    let body = match is_head {
        true => Body::empty(),
        false => Body::from_stream(read(app, &file, part.clone()).await?),
    };
    let mut response = answer(status, &file, &tag, body);
    let headers = response.headers_mut();
    set(
        headers,
        CONTENT_LENGTH,
        &(part.end - part.start).to_string(),
    );
    if status == StatusCode::PARTIAL_CONTENT {
        let last = part.end - 1;
        set(
            headers,
            CONTENT_RANGE,
            &format!("bytes {}-{last}/{}", part.start, file.bytes),
        );
    }
    Ok(response)
}

/// The way to the bucket, where this server shows it. Nothing keeps it: each use of our own link is
/// judged anew.
async fn lead_on(app: &App, file: &Served) -> Result<Option<Response>, ApiError> {
    if !app.settings.redirect_files || !file.leads_on {
        return Ok(None);
    }
    let (mime, disposition) = (&file.mime, &file.disposition);
    let link = app.blobs.link(&file.blob, mime, disposition, LINK_LASTS);
    Ok(link.await?.map(|link| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::FOUND;
        set(response.headers_mut(), LOCATION, link.as_str());
        set(response.headers_mut(), CACHE_CONTROL, "private, no-store");
        response
    }))
}

/// The bytes; a file that went while it was looked up is gone like any other.
async fn read(app: &App, file: &Served, part: Range<u64>) -> Result<Chunks, ApiError> {
    match app.blobs.read(&file.blob, Some(part)).await {
        Err(BlobError::Missing(_)) => Err(gone()),
        read => Ok(read?),
    }
}

type Chunks = BoxStream<'static, Result<Bytes, BlobError>>;

fn answer(status: StatusCode, file: &Served, tag: &str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (ETAG, tag),
        (ACCEPT_RANGES, "bytes"),
        // Kept by the client if it likes, but asked again each time: a deleted file is gone at once.
        (CACHE_CONTROL, "private, no-cache"),
        (CONTENT_TYPE, &file.mime),
        (CONTENT_DISPOSITION, &file.disposition),
        (CONTENT_SECURITY_POLICY, POLICY),
    ] {
        set(headers, name, value);
    }
    response
}

/// Puts a header that consists of our own words and stored values of a fixed shape.
fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Whether the client says that it has these bytes.
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let listed = text(headers, IF_NONE_MATCH).unwrap_or_default();
    listed
        .split(',')
        .map(str::trim)
        .any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

/// Whether the client wants a part of another version only; then it gets the whole of this one.
fn is_other_version(headers: &HeaderMap, tag: &str) -> bool {
    text(headers, IF_RANGE).is_some_and(|wanted| wanted != tag)
}
