//! Writes a change of a leased task, fenced, with everything that follows from it in the same Tx:
//! attempts, outputs, credits, the event, the delivery. Only rows that differ are written. Does not
//! judge the change: `core::change` made it.

use framewright_core::attempt::{Attempt, AttemptStatus};
use framewright_core::change::{Change, Event};
use framewright_core::clock::Millis;
use framewright_core::crash::{crash_point, twin};
use framewright_core::id::TaskId;
use framewright_core::task::{Input, Output, Task};
use framewright_core::work::Work;

use crate::claim::Lease;
use crate::db::{Stmt, Tx, TxError, args};
use crate::error::StoreError;
use crate::rows::{Cells, attempt, failure, media};
use crate::store::Store;
use crate::{credits, deliveries, permits};

/// Why a change was not written. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The task is another's by now: change nothing, send nothing new, file the answers you hold.
    #[error("the lease is lost")]
    Lost,
    /// The provider key has no permit free, or cools down, or is down.
    #[error("the provider key has no permit free")]
    NoPermit,
    #[error(transparent)]
    Store(#[from] StoreError),
}

const FENCE: &str = "fence";

impl Store {
    /// Writes `change` if the lease still holds, and returns the lease with the work as it is now.
    ///
    /// # Errors
    /// [`CommitError`]; after [`StoreError::Unknown`] within it the change may be written or not.
    pub async fn commit(
        &self,
        lease: &Lease<Work>,
        change: Change,
        now: Millis,
    ) -> Result<Lease<Work>, CommitError> {
        let owes = change.delivery.is_some();
        let mut tx = self.change_tx(lease, &change, now);
        let outside = outside_the_tx(&mut tx, owes);
        match self.db().write(tx).await {
            Ok(_) => {}
            Err(TxError::Unmet(FENCE)) => return Err(CommitError::Lost),
            Err(TxError::Unmet(permits::GUARD)) => return Err(CommitError::NoPermit),
            Err(TxError::Unknown(detail)) => self.ask_by_version(lease, detail).await?,
            Err(other) => return Err(other.into_store_error().into()),
        }
        if owes {
            crash_point("K16");
        }
        if let Some(late) = outside {
            self.db()
                .write(late)
                .await
                .map_err(TxError::into_store_error)?;
        }
        let mut work = change.after;
        work.task.version = lease.work.task.version + 1;
        Ok(Lease {
            work,
            ..lease.clone()
        })
    }

    fn change_tx(&self, lease: &Lease<Work>, change: &Change, now: Millis) -> Tx {
        let (before, after) = (&lease.work, &change.after);
        let task = &after.task;
        let mut tx = vec![fence(lease, change, now)];
        for attempt in &after.attempts {
            tx.extend(attempt_rows(
                before.attempt(&attempt.id),
                attempt,
                task,
                now,
            ));
        }
        tx.extend(new_inputs(before, after).map(|input| insert_input(&task.id, input)));
        tx.extend(
            after
                .outputs
                .iter()
                .filter_map(|output| output_row(before, output, &task.id)),
        );
        let version = before.task.version + 1;
        tx.extend(
            change
                .event
                .as_ref()
                .map(|event| insert_event(&task.id, version, event)),
        );
        if let Some(settlement) = change.settle {
            tx.extend(credits::settle(task, settlement, now));
        }
        tx.extend(
            change
                .delivery
                .as_ref()
                .map(|delivery| deliveries::insert(delivery, task, self.seal(), now)),
        );
        Tx(tx)
    }

    /// The version is raised by commits under the lease alone, so with the epoch unchanged it tells
    /// whether ours was written. With another epoch the task is another's, written or not.
    async fn ask_by_version(
        &self,
        lease: &Lease<Work>,
        detail: std::sync::Arc<str>,
    ) -> Result<(), CommitError> {
        const SQL: &str = "SELECT version FROM tasks WHERE id = $1 AND epoch = $2";
        let args = args![&lease.work.task.id, lease.epoch];
        let row = self.row(SQL, args).await?.ok_or(CommitError::Lost)?;
        let version = Cells::of("tasks", row)
            .int("version")
            .map_err(StoreError::from)?;
        if version > lease.work.task.version {
            return Ok(());
        }
        Err(StoreError::Unknown(detail).into())
    }
}

/// The broken twin that owes its webhook in a Tx of its own; nothing in a shipped binary.
fn outside_the_tx(tx: &mut Tx, owes: bool) -> Option<Tx> {
    (owes && twin("webhook-outside-tx")).then(|| Tx(tx.0.pop().into_iter().collect()))
}

macro_rules! fence_sql {
    ($held:literal) => {
        concat!(
            "UPDATE tasks SET version = version + 1, status = $1, progress = $2, \
        accepted_at = $3, expected_ms = $4, failure = $5, stored = $6, lane = $7, \
        nudge_seen = $8, finished = $9, \
        expires = CASE WHEN deleted = 1 THEN expires ELSE $10 END, \
        owner = CASE WHEN $11 = 1 THEN NULL ELSE owner END, \
        need = CASE WHEN $11 = 1 AND nudge > $12 THEN 'owner' ELSE $13 END, \
        not_before = CASE WHEN $11 = 1 AND nudge > $12 THEN $14 ELSE $15 END, \
        open = CASE WHEN $11 = 1 AND nudge > $12 THEN 1 ELSE $16 END \
        WHERE id = $17 AND ",
            $held
        )
    };
}

