//! URLs that point back at us: a client chains tasks by naming an upload or a result of ours, and
//! those are read from storage instead of being fetched through the network. Which URLs they are, and
//! whether their signature holds, is decided by whoever makes the links.

use async_trait::async_trait;
use framewright_core::clock::Millis;
use framewright_core::id::AccountId;
use framewright_store::StoreError;

/// A stored file that one of our URLs names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnFile {
    /// Name in blob storage.
    pub blob: String,
    /// Lower-case hex.
    pub sha256: String,
    pub bytes: u64,
}

/// Why one of our URLs gives nothing.
#[derive(Debug, thiserror::Error)]
pub enum OwnUrlError {
    /// Expired, bent, or its file is gone. A clause for the client that can follow the field's name.
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads URLs of our own.
#[async_trait]
pub trait OwnUrls: Send + Sync {
    /// The file behind a URL, or none where the URL is not ours.
    ///
    /// # Errors
    /// [`OwnUrlError`] where it is ours and gives nothing.
    async fn find(
        &self,
        account: &AccountId,
        url: &str,
        now: Millis,
    ) -> Result<Option<OwnFile>, OwnUrlError>;
}
