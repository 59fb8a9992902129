//! The operator's rules: which providers make which videos, in which order. Answers two questions:
//! whether a request can be served at all (before it is accepted), and who is asked (at each open).

use framewright_core::clock::Millis;
use framewright_core::spec::{Mode, Spec};
use framewright_providers::{Provider, Providers, Wanted};
use std::sync::Arc;

/// One provider of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    pub provider: String,
    /// The model as that provider's page names it; empty for the provider's own choice.
    pub upstream_model: String,
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

    /// The providers for this spec, in the order they are asked; empty where no rule matches.
    #[must_use]
    pub fn hops(&self, spec: &Spec) -> &[Hop] {
        self.rule(spec).map_or(&[], |rule| &rule.hops)
    }

    pub(crate) fn provider(&self, hop: &Hop) -> Option<&Arc<dyn Provider>> {
        self.providers.get(&hop.provider)
    }

    /// Whether and where this spec can be served. `parent_ms` is the length of the output that an
    /// extend continues. Pure.
    ///
    /// # Errors
    /// [`NoRoute`], with the first provider's reason.
    pub fn route(&self, spec: &Spec, parent_ms: Option<Millis>) -> Result<Opening, NoRoute> {
        let rule = self.rule(spec).ok_or_else(|| nobody(spec))?;
        let mut reason = None;
        for hop in &rule.hops {
            match self.asked(hop, spec, parent_ms) {
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

    fn asked(&self, hop: &Hop, spec: &Spec, parent_ms: Option<Millis>) -> Result<(), NoRoute> {
        let provider = self.provider(hop).ok_or_else(|| nobody(spec))?;
        let wanted = Wanted {
            spec,
            upstream_model: &hop.upstream_model,
            parent_ms,
        };
        let plan = provider.supports(&wanted);
        plan.map(drop).map_err(|refusal| NoRoute {
            public: refusal.public,
        })
    }

    fn rule(&self, spec: &Spec) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.matches(spec))
    }
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
