//! Which model names an endpoint takes beside its page's own, and what they stand for: the
//! operator's routes and aliases. Not which provider serves them (the route's).

use std::collections::BTreeMap;

use super::{ENDPOINTS, Endpoint};
use crate::parts::ApiSettings;

/// Names by task type, worked out once.
#[derive(Clone, Debug, Default)]
pub struct Models {
    more: BTreeMap<&'static str, Vec<String>>,
    aliases: BTreeMap<String, String>,
}

impl Models {
    /// Works the settings out.
    #[must_use]
    pub fn new(settings: &ApiSettings) -> Self {
        let more = ENDPOINTS
            .iter()
            .map(|endpoint| (endpoint.task_type, more_of(endpoint, settings)))
            .collect();
        Self {
            more,
            aliases: settings.aliases.clone(),
        }
    }

    /// The names that configuration adds to an endpoint, without its page's own.
    #[must_use]
    pub fn more(&self, endpoint: &Endpoint) -> &[String] {
        self.more.get(endpoint.task_type).map_or(&[], Vec::as_slice)
    }

    /// What a name stands for in routes: itself where it is no alias.
    #[must_use]
    pub fn resolve(&self, name: String) -> String {
        self.aliases.get(&name).cloned().unwrap_or(name)
    }
}

/// The routes' names, and the aliases that stand for one of them or for one of the page's.
fn more_of(endpoint: &Endpoint, settings: &ApiSettings) -> Vec<String> {
    let own = endpoint.models();
    if own.is_empty() {
        return Vec::new();
    }
    let routed = settings
        .models
        .get(endpoint.task_type)
        .cloned()
        .unwrap_or_default();
    let is_known = |name: &String| own.contains(&name.as_str()) || routed.contains(name);
    let aliased = settings
        .aliases
        .iter()
        .filter(|(_, target)| is_known(target));
    let mut more: Vec<String> = routed
        .iter()
        .chain(aliased.map(|(name, _)| name))
        .cloned()
        .collect();
    more.retain(|name| !own.contains(&name.as_str()));
    more.sort_unstable();
    more.dedup();
    more
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v1::{kling_imagine, wan_imagine};

    #[test]
    fn routes_and_aliases_add_names_to_their_own_endpoint_only() {
        let settings = ApiSettings {
            models: [("kling-video".to_owned(), vec!["kling-v2-6".to_owned()])].into(),
            aliases: [
                ("kling-v1".to_owned(), "kling-v2-6".to_owned()),
                ("kling".to_owned(), "kling-v2-6".to_owned()),
            ]
            .into(),
            ..ApiSettings::default()
        };
        let models = Models::new(&settings);
        assert_eq!(
            models.more(&kling_imagine::ENDPOINT),
            ["kling", "kling-v2-6"]
        );
        assert!(models.more(&wan_imagine::ENDPOINT).is_empty());
        assert_eq!(models.resolve("kling-v1".into()), "kling-v2-6");
        assert_eq!(models.resolve("wan2.5".into()), "wan2.5");
    }
}
