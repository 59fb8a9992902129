//! One run: a server, one ledger for each class beside it, and a life for each cycle. A cycle ends at
//! an armed point of the server, or with `kill -9` once a fault has struck.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::judge::{Evidence, Seller, Sold};
use super::vendors::Shops;
use crate::crash::cycles::{FIRES, Till, image, settle};
use crate::crash::gather;
use crate::crash::load::{Gate, Load, Notes, client};
use crate::crash::process::{Home, Life};
use crate::http;
use crate::ledger::faults::Fault;
use crate::receiver::Receiver;

/// Between two looks whether a fault has struck.
const LOOK: Duration = Duration::from_millis(50);

/// What classes D and E wait for an unknown outcome is divided by this: 15 s and 1 s are left.
pub const SHORTEN: u32 = 120;

/// An armed point fires at a hit up to this: a life lasts no longer than it must.
const HITS: u64 = 4;

/// After a fault has struck the clients get up to so many answers before the kill.
const MORE: u64 = 40;

/// How one life goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cycle {
    /// It ends at this point.
    Kill(&'static str),
    /// This strikes at every ledger; then it is killed.
    Fault(Fault),
}

/// What a run is made of.
pub struct Run<'a> {
    pub server: &'a Path,
    pub ledger: &'a Path,
    /// The doubles' program, where the vendors sell too.
    pub doubles: Option<&'a Path>,
    /// Who sells; the words of the load's wishes.
    pub sellers: &'static [Seller],
    pub cycles: &'a [Cycle],
    pub load: Load,
    pub seed: u64,
    pub twin: Option<&'static str>,
}

/// The server, its ledgers, and who uses them.
struct Scene {
    home: Home,
    tills: BTreeMap<&'static str, Till>,
    shops: Option<Shops>,
    notes: Arc<Notes>,
    gate: watch::Sender<Gate>,
    rng: StdRng,
}

/// Runs it all and gathers the evidence.
///
/// # Errors
/// When a point does not fire, a fault does not strike, or the server does not settle.
pub async fn run(run: &Run<'_>) -> anyhow::Result<Evidence> {
    let directory = tempfile::tempdir()?;
    let receiver = Receiver::start("127.0.0.1").await?;
    let tills = open(run, directory.path()).await?;
    let shops = match run.doubles {
        Some(binary) => Some(Shops::open(binary, directory.path()).await?),
        None => None,
    };
    let vendors = shops.as_ref().map(Shops::config).unwrap_or_default();
    let ledgers = config(run.sellers, |name| tills[name].url.clone());
    let mut home = Home::new(run.server, directory.path(), &(ledgers + &vendors))?;
    (home.twin, home.shorten) = (run.twin, Some(SHORTEN));
    let notes = Arc::new(Notes::new(vec![home.url("")], receiver.url("hook")));
    let (gate, watching) = watch::channel(Gate::Down);
    let mut clients = JoinSet::new();
    for number in 0..run.load.clients {
        let notes = Arc::clone(&notes);
        clients.spawn(client(notes, run.load, number, watching.clone()));
    }
    let mut scene = Scene {
        home,
        tills,
        shops,
        notes,
        gate,
        rng: StdRng::seed_from_u64(run.seed),
    };
    for (number, cycle) in run.cycles.iter().enumerate() {
        scene.one(number, *cycle).await?;
    }
    let last = scene.home.start(run.cycles.len(), None).await?;
    scene.gate.send_replace(Gate::Last);
    while clients.join_next().await.transpose()?.is_some() {}
    let Scene {
        home,
        notes,
        tills,
        shops,
        ..
    } = &scene;
    let evidence = evidence(home, notes, &receiver, run.sellers, tills).await;
    let sold = || shops.as_ref().map(Shops::sold).transpose();
    let evidence = evidence.and_then(|evidence| {
        let vendors = sold()?.unwrap_or_default();
        Ok(Evidence {
            vendors,
            ..evidence
        })
    });
    evidence.with_context(|| format!("the last life said:\n{}", last.last_words()))
}

