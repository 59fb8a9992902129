//! The extensions over tasks: `GET /tasks`, `GET` and `DELETE /tasks/{id}`, `POST
//! /tasks/{id}/redeliver`. Not v1: no client needs them.

mod filter;
pub(crate) mod wire;

use axum::extract::{Request, State};
use axum::response::Response;
use framewright_core::id::TaskId;
use framewright_store::{Deleted, Redelivered};
use http::StatusCode;

pub(crate) use self::filter::FILTERS;
use self::wire::{Detail, Page};
use crate::error::{ApiError, Problem, json, to_json};
use crate::paths::InPath;
use crate::state::App;

/// The 404 of every id that names no task of the account.
pub(crate) fn unknown() -> ApiError {
    ApiError::NotFound("there is no such task".into())
}

pub(crate) async fn list(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    let (head, _) = request.into_parts();
    let caller = app.reader(&head).await?;
    let asked = filter::read(&head).map_err(ApiError::Invalid)?;
    let account = Some(&caller.account.id);
    let page = app
        .store
        .list(account, &asked.filter, asked.cursor.as_ref(), asked.limit)
        .await?;
    Ok(json(StatusCode::OK, to_json(&Page::of(&page, app.now()))))
}

pub(crate) async fn show(
    State(app): State<App>,
    InPath(id): InPath<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let (head, _) = request.into_parts();
    let caller = app.reader(&head).await?;
    let id = TaskId::parse(&id).ok_or_else(unknown)?;
    let detail = app
        .store
        .detail(&caller.account.id, &id)
        .await?
        .ok_or_else(unknown)?;
    Ok(json(
        StatusCode::OK,
        to_json(&Detail::of(&detail, &app.links, app.now())),
    ))
}

pub(crate) async fn remove(
    State(app): State<App>,
    InPath(id): InPath<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let (head, _) = request.into_parts();
    let caller = app.submitter(&head).await?;
    let id = TaskId::parse(&id).ok_or_else(unknown)?;
    match app.store.delete(&caller.account.id, &id, app.now()).await? {
        Deleted::Gone => Ok(done()),
        Deleted::Unknown => Err(unknown()),
        Deleted::Open => Err(ApiError::Conflict(Problem::request(
            "the task has not ended; cancel it first, and delete it then",
        ))),
    }
}

pub(crate) async fn redeliver(
    State(app): State<App>,
    InPath(id): InPath<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let (head, _) = request.into_parts();
    let caller = app.submitter(&head).await?;
    let id = TaskId::parse(&id).ok_or_else(unknown)?;
    match app
        .store
        .redeliver(&caller.account.id, &id, app.now())
        .await?
    {
        Redelivered::Scheduled => {
            (app.hurry)();
            Ok(done())
        }
        Redelivered::Unknown => Err(unknown()),
        Redelivered::NoWebhook => Err(ApiError::Conflict(Problem::request(
            "the task has no webhook_url to deliver to",
        ))),
        Redelivered::NotTerminal => Err(ApiError::Conflict(Problem::request(
            "the task has not ended; its webhook is sent when it does",
        ))),
    }
}

fn done() -> Response {
    json(StatusCode::OK, "{}".into())
}
