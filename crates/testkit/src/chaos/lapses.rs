//! Nodes that cannot keep their lease: killed, stopped for longer than it lasts, stopped around a paid
//! request, cut off from the database. Others must take over, and who comes back must do nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, bail};
use framewright_core::attempt::{AttemptStatus, Class};
use framewright_core::clock::Clock as _;
use framewright_server::clock::SystemClock;
use secrecy::ExposeSecret as _;

use super::cluster::{Cluster, since};
use super::wire::Wire;
use crate::crash::process::Home;
use crate::http;

/// A node is busy within this, an armed point fires within it, and who was declared dead ends
/// within it.
const PATIENCE: Duration = Duration::from_secs(60);

/// More than the promise, so that a late takeover is told by its length and not by its absence.
const TAKEN: Duration = Duration::from_secs(120);

/// How long the others took to free what each of the two had owned.
#[derive(Clone, Copy, Debug)]
pub struct Takeovers {
    pub of_killed: Duration,
    pub of_stopped: Duration,
}

/// Node 1 is killed and node 2 stopped at the same moment; once both are taken over, the stopped one
/// goes on, must end by itself, and both come back.
///
/// # Errors
/// When nobody takes over, or the node that was declared dead goes on.
pub async fn killed_and_stopped(cluster: &mut Cluster) -> anyhow::Result<Takeovers> {
    for node in [1, 2] {
        let owned = cluster.until_busy(node, PATIENCE).await?;
        println!("node {node} owns {owned} unfinished tasks");
    }
    cluster.life(2)?.signal("STOP").await?;
    cluster.life(1)?.kill().await?;
    let (killed, stopped) = (cluster.nodes[1].id.clone(), cluster.nodes[2].id.clone());
    let (of_killed, of_stopped) = tokio::try_join!(
        cluster.takeover(&killed, TAKEN),
        cluster.takeover(&stopped, TAKEN)
    )?;
    wake(cluster, 2).await?;
    for node in [1, 2] {
        cluster.start(node, None).await?;
    }
    Ok(Takeovers {
        of_killed,
        of_stopped,
    })
}

/// Node 0 stops at an armed point, is taken over, goes on, and comes back as another. Returns how long
/// the takeover took, and by hash the requests that it had made ready and not sent when it stopped.
///
/// # Errors
/// When the point does not fire, nobody takes over, or the node goes on for long.
pub async fn stopped_at(
    cluster: &mut Cluster,
    point: &str,
    hit: u64,
) -> anyhow::Result<(Duration, BTreeSet<String>)> {
    cluster.life(0)?.kill().await?;
    cluster
        .start(0, Some(&format!("{point}:{hit}:stop")))
        .await?;
    let line = cluster.life(0)?.reaches(PATIENCE).await?;
    println!("stopped at {}", line.chars().take(60).collect::<String>());
    let begun = SystemClock.uptime();
    let id = cluster.nodes[0].id.clone();
    let ready = ready_to_send(cluster, &id).await?;
    cluster.takeover(&id, TAKEN).await?;
    let took = since(begun);
    let unsent = &ready - &sold(cluster)?;
    wake(cluster, 0).await?;
    cluster.start(0, None).await?;
    Ok((took, unsent))
}

/// The hashes of the requests whose intents this node has committed, of providers without a key: with
/// one, whoever takes over may send it again.
async fn ready_to_send(cluster: &Cluster, node: &str) -> anyhow::Result<BTreeSet<String>> {
    let sql = format!(
        "SELECT a.body_hash FROM attempts a JOIN tasks t ON t.id = a.task \
         WHERE a.status = '{}' AND a.class = '{}' AND t.owner = '{node}'",
        AttemptStatus::Intent.word(),
        Class::E.word()
    );
    Ok(cluster.database.ask(&sql).await?.into_iter().collect())
}

/// The hashes of everything that the ledgers sold.
///
/// # Errors
/// Of the file system.
pub fn sold(cluster: &Cluster) -> anyhow::Result<BTreeSet<String>> {
    let mut hashes = BTreeSet::new();
    for till in cluster.tills.values() {
        let purchases = framewright_doubles::till::read(&till.book)?;
        hashes.extend(purchases.into_iter().map(|purchase| purchase.body_hash));
    }
    Ok(hashes)
}

/// Lets a stopped node go on, which then finds out that it is dead and ends.
async fn wake(cluster: &mut Cluster, node: usize) -> anyhow::Result<()> {
    let life = cluster.life(node)?;
    life.signal("CONT").await?;
    let ended = life.death(PATIENCE).await;
    ended.with_context(|| format!("declared dead, it lives:\n{}", life.last_words()))?;
    if !life.log().contains("declared this one dead") {
        bail!("it ended of something else:\n{}", life.last_words());
    }
    Ok(())
}

/// Node 2 reaches its database by a wire that falls silent in both directions without a word. Returns
/// how long the takeover took and what `/ready` said meanwhile.
///
/// # Errors
/// When nobody takes over.
pub async fn cut_off(cluster: &mut Cluster) -> anyhow::Result<(Duration, u16)> {
    let wire = Wire::open(&cluster.database.socket()?).await?;
    cluster.life(2)?.kill().await?;
    let url = cluster.database.over_tcp(wire.port());
    let home = &mut cluster.nodes[2].home;
    let direct = through(home, url.expose_secret().to_owned());
    cluster.start(2, None).await?;
    let owned = cluster.until_busy(2, PATIENCE).await?;
    println!("node 2 owns {owned} unfinished tasks");
    wire.cut();
    let id = cluster.nodes[2].id.clone();
    let took = cluster.takeover(&id, TAKEN).await?;
    let ready = ready(&cluster.nodes[2].home).await;
    wire.mend();
    let life = cluster.life(2)?;
    let ended = life.death(PATIENCE).await;
    ended.with_context(|| {
        format!(
            "cut off and declared dead, it lives:\n{}",
            life.last_words()
        )
    })?;
    through(&mut cluster.nodes[2].home, direct);
    cluster.start(2, None).await?;
    Ok((took, ready))
}

/// Gives a node another way to its database and returns the one it had.
fn through(home: &mut Home, url: String) -> String {
    let mut settings = home.environment.iter_mut();
    let database = settings.find(|(name, _)| *name == "FRAMEWRIGHT_DATABASE");
    database.map_or_else(String::new, |(_, value)| std::mem::replace(value, url))
}

/// The status of `/ready`; 0 for no answer.
async fn ready(home: &Home) -> u16 {
    let answer = http::client().get(home.url("/ready")).send().await;
    answer.map_or(0, |answer| answer.status().as_u16())
}

/// Which of these requests were sold after all.
///
/// # Errors
/// Of the file system.
pub fn sent_after_all(
    cluster: &Cluster,
    unsent: &BTreeSet<String>,
) -> anyhow::Result<BTreeSet<String>> {
    Ok(&sold(cluster)? & unsent)
}
