//! All rows of a file over one snapshot, handed out in batches while others write.

use tokio::sync::mpsc;

use super::readers::Readers;
use super::run::read_row;
use crate::db::{Batch, ROWS};
use crate::error::StoreError;

type Hand = mpsc::Sender<Result<Batch, StoreError>>;

/// Reads to the end, or until nobody takes what it reads.
pub(super) fn dump(readers: &Readers, tables: &[&'static str], hand: &Hand) {
    if let Err(error) = all(readers, tables, hand) {
        // Nobody listens any more: then nobody misses it.
        drop(hand.blocking_send(Err(error)));
    }
}

fn all(readers: &Readers, tables: &[&'static str], hand: &Hand) -> Result<(), StoreError> {
    let connection = readers.free_or_next();
    // Deferred: the snapshot is taken by the first SELECT and holds for all of them.
    let transaction = connection.unchecked_transaction()?;
    for table in tables {
        let mut statement = transaction.prepare(&format!("SELECT * FROM {table}"))?;
        let columns: Vec<String> = names(&statement);
        let mut cursor = statement.raw_query();
        let mut batch = Vec::with_capacity(ROWS);
        loop {
            let row = cursor.next()?;
            let ended = row.is_none();
            if let Some(row) = row {
                batch.push(read_row(row, columns.len())?);
            }
            let full = batch.len() == ROWS || (ended && !batch.is_empty());
            if full && !give(hand, table, &columns, &mut batch) {
                return Ok(());
            }
            if ended {
                break;
            }
        }
    }
    Ok(())
}

fn names(statement: &rusqlite::Statement<'_>) -> Vec<String> {
    let names = statement.column_names();
    names.into_iter().map(str::to_owned).collect()
}

/// Whether somebody took it.
fn give(
    hand: &Hand,
    table: &'static str,
    columns: &[String],
    batch: &mut Vec<crate::db::Row>,
) -> bool {
    let batch = Batch {
        table,
        columns: columns.to_vec(),
        rows: std::mem::take(batch),
    };
    hand.blocking_send(Ok(batch)).is_ok()
}
