//! A blob on its way into a bucket, under its key from the start: nothing is seen of it before the
//! end. One of a single part is one request; of a larger one the parts are sent as they fill, one
//! after the other, so that a blob in progress holds one part in memory however long it is. What it
//! writes stays on this machine for a while as a copy, since it is mostly looked into next.

use std::sync::Arc;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt as _, PutMode};

use super::copies::{Copies, Copy};
use super::fault::{BlobError, of_blob, of_storage};

/// Bytes of one part: the least that S3 takes but for the last; 10,000 of them make 48 GiB.
pub(super) const PART: usize = 5 << 20;

pub(super) struct Sent {
    storage: Arc<dyn ObjectStore>,
    target: Path,
    /// Begun with the second part.
    upload: Option<Unfinished>,
    /// Given up where this machine's disk does not take it: the bucket has the bytes.
    copy: Option<Copy>,
}

impl Sent {
    pub async fn start(storage: Arc<dyn ObjectStore>, target: Path, copies: &Copies) -> Self {
        Self {
            storage,
            target,
            upload: None,
            copy: Copy::begin(copies).await.ok(),
        }
    }

    pub async fn part(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        self.copy(&bytes).await;
        let upload = match &mut self.upload {
            Some(upload) => upload,
            begun @ None => {
                let upload = self.storage.put_multipart(&self.target).await;
                begun.insert(Unfinished(Some(upload.map_err(of_storage)?)))
            }
        };
        match &mut upload.0 {
            Some(upload) => upload.put_part(bytes.into()).await.map_err(of_storage),
            None => Ok(()),
        }
    }

    /// Sends the rest and gives the bytes their name.
    pub async fn publish(mut self: Box<Self>, last: Bytes) -> Result<(), BlobError> {
        match self.upload.is_some() {
            true => self.complete(last).await?,
            false => self.put(last).await?,
        }
        if let Some(copy) = self.copy.take()
            && let Err(error) = copy.keep(self.target.as_ref()).await
        {
            tracing::debug!(%error, "kept no copy of a blob");
        }
        Ok(())
    }

    async fn put(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        self.copy(&bytes).await;
        let create = PutMode::Create.into();
        let put = self
            .storage
            .put_opts(&self.target, bytes.into(), create)
            .await;
        put.map(drop).map_err(|error| of_put(&self.target, error))
    }

    async fn complete(&mut self, last: Bytes) -> Result<(), BlobError> {
        self.part(last).await?;
        // Servers that do not know the condition of a completion would write over it.
        if self.storage.head(&self.target).await.is_ok() {
            return Err(BlobError::Exists(self.target.to_string()));
        }
        let Some(Unfinished(Some(upload))) = &mut self.upload else {
            return Ok(());
        };
        let completed = upload.complete().await;
        completed.map_err(|error| of_put(&self.target, error))?;
        // Nothing is left to abort.
        self.upload = Some(Unfinished(None));
        Ok(())
    }

    async fn copy(&mut self, bytes: &[u8]) {
        if let Some(copy) = &mut self.copy
            && let Err(error) = copy.write(bytes).await
        {
            tracing::debug!(%error, "gave up the copy of a blob");
            self.copy = None;
        }
    }
}

/// Nothing can be missing where something is put: an upload that is not known any more was aborted or
/// has ended.
fn of_put(target: &Path, error: object_store::Error) -> BlobError {
    match of_blob(target.as_ref(), error) {
        BlobError::Missing(_) => BlobError::Away("the upload is not known any more".to_owned()),
        other => other,
    }
}

/// An upload in parts that is aborted when it is dropped. One that a crash leaves is for a rule of the
/// bucket: it cannot be listed through this client.
struct Unfinished(Option<Box<dyn MultipartUpload>>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        let (Some(mut upload), Ok(runtime)) =
            (self.0.take(), tokio::runtime::Handle::try_current())
        else {
            return;
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "nobody waits for it: at worst the bucket's rule takes the parts away"
        )]
        runtime.spawn(async move { upload.abort().await });
    }
}
