//! `check-config`: everything that would keep a server from starting, without starting one.

use std::{
    io,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use async_trait::async_trait;
use clap::Args;
use framewright_outbound::{Outbound, OutboundConfig};
use framewright_providers::{Context, InputFiles, Provider, ProviderKey, Providers, Registry};
use futures_util::future::join_all;
use tokio::time::timeout;

use super::{
    FAILED,
    place::{Place, bucket_credentials},
};
use crate::{
    app,
    clock::SystemClock,
    config::{BlobPlace, Config, DEFAULTS, Overrides},
};

/// How long one provider may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long the bucket may take: its requests are tried again by themselves.
const BUCKET_PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Args)]
pub(super) struct CheckConfig {
    #[command(flatten)]
    place: Place,
    /// Print every setting with its default and what it means, as a file to start from
    #[arg(long)]
    defaults: bool,
    /// Ask each provider, with each of its keys and at no cost, whether it would serve; try the bucket
    #[arg(long, conflicts_with = "defaults")]
    online: bool,
}

impl CheckConfig {
    pub(super) async fn run(self, registry: &Registry) -> anyhow::Result<ExitCode> {
        if self.defaults {
            print!("{DEFAULTS}");
            return Ok(ExitCode::SUCCESS);
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
        if !self.online {
            return Ok(ExitCode::SUCCESS);
        }
        // Both are asked, so that one run tells of every fault.
        let stored = blobs_answer(&config, scratch.path()).await?;
        Ok(match all_answer(&providers).await && stored {
            true => ExitCode::SUCCESS,
            false => ExitCode::from(FAILED),
        })
    }
}

/// Writes to a bucket, reads, lists and removes, prints a line of it, and says whether it went well.
/// A directory is not touched: it may be there only where the server runs.
async fn blobs_answer(config: &Config, scratch: &Path) -> anyhow::Result<bool> {
    let Some(place @ BlobPlace::Bucket { .. }) = &config.server.blobs else {
        return Ok(true);
    };
    let blobs = app::blobs::open(config, &bucket_credentials(), scratch)?;
    let checked = match timeout(BUCKET_PATIENCE, blobs.check()).await {
        Ok(checked) => checked.map_err(|error| error.to_string()),
        Err(_) => Err(format!("no answer within {} s", BUCKET_PATIENCE.as_secs())),
    };
    match &checked {
        Ok(()) => println!("online blobs, {place}: written, read, listed and removed"),
        Err(why) => println!("online blobs, {place}: FAILED: {why}"),
    }
    Ok(checked.is_ok())
}

/// Asks every provider with every key, prints a line for each, and says whether all were accepted.
async fn all_answer(providers: &Providers) -> bool {
    let asked = providers.iter().flat_map(|provider| {
        let keys = provider.keys().iter();
        keys.map(
            move |key| async move { (provider.name(), &key.name, ask(&**provider, key).await) },
        )
    });
    let mut well = true;
    for (provider, key, answer) in join_all(asked).await {
        well &= answer.is_ok();
        match answer {
            Ok(text) => println!("online {provider}, key {key}: {text}"),
            Err(why) => println!("online {provider}, key {key}: FAILED: {why}"),
        }
    }
    well
}

async fn ask(provider: &dyn Provider, key: &ProviderKey) -> Result<String, String> {
    match timeout(PATIENCE, provider.check(key)).await {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use framewright_core::attempt::{Class, UpstreamJob};
    use framewright_providers::{
        Observation, Order, Pace, Plan, PollError, PrepareError, Prepared, Provider, ProviderKey,
        Providers, Sending, SubmitError, Taken, Unsupported, Wanted,
    };
    use secrecy::SecretString;

    use super::all_answer;

    /// Knows the keys named `good`, and can do nothing else.
    struct Doorman([ProviderKey; 2]);

    #[async_trait::async_trait]
    impl Provider for Doorman {
        fn name(&self) -> &str {
            "doorman"
        }

        fn class(&self) -> Class {
            Class::E
        }

        fn origin(&self) -> &str {
            ""
        }

        fn keys(&self) -> &[ProviderKey] {
            &self.0
        }

        fn pace(&self) -> Pace {
            unreachable!("nothing is polled")
        }

        fn supports(&self, _: &Wanted<'_>) -> Result<Plan, Unsupported> {
            unreachable!("nothing is asked for")
        }

        async fn prepare(&self, _: &Order<'_>, _: &ProviderKey) -> Result<Prepared, PrepareError> {
            unreachable!("nothing is made")
        }

        async fn submit(&self, _: &Sending<'_>, _: &ProviderKey) -> Result<Taken, SubmitError> {
            unreachable!("nothing is bought")
        }

        async fn poll(
            &self,
            _: &[UpstreamJob],
            _: &ProviderKey,
        ) -> Vec<Result<Observation, PollError>> {
            unreachable!("nothing is polled")
        }

        async fn check(&self, key: &ProviderKey) -> Result<String, PollError> {
            match key.name.as_str() {
                "good" => Ok("12 credits".to_owned()),
                _ => Err(PollError::Unauthorized),
            }
        }
    }

    fn with_keys(names: [&str; 2]) -> Providers {
        let keys = names.map(|name| ProviderKey {
            name: name.to_owned(),
            secret: SecretString::default(),
            max_in_flight: 1,
        });
        let doorman: Arc<dyn Provider> = Arc::new(Doorman(keys));
        Providers::from_iter([doorman])
    }

    #[tokio::test]
    async fn every_key_is_asked_and_one_refused_is_enough_to_fail() {
        assert!(all_answer(&with_keys(["good", "good"])).await);
        assert!(!all_answer(&with_keys(["good", "old"])).await);
    }
}
