//! What every answer has, whatever was asked: headers, shapes, and what is said of nothing.

use axum::body::Body;
use framewright_api::{ApiSettings, Price};
use framewright_core::spec::{Mode, Role};
use framewright_core::task::Need;
use http::{Method, Request};
use serde_json::json;

use crate::stage::{Stage, with_key};
use crate::wire::{IMAGE, finish, imagine, kling, run};

#[tokio::test]
async fn every_answer_has_an_id_of_its_own_and_keeps_out_of_caches() {
    let stage = Stage::new().await;
    let mut ids = Vec::new();
    for path in [
        "/health",
        "/nothing",
        "/account",
        "/files/x/1.mp4",
        "/tasks/%ff",
    ] {
        let answer = stage
            .send(Request::get(path).body(Body::empty()).expect("valid"))
            .await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("content-type"), "application/json", "{path}");
        ids.push(answer.header("x-request-id").to_owned());
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), ids.contains(&String::new())), (5, false));
}

#[tokio::test]
async fn a_404_says_what_there_is_and_of_images_that_video_is_made() {
    let stage = Stage::new().await;
    let answer = stage.get("/nothing").await;
    assert_eq!(answer.status, 404);
    assert!(
        answer.messages()[0].contains("POST /imagine-video"),
        "{}",
        answer.text()
    );
    let answer = stage.post("/reroll", &json!({})).await;
    assert!(
        answer.messages()[0].contains("makes video, not images"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn a_draining_server_takes_nothing_new_and_still_answers_polls() {
    let stage = Stage::new().await;
    let id = stage.submit("/kling-imagine", &kling(&json!({}))).await;
    stage.drain.cancel();
    let answer = stage.post("/kling-imagine", &kling(&json!({}))).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (503, "{}"));
    assert_ne!(answer.header("retry-after"), "");
    assert_eq!(stage.fetch(&id).await.status, 200);
    let answer = stage.get("/ready").await;
    assert_eq!(
        (answer.status.as_u16(), answer.json()["ready"].as_bool()),
        (503, Some(false))
    );
    assert_eq!(stage.get("/health").await.status, 200);
}

#[tokio::test]
async fn a_request_becomes_the_spec_that_the_pages_and_the_defaults_say() {
    let stage = Stage::new().await;
    let id = stage.submit("/runway-imagine", &json!({
        "prompt": "a cat", "generation_type": "video2video", "duration": "10", "flip": true,
        "video_url": "https://assets.example.com/v.mp4", "image_url": IMAGE, "aspect_ratio": "1:1"
    })).await;
    let task = stage.stored(&id).await;
    assert_eq!(
        (task.spec.mode, task.spec.duration_s, task.spec.flip),
        (Mode::Video, 10, true)
    );
    assert_eq!(
        (task.spec.model.as_str(), task.spec.aspect),
        ("gen3a_turbo", None)
    );
    let roles: Vec<Role> = task.spec.inputs.iter().map(|input| input.role).collect();
    assert_eq!((roles, task.need), (vec![Role::Video], Need::Inputs));
    assert_eq!(
        (task.lane.as_str(), task.base_url.as_str()),
        ("preview", "http://video.example")
    );

    let id = stage
        .submit("/kling-imagine", &kling(&json!({ "mode": "pro" })))
        .await;
    let task = stage.stored(&id).await;
    assert_eq!(
        (task.spec.model.as_str(), task.need),
        ("kling-v1-5", Need::Permit)
    );
    assert_eq!(
        task.spec.aspect.map(|aspect| (aspect.width, aspect.height)),
        Some((16, 9))
    );
    assert_eq!(stage.hurries.load(std::sync::atomic::Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_extend_needs_a_finished_parent_with_that_many_videos_that_may_grow() {
    let stage = Stage::new().await;
    let parent = stage.submit("/imagine-video", &imagine()).await;
    let extend = |index: u8| {
        json!({
            "parent_task_id": parent.as_str(), "index": index, "prompt": "on"
        })
    };
    run(&stage, &parent, 10).await;
    let refused = stage.post("/imagine-video-extend", &extend(1)).await;
    assert!(
        refused.messages()[0].contains("not finished yet"),
        "{}",
        refused.text()
    );
    finish(&stage, &parent, 2, 17_000).await;
    let refused = stage.post("/imagine-video-extend", &extend(3)).await;
    assert!(
        refused.messages()[0].contains("has 2 videos"),
        "{}",
        refused.text()
    );
    let child = stage.submit("/imagine-video-extend", &extend(2)).await;
    assert_eq!(stage.stored(&child).await.spec.mode, Mode::Extend);
    finish(&stage, &child, 4, 21_000).await;
    let longest = json!({ "parent_task_id": child.as_str(), "index": "1", "prompt": "on" });
    let refused = stage.post("/imagine-video-extend", &longest).await;
    assert!(refused.messages()[0].contains("21"), "{}", refused.text());
}

#[tokio::test]
async fn what_nobody_can_make_is_refused_at_once() {
    let settings = ApiSettings {
        models: [("kling-video".to_owned(), vec!["unroutable".to_owned()])].into(),
        ..ApiSettings::default()
    };
    let stage = Stage::with(settings).await;
    let answer = stage
        .post("/kling-imagine", &kling(&json!({ "model": "unroutable" })))
        .await;
    assert_eq!(answer.status, 400);
    assert!(
        answer.messages()[0].contains("no provider"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn credits_and_caps_are_refused_before_a_task_is_made() {
    let price = Price {
        task_type: "kling-video".to_owned(),
        model: None,
        base: 10,
        per_second: 2,
    };
    let settings = ApiSettings {
        prices: vec![price],
        account_cap: 2,
        ..ApiSettings::default()
    };
    let stage = Stage::with(settings).await;
    let limit = |credits| stage.store.set_credit_limit(&stage.account, credits);
    limit(Some(19)).await.expect("the store can be written");
    let answer = stage.post("/kling-imagine", &kling(&json!({}))).await;
    assert_eq!(answer.status, 402);
    assert_eq!(
        answer.messages(),
        ["insufficient credits: this task needs 20, the account has 19"]
    );
    limit(None).await.expect("the store can be written");
    for _ in 0..2 {
        stage.submit("/kling-imagine", &kling(&json!({}))).await;
    }
    let answer = stage.post("/kling-imagine", &kling(&json!({}))).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("retry-after")),
        (429, "5")
    );
    assert_eq!(stage.count().await, 2);
}

#[tokio::test]
async fn the_price_of_a_route_wins_over_the_price_list() {
    let list = Price {
        task_type: "kling-video".to_owned(),
        model: None,
        base: 10,
        per_second: 2,
    };
    let settings = ApiSettings {
        prices: vec![list],
        models: [("kling-video".to_owned(), vec!["priced".to_owned()])].into(),
        ..ApiSettings::default()
    };
    let stage = Stage::with(settings).await;
    for (model, price) in [("priced", 7), ("kling-v1-6", 20)] {
        let id = stage
            .submit("/kling-imagine", &kling(&json!({ "model": model })))
            .await;
        assert_eq!(stage.stored(&id).await.price, price, "{model}");
    }
}

#[tokio::test]
async fn a_callback_is_handed_on_and_its_answer_given_back() {
    let stage = Stage::new().await;
    for (path, status) in [("/callbacks/fal/known", 200), ("/callbacks/fal/other", 404)] {
        let request = Request::post(path).body(Body::from("{}")).expect("valid");
        assert_eq!(stage.send(request).await.status.as_u16(), status, "{path}");
    }
}

#[tokio::test]
async fn a_webhook_to_this_server_itself_is_refused_by_name_too() {
    let settings = ApiSettings {
        public_url: Some("https://video.example.net/v".to_owned()),
        ..ApiSettings::default()
    };
    let stage = Stage::with(settings).await;
    let body = kling(&json!({ "webhook_url": "https://video.example.net/kling-imagine" }));
    let answer = stage.post("/kling-imagine", &body).await;
    assert_eq!(
        answer.messages(),
        ["webhook_url must not be a URL of this server itself"]
    );
}

#[tokio::test]
async fn operations_answer_without_a_key() {
    let stage = Stage::new().await;
    for path in ["/health", "/ready", "/metrics", "/openapi.json"] {
        let request = Request::get(path).body(Body::empty()).expect("valid");
        assert_eq!(stage.send(request).await.status, 200, "{path}");
    }
    assert_eq!(
        stage
            .send(with_key(Method::HEAD, "/health", ""))
            .await
            .body
            .len(),
        0
    );
}

#[tokio::test]
async fn the_bodies_of_the_pages_samples_get_their_200_as_printed() {
    let stage = Stage::new().await;
    let image = json!({
        "prompt": "a cat dancing", "image_url": "https://............xxx.png",
        "webhook_url": "https://........", "webhook_secret": "abc123"
    });
    // The extend page's samples post to /imagine-video, with fields that it does not have.
    let mut extend = image.clone();
    extend["parent_task_id"] = json!("29e983ca-7e86-4887-a9e3-ef6fe9cd5f2a");
    extend["index"] = json!("1");
    let runway = json!({
        "prompt": "A colossal mech suit towering over a futuristic cityscape.",
        "generation_type": "text2video",
        "webhook_url": "https://........", "webhook_secret": "abc123"
    });
    for (path, body) in [
        ("/imagine-video", image),
        ("/imagine-video", extend),
        ("/runway-imagine", runway),
    ] {
        assert!(stage.document().takes(path, &body), "{path}");
        let id = stage.submit(path, &body).await;
        assert!(stage.stored(&id).await.spec.parent.is_none());
    }
}
