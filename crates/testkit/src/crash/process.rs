//! The server as a child process: started with or without an armed crash point, awaited, killed. Not
//! a supervisor: nothing here restarts it by itself.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use framewright_core::clock::Clock as _;
use framewright_server::clock::SystemClock;
use framewright_store::scratch::MASTER_KEY;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::process::{Child, Command};

use crate::http;

/// The key that every client of the suite uses.
pub const KEY: &str = "crash-suite-key-0123456789";

/// Between looks at a server that is starting.
const LOOK: Duration = Duration::from_millis(20);

/// How long a server may take to answer `/ready`.
const START: Duration = Duration::from_secs(30);

/// Where a server lives over all of its lives.
#[derive(Clone, Debug)]
pub struct Home {
    pub binary: PathBuf,
    pub directory: PathBuf,
    pub port: u16,
    /// The broken twin that every life is to run.
    pub twin: Option<&'static str>,
    /// What the long waits of the unknown are divided by; none for as they are.
    pub shorten: Option<u32>,
    /// Seals the server's keys; none for the file in its data directory.
    pub master_key: Option<String>,
    /// Variables for every life, settings among them.
    pub environment: Vec<(&'static str, String)>,
    /// A command and its arguments that start the server: `prlimit --nofile=64`.
    pub under: Vec<String>,
    /// The database that this server shares with others; none for its own SQLite.
    pub database: Option<SecretString>,
}

/// One life of the server.
pub struct Life {
    child: Child,
    log: PathBuf,
    /// From its start until it was ready.
    pub ready_after: Duration,
}

impl Home {
    /// A home in `directory` for this binary, configured by this TOML (without `[server]`), on a
    /// port that was free just now and stays its own for all lives.
    ///
    /// # Errors
    /// Of the file system and of binding.
    pub fn new(binary: &Path, directory: &Path, config: &str) -> anyhow::Result<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
            .local_addr()?
            .port();
        let url = format!("http://127.0.0.1:{port}");
        let server = format!("[server]\npublic_url = \"{url}\"\ndrain_ms = 5000\n\n");
        std::fs::write(directory.join("framewright.toml"), server + config)?;
        Ok(Self {
            binary: binary.to_owned(),
            directory: directory.to_owned(),
            port,
            twin: None,
            shorten: None,
            master_key: None,
            environment: Vec::new(),
            under: Vec::new(),
            database: None,
        })
    }

