//! From `[[provider]]` and `[[route]]` to providers and rules, and what the operator is told about
//! them. What a provider's own settings mean is its adapter's.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use framewright_core::{attempt::Class, spec::Mode};
use framewright_engine::{Extending, Hop, Rule};
use framewright_providers::{Context, Provider, Providers, Registry};
use url::{Host, Url};

use crate::config::{Config, Extend, Route};

/// What `/ready` and the log say of a server without providers.
pub const PREVIEW_ONLY: &str =
    "no provider is configured: every video is a preview, drawn here without a model";

/// The name and kind of the provider that is there without being configured.
const PREVIEW: &str = "preview";

/// Makes every configured provider, or the preview alone.
pub(super) fn make(
    config: &Config,
    registry: &Registry,
    context: &Context,
) -> anyhow::Result<Providers> {
    if config.provider.is_empty() {
        let preview = registry.make(PREVIEW, PREVIEW, &preview_table(config), context)?;
        return Ok(Providers::from_iter([preview]));
    }
    let made = config
        .provider
        .iter()
        .map(|provider| registry.make(&provider.kind, &provider.name, &provider.settings, context));
    Ok(made.collect::<Result<_, _>>()?)
}

fn preview_table(config: &Config) -> toml::Table {
    let mut table = toml::Table::new();
    if let Ok(renders @ 1..) = i64::try_from(config.preview.renders) {
        table.insert("renders".to_owned(), renders.into());
    }
    table
}

/// A sandbox must not be able to spend money.
pub(super) fn refuse_paid(providers: &Providers) -> anyhow::Result<()> {
    for provider in providers.iter() {
        if !is_local(provider.origin()) {
            bail!(
                "the provider {:?} may cost money, and --sandbox refuses those; start without \
                 --sandbox, or without that provider",
                provider.name()
            );
        }
    }
    Ok(())
}

/// Inside this process (no origin) or on this machine.
fn is_local(origin: &str) -> bool {
    if origin.is_empty() {
        return true;
    }
    let url = Url::parse(origin).ok();
    match url.as_ref().and_then(Url::host) {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The configured rules in their order, and last every provider for what no rule names.
pub(super) fn rules(config: &Config, providers: &Providers) -> anyhow::Result<Vec<Rule>> {
    let mut rules = config
        .route
        .iter()
        .map(rule)
        .collect::<anyhow::Result<Vec<_>>>()?;
    let configured = config
        .provider
        .iter()
        .map(|provider| provider.name.as_str());
    let names: Vec<&str> = match config.provider.is_empty() {
        true => providers.iter().map(|provider| provider.name()).collect(),
        false => configured.collect(),
    };
    let hops = names.into_iter().map(|name| hop(name, None)).collect();
    rules.push(Rule {
        hops,
        ..Rule::default()
    });
    Ok(rules)
}

fn rule(route: &Route) -> anyhow::Result<Rule> {
    let mode = route.mode.as_deref().map(|word| {
        Mode::from_word(word)
            .with_context(|| format!("the route for {:?} has no mode {word:?}", route.task_type))
    });
    Ok(Rule {
        task_type: Some(route.task_type.clone()),
        model: route.model.clone(),
        mode: mode.transpose()?,
        hops: route
            .to
            .iter()
            .map(|to| hop(&to.provider, to.model.as_deref()))
            .collect(),
        price: route.price.map(i64::from),
        extend: match route.extend {
            Extend::Join => Extending::Join,
            Extend::Refuse => Extending::Refuse,
        },
    })
}

fn hop(provider: &str, model: Option<&str>) -> Hop {
    Hop {
        provider: provider.to_owned(),
        upstream_model: model.unwrap_or_default().to_owned(),
    }
}

/// Makes providers and rules and throws them away.
///
/// # Errors
/// The first thing that would keep a server from starting with this configuration.
pub fn check(config: &Config, registry: &Registry, context: &Context) -> anyhow::Result<Providers> {
    let providers = make(config, registry, context)?;
    rules(config, &providers)?;
    Ok(providers)
}

/// One line about a provider, with what its class means for money.
#[must_use]
pub fn describe(provider: &Arc<dyn Provider>) -> String {
    let place = match provider.origin() {
        "" => "in this process",
        origin => origin,
    };
    let meaning = match provider.class() {
        Class::A => "a lost answer is asked for again with the same key; bought once",
        Class::B => "a lost answer is looked up by our own id; bought once",
        Class::C => "a lost answer is looked for in the vendor's list; bought at most once",
        Class::D => "a lost answer comes by callback; bought at most once",
        Class::E => "a lost answer stays lost and is shown; bought at most once",
    };
    let class = provider.class();
    format!("{}: {place}, class {class:?}: {meaning}", provider.name())
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn only_this_machine_costs_nothing() {
        for local in [
            "",
            "http://127.0.0.1:9",
            "http://localhost:9",
            "http://[::1]:9",
        ] {
            assert!(is_local(local), "{local}");
        }
        for paid in [
            "https://api.dev.runwayml.com",
            "http://10.0.0.1",
            "nonsense",
        ] {
            assert!(!is_local(paid), "{paid}");
        }
    }
}
