//! One of several nodes dies, again and again, at named points and at random moments, while the
//! others go on.

use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use rand::Rng;
use rand::rngs::StdRng;

use super::cluster::Cluster;
use super::database::Database;
use crate::crash::asking;
use crate::crash::process::Home;

/// An armed point must fire within this, and the clients must get answers within it.
const FIRES: Duration = Duration::from_secs(60);

/// Kills one node in turn for each point: with `kill -9` after some answers, then, restarted, at the
/// point; then it comes back. Returns how often a node died.
///
/// # Errors
/// When a point does not fire or a node does not come back.
pub async fn at(
    cluster: &mut Cluster,
    points: &[&'static str],
    hits: RangeInclusive<u64>,
    rng: &mut StdRng,
) -> anyhow::Result<usize> {
    let mut deaths = 0;
    for (number, point) in points.iter().enumerate() {
        let node = number % cluster.nodes.len();
        let answers = rng.random_range(50..=400);
        let answered = tokio::time::timeout(FIRES, cluster.notes.answered(answers)).await;
        answered.with_context(|| format!("no {answers} answers within {FIRES:?}"))?;
        cluster.life(node)?.kill().await?;
        // A drain comes by its point once.
        let hit = match *point {
            "K21" => 1,
            _ => rng.random_range(hits.clone()),
        };
        cluster.start(node, Some(&format!("{point}:{hit}"))).await?;
        let how = die(cluster, node, point).await?;
        println!("node {node}: killed after {answers} answers, then {how}");
        deaths += 2;
        cluster.start(node, None).await?;
    }
    Ok(deaths)
}

/// Dies in every migration of PostgreSQL in turn, each time in a new database, and starts again.
/// Returns how many there were; none where the environment names no server.
///
/// # Errors
/// When a life after such a death is not ready.
pub async fn migrations(server: &Path) -> anyhow::Result<Option<usize>> {
    for number in 1.. {
        let Some(database) = Database::fresh().await? else {
            return Ok(None);
        };
        let directory = tempfile::tempdir()?;
        let mut home = Home::new(server, directory.path(), "")?;
        let public = home.url("");
        home.share(&database.url, &directory.path().join("blobs"), &public);
        let mut life = home.start(0, Some(&format!("K20:{number}"))).await?;
        if life.fired().is_none() {
            return Ok(Some(number - 1));
        }
        life.death(FIRES).await?;
        let mut next = home.start(1, None).await?;
        asking::one(&home)
            .await
            .with_context(|| format!("after migration {number}"))?;
        next.kill().await?;
    }
    bail!("there is no end of migrations")
}

/// Waits for the death at an armed point; a drain is begun by us.
async fn die(cluster: &mut Cluster, node: usize, point: &str) -> anyhow::Result<String> {
    if point == "K21" {
        cluster.until_busy(node, FIRES).await?;
        cluster.life(node)?.terminate().await?;
    }
    let life = cluster.life(node)?;
    let dead = life.death(FIRES).await;
    dead.with_context(|| format!("armed with {point}:\n{}", life.last_words()))?;
    match life.fired() {
        Some(line) => Ok(line.chars().take(60).collect()),
        None => bail!("it died, but not at {point}:\n{}", life.last_words()),
    }
}
