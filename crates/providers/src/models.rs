//! Which of a vendor's models makes what was asked for: the operator's word first, then the route's,
//! then the adapter's table of the names on the API's pages, most of which their vendors have
//! retired. Not whether that model can do it: that is the adapter's.

use std::collections::BTreeMap;

use framewright_core::spec::Mode;

use crate::provider::{Unsupported, Wanted};
use crate::takes::unsupported;

/// One line of an adapter's table: the wanted model, `*` for any; the mode, none for all; the
/// vendor's model.
pub type Line = (&'static str, Option<Mode>, &'static str);

/// An adapter's table, and what the operator changed of it.
#[derive(Clone, Debug)]
pub struct Models {
    usual: &'static [Line],
    own: BTreeMap<String, String>,
}

impl Models {
    /// The first line that fits counts.
    #[must_use]
    pub fn new(usual: &'static [Line]) -> Self {
        Self {
            usual,
            own: BTreeMap::new(),
        }
    }

    /// With the operator's `models` table: `"gen3a_turbo" = "gen4_turbo"` for every mode, or
    /// `"gen3a_turbo/text" = "gen4.5"` for one.
    #[must_use]
    pub fn with(self, own: BTreeMap<String, String>) -> Self {
        Self { own, ..self }
    }

    /// With another usual table, where the adapter's settings choose among several.
    #[must_use]
    pub fn over(self, usual: &'static [Line]) -> Self {
        Self { usual, ..self }
    }

    /// The vendor's model for this request; none where no table names one.
    #[must_use]
    pub fn choose(&self, wanted: &Wanted<'_>) -> Option<String> {
        if !wanted.upstream_model.is_empty() {
            return Some(wanted.upstream_model.to_owned());
        }
        let (model, mode) = (wanted.spec.model.as_str(), wanted.spec.mode);
        let own = self
            .own
            .get(&format!("{model}/{}", mode.word()))
            .or_else(|| self.own.get(model));
        own.cloned().or_else(|| self.usual(model, mode))
    }

    /// The same, or the sentence for the client.
    ///
    /// # Errors
    /// [`Unsupported`] where no table names one.
    pub fn chosen(&self, wanted: &Wanted<'_>) -> Result<String, Unsupported> {
        self.choose(wanted).ok_or_else(|| {
            unsupported(format!(
                "model {} is not made by any model of the provider",
                wanted.spec.model
            ))
        })
    }

    fn usual(&self, model: &str, mode: Mode) -> Option<String> {
        let fits = |line: &&Line| {
            (line.0 == model || line.0 == "*") && line.1.is_none_or(|only| only == mode)
        };
        let line = self.usual.iter().find(fits)?;
        Some(line.2.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use framewright_core::spec::{Mode, Spec, TaskType};

    use super::Models;
    use crate::provider::Wanted;

    const TABLE: &[super::Line] = &[
        ("old", Some(Mode::Text), "new-text"),
        ("*", Some(Mode::Image), "new-image"),
    ];

    fn chosen(models: &Models, model: &str, mode: Mode, routed: &str) -> Option<String> {
        let spec = Spec {
            model: model.into(),
            ..Spec::new(TaskType::new("any"), mode)
        };
        models.choose(&Wanted {
            spec: &spec,
            upstream_model: routed,
            parent_ms: None,
        })
    }

    #[test]
    fn the_route_wins_over_the_operators_table_and_that_over_the_usual_one() {
        let own = [("old/text", "mine"), ("old", "mine-too")]
            .map(|(from, to)| (from.to_owned(), to.to_owned()));
        let models = Models::new(TABLE).with(BTreeMap::from(own));
        assert_eq!(
            chosen(&models, "old", Mode::Text, "r").as_deref(),
            Some("r")
        );
        let of = |mode| chosen(&models, "old", mode, "");
        assert_eq!(of(Mode::Text).as_deref(), Some("mine"));
        assert_eq!(of(Mode::Image).as_deref(), Some("mine-too"));
    }

    #[test]
    fn the_usual_table_knows_modes_and_any_model() {
        let models = Models::new(TABLE);
        let of = |model, mode| chosen(&models, model, mode, "");
        assert_eq!(of("old", Mode::Text).as_deref(), Some("new-text"));
        assert_eq!(of("else", Mode::Image).as_deref(), Some("new-image"));
        assert_eq!(of("else", Mode::Text), None);
    }
}
