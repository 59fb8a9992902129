//! SQLite behind the [`Db`](crate::db::Db) seam: one writer thread with group commit, and reader
//! connections that are used where the caller stands. Knows no table.

mod connection;
mod dump;
mod load;
#[cfg(test)]
pub(crate) mod plans;
mod readers;
mod run;
mod writer;

use std::path::Path;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use tokio::sync::mpsc;

use crate::db::{Batch, Done, Query, Row, Stats, Tx, TxError};
use crate::error::StoreError;

pub(crate) use connection::{OpenFault, open_writer};
pub(crate) use load::Load;
use readers::Readers;
pub(crate) use writer::Writer;

/// An open database file.
pub(crate) struct Sqlite {
    writer: Writer,
    readers: Arc<Readers>,
    /// What a simulation does to the calls; all of it then happens in the caller's thread.
    #[cfg(feature = "simulation")]
    faults: Option<Arc<dyn crate::simulation::Faults>>,
}

impl Sqlite {
    /// Takes over a connection that [`open_writer`] made and whose schema is in place.
    pub fn start(
        connection: rusqlite::Connection,
        file: &Path,
        readers: usize,
    ) -> Result<Self, OpenFault> {
        Ok(Self {
            readers: Arc::new(Readers::open(file, readers)?),
            writer: Writer::start(connection)?,
            #[cfg(feature = "simulation")]
            faults: None,
        })
    }

    /// As [`Self::start`], without a thread of its own, and with faults on the way.
    #[cfg(feature = "simulation")]
    pub fn simulated(
        connection: rusqlite::Connection,
        file: &Path,
        faults: Arc<dyn crate::simulation::Faults>,
    ) -> Result<Self, OpenFault> {
        Ok(Self {
            readers: Arc::new(Readers::open(file, 1)?),
            writer: Writer::here(connection)?,
            faults: Some(faults),
        })
    }

    pub async fn write(&self, tx: Tx) -> Result<Vec<Done>, TxError> {
        #[cfg(feature = "simulation")]
        if let Some(faults) = &self.faults {
            return crate::simulation::write(faults.as_ref(), &self.writer, tx).await;
        }
        self.writer.write(tx).await
    }

    pub async fn point(&self, query: Query) -> Result<Vec<Row>, StoreError> {
        #[cfg(feature = "simulation")]
        if self.faults.is_some() {
            let mut answers = self.read(vec![query]).await?;
            return Ok(answers.pop().unwrap_or_default());
        }
        Readers::point(&self.readers, query).await
    }

    pub async fn read(&self, queries: Vec<Query>) -> Result<Vec<Vec<Row>>, StoreError> {
        #[cfg(feature = "simulation")]
        if let Some(faults) = &self.faults {
            faults.before(&[]).await?;
            return self.readers.read_here(&queries);
        }
        Readers::read(&self.readers, queries).await
    }

    /// Reads on a blocking thread of its own, no further ahead than a few batches.
    pub fn dump(&self, tables: Vec<&'static str>) -> BoxStream<'static, Result<Batch, StoreError>> {
        let (hand, taken) = mpsc::channel(4);
        let readers = Arc::clone(&self.readers);
        tokio::task::spawn_blocking(move || dump::dump(&readers, &tables, &hand));
        let next = |mut taken: mpsc::Receiver<_>| async move {
            let batch = taken.recv().await?;
            Some((batch, taken))
        };
        futures_util::stream::unfold(taken, next).boxed()
    }

    pub fn stats(&self) -> Stats {
        self.writer.stats()
    }

    pub async fn stopped(&self) -> Arc<str> {
        self.writer.stopped().await
    }
}
