//! Bytes by name: inputs, outputs, uploads. Written once under a name that is never used again,
//! streamed, durable when [`BlobWriter::finish`] returns; read by range. Names are made by us: no
//! user's text is ever part of a path. What a blob means is in the rows that name it.

mod writer;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use framewright_core::clock::Millis;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt as _};

pub use writer::{BlobWriter, Written};

/// Where half-written blobs stand until they get their name.
const INCOMING: &str = "incoming";

/// Why a blob could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    #[error("a blob of this name exists: {0}")]
    Exists(String),
    #[error("there is no blob {0}")]
    Missing(String),
    /// A name that we would not make.
    #[error("no name of a blob: {0:?}")]
    Name(String),
    #[error("blob storage failed")]
    Storage(#[source] object_store::Error),
    #[error("the blob directory {path} cannot be used")]
    Directory {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

/// A stored blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobMeta {
    pub key: String,
    pub bytes: u64,
    /// When it got its name.
    pub modified: Millis,
}

/// Blob storage. Cheap to clone. Today a local directory; a bucket comes in behind the same calls.
#[derive(Clone)]
pub struct Blobs {
    storage: Arc<dyn ObjectStore>,
    root: PathBuf,
}

impl Blobs {
    /// Blobs in a directory, made where it is missing. Every finished write is synced, file and
    /// directory.
    ///
    /// # Errors
    /// [`BlobError::Directory`] where it cannot be made.
    pub fn local(root: &Path) -> Result<Self, BlobError> {
        let fault = |source| BlobError::Directory {
            path: root.to_owned(),
            source,
        };
        crate::lock::make_private(root).map_err(fault)?;
        let root = root.canonicalize().map_err(fault)?;
        let storage = LocalFileSystem::new_with_prefix(&root)
            .map_err(BlobError::Storage)?
            .with_fsync(true);
        Ok(Self {
            storage: Arc::new(storage),
            root,
        })
    }

    /// Starts a blob under a name that must not exist when it is finished. Dropping the writer leaves
    /// nothing.
    ///
    /// # Errors
    /// [`BlobError`] where storage takes no new blob.
    pub async fn create(&self, key: &str) -> Result<BlobWriter, BlobError> {
        BlobWriter::start(Arc::clone(&self.storage), key).await
    }

    /// Streams a blob or a range of its bytes, which must lie within it.
    ///
    /// # Errors
    /// [`BlobError::Missing`] where there is none; the stream's own errors are of storage.
    pub async fn read(
        &self,
        key: &str,
        range: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, Result<Bytes, BlobError>>, BlobError> {
        let options = GetOptions {
            range: range.map(GetRange::Bounded),
            ..GetOptions::default()
        };
        let found = self.storage.get_opts(&path(key)?, options).await;
        let found = found.map_err(|error| fault(key, error))?;
        Ok(found.into_stream().map_err(BlobError::Storage).boxed())
    }

    /// A path at which a program on this machine can open the blob, for as long as it is named by a
    /// row.
    ///
    /// # Errors
    /// [`BlobError`] where there is no such blob.
    pub async fn local_path(&self, key: &str) -> Result<PathBuf, BlobError> {
        let place = path(key)?;
        let found = self.storage.head(&place).await;
        found.map_err(|error| fault(key, error))?;
        Ok(self.root.join(place.as_ref()))
    }

    /// Where a file can be made that is then written as the blob `key`. Nobody else uses the place;
    /// what a crash leaves there is swept.
    ///
    /// # Errors
    /// [`BlobError`] where there is no such place.
    pub async fn scratch(&self, key: &str) -> Result<PathBuf, BlobError> {
        path(key)?;
        let directory = self.root.join(INCOMING);
        let made = tokio::fs::create_dir_all(&directory).await;
        made.map_err(|source| BlobError::Directory {
            path: directory.clone(),
            source,
        })?;
        Ok(directory.join(key.replace('/', "_")))
    }

    /// Removes a blob; one that is not there is no error.
    ///
    /// # Errors
    /// [`BlobError::Storage`] where it cannot be removed.
    pub async fn delete(&self, key: &str) -> Result<(), BlobError> {
        match self.storage.delete(&path(key)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(BlobError::Storage(error)),
        }
    }

    /// Every finished blob whose name begins with whole parts of `prefix`, in no order.
    pub fn list(&self, prefix: &str) -> BoxStream<'static, Result<BlobMeta, BlobError>> {
        let prefix = object_store::path::Path::from(prefix);
        let listed = self.storage.list(Some(&prefix));
        listed
            .map_ok(|meta| BlobMeta {
                key: meta.location.to_string(),
                bytes: meta.size,
                modified: meta.last_modified.timestamp_millis(),
            })
            .map_err(BlobError::Storage)
            .boxed()
    }

    /// Removes what a crash left half written before this moment; returns how many. Storage does not
    /// list such files, so this looks at the directory itself.
    pub(crate) async fn sweep_incoming(&self, before: Millis) -> Result<u64, BlobError> {
        let directory = self.root.join(INCOMING);
        let swept = tokio::task::spawn_blocking({
            let directory = directory.clone();
            move || remove_older(&directory, before)
        });
        match swept.await {
            Ok(swept) => swept.map_err(|source| BlobError::Directory {
                path: directory,
                source,
            }),
            // The runtime is shutting down: the next sweep does it.
            Err(_) => Ok(0),
        }
    }
}

fn remove_older(directory: &Path, before: Millis) -> std::io::Result<u64> {
    let entries = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let mut removed = 0;
    for entry in entries {
        let entry = entry?;
        let modified = entry.metadata()?.modified()?;
        let age = modified
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        if i64::try_from(age.as_millis()).is_ok_and(|millis| millis < before) {
            std::fs::remove_file(entry.path())?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// A name that we make: parts of letters, digits, `-`, `_`, `.`, none of them hidden or empty.
fn path(key: &str) -> Result<object_store::path::Path, BlobError> {
    let good = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    if key.len() > 512 || !key.split('/').all(good) {
        return Err(BlobError::Name(key.chars().take(80).collect()));
    }
    Ok(object_store::path::Path::from(key))
}

fn fault(key: &str, error: object_store::Error) -> BlobError {
    match error {
        object_store::Error::NotFound { .. } => BlobError::Missing(key.to_owned()),
        object_store::Error::AlreadyExists { .. } => BlobError::Exists(key.to_owned()),
        other => BlobError::Storage(other),
    }
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn only_names_of_our_own_making_are_taken() {
        path("acc/task/attempt-0-1.mp4").expect("ours");
        for bad in [
            "", "/x", "a//b", "../x", "a/../b", "a/.x", "a b", "a\0b", "ä", "a/",
        ] {
            path(bad).expect_err(bad);
        }
    }
}
