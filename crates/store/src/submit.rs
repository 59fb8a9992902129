//! Takes a task in: idempotency key, the account's credits and cap, the task and its hold, on disk in
//! one Tx before the answer is sent. Does not check the request: that is `api`'s.

mod backlog;

use framewright_core::clock::{Millis, SECOND};
use framewright_core::id::{AccountId, TaskId};
use framewright_core::task::Task;

pub(crate) use backlog::Backlog;

use crate::db::{Stmt, Tx, TxError, args};
use crate::error::StoreError;
use crate::rows::{Cells, task};
use crate::store::Store;

/// A client's promise that two requests with one key are the same request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// The endpoint's name; aliases of one endpoint share it.
    pub endpoint: String,
    /// The client's key, as sent.
    pub key: String,
    /// SHA-256 of the validated request, lower-case hex.
    pub body_hash: String,
}

/// The server's caps, as they stand for this request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Tasks of one account that are not terminal; the account's own cap goes before it.
    pub account_unfinished: i64,
    /// Tasks of all accounts that are not terminal. Held to within what arrives in two seconds.
    pub queue: i64,
}

/// A request that was found good.
#[derive(Clone, Debug)]
pub struct NewTask {
    /// Its id was made by the caller: it is what a commit of unknown outcome is asked by.
    pub task: Task,
    pub idempotency: Option<Idempotency>,
    pub limits: Limits,
}

/// What a submit came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submitted {
    New(TaskId),
    /// The idempotency key was used for the same request before: its task, ended or not.
    Replayed(TaskId),
}

/// Why a task was not taken in. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    #[error("the idempotency key was used for another request")]
    KeyReused,
    #[error("the task costs {needed} credits and {available} are available")]
    NoCredits { needed: i64, available: i64 },
    /// The server as a whole has enough to do. `retry_after` is in milliseconds.
    #[error("the queue is full")]
    QueueFull { retry_after: Millis },
    /// The account has as many unfinished tasks as it may. `retry_after` is in milliseconds.
    #[error("the account has too many unfinished tasks")]
    AccountFull { retry_after: Millis },
    /// The task to be extended is not there, not finished, or another account's.
    #[error("the parent task is gone")]
    ParentGone,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a client that met a cap is told to wait.
const RETRY_AFTER: Millis = 5 * SECOND;

const IDEMPOTENCY: &str = "idempotency key";
const ACCOUNT: &str = "account";
const PARENT: &str = "parent";

impl Store {
    /// Takes a task in; when this returns `New`, it is on disk.
    ///
    /// # Errors
    /// [`SubmitError`]; of the refusals the key's goes first, so that a replay is answered whatever
    /// the caps and credits are by then.
    pub async fn submit(&self, new: NewTask) -> Result<Submitted, SubmitError> {
        if self.backlog().is_full(self, new.limits.queue).await? {
            return self
                .replay_or(
                    &new,
                    SubmitError::QueueFull {
                        retry_after: RETRY_AFTER,
                    },
                )
                .await;
        }
        match self.db().write(self.intake(&new)).await {
            Ok(_) => {
                self.backlog().one_more();
                Ok(Submitted::New(new.task.id))
            }
            Err(TxError::Unmet(IDEMPOTENCY)) => self.replay(&new).await,
            Err(TxError::Unmet(PARENT)) => Err(SubmitError::ParentGone),
            Err(TxError::Unmet(_)) => Err(self.refusal(&new).await?),
            Err(TxError::Unknown(detail)) => self.ask_by_id(&new, detail).await,
            Err(TxError::Failed(error)) => Err(error.into()),
        }
    }

    /// The Tx of a submit. The key first: whoever comes second with it must meet no other refusal.
    fn intake(&self, new: &NewTask) -> Tx {
        let mut statements = Vec::with_capacity(5);
        statements.extend(
            new.idempotency
                .as_ref()
                .map(|key| claim_key(key, &new.task)),
        );
        statements.push(take_from_account(new));
        statements.extend(parent_is_there(&new.task));
        statements.push(insert_task(&new.task, self));
        statements.extend(hold(&new.task));
        Tx(statements)
    }

    /// Whose request the key stands for: this one's, then it is a replay.
    async fn replay(&self, new: &NewTask) -> Result<Submitted, SubmitError> {
        self.replay_or(new, SubmitError::KeyReused).await
    }

    async fn replay_or(
        &self,
        new: &NewTask,
        otherwise: SubmitError,
    ) -> Result<Submitted, SubmitError> {
        let Some(key) = &new.idempotency else {
            return Err(otherwise);
        };
        let earlier = self.replayed(&new.task.account, key).await?;
        earlier.map(Submitted::Replayed).ok_or(otherwise)
    }

