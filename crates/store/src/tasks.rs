//! A client's look at its tasks, and its wishes for them: point reads by primary key, cancel, delete.
//! Every statement carries the account: another's task is not there.

use framewright_core::clock::Millis;
use framewright_core::id::{AccountId, AttemptId, TaskId};
use framewright_core::task::{Input, Output, Task};

use crate::db::{Query, Row, Stmt, Tx, TxError, Val, args};
use crate::error::StoreError;
use crate::rows::{Cells, media, task};
use crate::store::Store;

/// An output as it is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredOutput {
    pub account: AccountId,
    pub output: Output,
    /// When it goes: what its link was signed with.
    pub expires: Millis,
}

/// What became of a delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// It is gone for every caller; its rows and files follow when retention allows.
    Gone,
    /// It is not terminal: cancel first.
    Open,
    Unknown,
}

/// Ids of one fetch-many.
const MANY: usize = 20;

/// Every task that has the input says the same of it: that is read from its bytes.
const INPUT_OF_BLOB: &str = concat!(
    "SELECT ",
    media::input_columns!(),
    " FROM inputs WHERE blob = $1 AND EXISTS (SELECT 1 FROM tasks t WHERE t.id = task \
     AND t.deleted = 0 AND COALESCE(t.expires, $2 + 1) > $2) LIMIT 1"
);

/// An output of task `$1` with what a link to it needs, where this holds; nothing of a deleted task.
macro_rules! stored_output {
    ($holds:literal) => {
        concat!(
            "SELECT o.attempt, o.job_index, o.position, o.slot, o.blob, o.sha256, o.bytes, o.width, \
             o.height, o.frames, o.duration_ms, t.account, t.expires \
             FROM outputs o JOIN tasks t ON t.id = o.task \
             WHERE o.task = $1 AND t.deleted = 0 AND ",
            $holds
        )
    };
}

fn read_stored(row: Row) -> Result<StoredOutput, StoreError> {
    let mut cells = Cells::of("outputs", row);
    Ok(StoredOutput {
        output: media::read_output(&mut cells)?,
        account: AccountId::stored(cells.text("account")?),
        expires: cells.int("expires")?,
    })
}

