//! Files that clients uploaded: their rows. The bytes are blobs; reading a form is `api`'s.

use framewright_core::clock::Millis;
use framewright_core::id::{AccountId, UploadId};

use crate::db::{Stmt, args};
use crate::error::StoreError;
use crate::rows::Cells;
use crate::store::Store;

/// An uploaded file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadRow {
    pub id: UploadId,
    pub account: AccountId,
    /// Name in blob storage.
    pub blob: String,
    /// From the bytes themselves.
    pub mime: String,
    pub bytes: u64,
    /// Lower-case hex.
    pub sha256: String,
    pub created: Millis,
    /// When it goes: what its link was signed with.
    pub expires: Millis,
}

impl Store {
    /// Keeps an upload whose blob is already stored.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be written.
    pub async fn put_upload(&self, upload: &UploadRow) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO uploads \
            (id, account, blob, mime, bytes, sha256, created, expires) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let args = args![
            &upload.id,
            &upload.account,
            &upload.blob,
            &upload.mime,
            upload.bytes,
            &upload.sha256,
            upload.created,
            upload.expires,
        ];
        self.execute(Stmt::new("upload", SQL, args).rows(1))
            .await
            .map(drop)
    }

    /// An upload that has not expired. Whether the caller may see it is for its link to say.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    pub async fn upload(&self, id: &UploadId) -> Result<Option<UploadRow>, StoreError> {
        const SQL: &str = "SELECT id, account, blob, mime, bytes, sha256, created, expires \
            FROM uploads WHERE id = $1 AND expires > $2";
        let row = self.row(SQL, args![id, self.now()]).await?;
        row.map(|row| {
            let mut cells = Cells::of("uploads", row);
            Ok(UploadRow {
                id: UploadId::stored(cells.text("id")?),
                account: AccountId::stored(cells.text("account")?),
                blob: cells.text("blob")?,
                mime: cells.text("mime")?,
                bytes: cells.number("bytes")?,
                sha256: cells.text("sha256")?,
                created: cells.int("created")?,
                expires: cells.int("expires")?,
            })
        })
        .transpose()
    }
}
