//! The account's book: entries are appended and never changed, and the account's row keeps their
//! sums. What is held, captured and released is `core::credits`' decision.

use framewright_core::clock::Millis;
use framewright_core::credits::Settlement;
use framewright_core::id::{AccountId, TaskId};
use framewright_core::task::Task;

use crate::db::{Query, Stmt, args};
use crate::error::StoreError;
use crate::rows::Cells;
use crate::store::Store;

/// One line of the book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub task: TaskId,
    /// `hold`, `capture` or `release`.
    pub entry: String,
    /// Above 0.
    pub credits: i64,
    pub at: Millis,
}

/// Appends a line. A task has at most one of each kind: a second settlement is refused by the key.
pub(crate) fn entry(
    account: &AccountId,
    task: &TaskId,
    entry: &'static str,
    credits: i64,
    at: Millis,
) -> Stmt {
    const SQL: &str = "INSERT INTO credit_entries (task, entry, account, credits, at) \
        VALUES ($1, $2, $3, $4, $5)";
    Stmt::new(
        "credit entry",
        SQL,
        args![task, entry, account, credits, at],
    )
    .rows(1)
}

/// Ends the hold of a task that has just become terminal, and counts it out of the account's
/// unfinished ones.
pub(crate) fn settle(task: &Task, settlement: Settlement, now: Millis) -> Vec<Stmt> {
    const SQL: &str = "UPDATE accounts SET held = held - $1, used = used + $2, \
        unfinished = unfinished - 1, made = made + $3 WHERE id = $4";
    let held = settlement.capture + settlement.release;
    let args = args![held, settlement.capture, task.stored, &task.account];
    let mut statements = vec![Stmt::new("account", SQL, args).rows(1)];
    for (kind, credits) in [
        ("capture", settlement.capture),
        ("release", settlement.release),
    ] {
        if credits > 0 {
            statements.push(entry(&task.account, &task.id, kind, credits, now));
        }
    }
    statements
}

impl Store {
    /// The book of an account, newest first, at most `limit` lines.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    pub async fn entries(
        &self,
        account: &AccountId,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        const SQL: &str = "SELECT task, entry, credits, at FROM credit_entries \
            WHERE account = $1 ORDER BY at DESC, task DESC, entry DESC LIMIT $2";
        let mut answers = self
            .db()
            .read(vec![Query::new(SQL, args![account, limit])])
            .await?;
        let rows = answers.pop().unwrap_or_default();
        rows.into_iter()
            .map(|row| {
                let mut cells = Cells::of("credit_entries", row);
                Ok(Entry {
                    task: TaskId::stored(cells.text("task")?),
                    entry: cells.text("entry")?,
                    credits: cells.int("credits")?,
                    at: cells.int("at")?,
                })
            })
            .collect()
    }
}
