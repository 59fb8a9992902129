//! Framing, which the contract's fixture shows only a part of: the operator's `flip`, and models
//! whose frame is the image's own.

use framewright_core::spec::{Aspect, InputUrl, Mode, Role, Spec, TaskType};
use serde_json::{Value, json};

use super::models::{LINES, MODELS, Model};
use super::order::{Flip, Placed, body, judge};

fn spec(mode: Mode) -> Spec {
    let role = match mode {
        Mode::Video => Role::Video,
        _ => Role::Start,
    };
    Spec {
        prompt: "a cat".into(),
        inputs: vec![InputUrl {
            role,
            field: "image_url".into(),
            url: "https://a.example/x".into(),
        }],
        ..Spec::new(TaskType::new("runway"), mode)
    }
}

fn model(name: &str) -> &'static Model {
    Model::named(name).expect("it is in the table")
}

/// The member `field` of the request for this spec, from media of this shape.
fn said(field: &str, spec: &Spec, name: &str, flip: Flip, shape: f64) -> Value {
    let role = spec.inputs[0].role;
    let placed = Placed {
        role,
        value: json!("uri"),
        shape: Some(shape),
    };
    judge(spec, model(name), flip).expect("it is offered");
    let body = body(spec, model(name), flip, &[placed]).expect("it is offered");
    body[field].clone()
}

#[test]
fn flip_turns_the_frame_where_the_operator_said_so() {
    let flipped = |mode| Spec {
        flip: true,
        ..spec(mode)
    };
    let said = |field, spec, name| said(field, &spec, name, Flip::Portrait, 16.0 / 9.0);
    assert_eq!(
        said("ratio", flipped(Mode::Image), "gen4_turbo"),
        "720:1280"
    );
    assert_eq!(said("ratio", flipped(Mode::Text), "gen4.5"), "720:1280");
    assert_eq!(
        said("targetAspectRatio", flipped(Mode::Video), "aleph2"),
        "9:16"
    );
    assert_eq!(
        said("targetAspectRatio", spec(Mode::Video), "aleph2"),
        Value::Null
    );
    let own_frame = judge(&flipped(Mode::Image), model("wan3"), Flip::Portrait);
    assert!(own_frame.is_err_and(|refusal| refusal.public.starts_with("flip")));
    assert!(judge(&flipped(Mode::Image), model("gen4_turbo"), Flip::Refuse).is_err());
}

#[test]
fn a_named_aspect_ratio_wins_over_the_images_own() {
    let square = Spec {
        aspect: Some(Aspect {
            width: 1,
            height: 1,
        }),
        ..spec(Mode::Image)
    };
    assert_eq!(
        said("ratio", &square, "gen4_turbo", Flip::Refuse, 1.8),
        "960:960"
    );
    let refusal = judge(&square, model("kling2.5_turbo_pro"), Flip::Refuse);
    assert!(refusal.is_err_and(|refusal| refusal.public.starts_with("aspect_ratio")));
}

#[test]
fn lines_choose_among_sizes_and_words() {
    let at = |lines, mode| Spec {
        lines: Some(lines),
        ..spec(mode)
    };
    let said = |spec, name| said("ratio", &spec, name, Flip::Refuse, 1.8);
    assert_eq!(said(at(480, Mode::Image), "wan3"), "auto_480p");
    assert_eq!(said(spec(Mode::Image), "wan3"), "auto_720p");
    assert_eq!(said(at(1080, Mode::Text), "wan3"), "1920:1080");
    assert_eq!(said(at(1080, Mode::Image), "kling3.0_pro"), Value::Null);
    let refusal = judge(&at(720, Mode::Image), model("kling3.0_pro"), Flip::Refuse);
    assert!(refusal.is_err_and(|refusal| refusal.public.contains("1080P")));
}

#[test]
fn every_line_of_the_alias_table_leads_to_a_model_that_makes_it() {
    for (from, mode, to) in LINES {
        let model = MODELS.iter().find(|model| model.name == *to);
        let model = model.unwrap_or_else(|| panic!("{from} leads to {to}"));
        assert!(mode.is_none_or(|mode| model.makes(mode)), "{from} to {to}");
    }
}
