//! The JSON form of a spec in its column: a mirror of `core::spec::Spec`, whose types know no serde.
//! Fields added later must have a default: old rows are read by new binaries.

use std::borrow::Cow;

use framewright_core::attempt::UpstreamJob;
use framewright_core::id::TaskId;
use framewright_core::spec::{
    Aspect, InputUrl, Made, Mode, Motion, Parent, ResultShape, Role, Spec, TaskType, Tier,
};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(crate) struct SpecCell<'a> {
    task_type: Cow<'a, str>,
    mode: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    model: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    prompt: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    negative_prompt: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    aspect: Option<(u32, u32)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lines: Option<u32>,
    duration_s: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    motion: Option<MotionCell>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tier: Option<TierCell>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cfg_scale: Option<f64>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    flip: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    inputs: Vec<InputCell<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<(Cow<'a, str>, u8)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    made: Option<MadeCell<'a>>,
    slots: u8,
    shape: ShapeCell,
}

#[derive(Serialize, Deserialize)]
struct InputCell<'a> {
    role: Cow<'a, str>,
    field: Cow<'a, str>,
    url: Cow<'a, str>,
}

/// How the parent came to be; only where there is one.
#[derive(Serialize, Deserialize)]
struct MadeCell<'a> {
    provider: Cow<'a, str>,
    key: Cow<'a, str>,
    origin: Cow<'a, str>,
    job: Cow<'a, str>,
    index: u8,
    joined: bool,
    ms: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum MotionCell {
    Low,
    High,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum TierCell {
    Standard,
    Professional,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ShapeCell {
    One,
    Many,
}

impl<'a> From<&'a Spec> for SpecCell<'a> {
    fn from(spec: &'a Spec) -> Self {
        Self {
            task_type: spec.task_type.as_str().into(),
            mode: spec.mode.word().into(),
            model: spec.model.as_str().into(),
            prompt: spec.prompt.as_str().into(),
            negative_prompt: spec.negative_prompt.as_deref().map(Cow::from),
            aspect: spec.aspect.map(|aspect| (aspect.width, aspect.height)),
            lines: spec.lines,
            duration_s: spec.duration_s,
            motion: spec.motion.map(|motion| match motion {
                Motion::Low => MotionCell::Low,
                Motion::High => MotionCell::High,
            }),
            tier: spec.tier.map(|tier| match tier {
                Tier::Standard => TierCell::Standard,
                Tier::Professional => TierCell::Professional,
            }),
            cfg_scale: spec.cfg_scale,
            flip: spec.flip,
            inputs: spec.inputs.iter().map(InputCell::from).collect(),
            parent: spec
                .parent
                .as_ref()
                .map(|parent| (parent.task.as_str().into(), parent.position)),
            made: spec
                .parent
                .as_ref()
                .and_then(|parent| parent.made.as_ref())
                .map(MadeCell::from),
            slots: spec.slots,
            shape: match spec.shape {
                ResultShape::One => ShapeCell::One,
                ResultShape::Many => ShapeCell::Many,
            },
        }
    }
}

impl<'a> From<&'a InputUrl> for InputCell<'a> {
    fn from(input: &'a InputUrl) -> Self {
        Self {
            role: input.role.word().into(),
            field: input.field.as_str().into(),
            url: input.url.as_str().into(),
        }
    }
}

impl<'a> From<&'a Made> for MadeCell<'a> {
    fn from(made: &'a Made) -> Self {
        Self {
            provider: made.provider.as_str().into(),
            key: made.key_name.as_str().into(),
            origin: made.origin.as_str().into(),
            job: made.job.0.as_str().into(),
            index: made.job_index,
            joined: made.joined,
            ms: made.duration_ms,
        }
    }
}

