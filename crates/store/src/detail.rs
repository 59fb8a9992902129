//! Everything about one task for `GET /tasks/{id}`, its timeline, and its deliveries with their tries:
//! one snapshot, so that its parts fit each other.

use framewright_core::attempt::Attempt;
use framewright_core::clock::Millis;
use framewright_core::id::{AccountId, DeliveryId, TaskId};
use framewright_core::task::{Input, Output, Task};

use crate::db::{Query, Row, args};
use crate::error::StoreError;
use crate::rows::{Cells, task};
use crate::store::Store;
use crate::work;

/// A task with all that is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Detail {
    pub task: Task,
    pub inputs: Vec<Input>,
    /// By `seq`, rising.
    pub attempts: Vec<Attempt>,
    /// By position.
    pub outputs: Vec<Output>,
    /// Stored after the task had ended, or for slots that nobody wanted any more: not in the answer
    /// that the client was promised.
    pub late_outputs: Vec<Output>,
    pub deliveries: Vec<DeliveryDetail>,
    pub events: Vec<EventRow>,
}

/// One line of a task's timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// The task's version that it made: rising, with gaps.
    pub seq: i64,
    pub at: Millis,
    pub status: String,
    pub progress: u8,
    pub attempt: Option<String>,
    /// The failure's code.
    pub code: Option<String>,
}

/// A webhook owed, as far as it got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryDetail {
    pub id: DeliveryId,
    pub url: String,
    /// `pending`, `delivered`, `dead` or `dropped`.
    pub status: String,
    /// When the next try is due, while it is pending.
    pub due: Millis,
    pub why: Option<String>,
    pub tries: Vec<TryDetail>,
}

/// One HTTP try, as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TryDetail {
    pub at: Millis,
    /// The receiver's status, where it answered.
    pub status: Option<u16>,
    pub response_head: String,
    pub duration_ms: Millis,
    pub error: Option<String>,
}

const DELIVERIES: &str = "SELECT id, url, status, due, why FROM deliveries \
    WHERE task = $1 ORDER BY created, id";
const TRIES: &str = "SELECT a.delivery, a.at, a.status, a.response_head, a.duration_ms, a.error \
    FROM deliveries d JOIN delivery_attempts a ON a.delivery = d.id \
    WHERE d.task = $1 ORDER BY a.delivery, a.seq";
const EVENTS: &str = "SELECT seq, at, status, progress, attempt, code FROM task_events \
    WHERE task = $1 AND seq > $2 ORDER BY seq";

impl Store {
    /// Everything about a task, unless it was deleted or has expired.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    pub async fn detail(
        &self,
        account: &AccountId,
        id: &TaskId,
    ) -> Result<Option<Detail>, StoreError> {
        let mut queries = vec![
            self.visible_task(account, id),
            Query::new(DELIVERIES, args![id]),
            Query::new(TRIES, args![id]),
            Query::new(EVENTS, args![id, 0_i64]),
        ];
        queries.extend(work::reads(id));
        let mut answers = self.db().read(queries).await?.into_iter();
        let mut next = || answers.next().unwrap_or_default();
        let (mut task, deliveries, tries, events) = (next(), next(), next(), next());
        let Some(row) = task.pop() else {
            return Ok(None);
        };
        let task = task::from_row(row, self.seal())?;
        let rows = answers.collect();
        let work = work::assemble(task, rows)?;
        let (mut outputs, late_outputs): (Vec<_>, Vec<_>) = work
            .outputs
            .into_iter()
            .partition(|output| output.position > 0);
        outputs.sort_by_key(|output| output.position);
        let ended = work.task.status.is_terminal();
        Ok(Some(Detail {
            events: timeline(&work.task, events)?,
            task: work.task,
            inputs: work.inputs,
            attempts: work.attempts,
            outputs,
            // Before the end no output has a position, and none is late.
            late_outputs: if ended { late_outputs } else { Vec::new() },
            deliveries: read_deliveries(deliveries, tries)?,
        }))
    }

    /// The timeline of a task behind an event; `None` where there is no such task.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    pub async fn events(
        &self,
        account: &AccountId,
        id: &TaskId,
        after_seq: i64,
    ) -> Result<Option<Vec<EventRow>>, StoreError> {
        let Some(task) = self.task(account, id).await? else {
            return Ok(None);
        };
        let rows = self.db().point(EVENTS, args![id, after_seq]).await?;
        let mut events = timeline(&task, rows)?;
        events.retain(|event| event.seq > after_seq);
        Ok(Some(events))
    }
}

/// The rows behind the first line, which is not stored: number 0 says what the task's own row says.
fn timeline(task: &Task, rows: Vec<Row>) -> Result<Vec<EventRow>, StoreError> {
    let first = EventRow {
        seq: 0,
        at: task.created,
        status: "queued".to_owned(),
        progress: 0,
        attempt: None,
        code: None,
    };
    std::iter::once(Ok(first))
        .chain(rows.into_iter().map(read_event))
        .collect()
}

fn read_event(row: Row) -> Result<EventRow, StoreError> {
    let mut cells = Cells::of("task_events", row);
    Ok(EventRow {
        seq: cells.int("seq")?,
        at: cells.int("at")?,
        status: cells.text("status")?,
        progress: cells.number("progress")?,
        attempt: cells.maybe_text("attempt")?,
        code: cells.maybe_text("code")?,
    })
}

fn read_deliveries(
    deliveries: Vec<Row>,
    tries: Vec<Row>,
) -> Result<Vec<DeliveryDetail>, StoreError> {
    let tries: Vec<(String, TryDetail)> =
        tries.into_iter().map(read_try).collect::<Result<_, _>>()?;
    deliveries
        .into_iter()
        .map(|row| {
            let mut cells = Cells::of("deliveries", row);
            let id = cells.text("id")?;
            let own = tries.iter().filter(|(delivery, _)| *delivery == id);
            Ok(DeliveryDetail {
                tries: own.map(|(_, detail)| detail.clone()).collect(),
                id: DeliveryId::stored(id),
                url: cells.text("url")?,
                status: cells.text("status")?,
                due: cells.int("due")?,
                why: cells.maybe_text("why")?,
            })
        })
        .collect()
}

fn read_try(row: Row) -> Result<(String, TryDetail), StoreError> {
    let mut cells = Cells::of("delivery_attempts", row);
    let delivery = cells.text("delivery")?;
    let at = cells.int("at")?;
    let status = cells.maybe_int("status")?;
    Ok((
        delivery,
        TryDetail {
            at,
            status: status.and_then(|status| u16::try_from(status).ok()),
            response_head: cells.text("response_head")?,
            duration_ms: cells.int("duration_ms")?,
            error: cells.maybe_text("error")?,
        },
    ))
}
