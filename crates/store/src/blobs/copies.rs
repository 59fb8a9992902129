//! Files on this machine that stand for blobs of a bucket: programs here read files and not buckets.
//! A copy is made as a blob is written or when one is first asked for, and goes some hours after it
//! was last asked for. Blobs in a directory need none: there the blob itself is the file.

use std::fs::{File, FileTimes};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bytes::Bytes;
use framewright_core::clock::{HOUR, Millis};
use futures_util::{Stream, StreamExt as _};
use tokio::io::AsyncWriteExt as _;

use super::fault::BlobError;

/// A copy that nobody asked for in this time goes. Well above the time between the moment a render is
/// told of a file and the moment it opens it.
pub(super) const KEPT: Millis = 6 * HOUR;

/// The directory of the copies.
#[derive(Clone)]
pub(super) struct Copies {
    root: PathBuf,
}

impl Copies {
    pub fn open(root: &Path) -> Result<Self, BlobError> {
        let fault = |source| BlobError::directory(root, source);
        crate::lock::make_private(root).map_err(fault)?;
        let root = root.canonicalize().map_err(fault)?;
        Ok(Self { root })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The copy of a blob, where there is one; it then counts as asked for.
    pub async fn find(&self, key: &str) -> Option<PathBuf> {
        let path = self.root.join(key);
        let touched = path.clone();
        let found = tokio::task::spawn_blocking(move || touch(&touched).is_ok()).await;
        found.unwrap_or(false).then_some(path)
    }

    /// Makes the copy of a blob from its bytes.
    pub async fn keep(
        &self,
        key: &str,
        mut bytes: impl Stream<Item = Result<Bytes, BlobError>> + Unpin,
    ) -> Result<PathBuf, BlobError> {
        let mut copy = Copy::begin(self).await?;
        while let Some(piece) = bytes.next().await {
            copy.write(&piece?).await?;
        }
        copy.keep(key).await
    }

    pub async fn forget(&self, key: &str) {
        // There is mostly none.
        drop(tokio::fs::remove_file(self.root.join(key)).await);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a file's own time is compared with the file system's, not with the store's clock"
)]
fn touch(path: &Path) -> std::io::Result<()> {
    let now = SystemTime::now();
    File::options()
        .write(true)
        .open(path)?
        .set_times(FileTimes::new().set_modified(now))
}

/// A copy in the making. Dropped before it is kept, it leaves nothing.
pub(super) struct Copy {
    root: PathBuf,
    path: PathBuf,
    file: Option<tokio::fs::File>,
}

impl Copy {
    pub async fn begin(copies: &Copies) -> Result<Self, BlobError> {
        let directory = copies.root.join(super::INCOMING);
        let path = directory.join(uuid::Uuid::now_v7().to_string());
        let made = async {
            tokio::fs::create_dir_all(&directory).await?;
            tokio::fs::File::create_new(&path).await
        };
        let file = made.await;
        let file = file.map_err(|source| BlobError::directory(&directory, source))?;
        Ok(Self {
            root: copies.root.clone(),
            path,
            file: Some(file),
        })
    }

    pub async fn write(&mut self, piece: &[u8]) -> Result<(), BlobError> {
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        let written = file.write_all(piece).await;
        written.map_err(|source| BlobError::directory(&self.path, source))
    }

    /// Gives it its name; it may be read from then on.
    pub async fn keep(mut self, key: &str) -> Result<PathBuf, BlobError> {
        let place = self.root.join(key);
        let named = async {
            if let Some(mut file) = self.file.take() {
                file.flush().await?;
            }
            if let Some(directory) = place.parent() {
                tokio::fs::create_dir_all(directory).await?;
            }
            tokio::fs::rename(&self.path, &place).await
        };
        match named.await {
            Ok(()) => Ok(place),
            Err(source) => Err(BlobError::directory(&place, source)),
        }
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // Gone already where it was kept; the sweep takes what will not go.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Removes the files below a directory that were last asked for before this moment; returns how many.
/// Directories that become empty by it go too.
pub(super) fn remove_older(directory: &Path, before: Millis) -> std::io::Result<u64> {
    let entries = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let mut removed = 0;
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            removed += remove_older(&entry.path(), before)?;
            // Not empty, mostly.
            let _ = std::fs::remove_dir(entry.path());
        } else if older(&entry, before)? {
            std::fs::remove_file(entry.path())?;
            removed += 1;
        }
    }
    Ok(removed)
}

fn older(entry: &std::fs::DirEntry, before: Millis) -> std::io::Result<bool> {
    let modified = entry.metadata()?.modified()?;
    let age = modified
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    Ok(i64::try_from(age.as_millis()).is_ok_and(|millis| millis < before))
}
