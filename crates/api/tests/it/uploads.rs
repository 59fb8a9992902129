//! `/upload` and `/upload-audio`: forms as clients really send them, and what is not one.

use axum::body::Body;
use http::{Method, Request};
use serde_json::json;

use crate::stage::{Answer, KEY, Stage};
use crate::wire::kling;

const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\x02\x00\x00\x00\x02\x08\x02\x00\x00\x00";
const WAV: &[u8] = b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00";

fn form(field: &str, file: &[u8]) -> Vec<u8> {
    let mut body = format!(
        "--b0undary\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n--b0undary\r\n\
         Content-Disposition: form-data; name=\"{field}\"; filename=\"../a.png\"\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--b0undary--\r\n");
    body
}

async fn send(stage: &Stage, path: &str, kind: &str, body: Vec<u8>) -> Answer {
    let request = Request::post(path)
        .header("host", "video.example")
        .header("authorization", KEY)
        .header("content-type", kind)
        .body(Body::from(body));
    stage.send(request.expect("the request is valid")).await
}

const HONEST: &str = "multipart/form-data; boundary=b0undary";

#[tokio::test]
async fn an_upload_is_kept_and_its_link_opens_it() {
    let stage = Stage::new().await;
    for (path, field, kind, file, answer_field, mime) in [
        ("/upload", "image", HONEST, PNG, "imageURL", "image/png"),
        ("/upload", "files", HONEST, PNG, "imageURL", "image/png"),
        (
            "/upload",
            "image",
            "application/json",
            PNG,
            "imageURL",
            "image/png",
        ),
        (
            "/upload-audio",
            "audio",
            HONEST,
            WAV,
            "audioURL",
            "audio/wav",
        ),
    ] {
        let answer = send(&stage, path, kind, form(field, file)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let url = answer.json()[answer_field]
            .as_str()
            .expect("there is a link")
            .to_owned();
        let link = url
            .strip_prefix("http://video.example/files/uploads/")
            .expect("it is ours");
        let request = Request::get(format!("/files/uploads/{link}")).body(Body::empty());
        let served = stage.send(request.expect("the link is valid")).await;
        assert_eq!((served.status.as_u16(), &served.body[..]), (200, file));
        assert_eq!(served.header("content-type"), mime);
        assert_eq!(served.header("content-disposition"), "attachment");
    }
}

#[tokio::test]
async fn what_is_no_file_of_its_kind_leaves_nothing_behind() {
    use futures_util::TryStreamExt;
    let stage = Stage::new().await;
    let cap = framewright_api::ApiSettings::default().upload_cap;
    let cases = [
        ("/upload", HONEST, form("picture", PNG), "image is required"),
        ("/upload", HONEST, form("image", WAV), "image is"),
        (
            "/upload",
            HONEST,
            form("image", b"<svg onload=alert(1)>"),
            "image is",
        ),
        (
            "/upload",
            HONEST,
            form("image", b""),
            "image is an empty file",
        ),
        ("/upload-audio", HONEST, form("audio", PNG), "audio is"),
        ("/upload", "image/png", PNG.to_vec(), "image is required"),
        (
            "/upload",
            HONEST,
            form("image", PNG)[..150].to_vec(),
            "cannot be read",
        ),
        (
            "/upload",
            HONEST,
            form("image", &vec![b'x'; cap + 1]),
            "at most",
        ),
    ];
    for (path, kind, body, said) in cases {
        let answer = send(&stage, path, kind, body).await;
        assert_eq!(answer.status, 400, "{said}: {}", answer.text());
        assert!(
            answer.messages()[0].contains(said),
            "{said}: {}",
            answer.text()
        );
    }
    let kept: Vec<_> = stage
        .blobs
        .list("")
        .try_collect()
        .await
        .expect("blobs can be listed");
    assert_eq!(kept, Vec::new());
}

#[tokio::test]
async fn a_link_of_ours_is_an_input_on_any_host_for_its_own_account_only() {
    let stage = Stage::new().await;
    let answer = send(&stage, "/upload", HONEST, form("image", PNG)).await;
    let url = answer.json()["imageURL"]
        .as_str()
        .expect("there is a link")
        .to_owned();
    let here = url.replace("http://video.example", "http://127.0.0.1:8787");
    let body = kling(&json!({ "generation_type": "image2video", "image_url": here }));
    stage.submit("/kling-imagine", &body).await;
    let bent = here.replace("sig=", "sig=A");
    let body = kling(&json!({ "generation_type": "image2video", "image_url": bent }));
    let refused = stage.post("/kling-imagine", &body).await;
    assert!(
        refused.messages()[0].contains("signed for your account"),
        "{}",
        refused.text()
    );
    crate::stage::account_with_key(&stage.store, "other", "the-key-of-another-account").await;
    let body = kling(&json!({ "generation_type": "image2video", "image_url": here }));
    let request = Request::builder()
        .method(Method::POST)
        .uri("/kling-imagine")
        .header("host", "video.example")
        .header("authorization", "the-key-of-another-account")
        .body(Body::from(body.to_string()));
    assert_eq!(stage.send(request.expect("it is valid")).await.status, 400);
}
