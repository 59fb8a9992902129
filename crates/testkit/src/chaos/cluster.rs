//! Nodes over one database, the clients that use them all, and the ledgers they buy of.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use framewright_core::clock::{Clock as _, Millis};
use framewright_server::clock::SystemClock;
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::database::Database;
use crate::crash::cycles::{Till, image};
use crate::crash::load::{Gate, Load, Notes, client};
use crate::crash::process::{Home, Life};
use crate::purchases::cycles::{SHORTEN, config, evidence};
use crate::purchases::judge::{Evidence, Seller};
use crate::receiver::Receiver;

/// Between two looks at what others do.
const LOOK: Duration = Duration::from_millis(100);

/// What a cluster is made of.
pub struct Plan<'a> {
    pub server: &'a Path,
    pub ledger: &'a Path,
    pub sellers: &'static [Seller],
    pub nodes: usize,
    pub load: Load,
    /// What a lease's spans are divided by; 1 for as they are shipped.
    pub lease: u32,
    /// The broken twin that every node is to be.
    pub twin: Option<&'static str>,
}

/// One of the servers.
pub struct Node {
    pub home: Home,
    pub life: Option<Life>,
    lives: usize,
    /// The id of its present life, or of the last one.
    pub id: String,
}

/// All of it.
pub struct Cluster {
    /// Taken away with it.
    _directory: TempDir,
    pub database: Database,
    receiver: Receiver,
    sellers: &'static [Seller],
    pub tills: BTreeMap<&'static str, Till>,
    pub notes: Arc<Notes>,
    pub nodes: Vec<Node>,
    gate: watch::Sender<Gate>,
    clients: JoinSet<()>,
    /// The longest that any life took to be ready.
    pub slowest_start: Duration,
}

impl Cluster {
    /// Everything but the servers, which [`Self::start`] starts. None where the environment names no
    /// PostgreSQL server.
    ///
    /// # Errors
    /// Of the file system, the database and the ledgers.
    pub async fn new(plan: &Plan<'_>) -> anyhow::Result<Option<Self>> {
        let Some(database) = Database::fresh().await? else {
            return Ok(None);
        };
        let directory = tempfile::tempdir()?;
        let receiver = Receiver::start("127.0.0.1").await?;
        let mut tills = BTreeMap::new();
        for seller in plan.sellers {
            let till = Till::open(plan.ledger, directory.path(), seller.name).await?;
            tills.insert(seller.name, till);
        }
        let config = config(plan.sellers, |name| tills[name].url.clone());
        let nodes = homes(plan, directory.path(), &database.url, &config)?;
        let urls = nodes.iter().map(|node| node.home.url("")).collect();
        let (gate, _) = watch::channel(Gate::Down);
        let mut cluster = Self {
            notes: Arc::new(Notes::new(urls, receiver.url("hook"))),
            _directory: directory,
            database,
            receiver,
            sellers: plan.sellers,
            tills,
            nodes,
            gate,
            clients: JoinSet::new(),
            slowest_start: Duration::ZERO,
        };
        cluster.more_clients(plan.load);
        Ok(Some(cluster))
    }

    /// Adds the clients of a load to those there are.
    pub fn more_clients(&mut self, load: Load) {
        let first = self.clients.len();
        for number in first..first + load.clients {
            let notes = Arc::clone(&self.notes);
            let watching = self.gate.subscribe();
            self.clients.spawn(client(notes, load, number, watching));
        }
    }

