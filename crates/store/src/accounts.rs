//! Accounts: whose keys, tasks and credits, and the secrets their webhooks are signed with. What an
//! account owes is in its book (`credits`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use framewright_core::clock::Millis;
use framewright_core::id::AccountId;
use secrecy::SecretString;

use crate::db::{Query, Stmt, args};
use crate::error::StoreError;
use crate::rows::{Cells, account};
use crate::store::Store;

/// What an account may do at once; absent: the server's setting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caps {
    /// Tasks that are not terminal.
    pub unfinished: Option<i64>,
    pub requests_per_minute: Option<i64>,
}

/// An account as stored, without its sums and secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    pub id: AccountId,
    /// Unique; the operator's name for it.
    pub name: String,
    pub email: String,
    pub plan: String,
    /// Its keys are then refused as if they did not exist.
    pub suspended: bool,
    /// Absent: no limit.
    pub credit_limit: Option<i64>,
    pub caps: Caps,
}

/// An account to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccount {
    pub name: String,
    pub email: String,
    pub plan: String,
    pub credit_limit: Option<i64>,
    pub caps: Caps,
}

/// An account's sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSummary {
    pub account: AccountRow,
    /// The limit less what is used and held, at least 0; absent without a limit.
    pub available: Option<i64>,
    pub used: i64,
    pub held: i64,
    /// Tasks that are not terminal.
    pub unfinished: i64,
    /// Outputs of finished tasks, ever.
    pub made: i64,
}

/// A secret in the form of Standard Webhooks: `whsec_` and base64. Its `Debug` prints nothing.
#[derive(Clone, Debug)]
pub struct SigningSecret(pub SecretString);

/// The purpose that signing secrets are sealed for.
const SECRET: &str = "signing secret";

impl Store {
    /// The account of this name, made if there is none. An existing one is not changed.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be written or read.
    pub async fn ensure_account(&self, new: &NewAccount) -> Result<AccountRow, StoreError> {
        const INSERT: &str = "INSERT INTO accounts (id, name, email, plan, credit_limit, \
            unfinished_cap, rate_cap, signing_secret, created) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (name) DO NOTHING";
        if let Some(known) = self.account_by_name(&new.name).await? {
            return Ok(known);
        }
        let now = self.now();
        let id = self.chance().with(|rng| AccountId::fresh(now, rng));
        let args = args![
            &id,
            &new.name,
            &new.email,
            &new.plan,
            new.credit_limit,
            new.caps.unfinished,
            new.caps.requests_per_minute,
            self.fresh_secret(&id),
            now,
        ];
        self.execute(Stmt::new("account", INSERT, args)).await?;
        let made = self.account_by_name(&new.name).await?;
        made.ok_or_else(|| StoreError::Refused("the account was not made".to_owned()))
    }

    /// The account of this name.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    pub async fn account_by_name(&self, name: &str) -> Result<Option<AccountRow>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            account::account_columns!(),
            " FROM accounts a WHERE a.name = $1"
        );
        let row = self.row(SQL, args![name]).await?;
        row.map(|row| Ok(account::read(&mut Cells::of("accounts", row))?))
            .transpose()
    }

    /// Every account, by name.
    ///
    /// # Errors
    /// [`StoreError`] where they cannot be read.
    pub async fn accounts(&self) -> Result<Vec<AccountRow>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            account::account_columns!(),
            " FROM accounts a ORDER BY a.name"
        );
        let mut answers = self.db().read(vec![Query::new(SQL, args![])]).await?;
        let rows = answers.pop().unwrap_or_default();
        rows.into_iter()
            .map(|row| Ok(account::read(&mut Cells::of("accounts", row))?))
            .collect()
    }

    /// An account with its sums.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    pub async fn account_summary(
        &self,
        id: &AccountId,
    ) -> Result<Option<AccountSummary>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            account::account_columns!(),
            ", a.used, a.held, a.unfinished, a.made FROM accounts a WHERE a.id = $1"
        );
        let Some(row) = self.row(SQL, args![id]).await? else {
            return Ok(None);
        };
        let mut cells = Cells::of("accounts", row);
        let account = account::read(&mut cells)?;
        let (used, held) = (cells.int("used")?, cells.int("held")?);
        Ok(Some(AccountSummary {
            available: account
                .credit_limit
                .map(|limit| (limit - used - held).max(0)),
            account,
            used,
            held,
            unfinished: cells.int("unfinished")?,
            made: cells.int("made")?,
        }))
    }

    /// Refuses an account's keys, or accepts them again.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be written.
    pub async fn set_suspended(&self, id: &AccountId, suspended: bool) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE accounts SET suspended = $1 WHERE id = $2";
        let stmt = Stmt::new("suspend", SQL, args![suspended, id]);
        self.execute(stmt).await.map(drop)
    }

    /// Sets the credit limit; `None` takes it away. Holds beyond a lowered limit stand.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be written.
    pub async fn set_credit_limit(
        &self,
        id: &AccountId,
        limit: Option<i64>,
    ) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE accounts SET credit_limit = $1 WHERE id = $2";
        let stmt = Stmt::new("credit limit", SQL, args![limit, id]);
        self.execute(stmt).await.map(drop)
    }

    /// The secrets that sign an account's webhooks, newest first: one, or two during a rotation.
    ///
    /// # Errors
    /// [`StoreError`] where they cannot be read or opened.
    pub async fn signing_secrets(
        &self,
        id: &AccountId,
        now: Millis,
    ) -> Result<Vec<SigningSecret>, StoreError> {
        const SQL: &str = "SELECT signing_secret, former_secret, former_until \
            FROM accounts WHERE id = $1";
        let Some(row) = self.row(SQL, args![id]).await? else {
            return Ok(Vec::new());
        };
        let mut cells = Cells::of("accounts", row);
        let present = cells.text("signing_secret")?;
        let former = cells.maybe_text("former_secret")?;
        let until = cells.maybe_int("former_until")?.unwrap_or(0);
        let sealed = std::iter::once(present).chain(former.filter(|_| now < until));
        sealed
            .map(|sealed| {
                let text = self.seal().open_text(SECRET, id.as_str(), &sealed)?;
                Ok(SigningSecret(text.into()))
            })
            .collect()
    }

    /// Makes a new signing secret; the present one signs beside it until `former_until`.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be written.
    pub async fn rotate_signing_secret(
        &self,
        id: &AccountId,
        former_until: Millis,
    ) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE accounts SET former_secret = signing_secret, \
            former_until = $1, signing_secret = $2 WHERE id = $3";
        let args = args![former_until, self.fresh_secret(id), id];
        self.execute(Stmt::new("rotate secret", SQL, args).rows(1))
            .await
            .map(drop)
    }

    /// 32 random bytes, within the 24 to 64 of Standard Webhooks 1.0, sealed for the account's row.
    fn fresh_secret(&self, id: &AccountId) -> String {
        let bytes: [u8; 32] = self.chance().bytes();
        let text = format!("whsec_{}", STANDARD.encode(bytes));
        self.seal().close(SECRET, id.as_str(), text.as_bytes())
    }
}
