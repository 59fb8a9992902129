//! What only Runway does: inputs too large for a body go to its own storage first, and a deleted task
//! is a 404.

use framewright_core::spec::{Mode, Role};
use framewright_doubles::script::Step;
use framewright_providers::{Observation, Order, PrepareError, Wanted};
use serde_json::{Value, json};

use crate::fixture::{Fixture, spec};
use crate::stage::{Stage, key, shelve};

/// A data URI of this many bytes is above 5 MB.
const LARGE: usize = 3_800_000;

fn fixture() -> Fixture {
    let found = crate::fixtures::all()
        .into_iter()
        .find(|fixture| fixture.kind == "runway");
    found.expect("the registry has it")
}

async fn prepare_large(stage: &Stage<'_>) -> Result<String, PrepareError> {
    let provider = stage.provider();
    let spec = spec("runway", Mode::Video, "gen3a_turbo", "in winter");
    let bytes = vec![7; LARGE];
    let input = shelve(stage.shelf(), Role::Video, "video/mp4", &bytes, (1280, 720));
    let wanted = Wanted {
        spec: &spec,
        upstream_model: "",
        parent_ms: None,
    };
    let plan = provider.supports(&wanted).expect("it makes that");
    let order = Order {
        spec: &spec,
        slots: &[0],
        upstream_model: &plan.upstream_model,
        inputs: &[input],
        parent: None,
    };
    let prepared = provider.prepare(&order, key(&*provider)).await?;
    Ok(prepared.text)
}

#[tokio::test]
async fn a_large_input_is_uploaded_without_the_key_and_named_in_the_request() {
    let fixture = fixture();
    let stage = Stage::of(&fixture).await;
    let text = prepare_large(&stage).await.expect("it is prepared");
    let draft: Value = serde_json::from_str(&text).expect("it is JSON");
    let uri = draft["body"]["videoUri"].as_str().expect("a URI");
    assert!(uri.starts_with("runway://"), "{uri}");
    let requests = stage.requests();
    let [slot, file] = &requests[..] else {
        panic!("{} requests", requests.len());
    };
    assert_eq!(
        slot.body,
        json!({"filename": "video.mp4", "type": "ephemeral"})
    );
    assert_eq!(slot.step, Step::Other);
    assert_eq!(file.header("authorization"), None);
    assert_eq!(file.status, Some(204));
}

#[tokio::test]
async fn an_upload_that_fails_is_tried_later_and_one_that_is_refused_is_not() {
    let fixture = fixture();
    let stage = Stage::of(&fixture).await;
    for (path, status, later) in [
        ("/v1/uploads", 502, true),
        ("/v1/uploads", 400, false),
        ("/v1/uploads", 401, false),
        ("/v1/uploads", 429, true),
        ("/uploads/", 503, true),
        ("/uploads/", 400, false),
    ] {
        stage.fault(&json!({"path": path, "do": "answer", "status": status}));
        let error = prepare_large(&stage).await.expect_err("it fails");
        let is_later = matches!(error, PrepareError::Later(_));
        assert_eq!(is_later, later, "{path} {status}: {error}");
    }
    assert_eq!(stage.sold(), 0);
}

#[tokio::test]
async fn a_404_that_is_not_runways_own_says_nothing_about_the_job() {
    let fixture = fixture();
    let stage = Stage::of(&fixture).await;
    let provider = stage.provider();
    let job = [stage.buy(&*provider, 0).await.expect("it is taken").job];
    for (body, gone) in [
        (json!("<html>not here</html>"), false),
        (json!({"error": "no"}), true),
    ] {
        stage.answer(404, &body);
        let seen = provider.poll(&job, key(&*provider)).await;
        assert_eq!(
            matches!(seen[..], [Ok(Observation::Gone)]),
            gone,
            "{seen:?}"
        );
    }
}
