//! Attempts across all tasks, as the operator asks for them: what was perhaps bought, and what runs
//! on for nobody. Reads only; settling one is filing its answer.

use framewright_core::attempt::{Attempt, AttemptStatus};
use framewright_core::id::{AttemptId, TaskId};

use crate::db::{Query, Row, args};
use crate::error::StoreError;
use crate::rows::{Cells, attempt};
use crate::store::Store;

/// An attempt and the task it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskAttempt {
    pub task: TaskId,
    pub attempt: Attempt,
}

impl Store {
    /// The newest attempts in one of these statuses, newest first, at most `limit` of each.
    ///
    /// # Errors
    /// [`StoreError`] where they cannot be read.
    pub async fn attempts(
        &self,
        statuses: &[AttemptStatus],
        limit: usize,
    ) -> Result<Vec<TaskAttempt>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            attempt::attempt_columns!(),
            ", task FROM attempts WHERE status = $1 ORDER BY created DESC, id LIMIT $2"
        );
        let query = |status: &AttemptStatus| Query::new(SQL, args![status.word(), limit]);
        let answers = self.db().read(statuses.iter().map(query).collect()).await?;
        let found = answers.into_iter().flatten().map(read);
        let mut found = found.collect::<Result<Vec<_>, _>>()?;
        found.sort_by_key(|found| std::cmp::Reverse(found.attempt.created));
        Ok(found)
    }

    /// One attempt.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    pub async fn attempt(&self, id: &AttemptId) -> Result<Option<TaskAttempt>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            attempt::attempt_columns!(),
            ", task FROM attempts WHERE id = $1"
        );
        self.row(SQL, args![id]).await?.map(read).transpose()
    }
}

fn read(row: Row) -> Result<TaskAttempt, StoreError> {
    let mut cells = Cells::of("attempts", row);
    Ok(TaskAttempt {
        attempt: attempt::read(&mut cells)?,
        task: TaskId::stored(cells.text("task")?),
    })
}
