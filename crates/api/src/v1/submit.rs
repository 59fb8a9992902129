//! The way of every request for video, from its bytes to a stored task: read, judge, route, price,
//! and one transaction that is on disk before the 200. Nothing is bought or fetched here.

use axum::extract::Request;
use axum::response::Response;
use framewright_core::clock::Millis;
use framewright_core::crash::crash_point;
use framewright_core::id::TaskId;
use framewright_core::spec::Spec;
use framewright_core::task::{Task, Webhook};
use framewright_store::{Idempotency, Limits, NewTask, SubmitError, Submitted};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::judge::RequestJudge;
use super::{Endpoint, parent};
use crate::auth::{Caller, peer};
use crate::body;
use crate::error::{ApiError, Problem, json, to_json};
use crate::fields::{self, Values};
use crate::state::App;

/// A request that is right in itself.
struct Order {
    values: Values,
    spec: Spec,
    base_url: String,
    now: Millis,
}

/// Answers one submit.
///
/// # Errors
/// Whatever is wrong with the request; nothing is stored then.
pub(crate) async fn submit(
    app: App,
    endpoint: &'static Endpoint,
    request: Request,
) -> Result<Response, ApiError> {
    let (head, body) = request.into_parts();
    let caller = app.submitter(&head).await?;
    app.open_for_new()?;
    let key = idempotency_key(&head.headers)?;
    let object = body::object(&head, body, app.settings.json_cap).await?;
    let order = read(&app, endpoint, &caller, &head, &object)?;
    let idempotency = key.map(|key| Idempotency {
        endpoint: endpoint.task_type.to_owned(),
        key,
        body_hash: hash(&order.values),
    });
    let id = match task(&app, &caller, endpoint, order).await {
        Ok(task) => take_in(&app, endpoint, task, idempotency).await?,
        Err(refusal) => earlier(&app, &caller, endpoint, idempotency, refusal).await?,
    };
    Ok(json(
        StatusCode::OK,
        to_json(&Accepted {
            task_id: id.as_str(),
        }),
    ))
}

/// The one Tx.
async fn take_in(
    app: &App,
    endpoint: &Endpoint,
    task: Task,
    idempotency: Option<Idempotency>,
) -> Result<TaskId, ApiError> {
    let limits = Limits {
        account_unfinished: app.settings.account_cap,
        queue: app.settings.queue_cap,
    };
    let new = NewTask {
        task,
        idempotency,
        limits,
    };
    crash_point("K1");
    match app
        .store
        .submit(new)
        .await
        .map_err(|error| refusal(endpoint, error))?
    {
        Submitted::New(id) => {
            crash_point("K3");
            (app.hurry)();
            Ok(id)
        }
        Submitted::Replayed(id) => Ok(id),
    }
}

/// A replay is answered even where the request could not be taken in any more: its parent may be
/// gone by now, or its route.
async fn earlier(
    app: &App,
    caller: &Caller,
    endpoint: &Endpoint,
    idempotency: Option<Idempotency>,
    refused: ApiError,
) -> Result<TaskId, ApiError> {
    let Some(asked) = idempotency else {
        return Err(refused);
    };
    let found = app.store.replayed(&caller.account.id, &asked).await;
    found
        .map_err(|error| refusal(endpoint, error))?
        .ok_or(refused)
}

/// Reads the fields and the rules between them.
fn read(
    app: &App,
    endpoint: &'static Endpoint,
    caller: &Caller,
    head: &Parts,
    object: &serde_json::Map<String, serde_json::Value>,
) -> Result<Order, ApiError> {
    let base_url = peer::base_url(head, &app.settings).ok_or_else(|| {
        ApiError::one(Problem::request(
            "the Host header must name the host of this server",
        ))
    })?;
    let now = app.now();
    let judge = RequestJudge {
        app,
        account: &caller.account.id,
        more_models: app.models.more(endpoint),
        now,
        base_url: &base_url,
    };
    let mut problems = Vec::new();
    let values = fields::read(endpoint.fields, object, &judge, &mut problems);
    (endpoint.rules)(&values, &mut problems);
    if !problems.is_empty() {
        return Err(ApiError::Invalid(problems));
    }
    let mut spec = endpoint.spec(&values);
    spec.model = app.models.resolve(spec.model);
    Ok(Order {
        values,
        spec,
        base_url,
        now,
    })
}

/// The task as it is first stored, if what it continues is there and somebody can make it.
async fn task(
    app: &App,
    caller: &Caller,
    endpoint: &Endpoint,
    order: Order,
) -> Result<Task, ApiError> {
    let Order {
        values,
        mut spec,
        base_url,
        now,
    } = order;
    if let Some(parent) = &mut spec.parent {
        parent.made = Some(parent::check(app, caller, endpoint, parent).await?);
    }
    let opening =
        (app.route)(&spec).map_err(|refused| ApiError::one(Problem::request(refused.public)))?;
    let webhook = values.text("webhook_url").map(|url| Webhook {
        url: url.to_owned(),
        secret: values.text("webhook_secret").map(str::to_owned),
    });
    let id = app.new_task_id(now);
    let account = caller.account.id.clone();
    Ok(Task {
        key: Some(caller.id.clone()),
        price: opening.price.unwrap_or_else(|| app.settings.price(&spec)),
        base_url,
        webhook,
        queue_deadline: now + app.settings.queue_deadline_ms,
        ..Task::queued(id, account, spec, opening.lane, now)
    })
}

/// The client's key; none where there is no such header.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let key = value.to_str().ok().filter(|key| {
        (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
    });
    match (key, values.next()) {
        (Some(key), None) => Ok(Some(key.to_owned())),
        _ => Err(ApiError::one(Problem::request(
            "Idempotency-Key must be given once, with 1 to 255 visible ASCII characters",
        ))),
    }
}

/// SHA-256 of what the request means, in lower-case hex.
fn hash(values: &Values) -> String {
    hex::encode(Sha256::digest(values.canonical()))
}

fn refusal(endpoint: &Endpoint, error: SubmitError) -> ApiError {
    match error {
        SubmitError::KeyReused => ApiError::Conflict(Problem::request(
            "this Idempotency-Key came with another request before; use a new key",
        )),
        SubmitError::NoCredits { needed, available } => ApiError::NoCredits { needed, available },
        SubmitError::QueueFull { retry_after } => ApiError::TooMany {
            msg: "the queue of this server is full; try again as Retry-After says".into(),
            retry_after_s: seconds(retry_after),
        },
        SubmitError::AccountFull { retry_after } => ApiError::TooMany {
            msg: "this account has as many open tasks as it may; try again when one has ended"
                .into(),
            retry_after_s: seconds(retry_after),
        },
        SubmitError::ParentGone => ApiError::one(parent::unknown(endpoint)),
        SubmitError::Store(error) => ApiError::Store(error),
    }
}

/// Milliseconds as whole seconds, rounded up.
fn seconds(span: Millis) -> u64 {
    u64::try_from(span).unwrap_or(0).div_ceil(1_000)
}

#[derive(Serialize)]
struct Accepted<'a> {
    task_id: &'a str,
}
