//! Blobs: whole or not there, once per name, read by range. Asked of a directory and, where the
//! environment names one, of a bucket.

use framewright_store::{BlobError, Blobs, scratch};
use futures_util::TryStreamExt as _;
use sha2::{Digest, Sha256};

async fn read(blobs: &Blobs, key: &str, range: Option<std::ops::Range<u64>>) -> Vec<u8> {
    let stream = blobs.read(key, range).await.expect("there");
    let parts: Vec<_> = stream.try_collect().await.expect("read");
    parts.concat()
}

fn blobs(dir: &tempfile::TempDir) -> Blobs {
    scratch::blobs(&dir.path().join("blobs"))
}

#[tokio::test]
async fn a_blob_of_several_parts_is_hashed_counted_and_read_by_range() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let blobs = blobs(&dir);
    let bytes: Vec<u8> = (0..12_000_000_u32)
        .map(|number| number.to_le_bytes()[1])
        .collect();
    let mut writer = blobs.create("a/t/x-0-1.mp4").await.expect("a writer");
    for chunk in bytes.chunks(70_001) {
        writer.write(chunk).await.expect("written");
    }
    assert_eq!(writer.len(), 12_000_000);
    let written = writer.finish().await.expect("published");
    assert_eq!(written.bytes, 12_000_000);
    assert_eq!(written.sha256, hex::encode(Sha256::digest(&bytes)));
    assert_eq!(read(&blobs, "a/t/x-0-1.mp4", None).await, bytes);
    let part = read(&blobs, "a/t/x-0-1.mp4", Some(5_242_000..5_243_500)).await;
    assert_eq!(part, bytes[5_242_000..5_243_500]);
    let path = blobs.local_path("a/t/x-0-1.mp4").await.expect("a path");
    assert_eq!(std::fs::read(path).expect("a file"), bytes);
}

#[tokio::test]
async fn a_name_is_given_once_and_the_first_bytes_stay() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let blobs = blobs(&dir);
    let mut first = blobs.create("a/x.bin").await.expect("a writer");
    let mut second = blobs.create("a/x.bin").await.expect("a writer");
    first.write(b"first").await.expect("written");
    second.write(b"second").await.expect("written");
    first.finish().await.expect("published");
    assert!(matches!(second.finish().await, Err(BlobError::Exists(_))));
    assert_eq!(read(&blobs, "a/x.bin", None).await, b"first");
}

#[tokio::test]
async fn an_unfinished_blob_is_never_seen() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let blobs = blobs(&dir);
    let mut writer = blobs.create("a/x.bin").await.expect("a writer");
    writer.write(&vec![1; 2_000_000]).await.expect("written");
    drop(writer);
    assert!(matches!(
        blobs.read("a/x.bin", None).await,
        Err(BlobError::Missing(_))
    ));
    let listed: Vec<_> = blobs.list("").try_collect().await.expect("listed");
    assert_eq!(listed, []);
}

#[tokio::test]
async fn an_empty_blob_is_a_blob() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let blobs = blobs(&dir);
    let writer = blobs.create("a/empty").await.expect("a writer");
    assert!(writer.is_empty());
    assert_eq!(writer.finish().await.expect("published").bytes, 0);
    let listed: Vec<_> = blobs.list("a").try_collect().await.expect("listed");
    assert_eq!((listed.len(), listed[0].bytes), (1, 0));
    blobs.delete("a/empty").await.expect("removed");
    blobs
        .delete("a/empty")
        .await
        .expect("nothing to remove is no error");
    let listed: Vec<_> = blobs.list("").try_collect().await.expect("listed");
    assert_eq!(listed, []);
}

#[tokio::test]
async fn a_missing_blob_and_a_foreign_name_are_told_apart() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let blobs = blobs(&dir);
    assert!(matches!(
        blobs.read("a/none", None).await,
        Err(BlobError::Missing(_))
    ));
    assert!(matches!(
        blobs.local_path("a/none").await,
        Err(BlobError::Missing(_))
    ));
    assert!(matches!(
        blobs.create("../x").await,
        Err(BlobError::Name(_))
    ));
}

#[tokio::test]
async fn the_same_bytes_again_are_found_to_be_there_and_other_bytes_are_refused() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let blobs = blobs(&dir);
    // One is a single request to a bucket, the other is sent in parts.
    for (key, size) in [("a/small", 10), ("a/large", 6_000_000)] {
        let put = async |byte: u8| {
            let mut writer = blobs.create(key).await.expect("a writer");
            writer.write(&vec![byte; size]).await.expect("written");
            writer.finish().await
        };
        let first = put(1).await.expect("published");
        assert_eq!(put(1).await.expect("as good as published"), first);
        assert!(matches!(put(2).await, Err(BlobError::Exists(_))), "{key}");
        assert_eq!(read(&blobs, key, None).await, vec![1; size]);
    }
}

#[tokio::test]
async fn of_a_long_blob_no_more_than_a_part_is_held() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let blobs = blobs(&dir);
    let mut writer = blobs.create("a/long").await.expect("a writer");
    let piece = vec![7; 1 << 20];
    for _ in 0..24 {
        writer.write(&piece).await.expect("written");
        assert!(writer.held() <= 5 << 20);
    }
    assert_eq!(writer.finish().await.expect("published").bytes, 24 << 20);
}

#[tokio::test]
async fn a_file_for_programs_is_the_whole_blob_also_when_this_machine_did_not_write_it() {
    let (here, elsewhere) = (tempfile::tempdir().expect("a directory"), "elsewhere");
    let blobs = blobs(&here);
    let mut writer = blobs.create("a/t/x.mp4").await.expect("a writer");
    writer.write(b"video").await.expect("written");
    writer.finish().await.expect("published");
    let other = match scratch::bucket(&here.path().join("blobs")) {
        Some(bucket) => Blobs::bucket(&bucket, &here.path().join(elsewhere)).expect("opens"),
        None => blobs.clone(),
    };
    for _ in 0..2 {
        let path = other.local_path("a/t/x.mp4").await.expect("a path");
        assert_eq!(std::fs::read(path).expect("a file"), b"video");
    }
    other.delete("a/t/x.mp4").await.expect("removed");
    let gone = other.local_path("a/t/x.mp4").await;
    assert!(matches!(gone, Err(BlobError::Missing(_))));
}

#[tokio::test]
async fn storage_that_works_passes_its_check_and_is_left_as_it_was() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let blobs = blobs(&dir);
    blobs.check().await.expect("it does what it is wanted for");
    let listed: Vec<_> = blobs.list("").try_collect().await.expect("listed");
    assert_eq!(listed, []);
}
