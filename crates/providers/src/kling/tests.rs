//! What Kling is asked for and what it refuses, without a double.

use framewright_core::spec::{InputUrl, Mode, Role, Spec, TaskType, Tier};
use framewright_core::task::Input;
use serde_json::json;

use super::models::{Model, Wire};
use super::order::{draft, judge, judge_image};

fn spec(mode: Mode) -> Spec {
    Spec {
        prompt: "a cat".into(),
        ..Spec::new(TaskType::new("kling-video"), mode)
    }
}

fn with_images(roles: &[Role]) -> Spec {
    let inputs = roles.iter().map(|role| InputUrl {
        role: *role,
        field: "image".into(),
        url: "https://a.example/x.png".into(),
    });
    Spec {
        inputs: inputs.collect(),
        ..spec(Mode::Image)
    }
}

fn image(mime: &str, bytes: u64, width: u32, height: u32) -> Input {
    Input {
        role: Role::Start,
        blob: "b".into(),
        sha256: "00".into(),
        bytes,
        mime: mime.into(),
        width,
        height,
    }
}

fn model(name: &str) -> &'static Model {
    let wires = [Wire::Legacy, Wire::New];
    let mut found = wires.iter().filter_map(|wire| Model::named(name, *wire));
    found.next().expect("the table has it")
}

#[test]
fn an_end_image_wants_the_professional_mode_where_the_model_says_so() {
    let both = with_images(&[Role::Start, Role::End]);
    let professional = Spec {
        tier: Some(Tier::Professional),
        ..both.clone()
    };
    for name in ["kling-v2-5-turbo", "kling-2.6"] {
        let refusal = judge(&both, model(name)).expect_err(name).public;
        assert!(refusal.contains("needs mode=pro"), "{refusal}");
        assert_eq!(judge(&professional, model(name)), Ok(()), "{name}");
    }
    assert_eq!(judge(&both, model("kling-3.0")), Ok(()));
    assert!(judge(&professional, model("kling-3.0-turbo")).is_err());
}

#[test]
fn an_image_is_refused_by_what_is_wrong_with_it() {
    for (input, wire, says) in [
        (image("image/webp", 9, 800, 800), Wire::New, "JPEG or PNG"),
        (image("image/png", 9, 299, 600), Wire::New, "299 x 600"),
        (image("image/png", 9, 300, 751), Wire::Legacy, "2.5 times"),
        (
            image("image/png", 10_000_001, 800, 800),
            Wire::Legacy,
            "10 MB",
        ),
        (image("image/png", 50_000_001, 800, 800), Wire::New, "50 MB"),
    ] {
        let refusal = judge_image(&input, wire).expect_err(says).public;
        assert!(refusal.contains(says), "{refusal}");
    }
    for (input, wire) in [
        (image("image/jpeg", 10_000_000, 300, 750), Wire::Legacy),
        (image("image/png", 50_000_000, 750, 300), Wire::New),
    ] {
        assert_eq!(judge_image(&input, wire), Ok(()));
    }
}

#[test]
fn cfg_scale_goes_to_the_models_that_have_it_and_only_where_it_says_something() {
    for (name, scale, sent) in [
        ("kling-v1-6", 0.7, json!(0.7)),
        ("kling-v1-6", 0.5, json!(null)),
        ("kling-v2-6", 0.7, json!(null)),
        ("kling-v3", 0.0, json!(0.0)),
    ] {
        let spec = Spec {
            cfg_scale: Some(scale),
            ..spec(Mode::Text)
        };
        assert_eq!(judge(&spec, model(name)), Ok(()));
        let draft = draft(&spec, model(name), &[]).expect("it is an order");
        assert_eq!(draft.body["cfg_scale"], sent, "{name} {scale}");
    }
}

#[test]
fn a_negative_prompt_counts_as_part_of_the_prompt_where_it_has_no_field() {
    let spec = Spec {
        prompt: "x".repeat(2_495),
        negative_prompt: Some("dogs".into()),
        ..spec(Mode::Text)
    };
    assert_eq!(judge(&spec, model("kling-v2-6")), Ok(()));
    let refusal = judge(&spec, model("kling-2.6")).expect_err("too long");
    assert!(refusal.public.contains("2507"), "{refusal}");
}
