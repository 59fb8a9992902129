//! What a bucket does wrong and how that ends: nothing half stored, nothing stored twice, and a word
//! that the operator can act on. Run by `scripts/s3`, which names a bucket.

use std::time::Duration;

use framewright_store::{BlobError, Blobs, BucketOptions, Written, scratch};
use futures_util::TryStreamExt as _;

use crate::proxy::{Fault, Proxy};

/// More than a part.
const LARGE: usize = 6_000_000;

/// A bucket behind a proxy, and a machine's directory.
struct Behind {
    proxy: Proxy,
    options: BucketOptions,
    blobs: Blobs,
    dir: tempfile::TempDir,
}

impl Behind {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let mut options = scratch::bucket(dir.path()).expect("scripts/s3 names a bucket");
        let proxy = Proxy::before(options.endpoint.as_ref().expect("an endpoint"));
        options.endpoint = Some(proxy.url.clone());
        let blobs = Blobs::bucket(&options, &dir.path().join("copies")).expect("it opens");
        Self {
            proxy,
            options,
            blobs,
            dir,
        }
    }

    async fn put(&self, size: usize) -> Result<Written, BlobError> {
        let mut writer = self.blobs.create("a/x").await?;
        writer.write(&vec![1; size]).await?;
        writer.finish().await
    }

    async fn is_whole(&self, size: usize) -> bool {
        let read = self.blobs.read("a/x", None).await.expect("there");
        let parts: Vec<_> = read.try_collect().await.expect("read");
        parts.concat() == vec![1; size]
    }
}

#[tokio::test]
#[ignore = "asks a bucket: scripts/s3"]
async fn a_bucket_that_wants_rest_is_asked_again_and_then_left_to_later() {
    let behind = Behind::new();
    behind.proxy.fault("PUT", Fault::Says(503, "SlowDown"), 2);
    behind.put(10).await.expect("it takes it at last");
    assert!(behind.is_whole(10).await);

    behind.blobs.delete("a/x").await.expect("removed");
    behind
        .proxy
        .fault("PUT", Fault::Says(503, "SlowDown"), usize::MAX);
    let left = behind.put(10).await.expect_err("it never does");
    assert!(
        matches!(&left, BlobError::Away(why) if why == "SlowDown"),
        "{left}"
    );
    let seen = behind.blobs.read("a/x", None).await.map(drop);
    assert!(matches!(seen, Err(BlobError::Missing(_))));

    behind.proxy.fault("PUT", Fault::Says(503, "SlowDown"), 0);
    behind.put(10).await.expect("the same key later");
}

#[tokio::test]
#[ignore = "asks a bucket: scripts/s3"]
async fn a_lost_answer_to_a_put_is_found_to_have_been_a_yes() {
    // Of a small one the request itself, of a large one that which ends it.
    for (size, asked) in [(10, "PUT"), (LARGE, "POST")] {
        let behind = Behind::new();
        let mut writer = behind.blobs.create("a/x").await.expect("a writer");
        writer.write(&vec![1; size]).await.expect("written");
        behind.proxy.fault(asked, Fault::Loses, 1);
        let written = writer.finish().await.expect("it is there");
        assert_eq!(written.bytes, size as u64);
        assert!(behind.is_whole(size).await, "{asked}");
    }
}

#[tokio::test]
#[ignore = "asks a bucket: scripts/s3"]
async fn a_refusal_says_what_the_operator_can_do() {
    let behind = Behind::new();
    for (code, advice) in [
        ("AccessDenied", "policy"),
        ("RequestTimeTooSkewed", "clocks"),
        ("SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY"),
    ] {
        behind.proxy.fault("PUT", Fault::Says(403, code), 1);
        let refused = behind.put(10).await.expect_err(code);
        assert!(matches!(refused, BlobError::Refused(_)), "{refused}");
        let text = refused.to_string();
        assert!(text.contains(code) && text.contains(advice), "{text}");
        assert!(!text.contains("testing"), "a credential: {text}");
    }
    let there = behind.blobs.read("a/x", None).await.map(drop);
    assert!(matches!(there, Err(BlobError::Missing(_))));
}

#[tokio::test]
#[ignore = "asks a bucket: scripts/s3"]
async fn a_bucket_that_is_not_there_is_told_from_a_blob_that_is_not() {
    let behind = Behind::new();
    let elsewhere = behind.dir.path().join("elsewhere");
    let mut options = behind.options.clone();
    options.bucket = "no-such-bucket".to_owned();
    let blobs = Blobs::bucket(&options, &elsewhere).expect("it opens");
    let refused = blobs.check().await.expect_err("no such bucket");
    assert!(refused.to_string().contains("NoSuchBucket"), "{refused}");

    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let nobody = format!("http://{}", port.local_addr().expect("bound"));
    drop(port);
    options.endpoint = Some(nobody.parse().expect("a URL"));
    let blobs = Blobs::bucket(&options, &elsewhere).expect("it opens");
    let away = blobs.check().await.expect_err("nobody listens");
    assert!(matches!(away, BlobError::Away(_)), "{away}");
}

#[tokio::test]
#[ignore = "asks a bucket: scripts/s3"]
async fn parts_leave_as_they_fill_and_what_is_dropped_is_aborted() {
    let behind = Behind::new();
    let mut writer = behind.blobs.create("a/x").await.expect("a writer");
    writer.write(&vec![1; LARGE]).await.expect("written");
    let sent = behind.proxy.count(&["PUT", "partNumber=1"]);
    assert_eq!(sent, 1, "the first part is gone before the blob is whole");
    drop(writer);
    behind.proxy.seen(&["DELETE", "uploadId="]).await;
    let listed: Vec<_> = behind.blobs.list("").try_collect().await.expect("listed");
    assert_eq!(listed, []);
}

#[tokio::test]
#[ignore = "asks a bucket: scripts/s3"]
async fn a_link_is_signed_for_the_public_endpoint_with_the_type_in_it() {
    let mut behind = Behind::new();
    let public = "https://videos.example.com".parse().expect("a URL");
    behind.options.public_endpoint = Some(public);
    let copies = behind.dir.path().join("copies");
    let blobs = Blobs::bucket(&behind.options, &copies).expect("it opens");
    let lasts = Duration::from_secs(900);
    let link = blobs.link("a/x", "video/mp4", "inline", lasts).await;
    let link = link.expect("signed").expect("a bucket has links");
    assert_eq!(link.host_str(), Some("videos.example.com"));
    let path = format!("/{}/{}/a/x", behind.options.bucket, behind.options.prefix);
    assert_eq!(link.path(), path);
    let pairs: Vec<_> = link.query_pairs().collect();
    for (name, value) in [
        ("X-Amz-Expires", "900"),
        ("response-content-type", "video/mp4"),
        ("response-content-disposition", "inline"),
    ] {
        assert!(
            pairs.contains(&(name.into(), value.into())),
            "{name}: {link}"
        );
    }
    assert_eq!(behind.proxy.count(&[""]), 0, "signing asks nobody");
}
