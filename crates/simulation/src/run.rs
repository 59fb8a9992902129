//! One run: the hosts of a plan put up, its troubles brought about and ended, and the whole judged when
//! nothing is left to be done.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use framewright_core::attempt::Class;
use framewright_core::clock::{MINUTE, Millis, SECOND};
use framewright_core::id::{AccountId, TaskId};
use framewright_store::{Caps, NewAccount, OpenMode, Store};
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::runtime::Runtime;
use turmoil::Sim;

use crate::clients::{Clients, Told};
use crate::clock::{HostClock, START};
use crate::database::Database;
use crate::gate::Gate;
use crate::judge::{History, judge};
use crate::node::{Ground, Node};
use crate::plan::{CALM_AT, Plan, Trouble, VENDORS, What, node_name, vendor_name};
use crate::receiver::{Log, Receiver};
use crate::shelf::Shelf;
use crate::trace::Trace;
use crate::vendor::{Book, Vendor};

/// One step of the simulation.
const TICK: Duration = Duration::from_millis(50);

/// Whatever is not done by then is a breach: longer than the longest wait that a run can bring about.
const LIMIT: Millis = 20 * MINUTE;

/// More lines than the account's book can have after one run.
const MOST_ENTRIES: usize = 1_000;

/// What came of a run.
pub struct Outcome {
    pub breaches: Vec<String>,
    pub trace: Trace,
    pub tasks: usize,
    pub purchases: usize,
    pub posts: usize,
    /// Simulated, ms.
    pub lasted: Millis,
}

/// The hosts of a run and what they leave behind.
struct Run {
    plan: Plan,
    trace: Trace,
    nodes: Vec<Arc<Node>>,
    vendors: Vec<Arc<Vendor>>,
    receiver: Arc<Receiver>,
    clients: Arc<Clients>,
    store: Store,
    /// Drives the runner's own looks into the database.
    runtime: Runtime,
    /// Hosts that a trouble keeps down.
    down: Vec<String>,
}

/// Runs a plan, with its files in `folder`.
///
/// # Errors
/// When the run itself could not be set up or driven; a broken promise is in the outcome.
pub fn run(plan: &Plan, folder: &Path) -> anyhow::Result<Outcome> {
    let mut sim = turmoil::Builder::new()
        .rng_seed(plan.seed)
        .tick_duration(TICK)
        .simulation_duration(Duration::from_secs(24 * 3600))
        .max_message_latency(Duration::from_millis(plan.latency_ms))
        .fail_rate(plan.loss)
        .repair_rate(0.5)
        .tcp_capacity(4_096)
        .build();
    let mut run = Run::put_up(plan, folder, &mut sim)?;
    let lasted = run.drive(&mut sim)?;
    run.outcome(lasted)
}

impl Run {
    fn put_up(plan: &Plan, folder: &Path, sim: &mut Sim<'_>) -> anyhow::Result<Self> {
        let trace = Trace::default();
        let addresses: Vec<IpAddr> = (0..plan.nodes.len())
            .map(|number| sim.lookup(node_name(number)))
            .collect();
        let vendors = put_up_vendors(plan, &addresses, &trace, sim);
        let receiver = put_up_receiver(plan, &trace, sim);
        let ground = Arc::new(Ground {
            seed: plan.seed,
            folder: folder.to_owned(),
            shelf: Arc::new(Shelf::new(folder.join("blobs"))),
            vendors: VENDORS
                .iter()
                .map(|(name, class)| {
                    let origin = format!("http://{}:80", sim.lookup(vendor_name(name)));
                    ((*name).to_owned(), *class, origin)
                })
                .collect(),
            calm_at: CALM_AT,
            trace: trace.clone(),
        });
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let way = Database::calm("runner", &trace);
        let store = ground.store(OpenMode::Serve, HostClock::default(), 5, way);
        let store = runtime.block_on(store)?;
        let account = runtime.block_on(store.ensure_account(&new_account()))?.id;
        let clients = put_up_clients(plan, &ground, account, sim);
        Ok(Self {
            plan: plan.clone(),
            nodes: put_up_nodes(plan, &ground, sim),
            trace,
            vendors,
            receiver,
            clients,
            store,
            runtime,
            down: Vec::new(),
        })
    }