    /// The task that this key made before, ended or not; for a request that is refused before it
    /// comes to a submit, because its parent or its route is gone by now.
    ///
    /// # Errors
    /// [`SubmitError::KeyReused`] where the key came with another request; `Store` where it cannot be
    /// read.
    pub async fn replayed(
        &self,
        account: &AccountId,
        key: &Idempotency,
    ) -> Result<Option<TaskId>, SubmitError> {
        const SQL: &str = "SELECT task, body_hash FROM idempotency \
            WHERE account = $1 AND endpoint = $2 AND key = $3";
        let args = args![account, &key.endpoint, &key.key];
        let Some(row) = self.row(SQL, args).await? else {
            return Ok(None);
        };
        let mut cells = Cells::of("idempotency", row);
        let task = cells.text("task").map_err(StoreError::from)?;
        if cells.text("body_hash").map_err(StoreError::from)? != key.body_hash {
            return Err(SubmitError::KeyReused);
        }
        Ok(Some(TaskId::stored(task)))
    }

    /// Which of the account's two limits refused, or that there is no such account.
    async fn refusal(&self, new: &NewTask) -> Result<SubmitError, StoreError> {
        const SQL: &str = "SELECT credit_limit, used + held FROM accounts WHERE id = $1";
        let Some(row) = self.row(SQL, args![&new.task.account]).await? else {
            return Err(StoreError::Refused("the account is gone".to_owned()));
        };
        let mut cells = Cells::of("accounts", row);
        let limit = cells.maybe_int("credit_limit")?;
        let spoken_for = cells.int("used")?;
        let available = limit.map_or(i64::MAX, |limit| limit - spoken_for);
        if available < new.task.price {
            return Ok(SubmitError::NoCredits {
                needed: new.task.price,
                available: available.max(0),
            });
        }
        Ok(SubmitError::AccountFull {
            retry_after: RETRY_AFTER,
        })
    }

    async fn ask_by_id(
        &self,
        new: &NewTask,
        detail: std::sync::Arc<str>,
    ) -> Result<Submitted, SubmitError> {
        const SQL: &str = "SELECT id FROM tasks WHERE id = $1";
        match self.row(SQL, args![&new.task.id]).await? {
            Some(_) => Ok(Submitted::New(new.task.id.clone())),
            None => Err(StoreError::Unknown(detail).into()),
        }
    }
}

fn claim_key(key: &Idempotency, task: &Task) -> Stmt {
    const SQL: &str = "INSERT INTO idempotency (account, endpoint, key, body_hash, task) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (account, endpoint, key) DO NOTHING";
    let args = args![
        &task.account,
        &key.endpoint,
        &key.key,
        &key.body_hash,
        &task.id
    ];
    Stmt::new(IDEMPOTENCY, SQL, args).rows(1)
}

/// Credits and cap in one guarded statement: it is also the lock under which two submits of one
/// account stand in line, so that the last credit is spent once.
fn take_from_account(new: &NewTask) -> Stmt {
    const SQL: &str = "UPDATE accounts SET held = held + $1, unfinished = unfinished + 1 \
        WHERE id = $2 AND (credit_limit IS NULL OR used + held + $1 <= credit_limit) \
        AND unfinished < COALESCE(unfinished_cap, $3)";
    let args = args![
        new.task.price,
        &new.task.account,
        new.limits.account_unfinished
    ];
    Stmt::new(ACCOUNT, SQL, args).rows(1)
}

/// From here on the parent cannot be pruned: an open child keeps it.
fn parent_is_there(task: &Task) -> Option<Stmt> {
    const SQL: &str = "SELECT id FROM tasks WHERE id = $1 AND account = $2 AND deleted = 0 \
        AND status = 'finished' AND stored >= $3 AND expires > $4";
    const SHARED: &str = "SELECT id FROM tasks WHERE id = $1 AND account = $2 AND deleted = 0 \
        AND status = 'finished' AND stored >= $3 AND expires > $4 FOR KEY SHARE";
    let parent = task.spec.parent.as_ref()?;
    let args = args![&parent.task, &task.account, parent.position, task.created];
    let stmt = Stmt::new(PARENT, SQL, args).among_others(SHARED);
    Some(stmt.rows(1))
}

fn insert_task(task: &Task, store: &Store) -> Stmt {
    const SQL: &str = concat!(
        "INSERT INTO tasks (",
        task::task_columns!(),
        ", parent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, \
         $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)"
    );
    Stmt::new("task", SQL, task::cells(task, store.seal())).rows(1)
}

/// The book's first entry for the task; a task that costs nothing has none.
fn hold(task: &Task) -> Option<Stmt> {
    (task.price > 0)
        .then(|| crate::credits::entry(&task.account, &task.id, "hold", task.price, task.created))
}
