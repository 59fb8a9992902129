//! What Replicate's double does that a naive one would not.

use framewright_doubles::Doubles;
use serde_json::{Value, json};

use crate::client::{alone, client, read};

const KLING: &str = "/v1/models/kwaivgi/kling-v2.5-turbo-pro/predictions";

#[tokio::test]
async fn a_prediction_is_a_201_and_its_output_may_be_a_list() {
    let (doubles, _dir) = alone("replicate").await;
    doubles.script(
        "replicate",
        json!({"sequence": ["succeeded"], "knobs": {"output": "list"}}),
    );
    let at = format!("{}{KLING}", doubles.url("replicate"));
    let asked = json!({"input": {"prompt": "a cat", "duration": 5}});
    let (status, made) = read(client().post(at).bearer_auth("r8_1").json(&asked)).await;
    assert_eq!((status, &made["version"]), (201, &json!("hidden")));
    let get = made["urls"]["get"].as_str().expect("an address");
    let (_, shown) = read(client().get(get).bearer_auth("r8_1")).await;
    assert!(shown["output"][0].is_string(), "{shown}");
    assert_eq!(shown["model"], "kwaivgi/kling-v2.5-turbo-pro");
}

#[tokio::test]
async fn an_input_that_the_model_has_not_is_refused_and_not_bought() {
    let (doubles, _dir) = alone("replicate").await;
    let submit = async |path: &str, input: Value| {
        let at = format!("{}{path}", doubles.url("replicate"));
        let request = client().post(at).bearer_auth("r8_1");
        read(request.json(&json!({ "input": input }))).await.0
    };
    assert_eq!(submit(KLING, json!({"prompt": ""})).await, 422);
    assert_eq!(
        submit(KLING, json!({"prompt": "a", "duration": "5"})).await,
        422
    );
    let image = "/v1/models/wan-video/wan-2.6-i2v/predictions";
    assert_eq!(submit(image, json!({"prompt": "a"})).await, 422);
    let nobody = "/v1/models/nobody/nothing/predictions";
    assert_eq!(submit(nobody, json!({"prompt": "a"})).await, 404);
    assert!(doubles.purchases("replicate").is_empty());
}

#[tokio::test]
async fn a_prediction_still_names_its_model_after_a_restart() {
    let (doubles, dir) = alone("replicate").await;
    let at = format!("{}{KLING}", doubles.url("replicate"));
    let asked = json!({"input": {"prompt": "a cat", "duration": 5}});
    let (_, made) = read(client().post(at).bearer_auth("r8_1").json(&asked)).await;
    let id = made["id"].as_str().expect("an id");
    drop(doubles);
    let again = Doubles::start(dir.path(), &["replicate"]).await;
    let again = again.expect("it starts");
    let at = format!("{}/v1/predictions/{id}", again.url("replicate"));
    let (_, shown) = read(client().get(at).bearer_auth("r8_1")).await;
    assert_eq!(shown["model"], "kwaivgi/kling-v2.5-turbo-pro");
}
