//! Whether the words of `[[route]]` and `[aliases]` mean something: every one that does not is
//! answered with the nearest that does, and with all of them. Not whether a provider can do what a
//! route asks of it: that is seen at each request.

use framewright_api::v1::ENDPOINTS;
use framewright_core::spec::Mode;

use super::sections::{Config, Route};

/// The words for what a video is made from.
const MODES: [Mode; 4] = [Mode::Text, Mode::Image, Mode::Video, Mode::Extend];

/// How alike a word must be to be the one that was meant (0 to 1, Jaro-Winkler).
const ALIKE: f64 = 0.7;

/// What is wrong with single routes.
pub(super) fn single(config: &Config) -> Result<(), String> {
    config.route.iter().try_for_each(route)
}

fn route(route: &Route) -> Result<(), String> {
    let task_types: Vec<&str> = ENDPOINTS.iter().map(|e| e.task_type).collect();
    let name = &route.task_type;
    known(name, &task_types, || "a route's task_type".to_owned())?;
    if let Some(mode) = &route.mode {
        let modes = MODES.map(Mode::word);
        known(mode, &modes, || {
            format!("the mode of the route for {name:?}")
        })?;
    }
    if route.to.is_empty() {
        return Err(format!("the route for {name:?} leads to no provider"));
    }
    Ok(())
}

/// What is wrong between routes, aliases and providers.
pub(super) fn together(config: &Config) -> Result<(), String> {
    let providers: Vec<&str> = config.provider.iter().map(|p| p.name.as_str()).collect();
    for route in &config.route {
        for target in &route.to {
            known(&target.provider, &providers, || {
                format!("the [[provider]] of the route for {:?}", route.task_type)
            })?;
        }
    }
    let models = models(config);
    config.aliases.iter().try_for_each(|(name, target)| {
        known(target, &models, || {
            format!("the model behind the alias {name:?}")
        })
    })
}

/// Every model that an endpoint's page or a route names.
fn models(config: &Config) -> Vec<&str> {
    let pages = ENDPOINTS.iter().flat_map(|endpoint| endpoint.models());
    let routed = config.route.iter().filter_map(|r| r.model.as_deref());
    let mut models: Vec<&str> = pages.copied().chain(routed).collect();
    models.sort_unstable();
    models.dedup();
    models
}

fn known(word: &str, words: &[&str], what: impl FnOnce() -> String) -> Result<(), String> {
    if words.contains(&word) {
        return Ok(());
    }
    let known = match words {
        [] => "there is none".to_owned(),
        words => format!("there is {}", words.join(", ")),
    };
    let meant = words
        .iter()
        .map(|known| (strsim::jaro_winkler(word, known), known))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let meant = meant.map_or(String::new(), |(_, known)| {
        format!("; did you mean {known:?}?")
    });
    Err(format!("{} is {word:?}{meant} ({known})", what()))
}

#[cfg(test)]
mod tests {
    use super::known;

    #[test]
    fn a_mistyped_word_is_answered_with_the_nearest_and_with_all() {
        let words = ["kling-video", "wan-video"];
        let error = known("kling-vidoe", &words, || "the type".into()).expect_err("mistyped");
        assert_eq!(
            error,
            "the type is \"kling-vidoe\"; did you mean \"kling-video\"? (there is kling-video, \
             wan-video)"
        );
        let error = known("zzz", &words, || "the type".into()).expect_err("unknown");
        assert!(!error.contains("did you mean"), "{error}");
        let error = known("a", &[], || "the type".into()).expect_err("unknown");
        assert!(error.ends_with("(there is none)"), "{error}");
    }
}
