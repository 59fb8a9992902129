//! One server on its own SQLite whose machine harms it: the disk is full or read-only, file handles run
//! out, the clock jumps. The disk is a tmpfs in a mount namespace of the server's own, which takes
//! root; nothing of the machine's own is touched.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::process::Command;

use crate::crash::asking;
use crate::crash::cycles::{FIRES, Till};
use crate::crash::process::{Home, Life};

/// Submits until the disk is surely full: what SQLite has reserved is written first.
const MANY: usize = 3_000;

/// A server with a ledger beside it.
pub struct Harmed {
    pub home: Home,
    pub life: Life,
    till: Till,
    directory: tempfile::TempDir,
}

/// Where a server runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// As anywhere.
    Plain,
    /// On a disk of 48 MB that nobody else sees.
    SmallDisk,
    /// With no more than 64 file handles.
    FewHandles,
    /// By a clock that `clock` in its directory moves, in the words of libfaketime.
    LooseClock,
}

impl Harmed {
    /// Starts it there.
    ///
    /// # Errors
    /// When a privilege or a tool is missing, or it is not ready in time.
    pub async fn start(
        server: &Path,
        ledger: &Path,
        config: &str,
        place: Place,
    ) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let till = Till::open(ledger, directory.path(), "job").await?;
        let config = config.replace("{ledger}", &till.url);
        let mut home = Home::new(server, directory.path(), &config)?;
        std::fs::create_dir(home.data())?;
        match place {
            Place::Plain => {}
            Place::SmallDisk => home.under = own_disk(&home.data()),
            Place::FewHandles => home.under = words(&["prlimit", "--nofile=64:64"]),
            Place::LooseClock => loose_clock(&mut home)?,
        }
        let life = home.start(0, None).await?;
        Ok(Self {
            home,
            life,
            till,
            directory,
        })
    }

    /// Runs a shell's words where the server sees its disk; `$1` is its data directory.
    ///
    /// # Errors
    /// When they fail.
    pub async fn beside(&self, script: &str) -> anyhow::Result<()> {
        let pid = self.life.pid().context("the server is gone")?;
        let done = Command::new("nsenter")
            .args(["-m", "-t", &pid.to_string(), "sh", "-c", script, "sh"])
            .arg(self.home.data())
            .stderr(std::process::Stdio::null())
            .status();
        match done.await?.success() {
            true => Ok(()),
            false => bail!("{script} failed"),
        }
    }

    /// Kills it and starts it again where its data directory can only be read. Returns what it says
    /// before it gives up.
    ///
    /// # Errors
    /// When it does not give up.
    pub async fn on_read_only(&mut self) -> anyhow::Result<String> {
        self.life.kill().await?;
        self.home.under = read_only(&self.home.data());
        let mut life = self.home.start(1, None).await?;
        life.death(FIRES).await?;
        Ok(life.log())
    }

    /// Starts it again as it was meant to be.
    ///
    /// # Errors
    /// When it is not ready in time.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        self.home.under.clear();
        self.life = self.home.start(2, None).await?;
        Ok(())
    }

    /// Submits until one is refused, which is what it returns; every id that was given before joins
    /// `given`.
    ///
    /// # Errors
    /// When none is refused.
    pub async fn until_refused(&self, given: &mut Vec<String>) -> anyhow::Result<(u16, Value)> {
        for _ in 0..MANY {
            match asking::submit(&self.home).await {
                Ok(task) => given.push(task),
                Err(refused) => return Ok(refused),
            }
        }
        bail!("{MANY} submits were taken")
    }

    /// How /fetch answers.
    pub async fn fetch(&self, task: &str) -> (u16, Value) {
        asking::post(&self.home, "/fetch", &json!({ "task_id": task })).await
    }

    /// The bytes of a finished task's video.
    ///
    /// # Errors
    /// When there is none or it cannot be had.
    pub async fn video(&self, task: &str) -> anyhow::Result<usize> {
        let (_, body) = self.fetch(task).await;
        let url = body["video_url"].as_str().context("no video is named")?;
        let answer = crate::http::client().get(url).send().await?;
        ensure!(
            answer.status() == 200,
            "the video answers {}",
            answer.status()
        );
        Ok(answer.bytes().await?.len())
    }

    /// Every task ends, finished or not, and no id is unknown.
    ///
    /// # Errors
    /// Names the first for which that does not hold.
    pub async fn all_end(&self, given: &[String]) -> anyhow::Result<()> {
        for task in given {
            asking::end(&self.home, task).await?;
        }
        Ok(())
    }

    /// How many jobs the ledger sold.
    ///
    /// # Errors
    /// Of the file system.
    pub fn sold(&self) -> anyhow::Result<usize> {
        Ok(framewright_doubles::till::read(&self.till.book)?.len())
    }

    /// Sets its clock off by this: `+0`, `-3600`, `+3650d`.
    ///
    /// # Errors
    /// Of the file system.
    pub fn set_clock(&self, by: &str) -> anyhow::Result<()> {
        Ok(std::fs::write(self.directory.path().join("clock"), by)?)
    }

    /// Opens so many connections and says nothing on them. Those that are refused do not count.
    pub async fn crowd(&self, count: usize) -> Vec<TcpStream> {
        let mut crowd = Vec::new();
        for _ in 0..count {
            crowd.extend(idle(self.home.port).await);
        }
        crowd
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "it plays clients of the server, which come by TCP"
)]
async fn idle(port: u16) -> Option<TcpStream> {
    TcpStream::connect(("127.0.0.1", port)).await.ok()
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// The process id stays the server's: each of these becomes the next.
fn own_disk(data: &Path) -> Vec<String> {
    let data = data.display().to_string();
    let mount = "mount -t tmpfs -o size=48m,mode=0700 none \"$0\" && exec \"$@\"";
    words(&["unshare", "-m", "sh", "-c", mount, &data])
}

/// As [`own_disk`], over what is there.
fn read_only(data: &Path) -> Vec<String> {
    let data = data.display().to_string();
    let mount = "mount --bind \"$0\" \"$0\" && mount -o remount,ro,bind \"$0\" && exec \"$@\"";
    words(&["unshare", "-m", "sh", "-c", mount, &data])
}

/// The library stands in before libc; the uptime is the kernel's own, as when an administrator sets
/// the wall clock.
fn loose_clock(home: &mut Home) -> anyhow::Result<()> {
    let library = library().context("libfaketime is not installed")?;
    let clock = home.directory.join("clock");
    std::fs::write(&clock, "+0")?;
    home.environment.extend([
        ("LD_PRELOAD", library.display().to_string()),
        ("FAKETIME_TIMESTAMP_FILE", clock.display().to_string()),
        ("FAKETIME_NO_CACHE", "1".to_owned()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
    ]);
    Ok(())
}

/// Where Debian puts it.
fn library() -> Option<PathBuf> {
    let places = std::fs::read_dir("/usr/lib").ok()?;
    let mut found = places.filter_map(|place| {
        let library = place.ok()?.path().join("faketime/libfaketimeMT.so.1");
        library.exists().then_some(library)
    });
    found.next()
}
