//! Taking a backup of a store in use: all rows over one snapshot, then the blobs that they name, which
//! never change. The file has its name only once it is whole and on disk.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use framewright_core::crash::crash_point;
use futures_util::{StreamExt as _, TryStreamExt as _};
use sha2::{Digest, Sha256};

use super::format::{FORM, Head, Line, Writer, fault, to_cells};
use super::{BackupError, Copied, KEYS, TABLES};
use crate::blobs::{BlobError, Blobs};
use crate::db::{Batch, Val};
use crate::lock::publish;
use crate::migrations::VERSION;
use crate::store::Store;

impl Store {
    /// Writes everything into a new file at `to`: whole when this returns `Ok`, else not there.
    /// Without `blobs` the rows alone. Servers may run meanwhile.
    ///
    /// # Errors
    /// [`BackupError`]; beside the file a `.part` may be left, which the next try takes away.
    pub async fn backup(&self, to: &Path, blobs: Option<&Blobs>) -> Result<Copied, BackupError> {
        if to.try_exists().map_err(|source| fault(to, source))? {
            return Err(BackupError::Exists {
                path: to.to_owned(),
            });
        }
        let mut part = to.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let copied = self.copy(&part, blobs).await?;
        crash_point("K22");
        publish(&part, to).map_err(|source| fault(to, source))?;
        Ok(copied)
    }

    async fn copy(&self, part: &Path, blobs: Option<&Blobs>) -> Result<Copied, BackupError> {
        let mut writer = Writer::create(part).await?;
        let head = Head {
            form: FORM,
            schema: VERSION,
            made: self.now(),
            blobs: blobs.is_some(),
        };
        writer.line(&Line::Backup(head)).await?;
        let mut copied = Copied::default();
        let named = self.copy_rows(&mut writer, &mut copied).await?;
        if let Some(blobs) = blobs {
            for name in named {
                copy_blob(&mut writer, blobs, name, &mut copied).await?;
            }
        }
        writer.finish(copied.rows, copied.blobs).await?;
        Ok(copied)
    }

    /// Copies every row; answers which blobs they name.
    async fn copy_rows(
        &self,
        writer: &mut Writer,
        copied: &mut Copied,
    ) -> Result<BTreeSet<String>, BackupError> {
        let tables = std::iter::once(KEYS).chain(TABLES).collect();
        let mut batches = self.db().dump(tables).await?;
        let mut named = BTreeSet::new();
        while let Some(batch) = batches.next().await {
            let Batch {
                table,
                columns,
                rows,
            } = batch?;
            let blob = columns.iter().position(|column| column == "blob");
            let name = table.to_owned();
            writer.line(&Line::Table { name, columns }).await?;
            copied.rows += rows.len() as u64;
            for row in rows {
                if let Some(Val::Text(name)) = blob.and_then(|at| row.get(at)) {
                    named.insert(name.clone());
                }
                writer.line(&Line::Row(to_cells(row))).await?;
            }
        }
        Ok(named)
    }
}

async fn copy_blob(
    writer: &mut Writer,
    blobs: &Blobs,
    name: String,
    copied: &mut Copied,
) -> Result<(), BackupError> {
    let mut stream = match blobs.read(&name, None).await {
        Err(BlobError::Missing(_)) => {
            copied.missing += 1;
            return writer.line(&Line::Missing(name)).await;
        }
        found => found?,
    };
    writer.line(&Line::Blob(name)).await?;
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    while let Some(chunk) = stream.try_next().await? {
        hash.update(&chunk);
        bytes += chunk.len() as u64;
        writer.raw(&chunk).await?;
    }
    copied.blobs += 1;
    copied.bytes += bytes;
    let sha256 = hex::encode(hash.finalize());
    writer.line(&Line::Whole { bytes, sha256 }).await
}
