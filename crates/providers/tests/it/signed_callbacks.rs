//! fal and Replicate sign what they post: the doubles' own posts are judged, good, stale, by another
//! key and tampered with, and a good one names the job that was bought.

use framewright_core::clock::Millis;
use framewright_doubles::double::Callback;
use framewright_providers::{Inbound, Provider, Verdict};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::json;

use crate::fixture::Fixture;
use crate::stage::{Stage, key};

fn fixture(kind: &str) -> Fixture {
    let all = crate::fixtures::all().into_iter();
    let found = all.into_iter().find(|fixture| fixture.kind == kind);
    found.expect("the registry has it")
}

fn headers(callback: &Callback) -> HeaderMap {
    let pairs = callback.headers.iter().map(|(name, value)| {
        let name: HeaderName = name.parse().expect("a name");
        (name, HeaderValue::from_str(value).expect("a value"))
    });
    pairs.collect()
}

/// The doubles date their posts by the machine's clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the doubles are processes of their own time"
)]
fn now() -> Millis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let millis = since.expect("after 1970").as_millis();
    Millis::try_from(millis).expect("before the end of time")
}

async fn judged(provider: &dyn Provider, callback: &Callback, prepared: &str) -> Verdict {
    let keys = provider.signing_keys(key(provider)).await;
    let keys = keys.expect("they are published").expect("there are some");
    let now = now();
    provider.callback(&Inbound {
        headers: &headers(callback),
        body: callback.body.as_bytes(),
        now,
        key: key(provider),
        signing_keys: Some(&keys),
        prepared,
    })
}

#[tokio::test]
async fn a_post_counts_only_where_the_vendor_signed_it_and_then_names_the_job() {
    for kind in ["fal", "replicate"] {
        let fixture = fixture(kind);
        let stage = Stage::of(&fixture).await;
        let mut table = stage.settings(stage.base_url(), fixture.key);
        if kind == "fal" {
            let keys = format!("{}/.well-known/jwks.json", stage.base_url());
            table.insert("signing_keys_url".into(), keys.into());
        }
        let provider = stage.make("mine", &table).expect("the settings are right");
        let case = &fixture.cases[0];
        let prepared = stage.prepare(&*provider, case).await.expect("prepared");
        let taken = stage.submit(&*provider, case, &prepared, 0).await;
        let job = taken.expect("it is taken").job;
        for (signature, accepted) in [("", true), ("stale", false), ("wrong", false)] {
            stage.script(json!({"knobs": {"signature": signature}}));
            let post = stage.post(if kind == "fal" {
                "COMPLETED"
            } else {
                "succeeded"
            });
            let verdict = judged(&*provider, &post, &prepared.text).await;
            assert_eq!(verdict.accepted, accepted, "{kind} {signature}");
            assert_eq!(
                verdict.names,
                accepted.then(|| job.clone()),
                "{kind} {signature}"
            );
            let tampered = Callback {
                body: format!("{} ", post.body),
                ..post
            };
            let verdict = judged(&*provider, &tampered, &prepared.text).await;
            assert_eq!(verdict, Verdict::default(), "{kind} {signature}, tampered");
        }
    }
}
