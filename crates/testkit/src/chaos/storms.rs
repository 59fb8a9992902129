//! What a shared database goes through in a bad week, under load: each trouble lasts one window, and
//! the tasks that end in the windows before, in and after it are counted. Whether anything was lost
//! is the checker's to say.

use std::time::Duration;

use anyhow::{Context, bail};
use framewright_core::clock::{Clock as _, Millis};
use framewright_server::clock::SystemClock;
use tokio::process::Command;
use tokio_postgres::Client;

use super::cluster::Cluster;
use crate::crash::load::Load;

/// How the database's server is told to restart: `pg_ctl` with its arguments, as whoever may.
pub const CONTROL: &str = "FRAMEWRIGHT_TEST_POSTGRES_CTL";

/// Between two blows of a trouble that strikes again and again.
const AGAIN: Duration = Duration::from_secs(2);

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storm {
    /// The database's server is stopped at once, without a checkpoint, and started.
    Restart,
    /// Every connection is cut by the server, again and again.
    BackendsKilled,
    /// 300 connections do nothing.
    IdleConnections,
    /// One node dies and stays away for the window.
    NodeKilled,
    /// One node after the other dies and comes back.
    NodesKilled,
    /// Four transactions hold their snapshot and do nothing.
    IdleInTransaction,
    /// Readers of everything, one beginning before another ends.
    Readers,
    /// Clients stop and come back all at once.
    Bursts,
    /// Half as many clients more, who stay.
    Overload,
}

/// All nine, the one whose clients stay last.
pub const ALL: [Storm; 9] = [
    Storm::Restart,
    Storm::BackendsKilled,
    Storm::IdleConnections,
    Storm::NodeKilled,
    Storm::NodesKilled,
    Storm::IdleInTransaction,
    Storm::Readers,
    Storm::Bursts,
    Storm::Overload,
];

/// Tasks that ended in each window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    pub before: u64,
    pub within: u64,
    pub after: u64,
}

impl Ended {
    /// The rate after the trouble, in per cent of the rate before it.
    #[must_use]
    pub fn recovery(self) -> u64 {
        self.after * 100 / self.before.max(1)
    }
}

/// One trouble, with a window before it, one of it and one behind it.
///
/// # Errors
/// When it cannot be made, or a node does not come back.
pub async fn weather(
    cluster: &mut Cluster,
    storm: Storm,
    window: Duration,
    load: Load,
) -> anyhow::Result<Ended> {
    let revived = cluster.revive().await?;
    if revived > 0 {
        println!("{revived} nodes had missed their lease and are back");
    }
    let begun = SystemClock.now();
    tokio::time::sleep(window).await;
    let struck = SystemClock.now();
    strike(cluster, storm, window, load)
        .await
        .with_context(|| format!("{storm:?}"))?;
    let over = SystemClock.now();
    tokio::time::sleep(window).await;
    let span = Millis::try_from(window.as_millis())?;
    let counts = (
        ended(cluster, begun, begun + span).await?,
        ended(cluster, struck, struck + span).await?,
        ended(cluster, over, over + span).await?,
    );
    let (before, within, after) = counts;
    Ok(Ended {
        before,
        within,
        after,
    })
}

async fn ended(cluster: &Cluster, from: Millis, until: Millis) -> anyhow::Result<u64> {
    let sql = format!("SELECT count(*) FROM tasks WHERE finished >= {from} AND finished < {until}");
    cluster.database.count(&sql).await
}

/// Lasts as long as the window, or until the node that it killed is back.
async fn strike(
    cluster: &mut Cluster,
    storm: Storm,
    window: Duration,
    load: Load,
) -> anyhow::Result<()> {
    let blows = u32::try_from(window.as_millis() / AGAIN.as_millis())?.max(1);
    match storm {
        Storm::Restart => {
            restart().await?;
            tokio::time::sleep(window).await;
        }
        Storm::BackendsKilled => {
            for _ in 0..blows {
                cut_connections(cluster).await?;
                tokio::time::sleep(AGAIN).await;
            }
        }
        Storm::IdleConnections => hold(cluster, 300, "SELECT 1", window).await?,
        Storm::NodeKilled => {
            cluster.life(1)?.kill().await?;
            tokio::time::sleep(window).await;
            cluster.start(1, None).await?;
        }
        Storm::NodesKilled => {
            for blow in 0..usize::try_from(blows)? {
                let node = blow % cluster.nodes.len();
                cluster.life(node)?.kill().await?;
                cluster.start(node, None).await?;
                tokio::time::sleep(AGAIN).await;
            }
        }
        Storm::IdleInTransaction => hold(cluster, 4, SNAPSHOT, window).await?,
        Storm::Readers => read(cluster, window).await?,
        Storm::Bursts => {
            for _ in 0..blows {
                cluster.hold_clients(true);
                tokio::time::sleep(AGAIN / 2).await;
                cluster.hold_clients(false);
                tokio::time::sleep(AGAIN / 2).await;
            }
        }
        Storm::Overload => {
            cluster.more_clients(Load {
                clients: load.clients / 2,
                ..load
            });
            tokio::time::sleep(window).await;
        }
    }
    Ok(())
}

const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM tasks";

const EVERYTHING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ; \
    SELECT count(*), max(length(t.spec)) FROM tasks t LEFT JOIN attempts a ON a.task = t.id \
    LEFT JOIN task_events e ON e.task = t.id; COMMIT";

async fn restart() -> anyhow::Result<()> {
    let control = std::env::var(CONTROL).with_context(|| format!("{CONTROL} is not set"))?;
    let mut words = control.split_whitespace();
    let program = words.next().context("it is empty")?;
    let done = Command::new(program)
        .args(words)
        .args(["-m", "immediate", "-w", "restart"])
        .stdout(std::process::Stdio::null())
        .status()
        .await?;
    match done.success() {
        true => Ok(()),
        false => bail!("the server did not come back"),
    }
}

async fn cut_connections(cluster: &Cluster) -> anyhow::Result<()> {
    const SQL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    cluster.database.ask(SQL).await.map(drop)
}

/// So many connections say this once and then nothing for the window.
async fn hold(cluster: &Cluster, count: usize, sql: &str, window: Duration) -> anyhow::Result<()> {
    let one = || {
        cluster.database.with(async |client: Client| {
            client.batch_execute(sql).await?;
            tokio::time::sleep(window).await;
            Ok(())
        })
    };
    let all = (0..count).map(|_| one());
    let held = futures_util::future::join_all(all).await;
    held.into_iter().collect()
}

/// Four readers of everything for the window, each beginning again at once.
async fn read(cluster: &Cluster, window: Duration) -> anyhow::Result<()> {
    let one = || {
        cluster.database.with(async |client: Client| {
            let until = SystemClock.uptime() + Millis::try_from(window.as_millis())?;
            while SystemClock.uptime() < until {
                client.simple_query(EVERYTHING).await?;
            }
            Ok(())
        })
    };
    let all = futures_util::future::join_all((0..4).map(|_| one())).await;
    all.into_iter().collect()
}
