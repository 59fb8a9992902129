//! A store for simulations: everything happens in the thread of its caller, so that a run can be
//! repeated, and a [`Faults`] stands between the caller and the file. Compiled for tests only. Not a
//! second database: the SQL, the file and the rules are those of the shipped store.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::db::{Db, Done, Tx, TxError};
use crate::error::StoreError;
use crate::sqlite::{Sqlite, Writer};
use crate::store::{OpenError, Store, StoreOptions, enter, open_connection, unusable};

/// What may happen to a call on its way to the database and back.
pub trait Faults: Send + Sync {
    /// Waits as long as the call is on its way. An error: it never arrives. `names` are those of the
    /// statements of a write; a read has none.
    fn before(&self, names: &[&'static str]) -> BoxFuture<'static, Result<(), StoreError>>;

    /// A write was carried out, or refused. An error: the caller does not hear which.
    fn after(
        &self,
        names: &[&'static str],
        written: bool,
    ) -> BoxFuture<'static, Result<(), StoreError>>;
}

impl Store {
    /// Opens the store as [`Store::open`] does, over SQLite and through these faults. Several of one
    /// directory are several nodes at one database: one of them serves, the others are beside it.
    ///
    /// # Errors
    /// As [`Store::open`]; faults on the way are errors too.
    pub async fn simulated(
        options: StoreOptions,
        faults: Arc<dyn Faults>,
    ) -> Result<Self, OpenError> {
        let lock = enter(&options)?;
        let (connection, file) = open_connection(&options)?;
        let sqlite = Sqlite::simulated(connection, &file, faults);
        let sqlite = sqlite.map_err(|error| unusable(&file, &error))?;
        Self::over(Db::Sqlite(sqlite), options, lock).await
    }
}

/// Writes through the faults.
pub(crate) async fn write(
    faults: &dyn Faults,
    writer: &Writer,
    tx: Tx,
) -> Result<Vec<Done>, TxError> {
    let names: Vec<&'static str> = tx.0.iter().map(|statement| statement.name).collect();
    faults.before(&names).await.map_err(TxError::Failed)?;
    let outcome = writer.write(tx).await;
    let heard = faults.after(&names, outcome.is_ok()).await;
    heard.map_err(|error| TxError::Unknown(error.to_string().into()))?;
    outcome
}
