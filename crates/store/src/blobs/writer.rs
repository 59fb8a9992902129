//! Writing one blob: hashed and counted as it passes, handed on in parts, and in the end given its
//! name only if that is free. Nothing holds the whole of it in memory: at most one part. How parts
//! become a blob is `staged` for a directory and `sent` for a bucket.

use bytes::BytesMut;
use framewright_core::crash::crash_point;
use object_store::path::Path;
use sha2::{Digest, Sha256};

use super::sent::Sent;
use super::staged::Staged;
use super::{BlobError, Blobs, Place, path};

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
    blobs: Blobs,
    target: Path,
    way: Way,
    gathered: BytesMut,
    hash: Sha256,
    bytes: u64,
}

/// Where its parts go.
enum Way {
    Staged(Staged),
    Sent(Box<Sent>),
}

impl Way {
    /// Bytes gathered before a part is written.
    fn part(&self) -> usize {
        match self {
            Self::Staged(_) => super::staged::PART,
            Self::Sent(_) => super::sent::PART,
        }
    }
}

impl BlobWriter {
    pub(super) async fn start(blobs: &Blobs, key: &str) -> Result<Self, BlobError> {
        let target = path(key)?;
        let way = match &blobs.place {
            Place::Directory(_) => Way::Staged(Staged::start(blobs.storage.clone()).await?),
            Place::Bucket { copies, .. } => {
                let sent = Sent::start(blobs.storage.clone(), target.clone(), copies).await;
                Way::Sent(Box::new(sent))
            }
        };
        Ok(Self {
            blobs: blobs.clone(),
            target,
            way,
            gathered: BytesMut::new(),
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

    /// Bytes held in memory, at most one part: what is more is written before more is taken.
    #[must_use]
    pub fn held(&self) -> usize {
        self.gathered.len()
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`BlobError`] of storage; the blob is then lost, drop the writer.
    pub async fn write(&mut self, chunk: &[u8]) -> Result<(), BlobError> {
        self.hash.update(chunk);
        self.bytes += chunk.len() as u64;
        let part = self.way.part();
        let mut rest = chunk;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(part - self.gathered.len()));
            self.gathered.extend_from_slice(now);
            rest = later;
            // The last part goes with the name, so a full one waits for a byte behind it.
            if self.gathered.len() == part && !rest.is_empty() {
                self.flush().await?;
            }
        }
        Ok(())
    }

    /// Writes what is left, durably, and gives the blob its name. When this returns `Ok`, a row may
    /// name it. Where the same bytes have the name already (an answer was lost on the way, or this
    /// is the second try) that is as good.
    ///
    /// # Errors
    /// [`BlobError::Exists`] where other bytes have the name; nothing of them was changed.
    pub async fn finish(mut self) -> Result<Written, BlobError> {
        let last = self.gathered.split().freeze();
        crash_point("K14");
        let published = match self.way {
            Way::Staged(staged) => staged.publish(last, &self.target).await,
            Way::Sent(sent) => sent.publish(last).await,
        };
        let written = Written {
            key: self.target.to_string(),
            bytes: self.bytes,
            sha256: hex::encode(self.hash.finalize()),
        };
        if let Err(error) = published
            && !is_there(&self.blobs, &written).await
        {
            return Err(error);
        }
        crash_point("K15");
        Ok(written)
    }

    async fn flush(&mut self) -> Result<(), BlobError> {
        let part = self.gathered.split().freeze();
        self.gathered.reserve(self.way.part());
        match &mut self.way {
            Way::Staged(staged) => staged.part(part).await,
            Way::Sent(sent) => sent.part(part).await,
        }
    }
}

/// Whether exactly these bytes are stored: read in full, which is rare.
async fn is_there(blobs: &Blobs, written: &Written) -> bool {
    let there = blobs.digest(&written.key, written.bytes).await;
    there.is_ok_and(|sha256| sha256.as_deref() == Some(written.sha256.as_str()))
}
