//! Filling a new database file beside the place where it will stand, and putting it there whole. For
//! commands alone: it works where its caller stands.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use super::connection::{OpenFault, open_writer};
use super::run::run;
use crate::db::{Row, Stmt};
use crate::migrations::{self, SchemaFault, Upgrade};

/// A file that is being filled.
pub(crate) struct Load {
    connection: Connection,
    part: PathBuf,
    file: PathBuf,
}

/// Why it could not be filled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadFault {
    #[error(transparent)]
    Schema(#[from] SchemaFault),
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    File(#[from] std::io::Error),
}

impl From<OpenFault> for LoadFault {
    fn from(fault: OpenFault) -> Self {
        Self::Schema(fault.into())
    }
}

impl Load {
    /// Makes the schema of this version in a file that takes its name in the end.
    ///
    /// # Errors
    /// [`LoadFault`].
    pub fn begin(file: &Path, schema: i64) -> Result<Self, LoadFault> {
        let part = file.with_extension("restoring");
        for left in ["restoring", "restoring-wal", "restoring-shm"] {
            remove(&file.with_extension(left))?;
        }
        let mut connection = open_writer(&part)?;
        migrations::make(&mut connection, schema)?;
        Ok(Self {
            connection,
            part,
            file: file.to_owned(),
        })
    }

    /// Adds rows, all or none.
    ///
    /// # Errors
    /// [`LoadFault::Sqlite`] where the schema refuses one.
    pub fn insert(&mut self, sql: &str, rows: Vec<Row>) -> Result<(), LoadFault> {
        let behavior = TransactionBehavior::Immediate;
        let tx = self.connection.transaction_with_behavior(behavior)?;
        for row in rows {
            run(&tx, sql, &row)?;
        }
        Ok(tx.commit()?)
    }

    /// Runs the last statements, brings the schema up to date, and gives the file its name.
    ///
    /// # Errors
    /// [`LoadFault`]; the file has no name then.
    pub fn publish(mut self, last: &[Stmt]) -> Result<(), LoadFault> {
        let tx = self.connection.transaction()?;
        for stmt in last {
            if let Some(sql) = stmt.sql.sqlite {
                run(&tx, sql, &stmt.args)?;
            }
        }
        tx.commit()?;
        migrations::migrate(&mut self.connection, Upgrade::Yes)?;
        // The last connection takes the log into the file and removes it.
        let closed = self.connection.close();
        closed.map_err(|(_, error)| error)?;
        std::fs::File::open(&self.part)?.sync_all()?;
        Ok(crate::lock::publish(&self.part, &self.file)?)
    }
}

fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
