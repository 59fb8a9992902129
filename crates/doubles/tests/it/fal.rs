//! What fal's double does that a naive one would not.

use serde_json::{Value, json};

use crate::client::{alone, client, read};

const TEXT: &str = "/fal-ai/kling-video/v2.5-turbo/pro/text-to-video";

#[tokio::test]
async fn a_bad_input_is_bought_and_its_result_is_the_models_own_error() {
    let (doubles, _dir) = alone("fal").await;
    let at = |path: &str| format!("{}{path}", doubles.url("fal"));
    let send = |request: reqwest::RequestBuilder| request.header("authorization", "Key id:secret");
    let bad = json!({"prompt": "a cat", "duration": 5});
    let (status, made) = read(send(client().post(at(TEXT)).json(&bad))).await;
    assert_eq!((status, &made["status"]), (200, &json!("IN_QUEUE")));
    assert_eq!(doubles.purchases("fal").len(), 1);
    let url = |name: &str| made[name].as_str().expect("an address").to_owned();
    let (status, shown) = read(send(client().get(url("status_url")))).await;
    assert_eq!((status, &shown["error"]), (200, &json!("Invalid input")));
    let (status, result) = read(send(client().get(url("response_url")))).await;
    assert_eq!(status, 422);
    assert_eq!(result["detail"][0]["loc"], json!(["body", "duration"]));
}

#[tokio::test]
async fn a_request_is_known_under_its_own_application_and_another_endpoint_is_none() {
    let (doubles, _dir) = alone("fal").await;
    let at = |path: &str| format!("{}{path}", doubles.url("fal"));
    let send = async |request: reqwest::RequestBuilder| -> (u16, Value) {
        read(request.header("authorization", "Key id:secret")).await
    };
    let good = json!({"prompt": "a cat", "duration": "5"});
    let (_, made) = send(client().post(at(TEXT)).json(&good)).await;
    let id = made["request_id"].as_str().expect("an id");
    let elsewhere = at(&format!("/wan/v2.6/requests/{id}/status"));
    assert_eq!(send(client().get(elsewhere)).await.0, 404);
    let early = made["response_url"].as_str().expect("an address");
    assert_eq!(send(client().get(early)).await.0, 400);
    assert_eq!(
        send(client().post(at("/fal-ai/nothing")).json(&good))
            .await
            .0,
        404
    );
    assert_eq!(doubles.purchases("fal").len(), 1);
}
