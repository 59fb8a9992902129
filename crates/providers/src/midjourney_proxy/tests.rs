//! What is asked for and what is refused, without a service.

use framewright_core::spec::{Mode, Role, Spec, TaskType};
use framewright_core::task::Input;
use serde_json::json;

use super::order::{body, judge};
use crate::provider::Order;

fn spec(prompt: &str) -> Spec {
    Spec {
        prompt: prompt.into(),
        ..Spec::new(TaskType::new("imagine-video"), Mode::Image).with_slots(4)
    }
}

#[test]
fn flags_that_are_this_servers_own_are_refused_and_no_others() {
    for prompt in [
        "a cat --motion high",
        "--video a cat",
        "a cat —bs 1",
        "a cat --END=https://a.example/x.png",
    ] {
        let refusal = judge(&spec(prompt)).expect_err(prompt).public;
        assert!(refusal.contains("prompt must not contain --"), "{refusal}");
    }
    for prompt in ["a cat --raw", "fast--motion", "a cat, in slow motion"] {
        assert_eq!(judge(&spec(prompt)), Ok(()), "{prompt}");
    }
}

#[test]
fn one_job_makes_as_many_videos_as_there_are_slots_to_fill() {
    let input = Input {
        role: Role::Start,
        blob: "b".into(),
        sha256: "00".into(),
        bytes: 1,
        mime: "image/png".into(),
        width: 1,
        height: 1,
    };
    let spec = spec("a cat");
    for (slots, batch) in [(1, 1), (2, 2), (3, 4), (4, 4)] {
        let order = Order {
            spec: &spec,
            slots: &[0, 1, 2, 3][..slots],
            upstream_model: "midjourney",
            inputs: std::slice::from_ref(&input),
            parent: None,
        };
        let body = body(&order).expect("it is an order");
        assert_eq!(body["batchSize"], json!(batch));
    }
}
