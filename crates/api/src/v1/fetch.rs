//! `POST /fetch`, `/fetch-many` and `/cancel`: a task as it stands, by its id.

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use framewright_core::id::TaskId;
use framewright_core::task::Task;
use http::StatusCode;
use http::request::Parts;
use serde::Serialize;

use super::render::{self, Shown, render};
use crate::body;
use crate::error::{ApiError, Problem, json, to_json};
use crate::fields::{self, Field, Kind, NoJudge, Values};
use crate::state::App;

/// The body of `/fetch` and `/cancel`.
pub(crate) const ONE: &[Field] = &[Field::required(
    "task_id",
    Kind::TaskId,
    "The id that the submit answered.",
)];

/// The body of `/fetch-many`.
pub(crate) const MANY: &[Field] = &[Field::required(
    "task_ids",
    Kind::TaskIds { min: 2, max: 20 },
    "2 to 20 ids; the answer keeps their order and repeats.",
)];

pub(crate) async fn fetch(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    let (head, body) = request.into_parts();
    let caller = app.reader(&head).await?;
    let values = read(&app, &head, body, ONE).await?;
    let id = TaskId::parse(&values.words("task_id")).ok_or_else(unknown)?;
    let task = app
        .store
        .task(&caller.account.id, &id)
        .await?
        .ok_or_else(unknown)?;
    Ok(answer(&app, &task))
}

/// Notes the wish; the owner of the task carries it out. A terminal task stays as it is.
pub(crate) async fn cancel(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    let (head, body) = request.into_parts();
    let caller = app.submitter(&head).await?;
    let values = read(&app, &head, body, ONE).await?;
    let id = TaskId::parse(&values.words("task_id")).ok_or_else(unknown)?;
    let task = app
        .store
        .cancel(&caller.account.id, &id)
        .await?
        .ok_or_else(unknown)?;
    (app.hurry)();
    Ok(answer(&app, &task))
}

pub(crate) async fn fetch_many(
    State(app): State<App>,
    request: Request,
) -> Result<Response, ApiError> {
    let (head, body) = request.into_parts();
    let caller = app.reader(&head).await?;
    let values = read(&app, &head, body, MANY).await?;
    let asked = values.texts("task_ids");
    let ids: Vec<TaskId> = asked
        .iter()
        .filter_map(|text| TaskId::parse(text))
        .collect();
    let found = app.store.tasks(&caller.account.id, &ids).await?;
    let found: HashMap<&str, &Task> = found.iter().map(|task| (task.id.as_str(), task)).collect();
    let now = app.now();
    let shown = |text: &'_ String| {
        let id = TaskId::parse(text);
        id.and_then(|id| found.get(id.as_str()).copied())
    };
    let tasks = asked
        .iter()
        .map(|text| match shown(text) {
            Some(task) => render::shown(task, &app.links, now),
            None => render::unknown(text),
        })
        .collect();
    Ok(json(StatusCode::OK, to_json(&Many { tasks })))
}

#[derive(Serialize)]
struct Many<'a> {
    tasks: Vec<Shown<'a>>,
}

/// The same answer for an id that was never given out, one of another account's task and one that
/// is no id.
pub(crate) fn unknown() -> ApiError {
    ApiError::one(Problem::field(
        "task_id",
        "task not found: task_id must be an id that a submit answered to this account",
    ))
}

fn answer(app: &App, task: &Task) -> Response {
    json(StatusCode::OK, render(task, &app.links, app.now()))
}

async fn read(
    app: &App,
    head: &Parts,
    body: Body,
    table: &'static [Field],
) -> Result<Values, ApiError> {
    let object = body::object(head, body, app.settings.json_cap).await?;
    let mut problems = Vec::new();
    let values = fields::read(table, &object, &NoJudge, &mut problems);
    match problems.is_empty() {
        true => Ok(values),
        false => Err(ApiError::Invalid(problems)),
    }
}
