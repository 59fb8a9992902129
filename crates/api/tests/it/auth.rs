//! Keys beyond the bad-input cases: what is remembered, for how long, and how often one may ask.

use axum::body::Body;
use framewright_api::{ApiSettings, Rate};
use framewright_store::{NewKey, Scopes};
use http::Request;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::stage::{Answer, KEY, Stage};
use crate::wire::kling;

async fn account(stage: &Stage, name: &str, value: &str) -> Answer {
    let request = Request::get("/account").header(name, value);
    stage
        .send(request.body(Body::empty()).expect("it is valid"))
        .await
}

#[tokio::test]
async fn a_key_opens_in_each_of_its_three_places() {
    let stage = Stage::new().await;
    for (name, value) in [
        ("authorization", KEY.to_owned()),
        ("authorization", format!("BEARER {KEY}")),
        ("x-api-key", KEY.to_owned()),
    ] {
        assert_eq!(
            account(&stage, name, &value).await.status,
            200,
            "{name}: {value}"
        );
    }
}

#[tokio::test]
async fn a_revoked_key_and_a_suspended_account_are_noticed_within_two_seconds() {
    let stage = Stage::new().await;
    assert_eq!(account(&stage, "authorization", KEY).await.status, 200);
    let suspend = |on| stage.store.set_suspended(&stage.account, on);
    suspend(true).await.expect("the store can be written");
    assert_eq!(
        account(&stage, "authorization", KEY).await.status,
        200,
        "still remembered"
    );
    stage.clock.advance(2_000);
    assert_eq!(account(&stage, "authorization", KEY).await.status, 401);
    suspend(false).await.expect("the store can be written");
    assert_eq!(
        account(&stage, "authorization", KEY).await.status,
        200,
        "no refusal is remembered"
    );
    stage
        .store
        .revoke_key(&stage.key.id)
        .await
        .expect("the store can be written");
    stage.clock.advance(2_000);
    let answer = account(&stage, "authorization", KEY).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (401, "{}"));
}

#[tokio::test]
async fn guessing_is_slowed_down_and_known_keys_are_not() {
    let settings = ApiSettings {
        failed_auth_rate: Rate {
            burst: 3,
            per_second: 1,
        },
        ..ApiSettings::default()
    };
    let stage = Stage::with(settings).await;
    assert_eq!(account(&stage, "authorization", KEY).await.status, 200);
    let guess = |n: usize| format!("a-guess-of-some-length-{n}");
    for n in 0..2 {
        assert_eq!(
            account(&stage, "authorization", &guess(n)).await.status,
            401
        );
    }
    let refused = account(&stage, "authorization", &guess(2)).await;
    assert_eq!(
        (refused.status.as_u16(), refused.header("retry-after")),
        (429, "1")
    );
    stage.clock.advance(900);
    assert_eq!(
        account(&stage, "authorization", &guess(3)).await.status,
        429
    );
    assert_eq!(account(&stage, "authorization", KEY).await.status, 200);
    stage.clock.advance(100);
    assert_eq!(
        account(&stage, "authorization", &guess(4)).await.status,
        401
    );
}

#[tokio::test]
async fn a_key_that_asks_too_often_is_told_when_to_come_back() {
    let settings = ApiSettings {
        key_rate: Some(Rate {
            burst: 2,
            per_second: 1,
        }),
        ..ApiSettings::default()
    };
    let stage = Stage::with(settings).await;
    for expected in [200, 200, 429] {
        assert_eq!(
            account(&stage, "authorization", KEY).await.status.as_u16(),
            expected
        );
    }
    stage.clock.advance(1_000);
    assert_eq!(account(&stage, "authorization", KEY).await.status, 200);
}

#[tokio::test]
async fn a_key_does_only_what_its_scopes_say() {
    let stage = Stage::new().await;
    let new = NewKey {
        account: stage.account.clone(),
        label: "reads only".to_owned(),
        scopes: Scopes {
            submit: false,
            fetch: true,
            admin: false,
        },
    };
    let (_, key) = stage
        .store
        .create_key(&new)
        .await
        .expect("the store can be written");
    let send = |path: &str, body: String| {
        let request = Request::post(path).header("authorization", key.expose_secret());
        let request = request
            .header("host", "video.example")
            .body(Body::from(body));
        stage.send(request.expect("it is valid"))
    };
    let id = stage.submit("/kling-imagine", &kling(&json!({}))).await;
    let ask = json!({ "task_id": id.as_str() }).to_string();
    assert_eq!(send("/fetch", ask.clone()).await.status, 200);
    assert_eq!(send("/cancel", ask).await.status, 403);
    assert_eq!(
        send("/kling-imagine", kling(&json!({})).to_string())
            .await
            .status,
        403
    );
    assert_eq!(stage.count().await, 1);
}
