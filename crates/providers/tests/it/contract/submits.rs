//! What an answer to the paid request means, and the lack of one: only what is documented as refused
//! before any work is a refusal, and nothing that may have been bought is called anything but unknown.

use framewright_providers::SubmitError;
use serde_json::{Value, json};

use crate::fixture::{Fixture, Means};
use crate::fixtures;
use crate::stage::Stage;

async fn refused(stage: &Stage<'_>, fault: Value) -> SubmitError {
    let provider = stage.provider();
    stage.fault(&fault);
    let said = stage.buy(&*provider, 0).await;
    said.expect_err("the fault hits the submit")
}

#[tokio::test]
async fn the_vendors_refusals_mean_what_its_documents_say() {
    for fixture in &fixtures::all() {
        let stage = Stage::of(fixture).await;
        for said in &fixture.answers {
            let (status, body) = (said.status, &said.body);
            let fault = json!({"on": "submit", "do": "answer", "status": status, "body": body});
            let error = refused(&stage, fault).await;
            let kind = fixture.kind;
            assert_eq!(
                Means::of(&error),
                said.means,
                "{kind}, {status} {body}: {error:?}"
            );
        }
        assert_eq!(stage.sold(), 0);
    }
}

#[tokio::test]
async fn a_status_that_is_not_documented_as_a_refusal_is_unknown() {
    for fixture in &fixtures::all() {
        let stage = Stage::of(fixture).await;
        for status in 300..=599 {
            let body = talkative(fixture);
            let fault = json!({"on": "submit", "do": "answer", "status": status, "body": body});
            let error = refused(&stage, fault).await;
            let unknown = Means::of(&error) == Means::Unknown;
            let definite = fixture.definite.contains(&status);
            assert_ne!(unknown, definite, "{}, {status}: {error:?}", fixture.kind);
            let told = format!("{error:?}");
            assert!(
                !told.contains(fixture.key),
                "{}, {status}: {told}",
                fixture.kind
            );
        }
    }
}

/// What a vendor that repeats the key in its answer may say.
fn talkative(fixture: &Fixture) -> Value {
    let text = format!("the key {} is not for this", fixture.key);
    json!({"error": text, "message": text, "detail": text, "msg": text})
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_unknown() {
    for fixture in &fixtures::all() {
        let stage = Stage::of(fixture).await;
        for act in ["garbage", "no_id", "drop_after_purchase"] {
            let bought = stage.sold();
            let error = refused(&stage, json!({"on": "submit", "do": act})).await;
            let kind = fixture.kind;
            assert_eq!(
                Means::of(&error),
                Means::Unknown,
                "{kind}, {act}: {error:?}"
            );
            let buys =
                usize::from(bought == 0 || fixture.class > framewright_core::attempt::Class::B);
            assert_eq!(stage.sold(), bought + buys, "{kind}, {act}: it was bought");
        }
        let error = refused(&stage, json!({"on": "submit", "do": "drop_before"})).await;
        assert_eq!(
            Means::of(&error),
            Means::Unknown,
            "{}: {error:?}",
            fixture.kind
        );
    }
}

#[tokio::test]
async fn a_connection_that_never_was_is_the_only_request_that_was_not_sent() {
    for fixture in &fixtures::all() {
        let stage = Stage::of(fixture).await;
        let case = &fixture.cases[0];
        let prepared = stage
            .prepare(&*stage.provider(), case)
            .await
            .expect("it is prepared");
        let nobody = stage.unreachable();
        let said = stage.submit(&*nobody, case, &prepared, 0).await;
        let error = said.expect_err("nobody listens");
        assert_eq!(
            Means::of(&error),
            Means::NotSent,
            "{}: {error:?}",
            fixture.kind
        );
    }
}
