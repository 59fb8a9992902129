//! A download that becomes a blob: the bridge between the outbound client and blob storage, with a
//! cap of its own and the crash point in the middle of a download.

use std::io;

use bytes::Bytes;
use framewright_core::crash::crash_point;
use framewright_outbound::Sink;
use framewright_store::{BlobError, BlobWriter, Blobs, Written};

/// Bytes on their way into a blob; nothing is stored unless it is finished.
pub(crate) struct BlobSink {
    writer: BlobWriter,
    room: u64,
}

impl BlobSink {
    /// Begins a blob of at most `cap` bytes under a name that is not taken.
    pub async fn create(blobs: &Blobs, name: &str, cap: u64) -> Result<Self, BlobError> {
        let writer = blobs.create(name).await?;
        Ok(Self { writer, room: cap })
    }

    /// Takes the next piece.
    pub async fn take(&mut self, piece: &[u8]) -> io::Result<()> {
        self.write(Bytes::copy_from_slice(piece)).await
    }

    /// Everything is in: on disk under its name when this returns.
    pub async fn finish(self) -> Result<Written, BlobError> {
        self.writer.finish().await
    }
}

impl Sink for BlobSink {
    async fn write(&mut self, piece: Bytes) -> io::Result<()> {
        let length = piece.len() as u64;
        self.room = self.room.checked_sub(length).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::FileTooLarge,
                "the file is larger than its cap",
            )
        })?;
        self.writer.write(&piece).await.map_err(io::Error::other)?;
        crash_point("K13");
        Ok(())
    }
}
