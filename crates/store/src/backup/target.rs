//! The empty database that a backup goes into: rows in, and then there at once, or never. Which of the
//! two databases it is, nobody else has to know.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::BackupError;
use crate::db::{Row, Stmt};
use crate::postgres::{self, Postgres};
use crate::sqlite;

/// A database that nobody sees yet.
pub(super) enum Target {
    Sqlite(Box<sqlite::Load>, PathBuf),
    Postgres(Box<postgres::Load>),
}

impl Target {
    /// Makes the schema of this version in an empty database.
    ///
    /// # Errors
    /// [`BackupError::NotEmpty`] where there is one already.
    pub async fn open(
        data_dir: &Path,
        database: Option<&SecretString>,
        schema: i64,
    ) -> Result<Self, BackupError> {
        match database {
            Some(url) => {
                let load = Postgres::load(url, schema).await;
                load.map(|load| Self::Postgres(Box::new(load)))
                    .map_err(|fault| match fault {
                        postgres::LoadFault::NotEmpty => BackupError::NotEmpty {
                            place: ON_POSTGRES.to_owned(),
                        },
                        other => refused(ON_POSTGRES, &other),
                    })
            }
            None => {
                let file = data_dir.join("framewright.db");
                let place = file.display().to_string();
                if file.exists() {
                    return Err(BackupError::NotEmpty { place });
                }
                let load = sqlite::Load::begin(&file, schema);
                let load = load.map_err(|fault| refused(&place, &fault))?;
                Ok(Self::Sqlite(Box::new(load), file))
            }
        }
    }

    /// Adds rows to a table.
    pub async fn insert(
        &mut self,
        table: &str,
        columns: &[String],
        rows: Vec<Row>,
    ) -> Result<(), BackupError> {
        let sql = insert(table, columns);
        match self {
            Self::Sqlite(load, file) => load
                .insert(&sql, rows)
                .map_err(|fault| refused(&file.display().to_string(), &fault)),
            Self::Postgres(load) => load
                .insert(&sql, rows)
                .await
                .map_err(|fault| refused(ON_POSTGRES, &fault)),
        }
    }

    /// Runs the last statements, brings the schema up to date, and lets the database be seen.
    pub async fn publish(self, last: Vec<Stmt>) -> Result<(), BackupError> {
        match self {
            Self::Sqlite(load, file) => load
                .publish(&last)
                .map_err(|fault| refused(&file.display().to_string(), &fault)),
            Self::Postgres(load) => load
                .publish(&last)
                .await
                .map_err(|fault| refused(ON_POSTGRES, &fault)),
        }
    }
}

/// Its URL holds a password.
const ON_POSTGRES: &str = "on PostgreSQL";

fn refused(place: &str, why: &dyn std::fmt::Display) -> BackupError {
    BackupError::Target {
        place: place.to_owned(),
        why: why.to_string(),
    }
}

fn insert(table: &str, columns: &[String]) -> String {
    let places: Vec<_> = (1..=columns.len()).map(|at| format!("${at}")).collect();
    let (columns, places) = (columns.join(", "), places.join(", "));
    format!("INSERT INTO {table} ({columns}) VALUES ({places})")
}
