//! What is asked for and what is refused, without a service.

use framewright_core::spec::{Mode, Motion, Spec, TaskType};

use super::order::{draft, judge};
use crate::provider::Order;

fn spec(prompt: &str) -> Spec {
    Spec {
        prompt: prompt.into(),
        ..Spec::new(TaskType::new("imagine-video"), Mode::Image).with_slots(4)
    }
}

#[test]
fn a_prompt_is_refused_for_flags_and_links_that_are_this_servers_to_say() {
    for prompt in ["a cat --motion high", "--video a cat", "a cat —bs 1"] {
        let refusal = judge(&spec(prompt)).expect_err(prompt).public;
        assert!(refusal.contains("prompt must not contain --"), "{refusal}");
    }
    let refusal = judge(&spec("https://a.example/b.png a cat")).expect_err("a link");
    assert!(refusal.public.contains("image_url"), "{refusal}");
    for prompt in ["a cat --raw", "a cat, in slow motion"] {
        assert_eq!(judge(&spec(prompt)), Ok(()), "{prompt}");
    }
}

#[test]
fn the_prompt_is_link_words_and_flags() {
    let order = |spec| Order {
        spec,
        slots: &[0, 1, 2, 3],
        upstream_model: "midjourney",
        inputs: &[],
        parent: None,
    };
    let fast = Spec {
        motion: Some(Motion::High),
        ..spec(" a cat ")
    };
    let sent = draft(&order(&fast), Some("https://fw.example/i")).expect("it is an order");
    assert_eq!(
        sent.body["prompt"],
        "https://fw.example/i a cat --motion high"
    );
    assert!(draft(&order(&fast), None).is_err());
}
