//! What most commands need: where the configuration and the data are, and the database beside a
//! server that may be running.

use std::{env, path::PathBuf, sync::Arc};

use anyhow::Context as _;
use clap::Args;
use framewright_core::clock::Clock;
use framewright_store::{AccountRow, Blobs, OpenMode, Store, StoreError, StoreOptions};
use rand::{SeedableRng, rngs::StdRng};
use secrecy::SecretString;
use tokio::runtime::{Builder, Runtime};

use crate::{
    app::{self, Credentials, accounts},
    clock::SystemClock,
    config::{self, Config, Loaded, Overrides},
};

/// Where to find the configuration and the data.
#[derive(Debug, Args)]
pub(super) struct Place {
    /// The configuration file; without it the defaults count [env: FRAMEWRIGHT_CONFIG]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The data directory [default: ./framewright-data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl Place {
    /// Reads the configuration, with more options of the command line over it.
    ///
    /// # Errors
    /// Those of [`config::load`].
    pub(super) fn load(&self, overrides: Overrides) -> anyhow::Result<Loaded> {
        let file = self
            .config
            .clone()
            .or_else(|| env::var_os("FRAMEWRIGHT_CONFIG").map(PathBuf::from));
        let overrides = Overrides {
            data: self.data.clone(),
            ..overrides
        };
        // A variable whose text is no UTF-8 can be none of ours.
        let text = |os: std::ffi::OsString| os.into_string().ok();
        let variables =
            env::vars_os().filter_map(|(name, value)| Some((text(name)?, text(value)?)));
        Ok(config::load(file.as_deref(), variables, overrides)?)
    }

    /// Opens the database of a server that has run before, beside it if it runs now.
    ///
    /// # Errors
    /// When there is no data directory yet, or the database cannot be opened.
    pub(super) async fn open(&self) -> anyhow::Result<Opened> {
        self.open_as(OpenMode::Beside).await
    }

    /// The same where no server may run over it; over PostgreSQL that is the operator's to see to.
    ///
    /// # Errors
    /// Those of [`Self::open`], and when a server holds the data directory.
    pub(super) async fn open_alone(&self) -> anyhow::Result<Opened> {
        self.open_as(OpenMode::Serve).await
    }

    async fn open_as(&self, mode: OpenMode) -> anyhow::Result<Opened> {
        let config = self.load(Overrides::default())?.config;
        let options = store_options(&config, mode);
        let clock = Arc::clone(&options.clock);
        let store = Store::open(options).await.with_context(|| {
            format!(
                "cannot open the data directory {} (name it with --data)",
                config.server.data.display()
            )
        })?;
        Ok(Opened {
            store,
            config,
            clock,
        })
    }
}

/// How a command opens the store.
pub(super) fn store_options(config: &Config, mode: OpenMode) -> StoreOptions {
    private_files();
    StoreOptions {
        data_dir: config.server.data.clone(),
        database: config.server.database.clone(),
        mode,
        readers: 1,
        master_key: secret("FRAMEWRIGHT_MASTER_KEY"),
        clock: Arc::new(SystemClock),
        rng: Box::new(StdRng::from_os_rng()),
    }
}

/// The database of a data directory.
pub(super) struct Opened {
    pub(super) store: Store,
    pub(super) config: Config,
    pub(super) clock: Arc<dyn Clock>,
}

impl Opened {
    /// The files that its rows name.
    ///
    /// # Errors
    /// When their storage cannot be opened.
    pub(super) fn blobs(&self) -> anyhow::Result<Blobs> {
        let data = &self.config.server.data;
        app::blobs::open(&self.config, &bucket_credentials(), data)
    }

    /// An account, made if there is none of that name.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) async fn ensure_account(&self, name: &str) -> Result<AccountRow, StoreError> {
        accounts::ensure(&self.store, self.config.credits.new_account, name).await
    }

    /// An account that exists.
    ///
    /// # Errors
    /// When it does not; names those that do.
    pub(super) async fn account(&self, name: &str) -> anyhow::Result<AccountRow> {
        if let Some(account) = self.store.account_by_name(name).await? {
            return Ok(account);
        }
        let names: Vec<_> = self
            .store
            .accounts()
            .await?
            .into_iter()
            .map(|account| account.name)
            .collect();
        anyhow::bail!(
            "there is no account {name:?}; there is: {}. `framewright keys create --account \
             {name}` makes it",
            if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            }
        )
    }
}

/// A secret from the environment; empty is none.
pub(super) fn secret(variable: &str) -> Option<SecretString> {
    env::var(variable)
        .ok()
        .filter(|text| !text.is_empty())
        .map(SecretString::from)
}

/// Credentials of a bucket: those given to this server by its own names, else those that Amazon's
/// tools take.
pub(super) fn bucket_credentials() -> Credentials {
    const KEYS: [&str; 3] = ["ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"];
    const ROLES: [&str; 6] = [
        "WEB_IDENTITY_TOKEN_FILE",
        "ROLE_ARN",
        "ROLE_SESSION_NAME",
        "CONTAINER_CREDENTIALS_RELATIVE_URI",
        "CONTAINER_CREDENTIALS_FULL_URI",
        "CONTAINER_AUTHORIZATION_TOKEN_FILE",
    ];
    let read = |prefix: &str, names: &[&str]| -> Credentials {
        let named = names.iter().filter_map(|name| {
            let value = secret(&format!("{prefix}_{name}"))?;
            Some((format!("aws_{}", name.to_lowercase()), value))
        });
        named.collect()
    };
    // One source alone: a token of the one does not fit the key of the other.
    let own = read("FRAMEWRIGHT_S3", &KEYS);
    match own.is_empty() {
        false => own,
        true => read("AWS", &[&KEYS[..], &ROLES[..]].concat()),
    }
}

/// Every file that this process makes from now on is its owner's alone.
pub(super) fn private_files() {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
}

/// The runtime of a command.
///
/// # Errors
/// Those of the system, when it gives no threads.
pub(super) fn runtime() -> anyhow::Result<Runtime> {
    Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting the runtime")
}
