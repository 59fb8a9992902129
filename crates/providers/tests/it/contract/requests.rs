//! What is sent: the vendor's own request for each spec, always the same, with the right credential
//! and nothing of another instance.

use framewright_doubles::script::Step;
use framewright_doubles::world::Recorded;
use framewright_providers::Wanted;

use crate::fixtures;
use crate::stage::{Stage, key};

#[tokio::test]
async fn each_spec_becomes_its_recorded_request() {
    for fixture in &fixtures::all() {
        let stage = Stage::of(fixture).await;
        let provider = stage.provider();
        assert_eq!(provider.class(), fixture.class, "{}", fixture.kind);
        assert_eq!(provider.origin(), stage.base_url(), "{}", fixture.kind);
        for (n, case) in fixture.cases.iter().enumerate() {
            let what = stage.of_case(case);
            let prepared = stage.prepare(&*provider, case).await;
            let prepared = prepared.unwrap_or_else(|error| panic!("{what}: {error}"));
            let taken = stage.submit(&*provider, case, &prepared, n as u8).await;
            assert!(taken.is_ok(), "{what}: {taken:?}");
            let sent = stage.newest(Step::Submit);
            assert_eq!(sent.path, case.path, "{what}");
            assert_eq!(sent.body, case.body, "{what}: {:#}", sent.body);
            assert_eq!(stage.sold(), n + 1, "{what}: one request is one purchase");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_made_is_refused_with_a_reason_and_without_a_request() {
    for fixture in &fixtures::all() {
        let stage = Stage::of(fixture).await;
        let provider = stage.provider();
        for refused in &fixture.refused {
            let wanted = Wanted {
                spec: &refused.spec,
                upstream_model: refused.upstream_model,
                parent_ms: None,
            };
            let first = provider.supports(&wanted);
            let refusal = first.clone().expect_err(refused.says).public;
            let kind = fixture.kind;
            assert!(
                refusal.contains(refused.says),
                "{kind}: {refusal} / {}",
                refused.says
            );
            assert_eq!(
                provider.supports(&wanted),
                first,
                "{kind}: supports is pure"
            );
        }
        assert!(stage.requests().is_empty(), "{}", fixture.kind);
    }
}

#[tokio::test]
async fn preparing_and_sending_again_gives_the_same_bytes() {
    for fixture in &fixtures::all() {
        let stage = Stage::of(fixture).await;
        let provider = stage.provider();
        for case in &fixture.cases {
            let what = stage.of_case(case);
            let prepared = stage.prepare(&*provider, case).await;
            assert_eq!(prepared, stage.prepare(&*provider, case).await, "{what}");
            let prepared = prepared.unwrap_or_else(|error| panic!("{what}: {error}"));
            assert!(prepared.text.len() < 32_768, "{what}: media in the text");
            let mut sent = Vec::new();
            for _ in 0..2 {
                // A vendor with a key refuses the second one, or answers with the first: both fit.
                drop(stage.submit(&*provider, case, &prepared, 1).await);
                sent.push(without_credential(stage.newest(Step::Submit)));
            }
            assert_eq!(sent[0], sent[1], "{what}");
        }
    }
}

/// All that may not differ between two sendings, as text: a credential may be signed anew.
fn without_credential(mut request: Recorded) -> String {
    request.headers.remove("authorization");
    request.status = None;
    format!("{request:?}")
}

#[tokio::test]
async fn every_call_carries_the_credential_of_its_own_instance() {
    for fixture in &fixtures::all() {
        let stage = Stage::of(fixture).await;
        for (name, secret) in [("first", fixture.key), ("second", fixture.other_key)] {
            let provider = stage.named(name, secret);
            assert_eq!(provider.name(), name);
            let before = stage.requests().len();
            let n = u8::from(name == "second");
            let taken = stage.buy(&*provider, n).await.expect("it is taken");
            let key = key(&*provider);
            provider.poll(std::slice::from_ref(&taken.job), key).await;
            // Refused where the job is past it: the request is what counts here.
            drop(provider.cancel(&taken.job, key).await);
            drop(provider.check(key).await);
            for request in &stage.requests()[before..] {
                for (header, value) in (fixture.headers)(secret) {
                    let (kind, at) = (fixture.kind, &request.path);
                    assert_eq!(request.header(header), Some(&*value), "{kind}, {at}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_cancel_and_a_check_ask_what_the_vendor_documents() {
    for fixture in &fixtures::all() {
        let stage = Stage::of(fixture).await;
        let provider = stage.provider();
        let key = key(&*provider);
        if let Some(told) = fixture.check {
            let line = provider.check(key).await;
            assert!(
                line.as_ref().is_ok_and(|line| line.contains(told)),
                "{line:?}"
            );
        }
        let Some((method, path)) = fixture.cancel else {
            continue;
        };
        let taken = stage.buy(&*provider, 0).await.expect("it is taken");
        drop(provider.cancel(&taken.job, key).await);
        let asked = stage.newest(Step::Cancel);
        let bought = stage.bought_job();
        assert_eq!(asked.method, method, "{}", fixture.kind);
        assert_eq!(
            asked.path,
            path.replace("{job}", &bought),
            "{}",
            fixture.kind
        );
    }
}

#[tokio::test]
async fn an_unknown_setting_is_refused_by_its_name() {
    for fixture in &fixtures::all() {
        let stage = Stage::of(fixture).await;
        let mut table = stage.settings(stage.base_url(), fixture.key);
        table.insert("no_such_setting".into(), 1.into());
        let error = stage
            .make("mine", &table)
            .err()
            .expect("refused")
            .to_string();
        let told = error.contains("mine") && error.contains("no_such_setting");
        assert!(told, "{}: {error}", fixture.kind);
    }
}
