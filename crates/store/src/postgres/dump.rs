//! All rows of a database over one snapshot, fetched in batches from cursors of one transaction.

use std::collections::VecDeque;

use futures_util::pin_mut;
use futures_util::stream::{BoxStream, StreamExt as _, TryStreamExt as _};

use super::cells::Typed;
use super::faults::describe;
use super::{Open, Postgres};
use crate::db::{Batch, ROWS, Row};
use crate::error::StoreError;

/// A whole backup is one transaction, and its reader may be slow between two batches.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
    SET LOCAL statement_timeout = '60s'; SET LOCAL idle_in_transaction_session_timeout = 0";

/// What is left to be read.
struct Dump {
    connection: Open,
    tables: VecDeque<&'static str>,
    /// Whether the first table's cursor is open.
    begun: bool,
}

impl Postgres {
    /// Begins to read these tables.
    pub async fn dump(
        &self,
        tables: Vec<&'static str>,
    ) -> Result<BoxStream<'static, Result<Batch, StoreError>>, StoreError> {
        let connection = Open::begin(self.connection().await?, BEGIN).await;
        let dump = Dump {
            connection: connection.map_err(|error| describe(&error))?,
            tables: tables.into(),
            begun: false,
        };
        let batches = futures_util::stream::try_unfold(dump, |mut dump| async move {
            let batch = dump.next().await.map_err(|error| describe(&error))?;
            Ok(batch.map(|batch| (batch, dump)))
        });
        Ok(batches.boxed())
    }
}

impl Dump {
    async fn next(&mut self) -> Result<Option<Batch>, tokio_postgres::Error> {
        while let Some(table) = self.tables.front().copied() {
            if !self.begun {
                let open =
                    format!("DECLARE rows_of_{table} NO SCROLL CURSOR FOR SELECT * FROM {table}");
                self.connection.client().batch_execute(&open).await?;
                self.begun = true;
            }
            let batch = self.fetch(table).await?;
            if !batch.rows.is_empty() {
                return Ok(Some(batch));
            }
            self.tables.pop_front();
            self.begun = false;
        }
        Ok(None)
    }

    async fn fetch(&self, table: &'static str) -> Result<Batch, tokio_postgres::Error> {
        let sql = format!("FETCH {ROWS} FROM rows_of_{table}");
        let none = Vec::<Typed<'_>>::new();
        let stream = self.connection.client().query_typed_raw(&sql, none).await?;
        pin_mut!(stream);
        let (mut columns, mut rows): (Vec<String>, Vec<Row>) = (Vec::new(), Vec::new());
        while let Some(row) = stream.try_next().await? {
            if columns.is_empty() {
                columns = row.columns().iter().map(|c| c.name().to_owned()).collect();
            }
            let cells = (0..row.len()).map(|column| row.try_get(column));
            rows.push(cells.collect::<Result<_, _>>()?);
        }
        Ok(Batch {
            table,
            columns,
            rows,
        })
    }
}