    /// Steps until all is done; how long it took, ms.
    fn drive(&mut self, sim: &mut Sim<'_>) -> anyhow::Result<Millis> {
        let mut begin = self.plan.troubles.clone();
        let mut end = begin.clone();
        let mut look_at = CALM_AT + SECOND;
        loop {
            sim.step()
                .map_err(|error| anyhow::anyhow!("a host failed: {error}"))?;
            let now = Millis::try_from(sim.elapsed().as_millis())?;
            begin.retain(|trouble| {
                trouble.at > now || {
                    self.begin(trouble, now, sim);
                    false
                }
            });
            end.retain(|trouble| {
                trouble.until > now || {
                    self.end(trouble, now, sim);
                    false
                }
            });
            if now % SECOND == 0 {
                self.revive(now, sim);
            }
            if now >= look_at {
                sim.set_fail_rate(0.0);
                look_at = now + 2 * SECOND;
                if self.is_done(now)? || now > LIMIT {
                    return Ok(now);
                }
            }
        }
    }

    fn begin(&mut self, trouble: &Trouble, now: Millis, sim: &mut Sim<'_>) {
        self.trace
            .note_at(now, &format!("begins: {:?}", trouble.what));
        match &trouble.what {
            What::Crash(host) => {
                sim.crash(host.as_str());
                self.down.push(host.clone());
            }
            What::Partition(one, two) => sim.partition(one.as_str(), two.as_str()),
            What::OneWay(from, to) => sim.partition_oneway(from.as_str(), to.as_str()),
            What::Hold(one, two) => sim.hold(one.as_str(), two.as_str()),
            What::CutOff(node) => self.nodes[*node].link.shut(),
            What::Standstill(node) => self.nodes[*node].standing.shut(),
        }
    }

    fn end(&mut self, trouble: &Trouble, now: Millis, sim: &mut Sim<'_>) {
        self.trace
            .note_at(now, &format!("ends: {:?}", trouble.what));
        match &trouble.what {
            What::Crash(host) => {
                let mine = self.down.iter().position(|down| down == host);
                self.down
                    .remove(mine.expect("it was put there when it began"));
            }
            What::Partition(one, two) => sim.repair(one.as_str(), two.as_str()),
            What::OneWay(from, to) => sim.repair_oneway(from.as_str(), to.as_str()),
            What::Hold(one, two) => sim.release(one.as_str(), two.as_str()),
            What::CutOff(node) => self.nodes[*node].link.open(),
            What::Standstill(node) => self.nodes[*node].standing.open(),
        }
    }

    /// Starts again what has ended and is not kept down, as a supervisor of processes does.
    fn revive(&mut self, now: Millis, sim: &mut Sim<'_>) {
        let nodes = (0..self.nodes.len()).map(node_name);
        let vendors = VENDORS.iter().map(|(name, _)| vendor_name(name));
        for host in nodes.chain(vendors).chain(["receiver".to_owned()]) {
            if !self.down.contains(&host) && !sim.is_host_running(host.as_str()) {
                self.trace.note_at(now, &format!("{host} is started again"));
                sim.bounce(host.as_str());
            }
        }
    }

    /// Every task has ended, and every webhook is delivered, given up, or due only after a long wait.
    fn is_done(&self, now: Millis) -> anyhow::Result<bool> {
        let told = self.clients.all_told();
        if told.acknowledged.len() < self.plan.tasks.len() {
            return Ok(false);
        }
        let soon = START + now + MINUTE;
        let details = self.details(&told)?;
        Ok(details.values().all(|detail| {
            let waits = |owed: &framewright_store::DeliveryDetail| {
                owed.status == "pending" && (owed.tries.is_empty() || owed.due < soon)
            };
            detail.task.status.is_terminal() && !detail.deliveries.iter().any(waits)
        }))
    }

    fn details(&self, told: &Told) -> anyhow::Result<BTreeMap<usize, framewright_store::Detail>> {
        let mut details = BTreeMap::new();
        for (number, id) in &told.acknowledged {
            let detail = self.store.detail(&self.clients.account, id);
            if let Some(detail) = self.runtime.block_on(detail)? {
                details.insert(*number, detail);
            }
        }
        Ok(details)
    }

