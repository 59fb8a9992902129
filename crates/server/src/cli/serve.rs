//! `serve`: one server until it is told to stop.

use std::{
    fs::OpenOptions,
    io::{IsTerminal, Write},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use clap::Args;
use framewright_engine::Drained;
use framewright_providers::Registry;
use framewright_store::{NewKey, Scopes, Store};
use secrecy::ExposeSecret as _;

use super::place::{Place, bucket_credentials, private_files, secret};
use crate::{
    app::{
        self, App, AppOptions, Prepared,
        accounts::{self, FIRST_ACCOUNT},
    },
    config::{Config, Overrides, Role},
    signals::Signals,
    telemetry,
};

#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    place: Place,
    /// The address to listen on [default: 127.0.0.1:8787]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// What this server does: all, api (answers clients, makes nothing) or worker (makes the
    /// videos, answers no client); the last two over PostgreSQL only [default: all]
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
    /// For trying things out: refuses providers that cost money, and lets URLs of requests lead to
    /// this machine
    #[arg(long)]
    sandbox: bool,
    /// The certificate chain, PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its private key, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

impl Serve {
    pub(super) async fn run(self, registry: Registry) -> anyhow::Result<ExitCode> {
        let loaded = self.place.load(Overrides {
            listen: self.listen,
            role: self.role,
            tls_cert: self.tls_cert,
            tls_key: self.tls_key,
            ..Overrides::default()
        })?;
        let config = loaded.config;
        let lines = telemetry::start(config.log.format, &config.log.filter)?;
        private_files();
        if !loaded.ignored_variables.is_empty() {
            let names = loaded.ignored_variables.join(", ");
            tracing::warn!(
                names,
                "these variables look like settings, but there are none such"
            );
        }
        let signals = Signals::catch().context("catching signals")?;
        let prepared = Prepared::open(AppOptions {
            sandbox: self.sandbox,
            registry,
            master_key: secret("FRAMEWRIGHT_MASTER_KEY"),
            credentials: bucket_credentials(),
            lines: Some(lines.clone()),
            ..AppOptions::new(config.clone())
        })
        .await?;
        if config.server.role != Role::Worker {
            // Before the first request: a client that saw it ready must not be refused its key.
            admit(prepared.store(), &config).await?;
        }
        let app = prepared.serve()?;
        announce(&app, &config, self.sandbox);
        let drain = app.drain().clone();
        let ended = tokio::select! {
            ended = to_the_end(app) => ended,
            never = signals.obey(drain) => match never {},
        };
        lines.flush();
        ended.map(|()| ExitCode::SUCCESS)
    }
}

/// Serves until asked to stop or unable to go on, and stops in order either way.
async fn to_the_end(app: App) -> anyhow::Result<()> {
    let ended = app.run().await;
    match app.stop().await {
        Drained::Whole => tracing::info!("stopped; every task is finished or given back"),
        Drained::CutShort => {
            tracing::warn!("stopped before all was given back; the next start takes it over");
        }
    }
    Ok(ended?)
}

fn announce(app: &App, config: &Config, sandbox: bool) {
    let (url, data) = (app.base_url(), config.server.data.display());
    let role = config.server.role.word();
    tracing::info!(url, %data, role, "listening");
    if config.provider.is_empty() {
        tracing::info!("{}", app::PREVIEW_ONLY);
    }
    if sandbox {
        tracing::warn!("sandbox: URLs in requests may lead to this machine; not for the internet");
    }
}

/// Sees to it that there is a key: the one of the environment, or at the first start a fresh one.
async fn admit(store: &Store, config: &Config) -> anyhow::Result<()> {
    let account = accounts::ensure(store, config.credits.new_account, FIRST_ACCOUNT).await?;
    let new = |label: &str| NewKey {
        account: account.id.clone(),
        label: label.to_owned(),
        scopes: Scopes::CLIENT,
    };
    if let Some(key) = secret("FRAMEWRIGHT_BOOTSTRAP_KEY") {
        return match store.import_key(&new("bootstrap"), &key).await? {
            Some(_) => Ok(()),
            None => bail!(
                "FRAMEWRIGHT_BOOTSTRAP_KEY is no usable key: it needs 16 to 256 visible ASCII \
                 characters, and one that begins with fw_ must be unchanged"
            ),
        };
    }
    if !store.list_keys(None).await?.is_empty() {
        return Ok(());
    }
    let (_, key) = store.create_key(&new("first")).await?;
    hand_over(key.expose_secret(), config)
}

/// Gives the first key to whoever started the server: on the terminal, else in a file that only
/// they can read. Never to the log, which goes to many places.
fn hand_over(key: &str, config: &Config) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    if out.is_terminal() {
        writeln!(out, "Your first API key, shown once: {key}").context("writing the first key")?;
        return Ok(());
    }
    let path = config.server.data.join("first-key");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("making {}", path.display()))?;
    writeln!(file, "{key}").with_context(|| format!("writing {}", path.display()))?;
    tracing::info!(path = %path.display(), "made the first API key; read it there and delete the file");
    Ok(())
}
