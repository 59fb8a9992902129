//! Who continues an output: the provider and key that made it, or, where they cannot, a provider that
//! makes a new part from its last frame, which is joined behind it here. Not the joining.

use framewright_core::spec::{InputUrl, Made, Mode, Role, Spec};
use framewright_core::task::Input;
use framewright_providers::{Plan, Provider, Unsupported, Wanted};

use super::{Extending, Hop, NoRoute, Routes, nobody, plan, takes_nothing_new};

/// The longest part that is asked for where a model makes none as short as an extend, seconds.
const LONGEST_PART_S: u32 = 10;

/// What a provider is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// What the client gets.
    Whole,
    /// The new part of an extend, from the parent's last frame.
    Joined,
}

impl Way {
    /// The way of a task whose inputs are in: an extend has a start image only where it is joined.
    /// So the way is decided once, whatever the config says later.
    pub fn of(spec: &Spec, inputs: &[Input]) -> Self {
        let started = inputs.iter().any(|input| input.role == Role::Start);
        match spec.mode {
            Mode::Extend if started => Self::Joined,
            _ => Self::Whole,
        }
    }

    /// The key that an extend must be sent with: the job is that account's.
    pub fn key(self, spec: &Spec) -> Option<&str> {
        made(spec)
            .filter(|_| self == Self::Whole)
            .map(|made| made.key_name.as_str())
    }
}

/// How the video that a spec continues was made, where that is known.
pub(crate) fn made(spec: &Spec) -> Option<&Made> {
    spec.parent.as_ref()?.made.as_ref()
}

impl Routes {
    /// Which way a spec is to be made, by what is configured now.
    ///
    /// # Errors
    /// [`NoRoute`] for an extend that its maker cannot make and the route does not join.
    pub(crate) fn way(&self, spec: &Spec) -> Result<Way, NoRoute> {
        if spec.mode != Mode::Extend {
            return Ok(Way::Whole);
        }
        let rule = self.rule(spec).ok_or_else(|| nobody(spec))?;
        match self.maker_extends(spec) {
            Ok(()) => Ok(Way::Whole),
            Err(_) if rule.extend == Extending::Join => Ok(Way::Joined),
            Err(refusal) => Err(refusal),
        }
    }

    /// The provider that made the parent, as the one hop of its extend.
    pub(super) fn maker(&self, spec: &Spec) -> Option<Hop> {
        let made = made(spec)?;
        let named = |hop: &&Hop| hop.provider == made.provider;
        let extends = self.rule(spec).filter(|rule| rule.mode.is_some());
        let model = extends.and_then(|rule| rule.hops.iter().find(named));
        Some(Hop {
            provider: made.provider.clone(),
            upstream_model: model
                .map(|hop| hop.upstream_model.clone())
                .unwrap_or_default(),
        })
    }

    fn maker_extends(&self, spec: &Spec) -> Result<(), NoRoute> {
        let gone = || NoRoute {
            public: "the provider that made this video is not configured any more, and the route \
                     does not continue the videos of others"
                .to_owned(),
        };
        let (made, hop) = made(spec).zip(self.maker(spec)).ok_or_else(gone)?;
        if made.joined {
            return Err(NoRoute {
                public: "the provider that made the last part of this video does not have the rest"
                    .to_owned(),
            });
        }
        let known = self.providers.at(&made.provider, &made.origin);
        let has_key =
            known.is_some_and(|known| known.keys().iter().any(|key| key.name == made.key_name));
        let configured = self.configured(&hop).filter(|_| has_key).ok_or_else(gone)?;
        if configured.retired {
            return Err(takes_nothing_new(spec));
        }
        plan(&*configured.provider, &hop, spec, Way::Whole)?;
        Ok(())
    }

    /// Who makes the part that is joined: those of the route for extends where one is named so, else
    /// those of the route for videos from an image.
    pub(super) fn joined_hops(&self, spec: &Spec) -> &[Hop] {
        let own = self.rule(spec).filter(|rule| rule.mode.is_some());
        let rule = own.or_else(|| self.rule(&part_of(spec, spec.duration_s)));
        rule.map_or(&[], |rule| &rule.hops)
    }
}

/// How a provider would make the new part, and the spec of that part: as long as the extend, or the
/// shortest above that the model makes. No client names that length.
pub(super) fn part(
    provider: &dyn Provider,
    hop: &Hop,
    spec: &Spec,
) -> Result<(Spec, Plan), Unsupported> {
    let mut reason = None;
    let shortest = spec.duration_s;
    for seconds in shortest..=LONGEST_PART_S.max(shortest) {
        let part = part_of(spec, seconds);
        let plan = provider.supports(&Wanted {
            spec: &part,
            upstream_model: &hop.upstream_model,
            parent_ms: None,
        });
        match plan {
            Ok(plan) => return Ok((part, plan)),
            Err(refusal) => reason = reason.or(Some(refusal)),
        }
    }
    Err(reason.unwrap_or_else(|| Unsupported {
        public: "the new part would be too long".to_owned(),
    }))
}

/// A video from an image: the parent's last frame, which the engine takes.
fn part_of(spec: &Spec, duration_s: u32) -> Spec {
    let mut inputs = spec.inputs.clone();
    inputs.push(InputUrl {
        role: Role::Start,
        field: "parent_task_id".to_owned(),
        url: String::new(),
    });
    Spec {
        mode: Mode::Image,
        duration_s,
        inputs,
        parent: None,
        ..spec.clone()
    }
}
