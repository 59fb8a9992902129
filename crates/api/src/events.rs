//! `GET /tasks/{id}/events`: a task's timeline as server-sent events. Events are numbered by the
//! commits that made them, so a client that comes back with `Last-Event-ID` misses none; progress in
//! between is told without a number and not repeated.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use framewright_core::id::{AccountId, TaskId};
use framewright_core::task::Task;
use framewright_store::{EventRow, StoreError};
use futures_util::stream::{self, Stream, StreamExt};
use http::HeaderMap;
use tokio::sync::OwnedSemaphorePermit;

use crate::error::ApiError;
use crate::paths::InPath;
use crate::state::App;
use crate::tasks::{self, wire};

/// How often the store is asked: as often as a node looks for work.
const LOOK: Duration = Duration::from_millis(500);

/// Silence after which a comment keeps proxies from closing the connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Seconds after which one of the open streams may have ended.
const BUSY_RETRY_S: u64 = 10;

/// Below the number of every event; the first one, of the submit, is 0.
const BEFORE_ALL: i64 = -1;

/// One open stream.
struct Watch {
    app: App,
    account: AccountId,
    task: TaskId,
    seen: i64,
    progress: Option<u8>,
    first: bool,
    _seat: OwnedSemaphorePermit,
}

pub(crate) async fn events(
    State(app): State<App>,
    InPath(id): InPath<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let (head, _) = request.into_parts();
    let caller = app.reader(&head).await?;
    let task = TaskId::parse(&id).ok_or_else(tasks::unknown)?;
    let account = caller.account.id.clone();
    app.store
        .task(&account, &task)
        .await?
        .ok_or_else(tasks::unknown)?;
    let seat = app
        .streams
        .clone()
        .try_acquire_owned()
        .map_err(|_| ApiError::TooMany {
            msg: "too many event streams are open; try again as Retry-After says".into(),
            retry_after_s: BUSY_RETRY_S,
        })?;
    let watch = Watch {
        app,
        account,
        task,
        seen: last_event(&head.headers),
        progress: None,
        first: true,
        _seat: seat,
    };
    let stream = stream::unfold(Some(watch), look).flat_map(stream::iter);
    let stream = stream.map(Ok::<Event, Infallible>);
    Ok(keep_alive(stream).into_response())
}

fn keep_alive<S>(stream: S) -> Sse<impl Stream<Item = Result<Event, Infallible>>>
where
    S: Stream<Item = Result<Event, Infallible>> + Send + 'static,
{
    Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

/// The number that the client saw last; what cannot be read counts as none.
fn last_event(headers: &HeaderMap) -> i64 {
    let value = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok());
    value
        .and_then(|text| text.parse().ok())
        .unwrap_or(BEFORE_ALL)
}

/// Waits for the next look, and says what is new. Ends behind the terminal event, when the task is
/// gone, when the store fails, and when the process is to go.
async fn look(watch: Option<Watch>) -> Option<(Vec<Event>, Option<Watch>)> {
    let mut watch = watch?;
    if !watch.first {
        tokio::select! {
            () = watch.app.drain.cancelled() => return None,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
    watch.first = false;
    let (task, rows) = match read(&watch).await {
        Ok(read) => read?,
        Err(error) => {
            tracing::warn!(task.id = %watch.task, %error, "an event stream ends early");
            return None;
        }
    };
    watch.seen = rows.last().map_or(watch.seen, |row| row.seq);
    let mut news: Vec<Event> = rows.iter().map(numbered).collect();
    let progress = Some(task.shown_progress(watch.app.now()));
    if progress != watch.progress {
        watch.progress = progress;
        news.extend(
            Event::default()
                .event("progress")
                .json_data(wire::Summary::of(&task, watch.app.now()))
                .ok(),
        );
    }
    let ended = task.status.is_terminal();
    Some((news, (!ended).then_some(watch)))
}

/// The task first: an event that its status shows is then surely among those read after it.
async fn read(watch: &Watch) -> Result<Option<(Task, Vec<EventRow>)>, StoreError> {
    let (store, account, id) = (&watch.app.store, &watch.account, &watch.task);
    let Some(task) = store.task(account, id).await? else {
        return Ok(None);
    };
    let rows = store.events(account, id, watch.seen).await?;
    Ok(rows.map(|rows| (task, rows)))
}

fn numbered(row: &EventRow) -> Event {
    let event = Event::default().id(row.seq.to_string()).event("status");
    let shown = wire::Event::of(row);
    // Serialising our own flat struct cannot fail; without data the client still learns the number.
    event
        .json_data(shown)
        .unwrap_or_else(|_| Event::default().id(row.seq.to_string()))
}
