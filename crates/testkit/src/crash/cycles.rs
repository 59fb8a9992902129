//! One run: a server that lives many short lives under one load, each ended by an armed point or by
//! `kill -9` after a random amount of work, and the history that all of them left.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::gather;
use super::load::{Gate, Load, Notes, client};
use super::process::{Home, KEY, Life};
use crate::checker::History;
use crate::http;
use crate::receiver::Receiver;
use framewright_doubles::till;

/// An armed point must fire within this, and a random life must come to its end.
pub(crate) const FIRES: Duration = Duration::from_secs(30);

/// The end of everything once the faults have stopped.
pub(crate) const SETTLES: Duration = Duration::from_secs(90);

/// How one life ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Death {
    /// At this point (`K3`), at some hit of it.
    Point(&'static str),
    /// In the midst of the drain that a SIGTERM began (`K21`).
    Drain,
    /// `kill -9` when the clients have had some number of answers of this life.
    Random,
}

/// What a run is made of.
pub struct Run<'a> {
    pub server: &'a Path,
    /// The ledger's binary, where the server buys of a ledger.
    pub ledger: Option<&'a Path>,
    pub config: &'a str,
    pub deaths: &'a [Death],
    /// A point fires at a hit drawn from these.
    pub hits: std::ops::RangeInclusive<u64>,
    pub load: Load,
    /// A random life ends after a number of answers drawn from these: of work done, not of time, so
    /// that a slow machine gets as far as a fast one.
    pub answers: std::ops::RangeInclusive<u64>,
    pub seed: u64,
    /// The broken twin that the server is to be; none for the sound one.
    pub twin: Option<&'static str>,
}

/// The provider beside the server: it lives on while the server dies.
pub struct Till {
    _process: Child,
    /// The file with what it sold.
    pub book: PathBuf,
    /// Where it listens.
    pub url: String,
}

impl Till {
    /// A ledger with its book in `directory`, the names of whose jobs begin with `jobs`.
    ///
    /// # Errors
    /// When its process cannot be started.
    pub async fn open(binary: &Path, directory: &Path, jobs: &str) -> anyhow::Result<Self> {
        let book = directory.join(format!("ledger-{jobs}"));
        let mut process = Command::new(binary)
            .arg("--book")
            .arg(&book)
            .args(["--work-ms", "600", "--progress", "--jobs", jobs])
            .stdout(std::process::Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("start the ledger")?;
        let stdout = process.stdout.take().context("the ledger's output")?;
        let first = BufReader::new(stdout).lines().next_line().await?;
        let url = first.context("the ledger printed no address")?;
        Ok(Self {
            _process: process,
            book,
            url,
        })
    }
}

/// Runs it all and gathers the history.
///
/// # Errors
/// When a point does not fire, too little was in flight at a death, or the server does not settle.
pub async fn run(run: &Run<'_>) -> anyhow::Result<History> {
    let directory = tempfile::tempdir()?;
    let receiver = Receiver::start("127.0.0.1").await?;
    let till = match run.ledger {
        Some(binary) => Some(Till::open(binary, directory.path(), "job").await?),
        None => None,
    };
    let address = till.as_ref().map_or("", |till| till.url.as_str());
    let mut home = Home::new(
        run.server,
        directory.path(),
        &run.config.replace("{ledger}", address),
    )?;
    home.twin = run.twin;
    let notes = Arc::new(Notes::new(vec![home.url("")], receiver.url("hook")));
    let (gate, watching) = watch::channel(Gate::Down);
    let mut clients = JoinSet::new();
    for number in 0..run.load.clients {
        clients.spawn(client(
            Arc::clone(&notes),
            run.load,
            number,
            watching.clone(),
        ));
    }
    let mut lives = Lives {
        run,
        home: &home,
        gate,
        rng: StdRng::seed_from_u64(run.seed),
    };
    for (number, death) in run.deaths.iter().enumerate() {
        lives.one(number, death, &notes).await?;
    }
    let last = lives.last(run.deaths.len()).await?;
    while clients.join_next().await.transpose()?.is_some() {}
    let history = settle(&home, &notes, &receiver, &till.iter().collect::<Vec<_>>()).await;
    history.with_context(|| format!("the last life said:\n{}", last.last_words()))
}

/// The lives of the server, one after the other.
struct Lives<'a> {
    run: &'a Run<'a>,
    home: &'a Home,
    gate: watch::Sender<Gate>,
    rng: StdRng,
}