    /// The account's book by task and kind of entry.
    fn entries(&self) -> anyhow::Result<BTreeMap<(TaskId, String), i64>> {
        let lines = self.store.entries(&self.clients.account, MOST_ENTRIES);
        let lines = self.runtime.block_on(lines)?;
        Ok(lines
            .into_iter()
            .map(|line| ((line.task, line.entry), line.credits))
            .collect())
    }

    fn outcome(&self, lasted: Millis) -> anyhow::Result<Outcome> {
        let told = self.clients.all_told();
        ensure!(!told.acknowledged.is_empty(), "no task was taken in");
        let account = &self.clients.account;
        let summary = self.runtime.block_on(self.store.account_summary(account))?;
        let history = History {
            plan: self.plan.clone(),
            details: self.details(&told)?,
            entries: self.entries()?,
            told,
            sales: self
                .vendors
                .iter()
                .map(|v| (v.name.clone(), v.sales()))
                .collect(),
            heard: self.receiver.heard(),
            account: summary.context("the account is gone")?,
        };
        Ok(Outcome {
            breaches: judge(&history),
            trace: self.trace.clone(),
            tasks: history.details.len(),
            purchases: history.sales.values().map(Vec::len).sum(),
            posts: history.heard.len(),
            lasted,
        })
    }
}

fn new_account() -> NewAccount {
    NewAccount {
        name: "first".into(),
        email: "first@example.com".into(),
        plan: "self-hosted".into(),
        credit_limit: None,
        caps: Caps::default(),
    }
}

fn put_up_vendors(
    plan: &Plan,
    nodes: &[IpAddr],
    trace: &Trace,
    sim: &mut Sim<'_>,
) -> Vec<Arc<Vendor>> {
    let put_up = |(number, (name, class)): (u64, &(&str, &str))| {
        let vendor = Arc::new(Vendor {
            name: (*name).to_owned(),
            class: Class::from_word(class).expect("a class"),
            calm_at: CALM_AT,
            nodes: nodes.to_vec(),
            trace: trace.clone(),
            book: Mutex::new(Book {
                chance: StdRng::seed_from_u64(plan.seed ^ (0x100 + number)),
                sales: Vec::new(),
            }),
        });
        let host = vendor.clone();
        sim.host(vendor_name(name), move || {
            let vendor = host.clone();
            async move { Ok(vendor.live().await?) }
        });
        vendor
    };
    (0..).zip(&VENDORS).map(put_up).collect()
}

fn put_up_receiver(plan: &Plan, trace: &Trace, sim: &mut Sim<'_>) -> Arc<Receiver> {
    let receiver = Arc::new(Receiver {
        calm_at: CALM_AT,
        trace: trace.clone(),
        log: Mutex::new(Log {
            chance: StdRng::seed_from_u64(plan.seed ^ 0x200),
            heard: Vec::new(),
        }),
    });
    let host = receiver.clone();
    sim.host("receiver", move || {
        let receiver = host.clone();
        async move { Ok(receiver.live().await?) }
    });
    receiver
}

fn put_up_nodes(plan: &Plan, ground: &Arc<Ground>, sim: &mut Sim<'_>) -> Vec<Arc<Node>> {
    let put_up = |(number, node): (u64, &crate::plan::NodePlan)| {
        let name = node_name(usize::try_from(number).unwrap_or_default());
        let node = Arc::new(Node {
            name: name.clone(),
            number: number + 1,
            skew: node.skew,
            standing: Gate::default(),
            link: Gate::default(),
            loss: node.loss,
            lives: AtomicU64::new(0),
            ground: ground.clone(),
        });
        let host = node.clone();
        sim.host(name, move || {
            let node = host.clone();
            async move { Ok(node.live().await?) }
        });
        node
    };
    (0..).zip(&plan.nodes).map(put_up).collect()
}

fn put_up_clients(
    plan: &Plan,
    ground: &Arc<Ground>,
    account: AccountId,
    sim: &mut Sim<'_>,
) -> Arc<Clients> {
    let clients = Arc::new(Clients {
        plan: plan.clone(),
        ground: ground.clone(),
        account,
        receiver: format!("http://{}", sim.lookup("receiver")),
        told: Mutex::default(),
    });
    let host = clients.clone();
    sim.host("clients", move || host.clone().live());
    clients
}
