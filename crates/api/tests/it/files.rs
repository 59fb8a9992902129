//! `/files/…`: links that open, links that do not, and parts of a file.

use std::time::Duration;

use axum::body::Body;
use framewright_api::ApiSettings;
use framewright_core::id::TaskId;
use http::{Method, Request};

use crate::stage::{Answer, EXPIRES, KEY, START, Stage};
use crate::wire::{MP4, finish, imagine, kling};

/// A finished task and the path and query of its first link.
async fn finished(stage: &Stage) -> (TaskId, String) {
    let id = stage
        .submit("/kling-imagine", &kling(&serde_json::json!({})))
        .await;
    finish(stage, &id, 1, 5_000).await;
    let body = stage.fetch(&id).await.json();
    let url = body["video_url"]
        .as_str()
        .expect("it is finished")
        .to_owned();
    let path = url
        .strip_prefix("http://video.example")
        .expect("links have the request's host");
    (id, path.to_owned())
}

async fn get(stage: &Stage, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "other.example");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    stage
        .send(request.body(Body::empty()).expect("the request is valid"))
        .await
}

#[tokio::test]
async fn a_link_opens_its_file_whole_in_part_and_by_head() {
    let stage = Stage::new().await;
    let (_, link) = finished(&stage).await;
    let whole = get(&stage, Method::GET, &link, &[]).await;
    assert_eq!((whole.status.as_u16(), &whole.body[..]), (200, MP4));
    assert_eq!(whole.header("content-type"), "video/mp4");
    assert_eq!(whole.header("accept-ranges"), "bytes");
    assert_eq!(whole.header("content-length"), MP4.len().to_string());
    assert!(
        whole
            .header("content-security-policy")
            .starts_with("sandbox")
    );
    assert_eq!(whole.header("etag").len(), 66, "a SHA-256 in quotes");
    let part = get(&stage, Method::GET, &link, &[("range", "bytes=4-7")]).await;
    assert_eq!((part.status.as_u16(), &part.body[..]), (206, &b"ftyp"[..]));
    assert_eq!(
        part.header("content-range"),
        format!("bytes 4-7/{}", MP4.len())
    );
    let head = get(&stage, Method::HEAD, &link, &[("range", "bytes=4-7")]).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), MP4.len().to_string());
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again_and_what_is_not_there_is_refused() {
    let stage = Stage::new().await;
    let (_, link) = finished(&stage).await;
    let tag = get(&stage, Method::HEAD, &link, &[])
        .await
        .header("etag")
        .to_owned();
    let known = get(&stage, Method::GET, &link, &[("if-none-match", &tag)]).await;
    assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));
    let other = [("range", "bytes=4-7"), ("if-range", "\"another\"")];
    assert_eq!(get(&stage, Method::GET, &link, &other).await.status, 200);
    let many = "bytes=0-".to_owned() + &",0-".repeat(1_000);
    for range in ["bytes=9999-", &many] {
        let refused = get(&stage, Method::GET, &link, &[("range", range)]).await;
        assert_eq!(refused.status, 416);
        assert_eq!(
            refused.header("content-range"),
            format!("bytes */{}", MP4.len())
        );
    }
}

#[tokio::test]
async fn a_bent_link_opens_nothing() {
    let stage = Stage::new().await;
    let (id, link) = finished(&stage).await;
    let four = stage.submit("/imagine-video", &imagine()).await;
    finish(&stage, &four, 4, 5_000).await;
    let (path, query) = link.split_once('?').expect("a link has a query");
    let exp = format!("exp={}", EXPIRES / 1_000);
    assert!(query.contains(&exp), "{query}");
    let bent = [
        path.to_owned(),
        format!("{path}?{}", query.replace(&exp, "exp=9223372036854775808")),
        format!("{path}?{}", query.replace(&exp, "exp=9999999999")),
        format!("{path}?{}", query.replace(&exp, "")),
        format!("{path}?{query}&{exp}"),
        format!("{path}?{}", query.replace("kid=", "kid=x")),
        format!("{path}?{}", &query[..query.len() - 1]),
        format!("/files/{four}/1.mp4?{query}"),
        format!("/files/{id}/2.mp4?{query}"),
        format!("/files/{id}/../{id}/1.mp4?{query}"),
        format!("/files/{id}/1.MP4?{query}"),
        format!("/files/uploads/{id}.mp4?{query}"),
    ];
    for link in bent {
        let answer = get(&stage, Method::GET, &link, &[]).await;
        assert!(
            matches!(answer.status.as_u16(), 403 | 404),
            "{link}: {}",
            answer.status
        );
    }
    let swapped: Vec<&str> = query.rsplit('&').collect();
    let swapped = format!("{path}?{}", swapped.join("&"));
    assert_eq!(
        get(&stage, Method::GET, &swapped, &[]).await.status,
        200,
        "order does not matter"
    );
}

#[tokio::test]
async fn a_deleted_or_expired_file_is_gone_at_once() {
    let stage = Stage::new().await;
    let (id, link) = finished(&stage).await;
    let path = format!("/tasks/{id}");
    let deleted = Request::delete(&path)
        .header("authorization", KEY)
        .body(Body::empty());
    assert_eq!(stage.send(deleted.expect("it is valid")).await.status, 200);
    assert_eq!(get(&stage, Method::GET, &link, &[]).await.status, 404);
    let refused = stage.fetch(&id).await;
    let unknown = TaskId::parse("29e983ca-7e86-4017-a9e3-ef6fe9cd5f2a").expect("it is an id");
    assert_eq!(
        refused.body,
        stage.fetch(&unknown).await.body,
        "byte for byte as if never there"
    );
    let (_, link) = finished(&stage).await;
    stage.clock.advance(EXPIRES - START);
    assert_eq!(get(&stage, Method::GET, &link, &[]).await.status, 404);
}

#[tokio::test]
async fn the_same_task_has_the_same_bytes_an_hour_later_and_through_another_host() {
    let stage = Stage::new().await;
    let (id, _) = finished(&stage).await;
    let first = stage.fetch(&id).await.body;
    stage.clock.advance(3_600_000);
    let body = format!("{{\"task_id\":\"{id}\"}}");
    let request = Request::post("/fetch")
        .header("authorization", KEY)
        .header("host", "b.example");
    let answer = stage
        .send(request.body(Body::from(body)).expect("it is valid"))
        .await;
    assert_eq!(answer.body, first);
    let task = stage.stored(&id).await;
    let links = stage.store.links();
    assert_eq!(
        framewright_api::render(&task, links, START),
        first,
        "and a webhook has them too"
    );
}

#[tokio::test]
async fn a_link_leads_on_to_a_bucket_and_is_answered_where_there_is_none() {
    let stage = Stage::with(ApiSettings {
        redirect_files: true,
        ..ApiSettings::default()
    })
    .await;
    let (_, link) = finished(&stage).await;
    let answer = get(&stage, Method::GET, &link, &[]).await;
    if stage
        .blobs
        .link("a", "b", "c", Duration::from_secs(1))
        .await
        .expect("asked")
        .is_none()
    {
        assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, MP4));
    } else {
        assert_eq!((answer.status.as_u16(), answer.body.len()), (302, 0));
        assert!(answer.header("location").contains("X-Amz-Signature="));
        assert_eq!(answer.header("cache-control"), "private, no-store");
    }
    let forged = link.replace("sig=", "sig=0");
    assert_eq!(get(&stage, Method::GET, &forged, &[]).await.status, 403);
}
