//! Keeps what providers said to submits and callbacks: facts, filed whatever the fence says, and
//! applied by the owner's next commit. Moves no status.

use framewright_core::attempt::{Attempt, UpstreamJob};
use framewright_core::clock::Millis;
use framewright_core::id::{AttemptId, NodeId, TaskId};
use framewright_core::work::Answer;
use sha2::{Digest, Sha256};

use crate::db::{Stmt, Tx, TxError, args};
use crate::error::StoreError;
use crate::rows::answer::AnswerCell;
use crate::rows::{Cells, attempt, to_json};
use crate::store::Store;

/// Who files an answer. The owner knows it already and needs no nudge.
#[derive(Clone, Copy, Debug)]
pub enum Teller<'a> {
    /// Whoever holds this lease; one that lost it is told from the owner by the epoch.
    Owner { node: &'a NodeId, epoch: i64 },
    /// A callback, another node, the operator.
    Other,
}

/// What filing came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filed {
    /// Not filed before.
    pub fresh: bool,
    /// Another attempt holds the same upstream job: stored all the same, and worth an alarm.
    pub job_known_elsewhere: bool,
}

/// The attempt that a callback URL names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackTarget {
    pub task: TaskId,
    pub attempt: Attempt,
}

impl Store {
    /// Files an answer. Answers that are no lasting fact (`NotTaken`, `Unknown`) are left out. A task
    /// that nobody watches any more is opened again; one that somebody else owns is nudged.
    ///
    /// # Errors
    /// [`StoreError`]; filing the same answer again is always safe.
    pub async fn file_answer(
        &self,
        attempt: &AttemptId,
        answer: &Answer,
        teller: Teller<'_>,
        now: Millis,
    ) -> Result<Filed, StoreError> {
        let Some(cell) = AnswerCell::of(answer) else {
            return Ok(Filed::default());
        };
        let json = to_json(&cell);
        let digest = hex::encode(Sha256::digest(json.as_bytes()));
        let tx = Tx(vec![
            insert(attempt, &digest, now, &json),
            wake(attempt, &digest, now, teller),
            same_job(attempt, answer),
        ]);
        let done = self.db().write(tx).await;
        let done = done.map_err(TxError::into_store_error)?;
        let count = |index: usize| done.get(index).map_or(0, |done| done.changed);
        Ok(Filed {
            fresh: count(0) > 0,
            job_known_elsewhere: count(2) > 0,
        })
    }

    /// The attempt whose callback URL has this nonce.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    pub async fn callback_target(&self, nonce: &str) -> Result<Option<CallbackTarget>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            attempt::attempt_columns!(),
            ", task FROM attempts WHERE nonce = $1 AND nonce <> ''"
        );
        let Some(row) = self.row(SQL, args![nonce]).await? else {
            return Ok(None);
        };
        let mut cells = Cells::of("attempts", row);
        Ok(Some(CallbackTarget {
            attempt: attempt::read(&mut cells)?,
            task: TaskId::stored(cells.text("task")?),
        }))
    }

    /// Asks the owner of a task to look at it now. Does nothing for a task that nobody watches.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be written.
    pub async fn nudge(&self, task: &TaskId) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE tasks SET nudge = nudge + 1 WHERE id = $1 AND open = 1";
        self.execute(Stmt::new("nudge", SQL, args![task]))
            .await
            .map(drop)
    }
}

/// `WHERE` before `ON CONFLICT` also keeps SQLite from reading the latter as a join's condition.
fn insert(attempt: &AttemptId, digest: &str, now: Millis, json: &str) -> Stmt {
    const SQL: &str = "INSERT INTO answers (attempt, digest, task, at, answer) \
        SELECT $1, $2, a.task, $3, $4 FROM attempts a WHERE a.id = $1 \
        ON CONFLICT (attempt, digest) DO NOTHING";
    Stmt::new("answer", SQL, args![attempt, digest, now, json])
}

/// Only for an answer filed by the statement before (its time is this one's): a repeated callback
/// wakes nobody.
fn wake(attempt: &AttemptId, digest: &str, now: Millis, teller: Teller<'_>) -> Stmt {
    const SQL: &str = "UPDATE tasks SET nudge = nudge + 1, open = 1, \
        need = CASE WHEN owner IS NULL THEN 'owner' ELSE need END, \
        not_before = CASE WHEN owner IS NULL THEN $1 ELSE not_before END \
        WHERE id = (SELECT task FROM answers WHERE attempt = $2 AND digest = $3 AND at = $1) \
        AND (COALESCE(owner, '') <> $4 OR epoch <> $5)";
    let (node, epoch) = match teller {
        Teller::Owner { node, epoch } => (node.as_str(), epoch),
        Teller::Other => ("", -1),
    };
    Stmt::new("wake", SQL, args![now, attempt, digest, node, epoch])
}

/// Attempts of the same provider that already have the job.
fn same_job(attempt: &AttemptId, answer: &Answer) -> Stmt {
    const SQL: &str = "SELECT o.id FROM attempts a JOIN attempts o \
        ON o.provider = a.provider AND o.upstream_job = $1 AND o.id <> a.id WHERE a.id = $2";
    let job = match answer {
        Answer::Accepted {
            job: UpstreamJob(job),
            ..
        } => job.as_str(),
        _ => "",
    };
    Stmt::new("same job", SQL, args![job, attempt])
}
