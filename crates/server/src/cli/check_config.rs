//! `check-config`: everything that would keep a server from starting, without starting one.

use std::{io, path::PathBuf, sync::Arc};

use anyhow::Context as _;
use async_trait::async_trait;
use clap::Args;
use framewright_outbound::{Outbound, OutboundConfig};
use framewright_providers::{Context, InputFiles, Registry};

use super::place::Place;
use crate::{
    app,
    clock::SystemClock,
    config::{Config, DEFAULTS, Overrides},
};

#[derive(Debug, Args)]
pub(super) struct CheckConfig {
    #[command(flatten)]
    place: Place,
    /// Print every setting with its default and what it means, as a file to start from
    #[arg(long)]
    defaults: bool,
}

impl CheckConfig {
    pub(super) fn run(self, registry: &Registry) -> anyhow::Result<()> {
        if self.defaults {
            print!("{DEFAULTS}");
            return Ok(());
        }
        let loaded = self.place.load(Overrides::default())?;
        for name in &loaded.ignored_variables {
            eprintln!("note: {name} looks like a setting, but there is none of that name");
        }
        let config = loaded.config;
        // Providers may make directories: here, in one that goes again.
        let scratch = tempfile::tempdir().context("making a temporary directory")?;
        let context = context(&config, scratch.path().to_owned())?;
        let providers = app::check(&config, registry, &context)?;
        println!("the configuration is good");
        println!(
            "listen {}, data in {}",
            config.server.listen,
            config.server.data.display()
        );
        for provider in providers.iter() {
            println!("provider {}", app::describe(provider));
        }
        if config.provider.is_empty() {
            println!("{}", app::PREVIEW_ONLY);
        }
        Ok(())
    }
}

fn context(config: &Config, scratch: PathBuf) -> anyhow::Result<Context> {
    Ok(Context {
        outbound: Outbound::new(OutboundConfig::default())?,
        inputs: Arc::new(NoInputs),
        clock: Arc::new(SystemClock),
        scratch,
        public_url: config.server.public_url.as_ref().map(ToString::to_string),
    })
}

/// Nothing is rendered here.
struct NoInputs;

#[async_trait]
impl InputFiles for NoInputs {
    async fn path(&self, blob: &str) -> io::Result<PathBuf> {
        Err(io::Error::new(
            io::ErrorKind::NotFound,
            format!("no blob {blob} while checking"),
        ))
    }
}