impl Lives<'_> {
    async fn one(&mut self, number: usize, death: &Death, notes: &Notes) -> anyhow::Result<()> {
        let armed = match death {
            Death::Point(point) => Some(format!(
                "{point}:{}",
                self.rng.random_range(self.run.hits.clone())
            )),
            Death::Drain => Some("K21:1".to_owned()),
            Death::Random => None,
        };
        let mut life = self.home.start(number, armed.as_deref()).await?;
        image(self.home, notes).await;
        self.gate.send_replace(Gate::Up);
        if *death == Death::Drain {
            self.for_a_while(notes).await?;
            life.terminate().await?;
        }
        let died = self.end(&mut life, armed.as_deref(), notes).await;
        self.gate.send_replace(Gate::Down);
        let how = died.with_context(|| format!("life {number} said:\n{}", life.last_words()))?;
        let whole = gather::integrity(self.home)?;
        if whole != "ok" {
            bail!("life {number} left a broken database: {whole}");
        }
        let store = gather::open_store(self.home).await?;
        let in_flight = gather::in_flight(&gather::tasks(&store).await?);
        println!("life {number}: {how}; in flight {in_flight:?}");
        if in_flight.values().sum::<usize>() < self.run.load.least_in_flight() {
            bail!("life {number} ended with too little in flight to prove anything");
        }
        Ok(())
    }

    async fn end(
        &mut self,
        life: &mut Life,
        armed: Option<&str>,
        notes: &Notes,
    ) -> anyhow::Result<String> {
        let Some(armed) = armed else {
            let answers = self.for_a_while(notes).await?;
            life.kill().await?;
            return Ok(format!("killed after {answers} answers"));
        };
        life.death(FIRES).await?;
        match life.fired() {
            Some(line) => Ok(line),
            None => bail!("it died, but not at {armed}"),
        }
    }

    /// Lets the server work until the clients have had some number of answers, and says how many.
    async fn for_a_while(&mut self, notes: &Notes) -> anyhow::Result<u64> {
        let answers = self.rng.random_range(self.run.answers.clone());
        let answered = tokio::time::timeout(FIRES, notes.answered(answers)).await;
        answered.with_context(|| format!("no {answers} answers within {FIRES:?}"))?;
        Ok(answers)
    }

    async fn last(&mut self, number: usize) -> anyhow::Result<Life> {
        let life = self.home.start(number, None).await?;
        self.gate.send_replace(Gate::Last);
        Ok(life)
    }
}

/// Uploads the image that some tasks start from, unless that was done; a server that dies meanwhile
/// leaves the tasks without.
pub(crate) async fn image(home: &Home, notes: &Notes) {
    if notes.has_image() {
        return;
    }
    let part = reqwest::multipart::Part::bytes(PICTURE).file_name("picture.bmp");
    let form = reqwest::multipart::Form::new().part("image", part);
    let request = http::client()
        .post(home.url("/upload"))
        .header("Authorization", KEY);
    let Ok(answer) = request.multipart(form).send().await else {
        return;
    };
    let body: serde_json::Value = answer.json().await.unwrap_or_default();
    if let Some(url) = body["imageURL"].as_str() {
        notes.set_image(url.to_owned());
    }
}

/// A BMP of 64 x 64 pixels, two gradients.
const PICTURE: &[u8] = include_bytes!("picture.bmp");

/// Waits for the end of everything and gathers the history; `tills` sold what must be named.
pub(crate) async fn settle(
    home: &Home,
    notes: &Notes,
    receiver: &Receiver,
    tills: &[&Till],
) -> anyhow::Result<History> {
    let store = gather::open_store(home).await?;
    gather::until_settled(&store, SETTLES).await?;
    let shown = gather::shown(home, &store).await?;
    Ok(History {
        submits: notes.submits(),
        fetched: notes.fetched(),
        downloads: gather::downloads(&shown).await?,
        heard: receiver.heard(),
        purchases: tills
            .iter()
            .map(|till| till::read(&till.book))
            .collect::<Result<Vec<_>, _>>()?
            .concat(),
        credits: gather::credits(&store).await?,
        shown,
    })
}
