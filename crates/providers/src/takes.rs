//! What of a request a model has a place for. The rest is refused, with a sentence that names the
//! client's field and the model, before anything is promised: nothing a client asked for is dropped
//! silently. What a field is called at a vendor is its adapter's business.

use framewright_core::defaults::{kling, midjourney};
use framewright_core::spec::{Mode, Role, Spec};

use crate::provider::Unsupported;

/// What a model can honour beside prompt, duration and the media of its mode. A field that is set to
/// what is meant where the page is silent (motion low, mode std, cfg_scale 0.5) asks for nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Takes {
    pub end_image: bool,
    pub audio: bool,
    pub negative_prompt: bool,
    pub aspect: bool,
    /// Lines of the short side; which of them is the adapter's to judge.
    pub lines: bool,
    /// `motion` high.
    pub motion: bool,
    /// `mode` pro.
    pub tier: bool,
    pub cfg_scale: bool,
    pub flip: bool,
}

impl Takes {
    /// Whether `model`, as the vendor names it, honours all that this spec asks for.
    ///
    /// # Errors
    /// [`Unsupported`], which names the first field that it cannot.
    pub fn judge(&self, spec: &Spec, model: &str) -> Result<(), Unsupported> {
        match self.first_refused(spec) {
            Some(field) => Err(unsupported(format!(
                "{field} cannot be honoured with {model}, which makes this video here; leave it out"
            ))),
            None => Ok(()),
        }
    }

    fn first_refused<'a>(&self, spec: &'a Spec) -> Option<&'a str> {
        let input = |role| {
            let named = spec.inputs.iter().find(|input| input.role == role);
            named.map(|input| input.field.as_str())
        };
        let asked = [
            (self.end_image, input(Role::End)),
            (self.audio, input(Role::Audio)),
            (
                self.negative_prompt,
                spec.negative_prompt.as_ref().map(|_| "negative_prompt"),
            ),
            (self.aspect, spec.aspect.map(|_| "aspect_ratio")),
            (self.lines, spec.lines.map(|_| "resolution")),
            (
                self.motion,
                unusual(spec.motion, &midjourney::MOTION, "motion=high"),
            ),
            (self.tier, unusual(spec.tier, &kling::TIER, "mode=pro")),
            (
                self.cfg_scale,
                unusual(spec.cfg_scale, &kling::CFG_SCALE, "cfg_scale"),
            ),
            (self.flip, spec.flip.then_some("flip")),
        ];
        let refused = |asked: &(bool, Option<&str>)| !asked.0 && asked.1.is_some();
        asked.into_iter().find(refused)?.1
    }
}

/// The field's name where its value is not what silence means.
fn unusual<T: PartialEq>(
    asked: Option<T>,
    silent: &T,
    field: &'static str,
) -> Option<&'static str> {
    asked.filter(|asked| asked != silent).map(|_| field)
}

/// A refusal with this sentence.
#[must_use]
pub fn unsupported(public: impl Into<String>) -> Unsupported {
    Unsupported {
        public: public.into(),
    }
}

/// The refusal of a mode that a model has not.
#[must_use]
pub fn not_made(mode: Mode, model: &str) -> Unsupported {
    let from = match mode {
        Mode::Text => "text alone",
        Mode::Image => "an image",
        Mode::Video => "another video",
        Mode::Extend => "the end of another task's video",
    };
    unsupported(format!("{model} does not make a video from {from}"))
}

/// The refusal of a model that the vendor may have and its adapter does not know.
#[must_use]
pub fn unknown_model(name: &str) -> Unsupported {
    unsupported(format!(
        "the provider has no model {name} for this server's requests"
    ))
}

#[cfg(test)]
mod tests {
    use framewright_core::spec::{
        Aspect, InputUrl, Mode, Motion, ResultShape, Role, Spec, TaskType, Tier,
    };

    use super::Takes;

    /// Everything that can be asked for.
    fn full() -> Spec {
        let input = |role, field: &str| InputUrl {
            role,
            field: field.into(),
            url: "https://a.example/x".into(),
        };
        Spec {
            task_type: TaskType::new("any"),
            mode: Mode::Image,
            model: String::new(),
            prompt: "a cat".into(),
            negative_prompt: Some("dogs".into()),
            aspect: Some(Aspect {
                width: 1,
                height: 1,
            }),
            lines: Some(720),
            duration_s: 5,
            motion: Some(Motion::High),
            tier: Some(Tier::Professional),
            cfg_scale: Some(0.9),
            flip: true,
            inputs: vec![
                input(Role::Start, "image_url"),
                input(Role::End, "end_image_url"),
                input(Role::Audio, "audio_url"),
            ],
            parent: None,
            slots: 1,
            shape: ResultShape::One,
        }
    }

    const ALL: Takes = Takes {
        end_image: true,
        audio: true,
        negative_prompt: true,
        aspect: true,
        lines: true,
        motion: true,
        tier: true,
        cfg_scale: true,
        flip: true,
    };

    #[test]
    fn what_a_model_has_no_place_for_is_refused_by_the_clients_own_word() {
        assert_eq!(ALL.judge(&full(), "m"), Ok(()));
        let without = [
            (
                Takes {
                    end_image: false,
                    ..ALL
                },
                "end_image_url",
            ),
            (
                Takes {
                    audio: false,
                    ..ALL
                },
                "audio_url",
            ),
            (
                Takes {
                    negative_prompt: false,
                    ..ALL
                },
                "negative_prompt",
            ),
            (
                Takes {
                    aspect: false,
                    ..ALL
                },
                "aspect_ratio",
            ),
            (
                Takes {
                    lines: false,
                    ..ALL
                },
                "resolution",
            ),
            (
                Takes {
                    motion: false,
                    ..ALL
                },
                "motion=high",
            ),
            (Takes { tier: false, ..ALL }, "mode=pro"),
            (
                Takes {
                    cfg_scale: false,
                    ..ALL
                },
                "cfg_scale",
            ),
            (Takes { flip: false, ..ALL }, "flip"),
        ];
        for (takes, field) in without {
            let refusal = takes.judge(&full(), "m").expect_err(field);
            assert!(refusal.public.starts_with(field), "{refusal}");
        }
    }

    #[test]
    fn what_silence_means_asks_for_nothing() {
        let spec = Spec {
            negative_prompt: None,
            aspect: None,
            lines: None,
            motion: Some(Motion::Low),
            tier: Some(Tier::Standard),
            cfg_scale: Some(0.5),
            flip: false,
            inputs: Vec::new(),
            ..full()
        };
        assert_eq!(Takes::default().judge(&spec, "m"), Ok(()));
    }
}
