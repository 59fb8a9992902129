//! Writing one blob: staged under a name of its own, hashed and counted as it passes, then published
//! under its key only if that is free. Nothing holds the whole of it in memory.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use framewright_core::crash::crash_point;
use object_store::path::Path;
use object_store::{
    MultipartUpload, ObjectStore, ObjectStoreExt as _, RenameOptions, RenameTargetMode,
};
use sha2::{Digest, Sha256};

use super::{BlobError, INCOMING, fault, path};

/// Bytes gathered before a part is written.
const PART: usize = 1 << 20;

/// A finished blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub key: String,
    pub bytes: u64,
    /// Lower-case hex.
    pub sha256: String,
}

/// A blob on its way. Dropped before [`Self::finish`], it leaves nothing.
pub struct BlobWriter {
    storage: Arc<dyn ObjectStore>,
    upload: Box<dyn MultipartUpload>,
    staged: Path,
    target: Path,
    gathered: BytesMut,
    hash: Sha256,
    bytes: u64,
}

impl BlobWriter {
    pub(super) async fn start(storage: Arc<dyn ObjectStore>, key: &str) -> Result<Self, BlobError> {
        let target = path(key)?;
        // The name is unique because the key is; a second writer of one key is one too many, and
        // whoever publishes first keeps it.
        let unique = uuid::Uuid::now_v7();
        let staged = path(&format!("{INCOMING}/{unique}"))?;
        let upload = storage.put_multipart(&staged).await;
        Ok(Self {
            upload: upload.map_err(BlobError::Storage)?,
            storage,
            staged,
            target,
            gathered: BytesMut::with_capacity(PART),
            hash: Sha256::new(),
            bytes: 0,
        })
    }

    /// Bytes taken so far: for caps.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.bytes
    }

    /// Whether nothing was taken yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`BlobError::Storage`]; the blob is then lost, drop the writer.
    pub async fn write(&mut self, chunk: &[u8]) -> Result<(), BlobError> {
        self.hash.update(chunk);
        self.bytes += chunk.len() as u64;
        let mut rest = chunk;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(PART - self.gathered.len()));
            self.gathered.extend_from_slice(now);
            rest = later;
            if self.gathered.len() == PART {
                self.flush().await?;
            }
        }
        Ok(())
    }

    /// Writes what is left, syncs file and directory, and gives the blob its name. When this returns
    /// `Ok`, a row may name it.
    ///
    /// # Errors
    /// [`BlobError::Exists`] where the name is taken; nothing of that blob was changed.
    pub async fn finish(mut self) -> Result<Written, BlobError> {
        if !self.gathered.is_empty() {
            self.flush().await?;
        }
        crash_point("K14");
        self.upload.complete().await.map_err(BlobError::Storage)?;
        let create = RenameOptions::new().with_target_mode(RenameTargetMode::Create);
        let renamed = self
            .storage
            .rename_opts(&self.staged, &self.target, create)
            .await;
        if let Err(error) = renamed {
            // The staged bytes would else stay until the sweep.
            drop(self.storage.delete(&self.staged).await);
            return Err(fault(self.target.as_ref(), error));
        }
        crash_point("K15");
        Ok(Written {
            key: self.target.to_string(),
            bytes: self.bytes,
            sha256: hex::encode(self.hash.finalize()),
        })
    }

    async fn flush(&mut self) -> Result<(), BlobError> {
        let part: Bytes = self.gathered.split().freeze();
        self.gathered.reserve(PART);
        self.upload
            .put_part(part.into())
            .await
            .map_err(BlobError::Storage)
    }
}
