//! `POST /upload` and `/upload-audio`: a file from a multipart form into storage, and a link to it.
//! What it is, is told from its own bytes. Whether it suits a task is not asked here.

mod form;

use axum::extract::{Request, State};
use axum::response::Response;
use framewright_core::clock::Millis;
use framewright_core::media::{Family, Format, HEAD_BYTES, sniff_as};
use framewright_store::UploadRow;
use http::StatusCode;
use serde_json::json;

use self::form::FilePart;
use crate::auth::{Caller, peer};
use crate::error::{ApiError, Problem, json as answer, to_json};
use crate::state::App;

/// Names that the vendor's page and its samples give the image.
pub(crate) const IMAGE_FIELDS: &[&str] = &["image", "files"];

pub(crate) const AUDIO_FIELDS: &[&str] = &["audio"];

/// Seconds after which one of the uploads under way may have ended.
const BUSY_RETRY_S: u64 = 2;

pub(crate) async fn image(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    let url = take(&app, request, IMAGE_FIELDS, Family::Image).await?;
    Ok(answer(StatusCode::OK, to_json(&json!({ "imageURL": url }))))
}

pub(crate) async fn audio(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    let url = take(&app, request, AUDIO_FIELDS, Family::Audio).await?;
    Ok(answer(StatusCode::OK, to_json(&json!({ "audioURL": url }))))
}

/// Stores the file and answers its link.
async fn take(
    app: &App,
    request: Request,
    fields: &'static [&'static str],
    family: Family,
) -> Result<String, ApiError> {
    let (head, body) = request.into_parts();
    let caller = app.submitter(&head).await?;
    app.open_for_new()?;
    let _seat = app.uploads.try_acquire().map_err(|_| ApiError::TooMany {
        msg: "too many uploads at once; try again as Retry-After says".into(),
        retry_after_s: BUSY_RETRY_S,
    })?;
    let base_url = peer::base_url(&head, &app.settings).ok_or_else(|| {
        ApiError::one(Problem::request(
            "the Host header must name the host of this server",
        ))
    })?;
    let mut form = form::open(&head, body, app.settings.upload_cap, fields).await?;
    let part = form.file().await?;
    let row = store(app, &caller, part, family, fields).await?;
    Ok(app
        .links
        .sign(&base_url, &row.path, &caller.account.id, row.expires))
}

/// Where a stored upload is found, and until when.
struct Kept {
    path: String,
    expires: Millis,
}

/// Streams the file into a blob while keeping its head; what is not wanted leaves nothing behind.
async fn store(
    app: &App,
    caller: &Caller,
    mut part: FilePart,
    family: Family,
    fields: &'static [&'static str],
) -> Result<Kept, ApiError> {
    let now = app.now();
    let id = app.new_upload_id(now);
    let blob = format!("{}/uploads/{id}", caller.account.id);
    let mut writer = app.blobs.create(&blob).await?;
    let mut head = Vec::with_capacity(HEAD_BYTES);
    while let Some(chunk) = part.chunk().await? {
        let room = HEAD_BYTES - head.len();
        head.extend_from_slice(&chunk[..chunk.len().min(room)]);
        writer.write(&chunk).await?;
    }
    let format = known(&head, family, fields)?;
    let written = writer.finish().await?;
    let expires = now + app.settings.upload_retention_ms;
    let path = format!("/files/uploads/{id}.{}", format.extension());
    app.store
        .put_upload(&UploadRow {
            id,
            account: caller.account.id.clone(),
            blob,
            mime: format.mime().to_owned(),
            bytes: written.bytes,
            sha256: written.sha256,
            created: now,
            expires,
        })
        .await?;
    Ok(Kept { path, expires })
}

fn known(head: &[u8], family: Family, fields: &[&'static str]) -> Result<Format, ApiError> {
    let field = fields.first().copied().unwrap_or("file");
    if head.is_empty() {
        return Err(ApiError::one(Problem::field(
            field,
            format!("{field} is an empty file"),
        )));
    }
    sniff_as(family, head)
        .map_err(|problem| ApiError::one(Problem::field(field, format!("{field} {problem}"))))
}
