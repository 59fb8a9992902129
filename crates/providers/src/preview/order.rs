//! The render order: everything one render needs, as text. It is what `prepare` makes and what the
//! upstream job is, so that whoever holds the job can start the same render again. The same order
//! gives the same file.

use framewright_core::spec::{Mode, Motion, Role, Spec};
use framewright_core::task::Input;
use framewright_studio::frame::Size;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::size::size;
use crate::provider::Order;

/// Frames per second of everything drawn here.
pub(super) const FPS: u32 = 24;

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Shape {
    Scene,
    Camera,
    Morph,
    Restyle,
    CarryOn,
}

/// Names in blob storage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Media {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
}

/// One render.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RenderOrder {
    pub shape: Shape,
    pub prompt: String,
    #[serde(default)]
    pub negative_prompt: String,
    pub width: u32,
    pub height: u32,
    pub frames: u32,
    /// Much is to move.
    pub lively: bool,
    pub flip: bool,
    /// Which of the takes, from 0: the slot.
    pub variant: u8,
    pub seed: u64,
    pub media: Media,
    /// The submit key: a resend is the same job. Empty until it is submitted.
    #[serde(default)]
    pub key: String,
}

impl RenderOrder {
    /// The order for the first of the slots; one job fills one.
    pub fn of(order: &Order<'_>) -> Self {
        let (spec, inputs) = (order.spec, order.inputs);
        let variant = order.slots.first().copied().unwrap_or_default();
        let blob = |role: Role| {
            let input = inputs.iter().find(|input| input.role == role);
            input.map(|input| input.blob.clone())
        };
        let Size { width, height } = size(spec, inputs);
        Self {
            shape: shape(spec, inputs),
            prompt: spec.prompt.clone(),
            negative_prompt: spec.negative_prompt.clone().unwrap_or_default(),
            width,
            height,
            // A morph has a first frame and a last.
            frames: (spec.duration_s * FPS).max(2),
            lively: spec.motion == Some(Motion::High),
            flip: spec.flip,
            variant,
            seed: seed(spec, inputs, variant),
            media: Media {
                start: blob(Role::Start),
                end: blob(Role::End),
                video: blob(Role::Video),
                audio: blob(Role::Audio),
                parent: blob(Role::Parent),
            },
            key: String::new(),
        }
    }

    /// The text of the upstream job.
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("text, numbers and words have a JSON form")
    }

    /// Reads a job; none for a text that this program did not write.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

fn shape(spec: &Spec, inputs: &[Input]) -> Shape {
    let has = |role: Role| inputs.iter().any(|input| input.role == role);
    match spec.mode {
        Mode::Text => Shape::Scene,
        Mode::Image if has(Role::End) => Shape::Morph,
        Mode::Image => Shape::Camera,
        Mode::Video => Shape::Restyle,
        Mode::Extend => Shape::CarryOn,
    }
}

/// Chance, decided by spec, input bytes and slot. The prompt is left out on purpose: where it draws,
/// it is read word by word, and another word must change what it names and nothing else.
fn seed(spec: &Spec, inputs: &[Input], variant: u8) -> u64 {
    let mut hash = Sha256::new();
    let mut tell = |text: &str| {
        hash.update(text.as_bytes());
        hash.update([0]);
    };
    tell(spec.task_type.as_str());
    tell(spec.mode.word());
    tell(&spec.model);
    tell(&format!(
        "{:?} {:?} {}",
        spec.aspect, spec.lines, spec.duration_s
    ));
    tell(&format!(
        "{:?} {:?} {}",
        spec.motion, spec.cfg_scale, variant
    ));
    for input in inputs {
        tell(input.role.word());
        tell(&input.sha256);
    }
    let digest = hash.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(first)
}

/// The name of a job's files, from its text.
pub(super) fn job_name(text: &str) -> String {
    hex::encode(&Sha256::digest(text.as_bytes())[..16])
}

#[cfg(test)]
mod tests {
    use super::{RenderOrder, Shape, job_name};
    use crate::provider::Order;
    use framewright_core::spec::{Mode, Role, Spec, TaskType};
    use framewright_core::task::Input;

    fn spec(mode: Mode) -> Spec {
        Spec {
            prompt: "the sea".into(),
            ..Spec::new(TaskType::new("imagine-video"), mode).with_slots(4)
        }
    }

    fn image(role: Role, sha256: &str) -> Input {
        Input {
            role,
            blob: format!("blob-{sha256}"),
            sha256: sha256.into(),
            bytes: 1,
            mime: "image/png".into(),
            width: 800,
            height: 600,
        }
    }

    fn order(spec: &Spec, slot: u8, inputs: &[Input]) -> RenderOrder {
        RenderOrder::of(&Order {
            spec,
            slots: &[slot],
            upstream_model: "",
            inputs,
            parent: None,
        })
    }

    #[test]
    fn an_order_survives_its_text_and_names_its_job() {
        let made = order(&spec(Mode::Image), 2, &[image(Role::Start, "a")]);
        assert_eq!(RenderOrder::read(&made.text()), Some(made.clone()));
        assert_eq!((made.width, made.height, made.frames), (640, 480, 120));
        assert_eq!(job_name(&made.text()).len(), 32);
    }

    #[test]
    fn spec_input_bytes_and_slot_decide_the_seed_and_words_do_not() {
        let inputs = [image(Role::Start, "a")];
        let base = order(&spec(Mode::Image), 0, &inputs);
        let other_words = Spec {
            prompt: "the city".into(),
            ..spec(Mode::Image)
        };
        assert_eq!(base.seed, order(&other_words, 0, &inputs).seed);
        assert_ne!(base.seed, order(&spec(Mode::Image), 1, &inputs).seed);
        let other_bytes = [image(Role::Start, "b")];
        assert_ne!(base.seed, order(&spec(Mode::Image), 0, &other_bytes).seed);
    }

    #[test]
    fn an_end_image_makes_a_morph() {
        let both = [image(Role::Start, "a"), image(Role::End, "b")];
        assert_eq!(order(&spec(Mode::Image), 0, &both).shape, Shape::Morph);
        assert_eq!(order(&spec(Mode::Text), 0, &[]).shape, Shape::Scene);
    }
}
