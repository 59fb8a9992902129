//! Blob storage that works in the thread of its caller: in memory, and beside that as files, since the
//! prober of videos reads files. What is stored outlives every node.

use std::path::PathBuf;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt as _, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// The shelf; a blob appears below `root` when it gets its name.
#[derive(Debug)]
pub struct Shelf {
    memory: InMemory,
    root: PathBuf,
}

impl Shelf {
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        let memory = InMemory::new();
        Self { memory, root }
    }

    async fn lay_out(&self, place: &Path) -> Result<()> {
        let bytes = self.memory.get(place).await?.bytes().await?;
        let file = self.root.join(place.as_ref());
        let folder = file.parent().map(std::fs::create_dir_all).transpose();
        let laid = folder.and_then(|_| std::fs::write(&file, bytes));
        laid.map_err(|error| object_store::Error::Generic {
            store: "shelf",
            source: Box::new(error),
        })
    }
}

impl std::fmt::Display for Shelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "shelf at {}", self.root.display())
    }
}

#[async_trait]
impl ObjectStore for Shelf {
    async fn put_opts(
        &self,
        place: &Path,
        bytes: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        self.memory.put_opts(place, bytes, options).await
    }

    async fn put_multipart_opts(
        &self,
        place: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.memory.put_multipart_opts(place, options).await
    }

    async fn get_opts(&self, place: &Path, options: GetOptions) -> Result<GetResult> {
        self.memory.get_opts(place, options).await
    }

    fn delete_stream(
        &self,
        places: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.memory.delete_stream(places)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.memory.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.memory.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.memory.copy_opts(from, to, options).await?;
        self.lay_out(to).await
    }
}