async fn open(run: &Run<'_>, directory: &Path) -> anyhow::Result<BTreeMap<&'static str, Till>> {
    let mut tills = BTreeMap::new();
    for seller in run.sellers {
        let till = Till::open(run.ledger, directory, seller.name).await?;
        tills.insert(seller.name, till);
    }
    Ok(tills)
}

/// One provider and one route for each ledger; tasks of four slots go to the first.
pub fn config(sellers: &[Seller], url: impl Fn(&str) -> String) -> String {
    let mut config =
        "[outbound]\nallow = [\"127.0.0.0/8\"]\n\n[webhooks]\nper_receiver = 64\n".to_owned();
    for Seller { name, class, .. } in sellers {
        let url = url(name);
        config += &format!(
            "\n[[provider]]\nname = \"{name}\"\nkind = \"ledger\"\nbase_url = \"{url}\"\n\
             class = \"{class}\"\n\
             \n[[route]]\ntask_type = \"kling-video\"\nmodel = \"sold-by-{name}\"\n\
             to = [{{ provider = \"{name}\" }}]\n"
        );
    }
    let first = sellers[0].name;
    config
        + &format!(
            "\n[[route]]\ntask_type = \"imagine-video\"\nto = [{{ provider = \"{first}\" }}]\n"
        )
}

impl Scene {
    async fn one(&mut self, number: usize, cycle: Cycle) -> anyhow::Result<()> {
        let armed = match cycle {
            Cycle::Kill(point) => Some(format!("{point}:{}", self.rng.random_range(1..=HITS))),
            Cycle::Fault(_) => None,
        };
        let mut life = self.home.start(number, armed.as_deref()).await?;
        image(&self.home, &self.notes).await;
        self.gate.send_replace(Gate::Up);
        let ended = match cycle {
            Cycle::Kill(point) => fire(&mut life, point).await,
            Cycle::Fault(fault) => self.strike(&mut life, fault).await,
        };
        self.gate.send_replace(Gate::Down);
        let how = ended.with_context(|| format!("life {number} said:\n{}", life.last_words()))?;
        println!("cycle {number}: {how}");
        Ok(())
    }

    /// Arms the fault at every ledger, waits until it has struck, and kills the server soon after.
    async fn strike(&mut self, life: &mut Life, fault: Fault) -> anyhow::Result<String> {
        let times = self.rng.random_range(1..=3);
        let before = self.struck(fault).await?;
        let client = http::client();
        for till in self.tills.values() {
            let arm = json!({ "fault": fault, "times": times });
            let request = client.post(format!("{}/faults", till.url)).json(&arm);
            request.send().await?.error_for_status()?;
        }
        if let Some(shops) = &self.shops {
            shops.arm(fault, times).await?;
        }
        let struck = tokio::time::timeout(FIRES, async {
            let mut looks = tokio::time::interval(LOOK);
            loop {
                looks.tick().await;
                let struck = self.struck(fault).await?;
                if struck > before {
                    return anyhow::Ok(struck - before);
                }
            }
        });
        let struck = struck.await.context("the fault did not strike")??;
        let answers = self.rng.random_range(1..=MORE);
        let answered = tokio::time::timeout(FIRES, self.notes.answered(answers)).await;
        answered.with_context(|| format!("no {answers} answers within {FIRES:?}"))?;
        life.kill().await?;
        for till in self.tills.values() {
            client.delete(format!("{}/faults", till.url)).send().await?;
        }
        if let Some(shops) = &self.shops {
            shops.reset().await?;
        }
        Ok(format!(
            "{fault:?} struck {struck} times, killed {answers} answers later"
        ))
    }

    /// How often a fault has struck, at all ledgers together.
    async fn struck(&self, fault: Fault) -> anyhow::Result<u32> {
        let mut sum = 0;
        for till in self.tills.values() {
            let answer = http::client().get(format!("{}/faults", till.url));
            let struck: BTreeMap<Fault, u32> = answer.send().await?.json().await?;
            sum += struck.get(&fault).copied().unwrap_or_default();
        }
        Ok(sum)
    }
}

/// Waits for the end of everything and gathers it, with what each of the ledgers sold.
pub(crate) async fn evidence(
    home: &Home,
    notes: &Notes,
    receiver: &Receiver,
    sellers: &[Seller],
    tills: &BTreeMap<&'static str, Till>,
) -> anyhow::Result<Evidence> {
    let naming = sellers.iter().filter(|seller| seller.names);
    let named: Vec<&Till> = naming.map(|seller| &tills[seller.name]).collect();
    let history = settle(home, notes, receiver, &named).await?;
    let mut sold = Vec::new();
    for seller in sellers {
        let till = &tills[seller.name];
        let purchases = framewright_doubles::till::read(&till.book)?;
        sold.push(Sold {
            seller: *seller,
            purchases,
        });
    }
    let store = gather::open_store(home).await?;
    let mut details = Vec::new();
    for task in gather::tasks(&store).await? {
        details.extend(store.detail(&task.account, &task.id).await?);
    }
    Ok(Evidence {
        history,
        sold,
        vendors: Vec::new(),
        details,
    })
}

async fn fire(life: &mut Life, point: &str) -> anyhow::Result<String> {
    life.death(FIRES).await?;
    match life.fired() {
        Some(line) => Ok(line.chars().take(60).collect()),
        None => bail!("it died, but not at {point}"),
    }
}
