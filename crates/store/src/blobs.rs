//! Bytes by name: inputs, outputs, uploads, in a directory or in a bucket. Written once under a name
//! that is never used again, streamed, durable when [`BlobWriter::finish`] returns; read by range.
//! Names are made by us: no user's text is ever part of a path. What a blob means is in the rows that
//! name it.

mod bucket;
mod copies;
mod fault;
mod sent;
mod staged;
mod writer;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use framewright_core::clock::{DAY, Millis};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt as _};
use sha2::{Digest as _, Sha256};
use url::Url;

use self::bucket::Bucket;
use self::copies::Copies;
use self::fault::{of_blob, of_storage};

pub use bucket::BucketOptions;
pub use fault::BlobError;
pub use writer::{BlobWriter, Written};

/// Where half-written files stand until they get their name.
const INCOMING: &str = "incoming";

/// A file that nobody has written to for so long is a crash's.
const ABANDONED: Millis = DAY;

/// A stored blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobMeta {
    pub key: String,
    pub bytes: u64,
    /// When it got its name.
    pub modified: Millis,
}

/// Blob storage. Cheap to clone.
#[derive(Clone)]
pub struct Blobs {
    storage: Arc<dyn ObjectStore>,
    place: Place,
}

/// What differs between a directory and a bucket.
#[derive(Clone)]
enum Place {
    /// The blobs are the files in it.
    Directory(PathBuf),
    Bucket {
        bucket: Arc<Bucket>,
        copies: Copies,
    },
}

impl Blobs {
    /// Blobs in a directory, made where it is missing. Every finished write is synced, file and
    /// directory.
    ///
    /// # Errors
    /// [`BlobError::Directory`] where it cannot be made.
    pub fn local(root: &Path) -> Result<Self, BlobError> {
        let fault = |source| BlobError::directory(root, source);
        crate::lock::make_private(root).map_err(fault)?;
        let root = root.canonicalize().map_err(fault)?;
        let storage = LocalFileSystem::new_with_prefix(&root)
            .map_err(BlobError::Storage)?
            .with_fsync(true);
        Ok(Self {
            storage: Arc::new(storage),
            place: Place::Directory(root),
        })
    }

    /// Blobs in a bucket, with copies of those in use in a directory that is this process's own.
    /// Reaches for nothing yet.
    ///
    /// # Errors
    /// [`BlobError`] where the options are none of a bucket, or the directory cannot be made.
    pub fn bucket(options: &BucketOptions, copies: &Path) -> Result<Self, BlobError> {
        let bucket = Bucket::open(options)?;
        Ok(Self {
            storage: Arc::clone(&bucket.storage),
            place: Place::Bucket {
                bucket: Arc::new(bucket),
                copies: Copies::open(copies)?,
            },
        })
    }

    /// Writes, reads, lists and removes a blob of a few bytes: whether storage does what it is wanted
    /// for.
    ///
    /// # Errors
    /// The first thing that it does not do.
    pub async fn check(&self) -> Result<(), BlobError> {
        let key = format!("check/{}", uuid::Uuid::now_v7());
        let mut writer = self.create(&key).await?;
        writer.write(key.as_bytes()).await?;
        let written = writer.finish().await?;
        let read = self.digest(&key, written.bytes).await?;
        let listed = self.list("check").try_next().await?;
        self.delete(&key).await?;
        match read == Some(written.sha256) && listed.is_some() {
            true => Ok(()),
            false => Err(BlobError::Missing(key)),
        }
    }

    /// Blobs in a storage of the caller's, which lays its finished blobs out as files below `root`.
    #[cfg(feature = "simulation")]
    #[must_use]
    pub fn over(storage: Arc<dyn ObjectStore>, root: &Path) -> Self {
        Self {
            storage,
            place: Place::Directory(root.to_owned()),
        }
    }

    /// Starts a blob under a name that must not exist when it is finished. Dropping the writer leaves
    /// nothing.
    ///
    /// # Errors
    /// [`BlobError`] where storage takes no new blob.
    pub async fn create(&self, key: &str) -> Result<BlobWriter, BlobError> {
        BlobWriter::start(self, key).await
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
        let found = found.map_err(|error| of_blob(key, error))?;
        Ok(found.into_stream().map_err(of_storage).boxed())
    }

    /// The SHA-256 of a blob in lower-case hex, or none where it has not so many bytes.
    async fn digest(&self, key: &str, bytes: u64) -> Result<Option<String>, BlobError> {
        let found = self.storage.get(&path(key)?).await;
        let found = found.map_err(|error| of_blob(key, error))?;
        if found.meta.size != bytes {
            return Ok(None);
        }
        let mut hash = Sha256::new();
        let mut stream = found.into_stream();
        while let Some(piece) = stream.try_next().await.map_err(of_storage)? {
            hash.update(&piece);
        }
        Ok(Some(hex::encode(hash.finalize())))
    }

