//! Links that lead back to us: a client names one of its uploads or results as the input of its
//! next task, and the bytes are read from storage instead of going out and in again. The link's
//! signature is what opens the file, here as over HTTP, on whatever host name it was given.

use async_trait::async_trait;
use framewright_core::{
    clock::Millis,
    id::{AccountId, TaskId, UploadId},
};
use framewright_engine::{OwnFile, OwnUrlError, OwnUrls};
use framewright_store::{Store, StoreError};
use url::Url;

use crate::config::Config;

/// The reader of our own links.
pub(super) struct Links {
    store: Store,
    prefix: String,
    /// Our own name, where it is configured: a link on it that names nothing is refused instead of
    /// being fetched from ourselves.
    host: Option<String>,
}

/// What the path of a link names.
enum Named {
    Output(TaskId, u8),
    Upload(UploadId),
}

/// A stored file, and whose it is.
struct Stored {
    file: OwnFile,
    owner: AccountId,
}

impl Links {
    pub(super) fn new(store: Store, config: &Config) -> Self {
        let public = config.server.public_url.as_ref();
        Self {
            store,
            prefix: config.server.path_prefix.clone(),
            host: public.and_then(Url::host_str).map(str::to_owned),
        }
    }

    async fn stored(&self, named: &Named) -> Result<Option<Stored>, StoreError> {
        Ok(match named {
            Named::Output(task, position) => {
                self.store
                    .output(task, *position)
                    .await?
                    .map(|found| Stored {
                        file: OwnFile {
                            blob: found.output.blob,
                            sha256: found.output.sha256,
                            bytes: found.output.bytes,
                        },
                        owner: found.account,
                    })
            }
            Named::Upload(id) => self.store.upload(id).await?.map(|row| Stored {
                file: OwnFile {
                    blob: row.blob,
                    sha256: row.sha256,
                    bytes: row.bytes,
                },
                owner: row.account,
            }),
        })
    }
}

#[async_trait]
impl OwnUrls for Links {
    async fn find(
        &self,
        _account: &AccountId,
        url: &str,
        now: Millis,
    ) -> Result<Option<OwnFile>, OwnUrlError> {
        let Ok(url) = Url::parse(url) else {
            return Ok(None);
        };
        let path = url
            .path()
            .strip_prefix(self.prefix.as_str())
            .unwrap_or(url.path());
        let Some(named) = named(path) else {
            return Ok(None);
        };
        let Some(stored) = self.stored(&named).await? else {
            // Another server of this kind has links of the same shape; only ours are refused.
            return match url.host_str() == self.host.as_deref() {
                true => Err(OwnUrlError::Refused(
                    "names no file that is stored here".to_owned(),
                )),
                false => Ok(None),
            };
        };
        let query = url.query().unwrap_or_default();
        let links = self.store.links();
        match links.verify(path, query, &stored.owner, now) {
            Ok(()) => Ok(Some(stored.file)),
            Err(problem) => Err(OwnUrlError::Refused(format!(
                "is of this server, but {problem}"
            ))),
        }
    }
}

/// Reads `/files/{task}/{position}.mp4` and `/files/uploads/{upload}.{extension}`.
fn named(path: &str) -> Option<Named> {
    let (folder, name) = path.strip_prefix("/files/")?.split_once('/')?;
    let (stem, extension) = name.split_once('.')?;
    if folder == "uploads" {
        return UploadId::parse(stem).map(Named::Upload);
    }
    let position = (extension == "mp4").then(|| stem.parse().ok()).flatten()?;
    Some(Named::Output(TaskId::parse(folder)?, position))
}

#[cfg(test)]
mod tests {
    use super::{Named, named};

    const ID: &str = "29e983ca-7e86-4017-a9e3-ef6fe9cd5f2a";

    #[test]
    fn only_the_two_shapes_of_our_paths_name_a_file() {
        let output = format!("/files/{ID}/2.mp4");
        assert!(matches!(named(&output), Some(Named::Output(_, 2))));
        let upload = format!("/files/uploads/{ID}.png");
        assert!(matches!(named(&upload), Some(Named::Upload(_))));
        let others = [
            "/files/x/2.mp4",
            "/files/uploads/x.png",
            "/",
            "/files/uploads/../x.png",
        ];
        for other in others {
            assert!(named(other).is_none(), "{other}");
        }
        assert!(named(&format!("/files/{ID}/2.mov")).is_none());
    }
}
