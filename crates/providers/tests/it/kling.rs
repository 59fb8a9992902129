//! What only Kling does: a lost purchase is found by our id, a second one of it is refused, access
//! keys sign tokens, one query looks at many jobs, and a callback may be signed.

use framewright_core::attempt::UpstreamJob;
use framewright_doubles::script::Step;
use framewright_providers::{Found, Inbound, PollError, Provider, Sent, SubmitError, Verdict};
use http::{HeaderMap, HeaderValue};
use serde_json::json;

use crate::fixture::Fixture;
use crate::stage::{SUBMIT_KEY, Stage, key};

const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// Both wires.
fn wires() -> Vec<Fixture> {
    let all = crate::fixtures::all().into_iter();
    all.filter(|fixture| fixture.kind == "kling").collect()
}

fn legacy() -> Fixture {
    let mut wires = wires().into_iter();
    let found = wires.find(|fixture| fixture.settings.is_empty());
    found.expect("the default wire has a fixture")
}

fn sent(submit_key: &str) -> Sent<'_> {
    Sent {
        submit_key,
        upstream_model: "",
        body_hash: "",
        first_sent_at: 0,
    }
}

#[tokio::test]
async fn a_lost_purchase_is_found_by_our_id_and_never_made_again() {
    for fixture in &wires() {
        let stage = Stage::of(fixture).await;
        let provider = stage.provider();
        let key = key(&*provider);
        for (n, case) in fixture.cases.iter().enumerate() {
            let n = n as u8;
            let submit_key = format!("{}{n}", &SUBMIT_KEY[..SUBMIT_KEY.len() - 1]);
            let sent = sent(&submit_key);
            assert_eq!(provider.find(&sent, key).await, Ok(Found::None));
            stage.fault(&json!({"on": "submit", "do": "drop_after_purchase"}));
            let prepared = stage.prepare(&*provider, case).await;
            let prepared = prepared.expect("it is prepared");
            for _ in 0..2 {
                let lost = stage.submit(&*provider, case, &prepared, n).await;
                assert!(matches!(lost, Err(SubmitError::Unknown { .. })), "{lost:?}");
            }
            let Ok(Found::One(job)) = provider.find(&sent, key).await else {
                panic!("{} is not found", case.name);
            };
            assert!(job.0.ends_with(&stage.bought_job()), "{job:?}");
            let seen = provider.poll(&[job], key).await;
            assert!(matches!(seen[..], [Ok(_)]), "{seen:?}");
        }
        assert_eq!(stage.sold(), fixture.cases.len());
    }
}

#[tokio::test]
async fn a_query_without_an_answer_finds_nothing_out() {
    for fixture in &wires() {
        let stage = Stage::of(fixture).await;
        let provider = stage.provider();
        for status in [401, 429, 500] {
            stage.answer(status, &json!({"code": 1, "message": "no"}));
            let found = provider.find(&sent(SUBMIT_KEY), key(&*provider)).await;
            assert!(found.is_err(), "{status}: {found:?}");
        }
    }
}

#[tokio::test]
async fn one_query_looks_at_all_jobs_of_the_new_wire() {
    for fixture in &wires() {
        let stage = Stage::of(fixture).await;
        let provider = stage.provider();
        let mut jobs = Vec::new();
        for n in 0..3 {
            jobs.push(stage.buy(&*provider, n).await.expect("it is taken").job);
        }
        provider.poll(&jobs, key(&*provider)).await;
        let requests = stage.requests();
        let polls = requests.iter().filter(|request| request.step == Step::Poll);
        let new = !fixture.settings.is_empty();
        assert_eq!(polls.count(), if new { 1 } else { 3 });
        assert_eq!(provider.pace().batch, if new { 20 } else { 1 });
    }
}

#[tokio::test]
async fn an_access_key_signs_tokens_that_the_vendor_takes() {
    let fixture = Fixture {
        key: "test-ak:test-sk",
        ..legacy()
    };
    let stage = Stage::of(&fixture).await;
    let knobs = |now_s: i64, secret: &str| {
        stage.script(json!({"knobs": {"now_s": now_s, "access_keys": {"test-ak": secret}}}));
    };
    // The clock of the stage stands at this second.
    let now_s = 1_800_000_000;
    let provider = stage.provider();
    knobs(now_s, "test-sk");
    assert!(stage.buy(&*provider, 0).await.is_ok());
    let key = key(&*provider);
    for (at, secret) in [
        (now_s, "another"),
        (now_s - 6, "test-sk"),
        (now_s + 1_801, "test-sk"),
    ] {
        knobs(at, secret);
        let refused = stage.buy(&*provider, 1).await;
        let unauthorized = matches!(refused, Err(SubmitError::Unauthorized { .. }));
        assert!(unauthorized, "{at}, {secret}: {refused:?}");
        let looked = provider.check(key).await;
        assert_eq!(looked, Err(PollError::Unauthorized), "{at}, {secret}");
    }
    assert_eq!(stage.sold(), 1);
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_at_the_start() {
    let fixture = legacy();
    let stage = Stage::of(&fixture).await;
    let refused = |key: &str, setting: &str, value: &str| {
        let mut table = stage.settings(stage.base_url(), key);
        table.insert(setting.into(), value.into());
        let made = stage.make("mine", &table);
        made.err().expect("refused").to_string()
    };
    assert!(refused("ak:sk", "wire", "new").contains("API keys only"));
    assert!(refused("k", "wire", "old").contains("legacy"));
    assert!(refused("k", "webhook_secret", "whsec_?").contains("webhook_secret"));
}

fn judged(provider: &dyn Provider, prepared: &str, body: &str, signature: &str) -> Verdict {
    let mut headers = HeaderMap::new();
    let mut put = |name, value: &str| {
        headers.insert(name, HeaderValue::from_str(value).expect("it is ASCII"));
    };
    put("webhook-id", "msg_1");
    put("webhook-timestamp", "1762000000");
    put("webhook-signature", signature);
    provider.callback(&Inbound {
        headers: &headers,
        body: body.as_bytes(),
        now: 1_762_000_000_000,
        key: key(provider),
        signing_keys: None,
        prepared,
    })
}

#[tokio::test]
async fn a_callback_names_its_job_only_where_it_is_signed() {
    let signature = "v1,7mSFA6aE+FfPKKpwbt9OssadERuugD/kdCDrd1rLbvs=";
    let body = r#"{"id":"1","status":"succeeded"}"#;
    for (fixture, named) in wires().iter().zip(["text2video/1", "1"]) {
        let stage = Stage::of(fixture).await;
        let plain = stage.provider();
        let mut table = stage.settings(stage.base_url(), fixture.key);
        table.insert("webhook_secret".into(), SECRET.into());
        let signed = stage.make("mine", &table).expect("the settings are right");
        let prepared = stage.prepare(&*plain, &fixture.cases[0]).await;
        let prepared = prepared.expect("it is prepared").text;
        let right = judged(&*signed, &prepared, body, signature);
        assert!(right.accepted);
        assert_eq!(right.names, Some(UpstreamJob(named.into())));
        let other = r#"{"id":"2","status":"succeeded"}"#;
        for (body, signature) in [(other, signature), (body, ""), (body, "v1,AAAA")] {
            let wrong = judged(&*signed, &prepared, body, signature);
            assert_eq!(wrong, Verdict::default());
        }
        let unsigned = judged(&*plain, &prepared, body, "");
        assert!(unsigned.accepted && unsigned.names.is_none());
        assert!(!judged(&*plain, &prepared, "no JSON", "").accepted);
        assert!(plain.called_back());
    }
}