    /// A path at which a program on this machine can open the blob, within the hour and for as long as
    /// it is named by a row. Of a bucket's blob it is a copy, brought here where there is none.
    ///
    /// # Errors
    /// [`BlobError`] where there is no such blob.
    pub async fn local_path(&self, key: &str) -> Result<PathBuf, BlobError> {
        let place = path(key)?;
        match &self.place {
            Place::Directory(root) => {
                let found = self.storage.head(&place).await;
                found.map_err(|error| of_blob(key, error))?;
                Ok(root.join(place.as_ref()))
            }
            Place::Bucket { copies, .. } => match copies.find(key).await {
                Some(copy) => Ok(copy),
                None => copies.keep(key, self.read(key, None).await?).await,
            },
        }
    }

    /// Where a file can be made that is then written as the blob `key`. Nobody else uses the place;
    /// what a crash leaves there is swept.
    ///
    /// # Errors
    /// [`BlobError`] where there is no such place.
    pub async fn scratch(&self, key: &str) -> Result<PathBuf, BlobError> {
        path(key)?;
        let directory = self.desk().join(INCOMING);
        let made = tokio::fs::create_dir_all(&directory).await;
        made.map_err(|source| BlobError::directory(&directory, source))?;
        Ok(directory.join(key.replace('/', "_")))
    }

    /// A link of a few minutes to the bucket itself, whose answer has this type and disposition. None
    /// for a directory, which nobody reaches but through us.
    ///
    /// # Errors
    /// [`BlobError`] where it cannot be signed.
    pub async fn link(
        &self,
        key: &str,
        mime: &str,
        disposition: &str,
        lasts: Duration,
    ) -> Result<Option<Url>, BlobError> {
        let Place::Bucket { bucket, .. } = &self.place else {
            return Ok(None);
        };
        let link = bucket.link(&path(key)?, mime, disposition, lasts).await?;
        Ok(Some(link))
    }

    /// Removes a blob; one that is not there is no error.
    ///
    /// # Errors
    /// [`BlobError`] where it cannot be removed.
    pub async fn delete(&self, key: &str) -> Result<(), BlobError> {
        if let Place::Bucket { copies, .. } = &self.place {
            copies.forget(key).await;
        }
        match self.storage.delete(&path(key)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(of_storage(error)),
        }
    }

    /// Every finished blob whose name begins with whole parts of `prefix`: of a bucket in the order of
    /// the names, of a directory in none.
    pub fn list(&self, prefix: &str) -> BoxStream<'static, Result<BlobMeta, BlobError>> {
        let prefix = object_store::path::Path::from(prefix);
        metas(self.storage.list(Some(&prefix)))
    }

    /// Every finished blob behind the one called `after`, where there is an order; else all.
    pub(crate) fn list_after(
        &self,
        after: Option<&str>,
    ) -> BoxStream<'static, Result<BlobMeta, BlobError>> {
        match after.filter(|_| self.is_ordered()) {
            None => self.list(""),
            Some(after) => {
                let after = object_store::path::Path::from(after);
                metas(self.storage.list_with_offset(None, &after))
            }
        }
    }

    /// Whether lists are in the order of the names.
    pub(crate) fn is_ordered(&self) -> bool {
        matches!(self.place, Place::Bucket { .. })
    }

    /// Removes what a crash left half written on this machine, and copies that nobody asked for in a
    /// while; returns how many. Storage does not list such files, so this looks at the directory
    /// itself.
    pub(crate) async fn sweep_desk(&self, now: Millis) -> Result<u64, BlobError> {
        let (directory, before) = match &self.place {
            Place::Directory(root) => (root.join(INCOMING), now - ABANDONED),
            Place::Bucket { copies, .. } => (copies.root().to_owned(), now - copies::KEPT),
        };
        let swept = tokio::task::spawn_blocking({
            let directory = directory.clone();
            move || copies::remove_older(&directory, before)
        });
        match swept.await {
            Ok(swept) => swept.map_err(|source| BlobError::directory(&directory, source)),
            // The runtime is shutting down: the next sweep does it.
            Err(_) => Ok(0),
        }
    }

    /// The directory of this machine in which files are made.
    fn desk(&self) -> &Path {
        match &self.place {
            Place::Directory(root) => root,
            Place::Bucket { copies, .. } => copies.root(),
        }
    }
}

fn metas(
    listed: BoxStream<'static, object_store::Result<object_store::ObjectMeta>>,
) -> BoxStream<'static, Result<BlobMeta, BlobError>> {
    listed
        .map_ok(|meta| BlobMeta {
            key: meta.location.to_string(),
            bytes: meta.size,
            modified: meta.last_modified.timestamp_millis(),
        })
        .map_err(of_storage)
        .boxed()
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
