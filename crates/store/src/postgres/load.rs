//! Filling an empty database in one transaction: nobody sees a row before the last.

use futures_util::future::try_join_all;
use secrecy::SecretString;

use super::schema::{self, SchemaFault};
use super::{Open, OpenFault, Postgres, ask};
use crate::db::{Row, Stmt};
use crate::error::StoreError;

/// Long statements, and long waits between them while blobs are stored.
const BEGIN: &str = "BEGIN; SET LOCAL synchronous_commit = on; SET LOCAL lock_timeout = '5s'; \
    SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";

/// A database that is being filled.
pub(crate) struct Load {
    connection: Open,
    schema: i64,
}

/// Why it could not be filled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadFault {
    #[error("there is a schema in it already")]
    NotEmpty,
    #[error(transparent)]
    Open(#[from] OpenFault),
    #[error(transparent)]
    Schema(#[from] SchemaFault),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<tokio_postgres::Error> for LoadFault {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Store(super::describe(&error))
    }
}

impl Postgres {
    /// Makes the schema of this version in an empty database.
    ///
    /// # Errors
    /// [`LoadFault::NotEmpty`] where a server was ever started over it.
    pub async fn load(url: &SecretString, schema: i64) -> Result<Load, LoadFault> {
        let postgres = Self::connect(url)?;
        let connection = Open::begin(postgres.connection().await?, BEGIN).await?;
        if !schema::make(connection.client(), schema).await? {
            return Err(LoadFault::NotEmpty);
        }
        Ok(Load { connection, schema })
    }
}

impl Load {
    /// Adds rows.
    ///
    /// # Errors
    /// [`LoadFault`] where the schema refuses one; all is then undone.
    pub async fn insert(&mut self, sql: &str, rows: Vec<Row>) -> Result<(), LoadFault> {
        let asked = rows
            .iter()
            .map(|row| ask(self.connection.client(), sql, row));
        try_join_all(asked).await?;
        Ok(())
    }

    /// Runs the last statements, brings the schema up to date, and commits.
    ///
    /// # Errors
    /// [`LoadFault`]; all is then undone.
    pub async fn publish(self, last: &[Stmt]) -> Result<(), LoadFault> {
        for stmt in last {
            ask(self.connection.client(), stmt.sql.postgres, &stmt.args).await?;
        }
        schema::bring_up(self.connection.client(), self.schema).await?;
        Ok(self.connection.end("COMMIT").await?)
    }
}