impl MadeCell<'_> {
    fn into_made(self) -> Made {
        Made {
            provider: self.provider.into_owned(),
            key_name: self.key.into_owned(),
            origin: self.origin.into_owned(),
            job: UpstreamJob(self.job.into_owned()),
            job_index: self.index,
            joined: self.joined,
            duration_ms: self.ms,
        }
    }
}

impl SpecCell<'_> {
    /// The spec, or what in it is no word of its list.
    pub(crate) fn into_spec(self) -> Result<Spec, &'static str> {
        let made = self.made.map(MadeCell::into_made);
        Ok(Spec {
            task_type: TaskType::new(self.task_type),
            mode: Mode::from_word(&self.mode).ok_or("an unknown mode")?,
            model: self.model.into_owned(),
            prompt: self.prompt.into_owned(),
            negative_prompt: self.negative_prompt.map(Cow::into_owned),
            aspect: self.aspect.map(|(width, height)| Aspect { width, height }),
            lines: self.lines,
            duration_s: self.duration_s,
            motion: self.motion.map(|motion| match motion {
                MotionCell::Low => Motion::Low,
                MotionCell::High => Motion::High,
            }),
            tier: self.tier.map(|tier| match tier {
                TierCell::Standard => Tier::Standard,
                TierCell::Professional => Tier::Professional,
            }),
            cfg_scale: self.cfg_scale,
            flip: self.flip,
            inputs: self
                .inputs
                .into_iter()
                .map(InputCell::into_input)
                .collect::<Result<_, _>>()?,
            parent: self.parent.map(|(task, position)| Parent {
                task: TaskId::stored(task),
                position,
                made,
            }),
            slots: self.slots,
            shape: match self.shape {
                ShapeCell::One => ResultShape::One,
                ShapeCell::Many => ResultShape::Many,
            },
        })
    }
}

impl InputCell<'_> {
    fn into_input(self) -> Result<InputUrl, &'static str> {
        Ok(InputUrl {
            role: Role::from_word(&self.role).ok_or("an unknown role of an input")?,
            field: self.field.into_owned(),
            url: self.url.into_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::SpecCell;
    use crate::rows::to_json;
    use framewright_core::attempt::UpstreamJob;
    use framewright_core::id::TaskId;
    use framewright_core::spec::{
        Aspect, InputUrl, Made, Mode, Motion, Parent, ResultShape, Role, Spec, TaskType, Tier,
    };

    fn full() -> Spec {
        Spec {
            task_type: TaskType::new("midjourney-video-extend"),
            mode: Mode::Extend,
            model: "m".into(),
            prompt: "a \"sea\"\n".into(),
            negative_prompt: Some("fog".into()),
            aspect: Some(Aspect {
                width: 16,
                height: 9,
            }),
            lines: Some(480),
            duration_s: 5,
            motion: Some(Motion::High),
            tier: Some(Tier::Professional),
            cfg_scale: Some(0.3),
            flip: true,
            inputs: vec![InputUrl {
                role: Role::End,
                field: "end_image_url".into(),
                url: "https://example.com/x.png".into(),
            }],
            parent: Some(Parent {
                task: TaskId::stored("p"),
                position: 2,
                made: Some(Made {
                    provider: "fal".into(),
                    key_name: "main".into(),
                    origin: "https://queue.fal.run".into(),
                    job: UpstreamJob("a/b".into()),
                    job_index: 1,
                    joined: true,
                    duration_ms: 9_000,
                }),
            }),
            slots: 4,
            shape: ResultShape::Many,
        }
    }

    fn round_trip(spec: &Spec) -> Spec {
        let json = to_json(&SpecCell::from(spec));
        let cell: SpecCell<'_> = serde_json::from_str(&json).expect("its own JSON");
        cell.into_spec().expect("known words")
    }

    #[test]
    fn a_spec_survives_its_column() {
        let full = full();
        assert_eq!(round_trip(&full), full);
        let bare = Spec::new(TaskType::new("kling-video"), Mode::Text);
        assert_eq!(round_trip(&bare), bare);
    }
}
