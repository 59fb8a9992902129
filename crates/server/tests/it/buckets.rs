//! The whole application with its videos in a bucket, which `scripts/s3` names.

use framewright_engine::Drained;
use framewright_outbound::Request;
use framewright_server::config::BlobLinks;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LOCATION, RANGE};
use http::{HeaderValue, Method};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::app::TestApp;

/// A video of a picture that was uploaded: both go through the bucket. Answers its link.
async fn video(app: &TestApp) -> String {
    let body = json!({
        "model": "wan2.6", "duration": 2, "resolution": "720P", "prompt": "a calm lake",
        "image_url": app.upload_picture().await,
    });
    let id = app.submit("/wan-imagine", &body).await;
    let task = app.ended(&id).await;
    assert_eq!(task["status"], "finished", "{task}");
    task["video_url"].as_str().expect("a link").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "asks a bucket: scripts/s3"]
async fn a_video_is_streamed_out_of_the_bucket_with_its_own_tag() {
    let app = TestApp::start().await;
    let link = video(&app).await;
    let whole = app.get(&link).await;
    assert_eq!(whole.status, 200);
    let tag = format!("\"{}\"", hex::encode(Sha256::digest(&whole.body)));
    assert_eq!(whole.headers[ETAG].to_str().expect("text"), tag);
    let part = Request::get(&link[app.base_url.len()..]);
    let part = part.header(RANGE, HeaderValue::from_static("bytes=4-7"));
    let part = app.send(&app.base_url, part).await;
    assert_eq!((part.status.as_u16(), &part.body[..]), (206, &b"ftyp"[..]));
    assert_eq!(app.stop().await, Drained::Whole);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "asks a bucket: scripts/s3"]
async fn a_link_that_leads_on_ends_at_the_same_video() {
    let app = TestApp::with(|config| config.server.blob_links = BlobLinks::Redirect).await;
    let link = video(&app).await;
    assert!(
        link.starts_with(&app.base_url),
        "ours, for as long as it is kept"
    );
    let led = app.get(&link).await;
    assert_eq!(led.status, 302);
    assert_eq!(led.headers[CACHE_CONTROL], "private, no-store");
    let place = led.headers[LOCATION].to_str().expect("text");
    let bucket = url::Url::parse(place).expect("a URL");
    let path = format!("{}?{}", bucket.path(), bucket.query().expect("signed"));
    let part = Request::get(path).header(RANGE, HeaderValue::from_static("bytes=4-7"));
    let part = app.send_without_key(place, part).await;
    assert_eq!((part.status.as_u16(), &part.body[..]), (206, &b"ftyp"[..]));
    assert_eq!(part.headers[CONTENT_TYPE], "video/mp4");
    // A question about it is ours to answer: a signed link is good for GET alone.
    let mut head = Request::get(&link[app.base_url.len()..]);
    head.method = Method::HEAD;
    let head = app.send(&app.base_url, head).await;
    assert_eq!(head.status, 200);
    assert_eq!(head.headers[ETAG].len(), 66, "a SHA-256 in quotes");
    assert_eq!(app.stop().await, Drained::Whole);
}