    /// Starts every node and lets the clients begin.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn begin(&mut self) -> anyhow::Result<()> {
        for node in 0..self.nodes.len() {
            self.start(node, None).await?;
        }
        image(&self.nodes[0].home, &self.notes).await;
        self.gate.send_replace(Gate::Up);
        Ok(())
    }

    /// Keeps the clients from asking anything, or lets them go on.
    pub fn hold_clients(&self, held: bool) {
        self.gate
            .send_replace(if held { Gate::Down } else { Gate::Up });
    }

    /// Starts one node, armed or not, and learns its new id.
    ///
    /// # Errors
    /// When it is not ready in time, or made no node known.
    pub async fn start(&mut self, node: usize, crash_at: Option<&str>) -> anyhow::Result<()> {
        // The first node of all makes the tables.
        let before = self.database.nodes().await.unwrap_or_default();
        let Node { home, lives, .. } = &mut self.nodes[node];
        *lives += 1;
        let life = home.start(*lives, crash_at).await?;
        self.slowest_start = self.slowest_start.max(life.ready_after);
        let after = self.database.nodes().await?;
        let id = after.difference(&before).next();
        let id = id.with_context(|| format!("node {node} is not known:\n{}", life.last_words()))?;
        self.nodes[node].id = id.clone();
        self.nodes[node].life = Some(life);
        Ok(())
    }

    /// Starts again every node that ended by itself, as an init system does; how many there were. On a
    /// machine so busy that a node misses its short lease, others declare it dead.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn revive(&mut self) -> anyhow::Result<usize> {
        let mut revived = 0;
        for node in 0..self.nodes.len() {
            if self.nodes[node].life.as_mut().is_some_and(Life::is_over) {
                self.start(node, None).await?;
                revived += 1;
            }
        }
        Ok(revived)
    }

    /// The running life of a node.
    ///
    /// # Errors
    /// Where it has none.
    pub fn life(&mut self, node: usize) -> anyhow::Result<&mut Life> {
        self.nodes[node].life.as_mut().context("the node is down")
    }

    /// Waits until this node owns something.
    ///
    /// # Errors
    /// When that does not come within `within`.
    pub async fn until_busy(&self, node: usize, within: Duration) -> anyhow::Result<u64> {
        let id = &self.nodes[node].id;
        let busy = async {
            let mut looks = tokio::time::interval(LOOK);
            loop {
                looks.tick().await;
                let owned = self.database.owned(id).await?;
                if owned >= 3 {
                    return anyhow::Ok(owned);
                }
            }
        };
        let busy = tokio::time::timeout(within, busy).await;
        busy.with_context(|| format!("node {node} owned nothing within {within:?}"))?
    }

    /// From now until nothing is owned by the life `id`.
    ///
    /// # Errors
    /// When something still is after `within`.
    pub async fn takeover(&self, id: &str, within: Duration) -> anyhow::Result<Duration> {
        let begun = SystemClock.uptime();
        let freed = async {
            let mut looks = tokio::time::interval(LOOK);
            while self.database.owned(id).await? > 0 {
                looks.tick().await;
            }
            anyhow::Ok(())
        };
        let freed = tokio::time::timeout(within, freed).await;
        freed.with_context(|| format!("not taken over within {within:?}"))??;
        Ok(since(begun))
    }

    /// Ends the clients' work, waits for the end of everything and gathers what was left behind.
    /// Every node must be up.
    ///
    /// # Errors
    /// When it does not settle.
    pub async fn settle(&mut self) -> anyhow::Result<Evidence> {
        self.revive().await?;
        self.gate.send_replace(Gate::Last);
        while self.clients.join_next().await.transpose()?.is_some() {}
        let (first, notes) = (&self.nodes[0].home, &self.notes);
        let gathered = evidence(first, notes, &self.receiver, self.sellers, &self.tills).await;
        gathered.with_context(|| self.last_words())
    }

    fn last_words(&self) -> String {
        let lives = self.nodes.iter().filter_map(|node| node.life.as_ref());
        lives
            .map(Life::last_words)
            .collect::<Vec<_>>()
            .join("\n--\n")
    }
}

/// Time since this uptime.
#[must_use]
pub fn since(begun: Millis) -> Duration {
    Duration::from_millis((SystemClock.uptime() - begun).unsigned_abs())
}

fn homes(
    plan: &Plan<'_>,
    directory: &Path,
    database: &SecretString,
    config: &str,
) -> anyhow::Result<Vec<Node>> {
    let blobs = directory.join("blobs");
    std::fs::create_dir(&blobs)?;
    let mut nodes: Vec<Node> = Vec::new();
    for number in 0..plan.nodes {
        let place = directory.join(format!("node-{number}"));
        std::fs::create_dir(&place)?;
        let mut home = Home::new(plan.server, &place, config)?;
        let public = nodes
            .first()
            .map_or_else(|| home.url(""), |node| node.home.url(""));
        home.share(database, &blobs, &public);
        (home.twin, home.shorten) = (plan.twin, Some(SHORTEN));
        let lease = ("LEASE_SHORTEN", plan.lease.to_string());
        home.environment.push(lease);
        nodes.push(Node {
            home,
            life: None,
            lives: 0,
            id: String::new(),
        });
    }
    Ok(nodes)
}
