//! What fal's double does that a naive one would not.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use framewright_doubles::Doubles;
use framewright_doubles::double::Callback;
use framewright_doubles::script::Stage;
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

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

#[tokio::test]
async fn the_end_is_posted_and_signed_with_the_key_that_is_published() {
    let (doubles, _dir) = alone("fal").await;
    let at = |path: &str| format!("{}{path}", doubles.url("fal"));
    let good = json!({"prompt": "a cat", "duration": "5"});
    let hook = at(&format!(
        "{TEXT}?fal_webhook=https%3A%2F%2Fhooks.example.com%2Fa%3Fb"
    ));
    let request = client().post(hook).json(&good);
    let (_, made) = read(request.header("authorization", "Key id:secret")).await;
    let id = made["request_id"].as_str().expect("an id");
    let world = doubles.world("fal");
    let post = world.double().callback.expect("fal calls back");
    let waiting = world.look(id).expect("it is there");
    assert!(post(world, &waiting).is_none());
    world.turn(id, Stage::of("COMPLETED"));
    let view = world.look(id).expect("it is there");
    let (_, published) = read(client().get(at("/.well-known/jwks.json"))).await;
    let verifies = |post: &Callback| {
        let header = |name: &str| post.headers[&format!("x-fal-webhook-{name}")].as_str();
        let digest = hex::encode(Sha256::digest(&post.body));
        let parts = [
            header("request-id"),
            header("user-id"),
            header("timestamp"),
            &digest,
        ];
        let x = published["keys"][0]["x"].as_str().expect("a key");
        let x = URL_SAFE_NO_PAD.decode(x).expect("base64");
        let signature = hex::decode(header("signature")).expect("hex");
        let key = UnparsedPublicKey::new(&ED25519, x);
        key.verify(parts.join("\n").as_bytes(), &signature).is_ok()
    };
    let heard = post(world, &view).expect("a post");
    assert_eq!(heard.url, "https://hooks.example.com/a?b");
    assert!(verifies(&heard));
    for manner in ["wrong", "tampered"] {
        doubles.script("fal", json!({"knobs": {"signature": manner}}));
        assert!(!verifies(&post(world, &view).expect("a post")), "{manner}");
    }
    doubles.script("fal", json!({"reset": true, "knobs": {"rotated": true}}));
    assert!(!verifies(&post(world, &view).expect("a post")));
}

#[tokio::test]
async fn a_request_is_still_its_applications_after_a_restart() {
    let (doubles, dir) = alone("fal").await;
    let send = async |request: reqwest::RequestBuilder| -> (u16, Value) {
        read(request.header("authorization", "Key id:secret")).await
    };
    let good = json!({"prompt": "a cat", "duration": "5"});
    let at = format!("{}{TEXT}", doubles.url("fal"));
    let (_, made) = send(client().post(at).json(&good)).await;
    let id = made["request_id"].as_str().expect("an id");
    drop(doubles);
    let again = Doubles::start(dir.path(), &["fal"]).await;
    let again = again.expect("it starts");
    let path = format!("/fal-ai/kling-video/requests/{id}/status");
    let (status, shown) = send(client().get(format!("{}{path}", again.url("fal")))).await;
    assert_eq!((status, &shown["status"]), (202, &json!("IN_QUEUE")));
}
