//! What APIFRAME's adapter does beyond the contract: keys that are honoured, lists that are refused,
//! media that are too large, extends, and signed posts.

use framewright_core::attempt::{Class, UpstreamJob};
use framewright_core::spec::Role;
use framewright_providers::{
    Inbound, Observation, Order, Provider, ProviderKey, SubmitError, Verdict,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::fixture::{Case, Fixture, Means};
use crate::fixtures::apiframe::{first, second};
use crate::stage::{LINKS, Stage, key, shelve};

/// Buys the first case twice under one key, then another case under the same key.
async fn under_one_key(stage: &Stage<'_>) {
    let provider = stage.provider();
    let job = stage.buy(&*provider, 0).await.expect("it is taken").job;
    let again = stage.buy(&*provider, 0).await.expect("it is taken").job;
    assert_eq!(job, again);
    let other = &stage.fixture.cases[2];
    let prepared = stage.prepare(&*provider, other).await;
    let prepared = prepared.expect("it is prepared");
    let said = stage.submit(&*provider, other, &prepared, 0).await;
    let error = said.expect_err("the key was used");
    assert_eq!(Means::of(&error), Means::Unknown, "{error:?}");
    assert_eq!(stage.sold(), 1);
    assert_eq!(
        stage.requests().last().and_then(|request| request.status),
        Some(409)
    );
}

#[tokio::test]
async fn under_one_key_the_second_api_sells_once_and_never_another_body() {
    under_one_key(&Stage::of(&second()).await).await;
}

#[tokio::test]
async fn another_server_of_the_first_api_that_honours_keys_is_bought_from_once() {
    let fixture = Fixture {
        settings: "idempotent = true",
        ..first()
    };
    let stage = Stage::of(&fixture).await;
    assert_eq!(stage.provider().class(), Class::A);
    stage.script(json!({"knobs": {"idempotent": true}}));
    under_one_key(&stage).await;
}

#[tokio::test]
async fn one_bad_id_in_a_list_does_not_hide_the_others() {
    let fixture = first();
    let stage = Stage::of(&fixture).await;
    let provider = stage.provider();
    stage.script(json!({"knobs": {"most_ids": 1}, "sequence": ["finished"]}));
    let job = stage.buy(&*provider, 0).await.expect("it is taken").job;
    let jobs = [UpstreamJob("nobody's".into()), job];
    let seen = provider.poll(&jobs, key(&*provider)).await;
    assert!(matches!(seen[0], Ok(Observation::Gone)), "{seen:?}");
    let Ok(Observation::Done { outputs, .. }) = &seen[1] else {
        panic!("{seen:?}");
    };
    assert_eq!(outputs.len(), 4);
}

#[tokio::test]
async fn an_image_too_large_for_the_upload_goes_by_link_and_a_small_one_does_not() {
    let fixture = first();
    let stage = Stage::of(&fixture).await;
    let provider = stage.provider();
    for (bytes, linked) in [(2_000_001, true), (2_000_000, false)] {
        let file = vec![0; bytes];
        let input = shelve(stage.shelf(), Role::Start, "image/png", &file, (2, 2));
        let prepared = prepare(&*provider, &fixture.cases[0], &input).await;
        let prepared: Value = serde_json::from_str(&prepared).expect("it is a draft");
        let url = prepared["body"]["image_url"].as_str().unwrap_or_default();
        assert_eq!(url.starts_with(LINKS), linked, "{url}");
    }
}

async fn prepare(
    provider: &dyn Provider,
    case: &Case,
    input: &framewright_core::task::Input,
) -> String {
    let order = Order {
        spec: &case.spec,
        slots: &[0, 1, 2, 3],
        upstream_model: "midjourney",
        inputs: std::slice::from_ref(input),
        parent: None,
    };
    let prepared = provider.prepare(&order, key(provider)).await;
    prepared.expect("it is prepared").text
}

#[tokio::test]
async fn an_extend_of_an_output_that_is_not_there_is_refused_in_the_upstreams_words() {
    let fixture = first();
    let stage = Stage::of(&fixture).await;
    let provider = stage.provider();
    stage.buy(&*provider, 0).await.expect("it is taken");
    let extend = || first().cases.swap_remove(1);
    let (job, _) = extend().parent.expect("it continues one");
    for (parent, says) in [
        ((job, 7), "index must be one of"),
        (("nobody's", 0), "no such task"),
    ] {
        let case = Case {
            parent: Some(parent),
            ..extend()
        };
        let prepared = stage
            .prepare(&*provider, &case)
            .await
            .expect("it is prepared");
        let said = stage.submit(&*provider, &case, &prepared, 1).await;
        let Err(SubmitError::Rejected(failure)) = said else {
            panic!("{said:?}");
        };
        assert!(failure.public.contains(says), "{failure:?}");
    }
    assert_eq!(stage.sold(), 1);
}

#[tokio::test]
async fn a_post_of_the_second_api_names_a_job_only_where_its_signature_is_right() {
    let fixture = second();
    let stage = Stage::of(&fixture).await;
    let provider = stage.provider();
    let (body, right) = signed(&key(&*provider).clone());
    let wrong = "sha256=00".to_owned();
    for (signature, names) in [(right, Some(UpstreamJob("j-1".into()))), (wrong, None)] {
        let headers = HeaderMap::from_iter([(
            HeaderName::from_static("x-webhook-signature"),
            HeaderValue::from_str(&signature).expect("it is a header"),
        )]);
        let verdict = provider.callback(&Inbound {
            headers: &headers,
            body: body.as_bytes(),
            now: 0,
            key: key(&*provider),
            signing_keys: None,
            prepared: "",
        });
        let accepted = names.is_some();
        assert_eq!(verdict, Verdict { accepted, names });
    }
}

/// A body and its signature, made as the vendor makes it.
fn signed(key: &ProviderKey) -> (String, String) {
    use hmac::{Hmac, KeyInit, Mac};
    use secrecy::ExposeSecret;
    use sha2::{Digest, Sha256};
    let body = json!({"event": "completed", "jobId": "j-1", "status": "COMPLETED"}).to_string();
    let key = Sha256::digest(key.secret.expose_secret());
    let mac = Hmac::<Sha256>::new_from_slice(&key).expect("any length is a key");
    let tag = mac.chain_update(&body).finalize().into_bytes();
    (body, format!("sha256={}", hex::encode(tag)))
}

#[tokio::test]
async fn the_setting_version_names_one_of_two() {
    let fixture = first();
    let stage = Stage::of(&fixture).await;
    let mut table = stage.settings(stage.base_url(), fixture.key);
    for wrong in [toml::Value::from("v3"), toml::Value::from(1)] {
        table.insert("version".into(), wrong);
        let error = stage.make("mine", &table).err().expect("refused");
        assert!(error.to_string().contains("\"v1\" or \"v2\""), "{error}");
    }
}