/// The first statement of every commit: the fence, the row lock, the event's number. An owner that
/// lets go while a wish stands that it had not even read must not put the task to sleep: it is then
/// due at once, for any owner. A delete, which is not told to the owner, keeps its earlier expiry.
fn fence(lease: &Lease<Work>, change: &Change, now: Millis) -> Stmt {
    const FENCED: &str = fence_sql!("owner = $18 AND epoch = $19");
    // The broken twin: whoever once held the task may write it.
    const UNFENCED: &str = fence_sql!("$18 <> '' AND $19 >= 0");
    let sql = if twin("no-fence") { UNFENCED } else { FENCED };
    let (task, read) = (&change.after.task, &lease.work.task);
    let args = args![
        task.status.word(),
        task.progress,
        task.estimate.map(|estimate| estimate.accepted_at),
        task.estimate.map(|estimate| estimate.expected_ms),
        task.failure().map(failure::cell),
        task.stored,
        &task.lane,
        task.nudge_seen,
        task.status.finished_at(),
        task.expires,
        change.give_back,
        read.nudge,
        task.need.word(),
        now,
        task.not_before,
        task.open,
        &task.id,
        &lease.node,
        lease.epoch,
    ];
    Stmt::new(FENCE, sql, args).rows(1)
}

/// What an attempt needs written: nothing, its new status, or its row with the slots it takes. A
/// permit is asked for by an intent alone: a purchase that is a fact already needs nobody's leave.
fn attempt_rows(before: Option<&Attempt>, after: &Attempt, task: &Task, now: Millis) -> Vec<Stmt> {
    if before == Some(after) {
        return Vec::new();
    }
    let held = before.is_some_and(|before| permits::holds(before.status));
    let mut rows = Vec::new();
    if !held && after.status == AttemptStatus::Intent {
        rows.extend(permits::guard(&after.provider, &after.key_name, now));
    }
    if before.is_some() {
        rows.push(update_attempt(after));
        return rows;
    }
    rows.push(insert_attempt(after, &task.id));
    if after.status != AttemptStatus::Rejected {
        let take = |slot: &u8| take_slot(&task.id, *slot, after, now);
        rows.extend(after.slots.iter().map(take));
    }
    rows
}

fn insert_attempt(attempt: &Attempt, task: &TaskId) -> Stmt {
    const SQL: &str = concat!(
        "INSERT INTO attempts (",
        attempt::attempt_columns!(),
        ", task) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, \
         $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)"
    );
    Stmt::new("attempt", SQL, attempt::cells(attempt, task)).rows(1)
}

fn update_attempt(attempt: &Attempt) -> Stmt {
    const SQL: &str = "UPDATE attempts SET status = $1, upstream_job = $2, not_before = $3, \
        sent_at = $4, accepted_at = $5, deadline = $6, resolve_until = $7, failure = $8, \
        certainty = $9, cost_micros = $10, currency = $11, ended = $12 WHERE id = $13";
    Stmt::new("attempt", SQL, attempt::moving_cells(attempt)).rows(1)
}

/// One live attempt per slot, whatever a program believes: the row goes to a new attempt only where
/// the one before it has ended, or is an unknown that is past being looked into.
fn take_slot(task: &TaskId, slot: u8, attempt: &Attempt, now: Millis) -> Stmt {
    const SQL: &str = "INSERT INTO attempt_slots (task, slot, attempt) VALUES ($1, $2, $3) \
        ON CONFLICT (task, slot) DO UPDATE SET attempt = excluded.attempt \
        WHERE EXISTS (SELECT 1 FROM attempts a WHERE a.id = attempt_slots.attempt \
            AND (a.status IN ('succeeded', 'rejected', 'failed') \
                OR (a.status = 'unknown' AND COALESCE(a.resolve_until, 0) <= $4)))";
    Stmt::new("slot", SQL, args![task, slot, &attempt.id, now]).rows(1)
}

/// All of a task's inputs come together, and none is ever changed.
fn new_inputs<'a>(before: &Work, after: &'a Work) -> impl Iterator<Item = &'a Input> {
    let known: Vec<_> = before.inputs.iter().map(|input| input.role).collect();
    let inputs = after.inputs.iter();
    inputs.filter(move |input| !known.contains(&input.role))
}

fn insert_input(task: &TaskId, input: &Input) -> Stmt {
    const SQL: &str = concat!(
        "INSERT INTO inputs (task, ",
        media::input_columns!(),
        ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    );
    Stmt::new("input", SQL, media::input_cells(task, input)).rows(1)
}

/// An output is written once, and once more where the end of the task gives it a position.
fn output_row(before: &Work, output: &Output, task: &TaskId) -> Option<Stmt> {
    const INSERT: &str = concat!(
        "INSERT INTO outputs (",
        media::output_columns!(),
        ", task) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
    );
    const PLACE: &str = "UPDATE outputs SET position = $1 WHERE attempt = $2 AND job_index = $3";
    let same =
        |other: &&Output| (&other.attempt, other.job_index) == (&output.attempt, output.job_index);
    match before.outputs.iter().find(same) {
        None => Some(Stmt::new("output", INSERT, media::output_cells(output, task)).rows(1)),
        Some(known) if known.position != output.position => {
            let args = args![output.position, &output.attempt, output.job_index];
            Some(Stmt::new("output", PLACE, args).rows(1))
        }
        Some(_) => None,
    }
}

fn insert_event(task: &TaskId, version: i64, event: &Event) -> Stmt {
    const SQL: &str = "INSERT INTO task_events (task, seq, at, status, progress, attempt, code) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let args = args![
        task,
        version,
        event.at,
        event.status,
        event.progress,
        event.attempt.as_ref(),
        event.code,
    ];
    Stmt::new("event", SQL, args).rows(1)
}
