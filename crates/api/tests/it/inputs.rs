//! `/files/inputs/…`: what an upstream that takes nothing but URLs fetches.

use axum::body::Body;
use framewright_api::input_link;
use framewright_core::clock::DAY;
use framewright_core::id::TaskId;
use framewright_core::spec::Role;
use framewright_core::task::Input;
use http::{Method, Request};

use crate::stage::{Answer, KEY, START, Stage};
use crate::wire::{finish, imagine};

const BASE: &str = "https://public.example";
const PICTURE: &[u8] = b"\x89PNG and so on";

/// A task with an input of these bytes, and the path and query of the link to it.
async fn with_input(stage: &Stage, blob: &str, mime: &str) -> (TaskId, String) {
    let id = stage.submit("/imagine-video", &imagine()).await;
    let written = stage.store_video(blob, PICTURE).await;
    let input = Input {
        role: Role::Start,
        blob: blob.to_owned(),
        sha256: written.sha256,
        bytes: written.bytes,
        mime: mime.to_owned(),
        width: 2,
        height: 2,
    };
    stage.work(&id, |work| work.inputs.push(input)).await;
    (id, link(stage, blob))
}

fn link(stage: &Stage, blob: &str) -> String {
    let link = input_link(stage.store.links(), BASE, blob, START).expect("it has an owner");
    let path = link.strip_prefix(BASE).expect("it is at the public URL");
    path.to_owned()
}

async fn get(stage: &Stage, method: Method, path: &str, range: Option<&str>) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(range) = range {
        request = request.header("range", range);
    }
    let request = request.body(Body::empty());
    stage.send(request.expect("the request is valid")).await
}

#[tokio::test]
async fn fetched_uploaded_and_continued_inputs_open_whole_in_part_and_by_head() {
    let stage = Stage::new().await;
    let account = stage.account.clone();
    for (name, mime) in [
        ("task/input-start-1-0", "image/png"),
        ("uploads/29e983ca", "audio/wav"),
        ("task/attempt-0-1.mp4", "video/mp4"),
    ] {
        let (_, link) = with_input(&stage, &format!("{account}/{name}"), mime).await;
        let whole = get(&stage, Method::GET, &link, None).await;
        assert_eq!((whole.status.as_u16(), &whole.body[..]), (200, PICTURE));
        assert_eq!(whole.header("content-type"), mime);
        let part = get(&stage, Method::GET, &link, Some("bytes=1-3")).await;
        assert_eq!((part.status.as_u16(), &part.body[..]), (206, &b"PNG"[..]));
        let head = get(&stage, Method::HEAD, &link, None).await;
        assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
        assert_eq!(head.header("content-length"), PICTURE.len().to_string());
    }
}

#[tokio::test]
async fn a_link_to_an_input_lasts_a_day_and_no_longer() {
    let stage = Stage::new().await;
    let blob = format!("{}/task/input-start-1-0", stage.account);
    let (_, link) = with_input(&stage, &blob, "image/png").await;
    stage.clock.advance(DAY - 1);
    assert_eq!(get(&stage, Method::GET, &link, None).await.status, 200);
    stage.clock.advance(1);
    assert_eq!(get(&stage, Method::GET, &link, None).await.status, 403);
}

#[tokio::test]
async fn a_blob_that_is_no_input_is_not_there_however_well_its_link_is_signed() {
    let stage = Stage::new().await;
    let account = stage.account.clone();
    let blob = format!("{account}/task/attempt-0-1.mp4");
    stage.store_video(&blob, PICTURE).await;
    for name in [
        blob,
        format!("{account}/../{account}/x"),
        format!("{account}/"),
    ] {
        let answer = get(&stage, Method::GET, &link(&stage, &name), None).await;
        assert_eq!(answer.status, 404, "{name}");
    }
    for path in ["/files/inputs/!", "/files/inputs/_w", "/files/inputs/YWJj"] {
        assert_eq!(get(&stage, Method::GET, path, None).await.status, 404);
    }
}

#[tokio::test]
async fn a_bent_link_to_an_input_opens_nothing_and_a_deleted_task_takes_its_input_along() {
    let stage = Stage::new().await;
    let account = stage.account.clone();
    let (id, link) = with_input(&stage, &format!("{account}/a/input"), "image/png").await;
    let (_, other) = with_input(&stage, &format!("{account}/b/input"), "image/png").await;
    let (path, _) = link.split_once('?').expect("a link has a query");
    let (_, query) = other.split_once('?').expect("a link has a query");
    for bent in [path.to_owned(), format!("{path}?{query}")] {
        assert_eq!(get(&stage, Method::GET, &bent, None).await.status, 403);
    }
    finish(&stage, &id, 4, 5_000).await;
    let delete = Request::delete(format!("/tasks/{id}")).header("authorization", KEY);
    let delete = delete.body(Body::empty()).expect("it is valid");
    assert_eq!(stage.send(delete).await.status, 200);
    assert_eq!(get(&stage, Method::GET, &link, None).await.status, 404);
    assert_eq!(get(&stage, Method::GET, &other, None).await.status, 200);
}
