//! A task and its row. The order of [`COLUMNS`] is the order of [`read`]; what the owner may change
//! is a shorter list, beside the commit.

use framewright_core::id::{AccountId, KeyId, TaskId};
use framewright_core::task::{Estimate, Need, Task, TaskStatus, Webhook};

use super::spec::SpecCell;
use super::{BadCell, Cells, failure, to_json};
use crate::db::{Row, Val, args};
use crate::error::StoreError;
use crate::seal::Seal;

/// The columns that make a [`Task`].
macro_rules! task_columns {
    () => {
        "id, account, key_id, task_type, spec, base_url, status, progress, accepted_at, \
         expected_ms, price, failure, webhook_url, webhook_secret, stored, lane, need, nudge, \
         nudge_seen, cancel_asked, not_before, queue_deadline, open, created, finished, expires, \
         version"
    };
}

pub(crate) use task_columns;

/// The purpose that a task's webhook secret is sealed for.
const SECRET: &str = "webhook secret";

/// The cells of [`task_columns`], and the parent beside them.
pub(crate) fn cells(task: &Task, seal: &Seal) -> Vec<Val> {
    let webhook = task.webhook.as_ref();
    let secret = webhook
        .and_then(|webhook| webhook.secret.as_deref())
        .map(|secret| seal.close(SECRET, task.id.as_str(), secret.as_bytes()));
    args![
        &task.id,
        &task.account,
        task.key.as_ref(),
        task.spec.task_type.as_str(),
        to_json(&SpecCell::from(&task.spec)),
        &task.base_url,
        task.status.word(),
        task.progress,
        task.estimate.map(|estimate| estimate.accepted_at),
        task.estimate.map(|estimate| estimate.expected_ms),
        task.price,
        task.failure().map(failure::cell),
        webhook.map(|webhook| &webhook.url),
        secret,
        task.stored,
        &task.lane,
        task.need.word(),
        task.nudge,
        task.nudge_seen,
        task.cancel_asked,
        task.not_before,
        task.queue_deadline,
        task.open,
        task.created,
        task.status.finished_at(),
        task.expires,
        task.version,
        task.spec.parent.as_ref().map(|parent| &parent.task),
    ]
}

/// Reads [`task_columns`] and leaves `cells` behind them.
pub(crate) fn read(cells: &mut Cells, seal: &Seal) -> Result<Task, StoreError> {
    let id = TaskId::stored(cells.text("id")?);
    let account = AccountId::stored(cells.text("account")?);
    let key = cells.maybe_text("key_id")?.map(KeyId::stored);
    cells.text("task_type")?;
    let spec = cells
        .json::<SpecCell<'static>>("spec")?
        .into_spec()
        .map_err(|what| cells.bad("spec", what))?;
    let base_url = cells.text("base_url")?;
    let status = cells.text("status")?;
    let progress = cells.number("progress")?;
    let estimate = read_estimate(cells)?;
    let price = cells.int("price")?;
    let failure = failure::read(cells, "failure")?;
    let webhook = read_webhook(cells, seal, &id)?;
    let stored = cells.number("stored")?;
    let lane = cells.text("lane")?;
    let need = cells.word("need", Need::from_word)?;
    let nudge = cells.int("nudge")?;
    let nudge_seen = cells.int("nudge_seen")?;
    let cancel_asked = cells.flag("cancel_asked")?;
    let not_before = cells.int("not_before")?;
    let queue_deadline = cells.int("queue_deadline")?;
    let open = cells.flag("open")?;
    let created = cells.int("created")?;
    let finished = cells.maybe_int("finished")?;
    let status = status_of(&status, finished, failure)
        .ok_or_else(|| cells.bad("status", format!("{status:.40?} with unfitting facts")))?;
    Ok(Task {
        id,
        account,
        key,
        spec,
        base_url,
        status,
        progress,
        estimate,
        price,
        webhook,
        stored,
        lane,
        need,
        nudge,
        nudge_seen,
        cancel_asked,
        not_before,
        queue_deadline,
        open,
        created,
        expires: cells.maybe_int("expires")?,
        version: cells.int("version")?,
    })
}

/// A row that is a task and nothing more.
pub(crate) fn from_row(row: Row, seal: &Seal) -> Result<Task, StoreError> {
    read(&mut Cells::of("tasks", row), seal)
}

fn read_estimate(cells: &mut Cells) -> Result<Option<Estimate>, BadCell> {
    let accepted_at = cells.maybe_int("accepted_at")?;
    let expected_ms = cells.maybe_int("expected_ms")?;
    Ok(accepted_at
        .zip(expected_ms)
        .map(|(accepted_at, expected_ms)| Estimate {
            accepted_at,
            expected_ms,
        }))
}

fn read_webhook(
    cells: &mut Cells,
    seal: &Seal,
    task: &TaskId,
) -> Result<Option<Webhook>, StoreError> {
    let url = cells.maybe_text("webhook_url")?;
    let secret = cells
        .maybe_text("webhook_secret")?
        .map(|sealed| seal.open_text(SECRET, task.as_str(), &sealed))
        .transpose()?;
    Ok(url.map(|url| Webhook { url, secret }))
}

/// A status from its word and the facts that belong to it; nothing where they do not fit.
fn status_of(
    word: &str,
    finished: Option<i64>,
    failure: Option<framewright_core::failure::Failure>,
) -> Option<TaskStatus> {
    match (word, finished, failure) {
        ("queued", None, None) => Some(TaskStatus::Queued),
        ("running", None, None) => Some(TaskStatus::Running),
        ("storing", None, None) => Some(TaskStatus::Storing),
        ("finished", Some(at), None) => Some(TaskStatus::Finished { at }),
        ("failed", Some(at), Some(failure)) => Some(TaskStatus::Failed { at, failure }),
        ("cancelled", Some(at), Some(failure)) => Some(TaskStatus::Cancelled { at, failure }),
        _ => None,
    }
}
