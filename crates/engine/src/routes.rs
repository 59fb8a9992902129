//! The operator's rules: which providers make which videos, in which order. Answers two questions:
//! whether a request can be served at all (before it is accepted), and who is asked (at each open).

mod extend;

use std::borrow::Cow;
use std::sync::Arc;

use framewright_core::spec::{Mode, Spec};
use framewright_providers::{Configured, Plan, Provider, Providers, Unsupported, Wanted};

pub(crate) use extend::{Way, made};

/// One provider of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    pub provider: String,
    /// The model as that provider's page names it; empty for the provider's own choice.
    pub upstream_model: String,
}

/// What an extend is where the provider that made the parent cannot continue it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extending {
    /// A video from the parent's last frame, joined behind the parent here.
    #[default]
    Join,
    /// Refused when it is sent.
    Refuse,
}

/// One rule. What is none matches everything; the first rule that matches counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// The wire word, such as `kling-video`.
    pub task_type: Option<String>,
    pub model: Option<String>,
    pub mode: Option<Mode>,
    /// In the order they are asked.
    pub hops: Vec<Hop>,
    /// Credits for such a task, where this rule sets its own price.
    pub price: Option<i64>,
    pub extend: Extending,
}

/// The rules over the configured providers. Cheap to clone.
#[derive(Clone)]
pub struct Routes {
    rules: Arc<[Rule]>,
    providers: Providers,
}

/// What a task that can be served starts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The provider whose permits it will wait for.
    pub lane: String,
    /// The rule's own price in credits, where it has one.
    pub price: Option<i64>,
}

/// No provider can make it; the sentence is for the client and says what to change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{public}")]
pub struct NoRoute {
    pub public: String,
}

impl From<Unsupported> for NoRoute {
    fn from(refusal: Unsupported) -> Self {
        Self {
            public: refusal.public,
        }
    }
}

impl Routes {
    #[must_use]
    pub fn new(rules: Vec<Rule>, providers: Providers) -> Self {
        Self {
            rules: rules.into(),
            providers,
        }
    }

    /// Everything to one provider.
    #[must_use]
    pub fn all_to(provider: &str, providers: Providers) -> Self {
        let hop = Hop {
            provider: provider.to_owned(),
            upstream_model: String::new(),
        };
        let rule = Rule {
            hops: vec![hop],
            ..Rule::default()
        };
        Self::new(vec![rule], providers)
    }

    /// Whether and where this spec can be served; for an extend, by how its parent was made. Pure.
    ///
    /// # Errors
    /// [`NoRoute`], with the first provider's reason.
    pub fn route(&self, spec: &Spec) -> Result<Opening, NoRoute> {
        let rule = self.rule(spec).ok_or_else(|| nobody(spec))?;
        let way = self.way(spec)?;
        let mut reason = None;
        for hop in self.hops(spec, way).iter() {
            match self.takes(hop, spec, way) {
                // Its permits are what the task waits for, even where another is asked first and
                // refuses at once.
                Ok(()) => {
                    return Ok(Opening {
                        lane: hop.provider.clone(),
                        price: rule.price,
                    });
                }
                Err(refusal) => reason = reason.or(Some(refusal)),
            }
        }
        Err(reason.unwrap_or_else(|| nobody(spec)))
    }

    /// The providers for this spec, in the order they are asked; empty where no rule matches.
    pub(crate) fn hops(&self, spec: &Spec, way: Way) -> Cow<'_, [Hop]> {
        match (way, spec.mode) {
            (Way::Joined, _) => Cow::Borrowed(self.joined_hops(spec)),
            (Way::Whole, Mode::Extend) => Cow::Owned(self.maker(spec).into_iter().collect()),
            (Way::Whole, _) => Cow::Borrowed(self.rule(spec).map_or(&[], |rule| &rule.hops)),
        }
    }

    /// The provider of a hop, where the config names it today.
    pub(crate) fn configured(&self, hop: &Hop) -> Option<&Configured> {
        self.providers.configured(&hop.provider)
    }

    fn takes(&self, hop: &Hop, spec: &Spec, way: Way) -> Result<(), NoRoute> {
        let configured = self.configured(hop).ok_or_else(|| nobody(spec))?;
        if configured.retired {
            return Err(takes_nothing_new(spec));
        }
        plan(&*configured.provider, hop, spec, way)?;
        Ok(())
    }

    fn rule(&self, spec: &Spec) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.matches(spec))
    }
}

/// How a provider would make it, and of which spec: the task's own, or that of the part that is
/// joined behind its parent.
pub(crate) fn plan<'a>(
    provider: &dyn Provider,
    hop: &Hop,
    spec: &'a Spec,
    way: Way,
) -> Result<(Cow<'a, Spec>, Plan), Unsupported> {
    if way == Way::Joined {
        return extend::part(provider, hop, spec).map(|(part, plan)| (Cow::Owned(part), plan));
    }
    let plan = provider.supports(&Wanted {
        spec,
        upstream_model: &hop.upstream_model,
        parent_ms: made(spec).map(|made| made.duration_ms),
    })?;
    Ok((Cow::Borrowed(spec), plan))
}

impl Rule {
    fn matches(&self, spec: &Spec) -> bool {
        let any = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|w| w == is);
        any(&self.task_type, spec.task_type.as_str())
            && any(&self.model, &spec.model)
            && self.mode.is_none_or(|mode| mode == spec.mode)
    }
}

fn nobody(spec: &Spec) -> NoRoute {
    let model = match spec.model.as_str() {
        "" => String::new(),
        model => format!(" with model {model}"),
    };
    NoRoute {
        public: format!(
            "no configured provider makes {} from {}{model}",
            spec.task_type.as_str(),
            spec.mode.word()
        ),
    }
}

fn takes_nothing_new(spec: &Spec) -> NoRoute {
    NoRoute {
        public: format!(
            "the provider that made {} takes no new work",
            spec.task_type.as_str()
        ),
    }
}

#[cfg(test)]
mod tests;