    /// Makes it one of several over this database, with their blobs in `blobs`; `public_url` is how
    /// clients reach any of them.
    pub fn share(&mut self, database: &SecretString, blobs: &Path, public_url: &str) {
        self.database = Some(database.clone());
        self.environment.extend([
            ("FRAMEWRIGHT_DATABASE", database.expose_secret().to_owned()),
            ("FRAMEWRIGHT_BLOBS", blobs.display().to_string()),
            ("FRAMEWRIGHT_BLOBS_SHARED", "true".to_owned()),
            ("FRAMEWRIGHT_PUBLIC_URL", public_url.to_owned()),
            ("FRAMEWRIGHT_MASTER_KEY", MASTER_KEY.to_owned()),
        ]);
    }

    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Starts the server; with `crash_at` (`K3:7`) that point is armed. Ready when it returns, or
    /// dead already if the point lay in the start.
    ///
    /// # Errors
    /// When it cannot be started or is not ready in time; the end of its log is in the text.
    pub async fn start(&self, life: usize, crash_at: Option<&str>) -> anyhow::Result<Life> {
        let log = self.directory.join(format!("server-{life}.log"));
        let mut command = self.command();
        command
            .arg("serve")
            .arg("--config")
            .arg(self.directory.join("framewright.toml"))
            .arg("--data")
            .arg(self.data())
            .args(["--listen", &format!("127.0.0.1:{}", self.port)])
            .env("FRAMEWRIGHT_BOOTSTRAP_KEY", KEY)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env_remove("CRASH_AT")
            .env("TWIN", self.twin.unwrap_or_default())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log)?)
            .kill_on_drop(true);
        if let Some(shorten) = self.shorten {
            command.env("SHORTEN", shorten.to_string());
        }
        if let Some(key) = &self.master_key {
            command.env("FRAMEWRIGHT_MASTER_KEY", key);
        }
        if let Some(point) = crash_at {
            command.env("CRASH_AT", point);
        }
        let child = command.spawn().context("start the server")?;
        let mut life = Life {
            child,
            log,
            ready_after: Duration::ZERO,
        };
        let begun = SystemClock.uptime();
        self.until_ready(&mut life).await?;
        let took = SystemClock.uptime() - begun;
        life.ready_after = Duration::from_millis(took.unsigned_abs());
        Ok(life)
    }

    fn command(&self) -> Command {
        let Some((first, rest)) = self.under.split_first() else {
            return Command::new(&self.binary);
        };
        let mut command = Command::new(first);
        command.args(rest).arg(&self.binary);
        command
    }

    async fn until_ready(&self, life: &mut Life) -> anyhow::Result<()> {
        let client = http::client();
        let mut looks = tokio::time::interval(LOOK);
        let ready = async {
            loop {
                looks.tick().await;
                let answer = client.get(self.url("/ready")).send().await;
                let up = answer.is_ok_and(|answer| answer.status().is_success());
                if up || life.child.try_wait()?.is_some() {
                    return anyhow::Ok(());
                }
            }
        };
        match tokio::time::timeout(START, ready).await {
            Ok(done) => done,
            Err(_) => bail!("the server was not ready in time: {}", life.last_words()),
        }
    }
}

impl Life {
    /// Waits for it to die by itself.
    ///
    /// # Errors
    /// When it still lives after `within`.
    pub async fn death(&mut self, within: Duration) -> anyhow::Result<ExitStatus> {
        match tokio::time::timeout(within, self.child.wait()).await {
            Ok(status) => Ok(status?),
            Err(_) => bail!("the server did not die within {within:?}"),
        }
    }

    /// Whether it has ended by itself.
    pub fn is_over(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }

    /// `kill -9`, and gone when it returns.
    ///
    /// # Errors
    /// Of the system call.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Asks it to drain, as an init system does.
    ///
    /// # Errors
    /// When the signal cannot be sent.
    pub async fn terminate(&self) -> anyhow::Result<()> {
        self.signal("TERM").await
    }

    /// Sends a signal by its name without `SIG`: `STOP`, `CONT`.
    ///
    /// # Errors
    /// When it cannot be sent.
    pub async fn signal(&self, name: &str) -> anyhow::Result<()> {
        let pid = self.child.id().context("it is dead already")?.to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        match sent.await?.success() {
            true => Ok(()),
            false => bail!("could not send SIG{name} to {pid}"),
        }
    }

    /// Waits until the armed point has fired, without waiting for a death: it may only have stopped.
    ///
    /// # Errors
    /// When it does not fire within `within`.
    pub async fn reaches(&self, within: Duration) -> anyhow::Result<String> {
        let mut looks = tokio::time::interval(LOOK);
        let fired = async {
            loop {
                looks.tick().await;
                if let Some(line) = self.fired() {
                    return line;
                }
            }
        };
        let fired = tokio::time::timeout(within, fired).await;
        fired.with_context(|| format!("no point fired within {within:?}"))
    }

    /// The line that an armed point prints when it fires.
    #[must_use]
    pub fn fired(&self) -> Option<String> {
        let log = self.log();
        log.lines()
            .find(|line| line.starts_with("crash point"))
            .map(str::to_owned)
    }

    /// Its process; none once it was seen to be dead.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// All of its log so far.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The end of its log.
    #[must_use]
    pub fn last_words(&self) -> String {
        let log = self.log();
        let tail: Vec<&str> = log.lines().rev().take(12).collect();
        tail.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}
