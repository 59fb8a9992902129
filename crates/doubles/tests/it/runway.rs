//! What Runway's double refuses that a naive one would take, and how its tasks go.

use serde_json::{Value, json};

use crate::client::{asking, bought, client, good, poll, read, runway, submit};

/// The good request with members put over it; null takes one away.
fn with(members: &Value) -> Value {
    let mut body = good();
    for (name, value) in members.as_object().expect("members") {
        body[name] = value.clone();
    }
    body.as_object_mut()
        .expect("an object")
        .retain(|_, value| !value.is_null());
    body
}

#[tokio::test]
async fn a_task_goes_through_runways_own_states_and_ends_with_a_link() {
    let (doubles, _dir) = runway().await;
    let id = bought(&doubles).await;
    let mut seen = Vec::new();
    for _ in 0..6 {
        let (_, task) = poll(&doubles, &id).await;
        assert_eq!(task["id"], id.as_str());
        seen.push((task["status"].clone(), task["progress"].clone()));
    }
    let expected = json!([
        ["PENDING", null],
        ["THROTTLED", null],
        ["RUNNING", 0.1],
        ["RUNNING", 0.42],
        ["RUNNING", 0.9],
        ["SUCCEEDED", null]
    ]);
    assert_eq!(json!(seen), expected);
    let (_, task) = poll(&doubles, &id).await;
    assert!(task["output"][0].is_string() && task["cost"]["credits"] == 25);
}

#[tokio::test]
async fn a_failed_task_shows_the_scripted_code_or_none_and_costs_nothing() {
    let (doubles, _dir) = runway().await;
    let coded = json!({"state": "FAILED", "failure": "no", "failureCode": "SAFETY.INPUT.TEXT"});
    doubles.script("runway", json!({"next": [[coded], ["FAILED"]]}));
    let (_, task) = poll(&doubles, &bought(&doubles).await).await;
    assert_eq!(task["failureCode"], "SAFETY.INPUT.TEXT");
    assert_eq!(task["cost"]["credits"], 0);
    let (_, task) = poll(&doubles, &bought(&doubles).await).await;
    assert!(task["failureCode"].is_null() && task["failure"].is_string());
}

#[tokio::test]
async fn a_deleted_task_cannot_be_asked_for() {
    let (doubles, _dir) = runway().await;
    let path = format!("/v1/tasks/{}", bought(&doubles).await);
    assert_eq!(read(asking(&doubles, "DELETE", &path)).await.0, 204);
    assert_eq!(read(asking(&doubles, "GET", &path)).await.0, 404);
    assert_eq!(read(asking(&doubles, "DELETE", &path)).await.0, 404);
    assert_eq!(doubles.purchases("runway").len(), 1);
}

#[tokio::test]
async fn key_and_version_are_asked_for_on_every_path() {
    let (doubles, _dir) = runway().await;
    let url = format!("{}/v1/organization", doubles.url("runway"));
    let version = "x-runway-version";
    let keyless = client().get(&url).header(version, "2024-11-06");
    assert_eq!(read(keyless).await.0, 401);
    assert_eq!(read(client().get(&url).bearer_auth("k")).await.0, 400);
    let old = client()
        .get(&url)
        .bearer_auth("k")
        .header(version, "2024-09-13");
    assert_eq!(read(old).await.0, 400);
    doubles.script("runway", json!({"knobs": {"keys": ["other"]}}));
    assert_eq!(
        read(asking(&doubles, "GET", "/v1/organization")).await.0,
        401
    );
}

#[tokio::test]
async fn values_that_the_model_does_not_have_are_refused_and_not_bought() {
    let (doubles, _dir) = runway().await;
    for bad in [
        with(&json!({"model": "gen3a_turbo"})),
        with(&json!({"model": null})),
        with(&json!({"ratio": "960:960"})),
        with(&json!({"ratio": null})),
        with(&json!({"duration": 11})),
        with(&json!({"duration": "5"})),
        with(&json!({"duration": null})),
        with(&json!({"promptText": ""})),
        with(&json!({"promptText": "\u{1F600}".repeat(501)})),
        with(&json!({"seed": -1})),
    ] {
        let (status, answer) = submit(&doubles, &bad).await;
        assert_eq!(status, 400, "{bad}");
        assert!(answer["error"].is_string());
    }
    assert!(doubles.purchases("runway").is_empty());
}

#[tokio::test]
async fn gen4_takes_no_end_frame_and_no_address_that_runway_could_not_fetch() {
    let (doubles, _dir) = runway().await;
    let image = |images: Value| with(&json!({"model": "gen4_turbo", "promptImage": images}));
    let submit = async |body: Value| {
        read(asking(&doubles, "POST", "/v1/image_to_video").json(&body))
            .await
            .0
    };
    let last = json!([{"uri": "https://a.example/b.png", "position": "last"}]);
    assert_eq!(submit(image(last.clone())).await, 400);
    assert_eq!(submit(image(json!("http://127.0.0.1/b.png"))).await, 400);
    assert_eq!(
        submit(image(json!("data:image/png;base64,AAAA"))).await,
        200
    );
    let kling = with(&json!({"model": "kling2.5_turbo_pro", "promptImage": last}));
    assert_eq!(submit(kling).await, 200);
}

#[tokio::test]
async fn an_upload_is_known_once_its_file_was_posted() {
    let (doubles, _dir) = runway().await;
    let asked = json!({"filename": "a.png", "type": "ephemeral"});
    let (_, upload) = read(asking(&doubles, "POST", "/v1/uploads").json(&asked)).await;
    let body = with(&json!({"model": "gen4_turbo", "promptImage": upload["runwayUri"]}));
    let submit = async || {
        read(asking(&doubles, "POST", "/v1/image_to_video").json(&body))
            .await
            .0
    };
    assert_eq!(submit().await, 400);
    let key = upload["fields"]["key"]
        .as_str()
        .expect("a field")
        .to_owned();
    let file = reqwest::multipart::Part::bytes(b"png".to_vec()).file_name("a.png");
    let form = reqwest::multipart::Form::new()
        .text("key", key)
        .part("file", file);
    let url = upload["uploadUrl"].as_str().expect("a URL");
    assert_eq!(read(client().post(url).multipart(form)).await.0, 204);
    assert_eq!(submit().await, 200);
}
