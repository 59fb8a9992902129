//! Everything that stands while the cases run: the real server, not a sandbox, that may dial
//! 127.8.8.8 and nothing else beside the public network, a DNS server that lies, the ledger it buys
//! of, and the sink on 127.0.0.1 where nobody may arrive.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context;
use framewright_store::Store;
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::cast::{self, Cast};
use super::dns::{self, OPEN};
use super::lies::whole;
use super::peer::{Manner, Peer, serving};
use super::vendor::Vendor;
use crate::crash::gather;
use crate::crash::process::{Home, KEY, Life};
use crate::ledger::{service, video};

/// A BMP of 64 x 64 pixels.
const PICTURE: &[u8] = include_bytes!("../crash/picture.bmp");

/// An id in the form of ours that no task has.
const UNKNOWN: &str = "29e983ca-7e86-4017-a9e3-ef6fe9cd5f2a";

/// The listener's deadlines are shortened so that a silent socket is a case of seconds.
const CONFIG: &str = r#"
[outbound]
allow = ["127.8.8.8/32"]
dns = "{dns}"

[limits]
first_byte_ms = 3000
header_ms = 3000
idle_ms = 4000
body_ms = 4000

[credits]
prices = [{ task_type = "wan-video", base = 1 }]

[[provider]]
name = "ledger"
kind = "ledger"
base_url = "{ledger}"

# Routes that no other case takes lead to an upstream that misbehaves.
[[provider]]
name = "vendor"
kind = "runway"
base_url = "{vendor}"
key = "key_of_the_vendor"
poll_every_ms = 200
max_in_flight = 64
deadline_minutes = 1

[[provider]]
name = "nowhere"
kind = "runway"
base_url = "http://nowhere.invalid"
key = "key_of_the_vendor"

[[route]]
task_type = "runway"
model = "gen3"
mode = "text"
to = [{ provider = "vendor", model = "gen4.5" }]

[[route]]
task_type = "kling-video"
model = "kling-v1"
mode = "text"
to = [{ provider = "nowhere", model = "gen4.5" }]
"#;

/// The server and what surrounds it.
pub struct World {
    pub(super) binary: std::path::PathBuf,
    pub(super) store: Store,
    pub(super) cast: Cast,
    /// Serves a good picture.
    pub(super) origin: Peer,
    pub(super) sink: Peer,
    /// The upstream that misbehaves.
    pub(super) vendor: Vendor,
    pub(super) life: Life,
    home: Home,
    promises: Mutex<BTreeSet<String>>,
    _serving: [JoinSet<()>; 2],
    _directory: TempDir,
}

/// A ledger in this process whose jobs take so long; its base URL.
pub(super) async fn ledger(book: &Path, work: Duration) -> anyhow::Result<(String, JoinSet<()>)> {
    let manners = service::Manners {
        work,
        reports_progress: true,
        jobs: "job".to_owned(),
    };
    let router = service::router(book, manners, video::small()?)?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let selling = serving(async move {
        axum::serve(listener, router).await.unwrap_or_default();
    });
    Ok((url, selling))
}

/// A whole answer with a picture that any task can start from.
pub(super) fn picture() -> Manner {
    let head = whole("200 OK\r\nContent-Type: image/bmp", "");
    let head = head.replace("Length: 0", &format!("Length: {}", PICTURE.len()));
    Manner::Says([head.as_bytes(), PICTURE].concat().into())
}

impl World {
    /// Starts the server of this binary and what it needs, and makes the cast.
    ///
    /// # Errors
    /// When any of it does not start.
    pub async fn start(binary: &Path) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let (names, naming) = dns::start().await?;
        let book = directory.path().join("ledger");
        let (till, selling) = ledger(&book, Duration::from_millis(250)).await?;
        let vendor = Vendor::start(video::small()?).await?;
        let config = CONFIG
            .replace("{dns}", &names.to_string())
            .replace("{vendor}", vendor.url())
            .replace("{ledger}", &till);
        let home = Home::new(binary, directory.path(), &config)?;
        let life = home.start(0, None).await?;
        let mut world = Self {
            binary: binary.to_owned(),
            store: gather::open_store(&home).await?,
            cast: Cast::default(),
            origin: Peer::start(OPEN, picture()).await?,
            sink: Peer::start(
                [127, 0, 0, 1],
                Manner::Says(whole("200 OK", "secret").into()),
            )
            .await?,
            vendor,
            home,
            life,
            promises: Mutex::default(),
            _serving: [naming, selling],
            _directory: directory,
        };
        world.cast = cast::make(&world).await.context("make the cast")?;
        Ok(world)
    }

    /// Replaces every placeholder.
    pub(super) fn fill(&self, text: &str) -> String {
        let swap = |c: char| match c.is_ascii_lowercase() {
            true => c.to_ascii_uppercase(),
            false => c.to_ascii_lowercase(),
        };
        let parts = [
            ("{{key}}", KEY.to_owned()),
            ("{{KEY_OTHER_CASE}}", KEY.chars().map(swap).collect()),
            ("{{finished_task}}", self.cast.finished.clone()),
            ("{{kling_task}}", self.cast.kling.clone()),
            ("{{deleted_task}}", self.cast.deleted.clone()),
            ("{{unknown_uuid}}", UNKNOWN.to_owned()),
            ("{{key_of_suspended}}", self.cast.suspended.clone()),
            ("{{revoked}}", self.cast.revoked.clone()),
            ("{{self}}", self.home.url("")),
            ("{{sink}}", self.sink_port().to_string()),
        ];
        parts.iter().fold(text.to_owned(), |text, (name, value)| {
            text.replace(name, value)
        })
    }

    pub(super) fn key(&self) -> &'static str {
        KEY
    }

    pub(super) fn port(&self) -> u16 {
        self.home.port
    }

    pub(super) fn sink_port(&self) -> u16 {
        self.sink.address.port()
    }

    pub(super) fn json_headers(&self, key: &str) -> Vec<(String, String)> {
        vec![
            ("Authorization".into(), key.into()),
            ("Content-Type".into(), "application/json".into()),
        ]
    }

    /// A task that some client was promised: its row has to be there at the end.
    pub(super) fn acknowledged(&self, task: String) {
        self.promises().insert(task);
    }

    /// A promised task that its client deleted.
    pub(super) fn forgotten(&self, task: &str) {
        self.promises().remove(task);
    }

    pub(super) fn promised(&self) -> BTreeSet<String> {
        self.promises().clone()
    }

    fn promises(&self) -> MutexGuard<'_, BTreeSet<String>> {
        let promises = self.promises.lock();
        promises.unwrap_or_else(PoisonError::into_inner)
    }
}
