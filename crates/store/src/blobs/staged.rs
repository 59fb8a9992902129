//! A blob on its way into a directory: staged under a name of its own, synced, then renamed to its
//! key, which must be free.

use std::sync::Arc;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{
    MultipartUpload, ObjectStore, ObjectStoreExt as _, RenameOptions, RenameTargetMode,
};

use super::fault::{BlobError, of_blob, of_storage};
use super::{INCOMING, path};

/// Bytes of one write.
pub(super) const PART: usize = 1 << 20;

pub(super) struct Staged {
    storage: Arc<dyn ObjectStore>,
    upload: Box<dyn MultipartUpload>,
    place: Path,
}

impl Staged {
    pub async fn start(storage: Arc<dyn ObjectStore>) -> Result<Self, BlobError> {
        // The name is unique because the key is; a second writer of one key is one too many, and
        // whoever publishes first keeps it.
        let unique = uuid::Uuid::now_v7();
        let place = path(&format!("{INCOMING}/{unique}"))?;
        let upload = storage.put_multipart(&place).await;
        Ok(Self {
            upload: upload.map_err(of_storage)?,
            storage,
            place,
        })
    }

    pub async fn part(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        self.upload.put_part(bytes.into()).await.map_err(of_storage)
    }

    /// Syncs file and directory and gives the bytes their name.
    pub async fn publish(mut self, last: Bytes, target: &Path) -> Result<(), BlobError> {
        if !last.is_empty() {
            self.part(last).await?;
        }
        self.upload.complete().await.map_err(of_storage)?;
        let create = RenameOptions::new().with_target_mode(RenameTargetMode::Create);
        let renamed = self.storage.rename_opts(&self.place, target, create).await;
        if renamed.is_err() {
            // The staged bytes would else stay until the sweep.
            drop(self.storage.delete(&self.place).await);
        }
        renamed.map_err(|error| of_blob(target.as_ref(), error))
    }
}