impl Store {
    /// One task, unless it was deleted or has expired: what /fetch asks. One prepared read by primary
    /// key.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    pub async fn task(&self, account: &AccountId, id: &TaskId) -> Result<Option<Task>, StoreError> {
        let Query { sql, args } = self.visible_task(account, id);
        let row = self.row(sql, args).await?;
        row.map(|row| task::from_row(row, self.seal())).transpose()
    }

    /// The read behind every look of a client at one task.
    pub(crate) fn visible_task(&self, account: &AccountId, id: &TaskId) -> Query {
        const SQL: &str = concat!(
            "SELECT ",
            task::task_columns!(),
            " FROM tasks WHERE id = $1 AND account = $2 AND deleted = 0 \
             AND COALESCE(expires, $3 + 1) > $3"
        );
        Query::new(SQL, args![id, account, self.now()])
    }

    /// Those of up to 20 tasks that are there, in any order, each once.
    ///
    /// # Errors
    /// [`StoreError`] where they cannot be read.
    pub async fn tasks(
        &self,
        account: &AccountId,
        ids: &[TaskId],
    ) -> Result<Vec<Task>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            task::task_columns!(),
            " FROM tasks WHERE account = $1 AND deleted = 0 AND COALESCE(expires, $2 + 1) > $2 \
             AND id IN ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
             $19, $20, $21, $22)"
        );
        let mut args = args![account, self.now()];
        args.extend(ids.iter().take(MANY).map(Val::from));
        // One statement for every count: places that are not needed match nothing.
        args.resize(MANY + 2, Val::Null);
        let rows = self.db().point(SQL, args).await?;
        rows.into_iter()
            .map(|row| task::from_row(row, self.seal()))
            .collect()
    }

    /// A task of any account, deleted and expired ones too: for the operator.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    pub async fn operator_task(&self, id: &TaskId) -> Result<Option<Task>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            task::task_columns!(),
            " FROM tasks WHERE id = $1"
        );
        let row = self.row(SQL, args![id]).await?;
        row.map(|row| task::from_row(row, self.seal())).transpose()
    }

    /// The output at a position (from 1) of a finished task that is neither deleted nor expired.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    pub async fn output(
        &self,
        task: &TaskId,
        position: u8,
    ) -> Result<Option<StoredOutput>, StoreError> {
        const SQL: &str = stored_output!(
            "o.position = $2 AND o.position > 0 AND t.status = 'finished' AND t.expires > $3"
        );
        let row = self.row(SQL, args![task, position, self.now()]).await?;
        row.map(read_stored).transpose()
    }

    /// An output that came after the end of its task, by the attempt that made it.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    pub async fn late_output(
        &self,
        task: &TaskId,
        attempt: &AttemptId,
        job_index: u8,
    ) -> Result<Option<StoredOutput>, StoreError> {
        const SQL: &str = stored_output!(
            "o.position = 0 AND t.expires > $2 AND o.attempt = $3 AND o.job_index = $4"
        );
        let args = args![task, self.now(), attempt, job_index];
        self.row(SQL, args).await?.map(read_stored).transpose()
    }

    /// The input that is kept in this blob, as long as a task that is neither deleted nor expired has
    /// it.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    pub async fn input_of_blob(&self, blob: &str) -> Result<Option<Input>, StoreError> {
        let row = self.row(INPUT_OF_BLOB, args![blob, self.now()]).await?;
        row.map(|row| Ok(media::read_input(&mut Cells::of("inputs", row))?))
            .transpose()
    }

    /// Asks for the end of a task and returns it as it then stands. A terminal task is unchanged; the
    /// owner carries the wish out, and a task without one is due at once.
    ///
    /// # Errors
    /// [`StoreError`] where the wish cannot be written.
    pub async fn cancel(
        &self,
        account: &AccountId,
        id: &TaskId,
    ) -> Result<Option<Task>, StoreError> {
        const SQL: &str = "UPDATE tasks SET cancel_asked = 1, nudge = nudge + 1, \
            need = CASE WHEN owner IS NULL THEN 'owner' ELSE need END, \
            not_before = CASE WHEN owner IS NULL THEN $1 ELSE not_before END \
            WHERE id = $2 AND account = $3 AND deleted = 0 AND finished IS NULL \
            AND cancel_asked = 0";
        let args = args![self.now(), id, account];
        self.execute(Stmt::new("cancel", SQL, args)).await?;
        self.task(account, id).await
    }

    /// Takes a terminal task away from every caller at once, and drops what it still owed.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be written.
    pub async fn delete(
        &self,
        account: &AccountId,
        id: &TaskId,
        now: Millis,
    ) -> Result<Deleted, StoreError> {
        const DELETE: &str = "UPDATE tasks SET deleted = 1, expires = $1 \
            WHERE id = $2 AND account = $3 AND deleted = 0 AND finished IS NOT NULL";
        const DROP: &str =
            "UPDATE deliveries SET status = 'dropped' WHERE task = $1 AND status = 'pending'";
        let tx = Tx(vec![
            Stmt::new("delete", DELETE, args![now, id, account]).rows(1),
            Stmt::new("drop", DROP, args![id]),
        ]);
        match self.db().write(tx).await {
            Ok(_) => Ok(Deleted::Gone),
            Err(TxError::Unmet(_)) if self.task(account, id).await?.is_some() => Ok(Deleted::Open),
            Err(TxError::Unmet(_)) => Ok(Deleted::Unknown),
            Err(other) => Err(other.into_store_error()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::INPUT_OF_BLOB;
    use crate::sqlite::plans::assert_indexed;

    #[test]
    fn an_input_is_found_without_reading_a_table_through() {
        assert_indexed(INPUT_OF_BLOB, &["inputs", "t"], &["inputs_blob"]);
    }
}
