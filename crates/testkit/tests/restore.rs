//! A backup taken while tasks are bought, restored into the other database when much has happened
//! since, and run to its end: the ledgers show what was sold, and nothing is sold twice. The other
//! database is PostgreSQL where the environment names one.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use framewright_doubles::till;
use framewright_store::scratch;
use framewright_testkit::crash::cycles::Till;
use framewright_testkit::crash::process::{Home, KEY};
use framewright_testkit::http;
use framewright_testkit::purchases::cycles::{SHORTEN, config};
use framewright_testkit::purchases::judge::Seller;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

const TESTEE: &str = env!("CARGO_BIN_EXE_testee");
const LEDGER: &str = env!("CARGO_BIN_EXE_ledger");

/// Many more than a key's permits, so that most are still queued when the backup is made.
const TASKS_EACH: usize = 40;
const PERMITS: &str = "kind = \"ledger\"\nmax_in_flight = 4\n";

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);

const SELLERS: [Seller; 3] = [seller("a", "A"), seller("b", "B"), seller("e", "E")];

const fn seller(name: &'static str, class: &'static str) -> Seller {
    Seller {
        name,
        class,
        exact: false,
        names: false,
    }
}

/// The ledgers, and a server that buys of them.
struct Scene {
    sellers: &'static [Seller],
    directory: TempDir,
    tills: BTreeMap<&'static str, Till>,
}

impl Scene {
    async fn new(sellers: &'static [Seller]) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let mut tills = BTreeMap::new();
        for Seller { name, .. } in sellers {
            let till = Till::open(Path::new(LEDGER), directory.path(), name).await?;
            tills.insert(*name, till);
        }
        Ok(Self {
            sellers,
            directory,
            tills,
        })
    }

    /// A home for a server of these ledgers, with more settings of `[server]`.
    fn home(&self, name: &str, server: &str) -> anyhow::Result<Home> {
        let directory = self.directory.path().join(name);
        std::fs::create_dir(&directory)?;
        let rest = config(self.sellers, |name| self.tills[name].url.clone());
        let rest = rest.replace("kind = \"ledger\"\n", PERMITS);
        let mut home = Home::new(Path::new(TESTEE), &directory, &format!("{server}\n{rest}"))?;
        home.master_key = Some(scratch::MASTER_KEY.to_owned());
        home.shorten = Some(SHORTEN);
        Ok(home)
    }

    /// How many jobs were sold, and for which request more than one.
    fn sold(&self) -> anyhow::Result<(usize, Vec<String>)> {
        let (mut count, mut twice) = (0, Vec::new());
        for till in self.tills.values() {
            let mut bodies = BTreeMap::new();
            for purchase in till::read(&till.book)? {
                count += 1;
                *bodies.entry(purchase.body).or_insert(0) += 1;
            }
            twice.extend(
                bodies
                    .into_iter()
                    .filter(|(_, n)| *n > 1)
                    .map(|(body, _)| body),
            );
        }
        Ok((count, twice))
    }
}

/// A command of the binary beside, or instead of, the server of a home.
fn framewright(home: &Home, arguments: &[&str]) -> Command {
    let mut command = Command::new(&home.binary);
    command
        .args(arguments)
        .arg("--config")
        .arg(home.directory.join("framewright.toml"))
        .arg("--data")
        .arg(home.data())
        .env("FRAMEWRIGHT_MASTER_KEY", scratch::MASTER_KEY);
    command
}

/// Runs it to its end, which must be a good one.
async fn command(home: &Home, arguments: &[&str]) -> anyhow::Result<()> {
    let ran = framewright(home, arguments).output().await?;
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    ensure!(ran.status.success(), "{arguments:?}: {said}");
    Ok(())
}

/// Runs it up to the moment before its work would be there to be seen, where it dies.
async fn dying(home: &Home, arguments: &[&str]) -> anyhow::Result<()> {
    let armed = framewright(home, arguments)
        .env("CRASH_AT", "K22:1")
        .output();
    let said = String::from_utf8_lossy(&armed.await?.stderr).into_owned();
    ensure!(said.contains("crash point"), "it did not die: {said}");
    Ok(())
}

async fn ask(home: &Home, path: &str, body: &Value) -> anyhow::Result<Value> {
    let request = http::client().post(home.url(path)).json(body);
    Ok(request
        .header("authorization", KEY)
        .send()
        .await?
        .json()
        .await?)
}

async fn submit_all(
    home: &Home,
    sellers: &[Seller],
) -> anyhow::Result<BTreeMap<String, &'static str>> {
    let mut tasks = BTreeMap::new();
    for number in 0..TASKS_EACH {
        for Seller { name, .. } in sellers {
            let order = json!({
                "generation_type": "text2video", "prompt": format!("{name} {number}"),
                "model": format!("sold-by-{name}"),
            });
            let taken = ask(home, "/kling-imagine", &order).await?;
            let id = taken["task_id"]
                .as_str()
                .with_context(|| taken.to_string())?;
            tasks.insert(id.to_owned(), *name);
        }
    }
    Ok(tasks)
}

/// What /fetch says of each task once none of them is in progress.
async fn ended(
    home: &Home,
    tasks: &BTreeMap<String, &'static str>,
) -> anyhow::Result<BTreeMap<String, String>> {
    let mut ended = BTreeMap::new();
    let mut looks = tokio::time::interval(LOOK);
    let all = async {
        for id in tasks.keys() {
            loop {
                looks.tick().await;
                let seen = ask(home, "/fetch", &json!({ "task_id": id })).await?;
                let status = seen["status"].as_str().with_context(|| seen.to_string())?;
                if status != "processing" {
                    ended.insert(id.clone(), status.to_owned());
                    break;
                }
            }
        }
        anyhow::Ok(())
    };
    let within = tokio::time::timeout(PATIENCE, all).await;
    within.context("tasks were left in progress")??;
    Ok(ended)
}

/// The settings of the place that is restored into.
async fn other_database(scene: &Scene) -> String {
    let Some(url) = scratch::database("restore").await else {
        return String::new();
    };
    let blobs = scene.directory.path().join("shared-blobs");
    let (url, blobs) = (url.expose_secret(), blobs.display());
    format!("database = \"{url}\"\nblobs = \"{blobs}\"\nblobs_shared = true\n")
}

/// Buys, backs up in the midst of it, buys on to the end; restores and runs that to its end.
async fn lost_time(
    scene: &Scene,
    restore: &[&str],
) -> anyhow::Result<BTreeMap<&'static str, usize>> {
    let home = scene.home("first", "")?;
    let mut life = home.start(0, None).await?;
    let tasks = submit_all(&home, scene.sellers).await?;
    let copy = scene.directory.path().join("copy.framewright");
    let copy = copy.to_str().context("a path of text")?;
    command(&home, &["backup", "--out", copy]).await?;
    let (sold_then, _) = scene.sold()?;
    ended(&home, &tasks).await?;
    life.kill().await?;
    let (sold_since, twice) = scene.sold()?;
    ensure!(
        sold_since == tasks.len() && twice.is_empty(),
        "{sold_since} sold, {twice:?} twice"
    );
    ensure!(
        sold_then < sold_since,
        "nothing was bought after the backup"
    );

    let home = scene.home("second", &other_database(scene).await)?;
    command(&home, &[restore, &[copy]].concat()).await?;
    let mut life = home.start(1, None).await?;
    let ends = ended(&home, &tasks).await?;
    life.kill().await?;
    let mut finished = BTreeMap::new();
    for (id, status) in ends {
        *finished.entry(tasks[&id]).or_default() += usize::from(status == "finished");
    }
    Ok(finished)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_bought_between_backup_and_restore_is_bought_again() -> anyhow::Result<()> {
    let scene = Scene::new(&SELLERS).await?;
    let finished = lost_time(&scene, &["restore"]).await?;
    let (sold, twice) = scene.sold()?;
    assert!(twice.is_empty(), "bought twice: {twice:?}");
    assert_eq!(sold, SELLERS.len() * TASKS_EACH);
    // Where a repetition is told as one every task still comes to its video.
    assert_eq!((finished["a"], finished["b"]), (TASKS_EACH, TASKS_EACH));
    assert!(
        finished["e"] < TASKS_EACH,
        "some were queued, and are doubted"
    );
    Ok(())
}

/// The operator's word is wrong here: the ledgers are seen to show it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_word_of_the_operator_shows_in_the_ledgers() -> anyhow::Result<()> {
    let scene = Scene::new(&SELLERS[2..]).await?;
    lost_time(&scene, &["restore", "--resume-queued"]).await?;
    let (_, twice) = scene.sold()?;
    assert!(
        !twice.is_empty(),
        "what was bought in the lost time is bought again"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_dies_in_a_backup_or_a_restore_leaves_nothing_to_be_mistaken_for_one()
-> anyhow::Result<()> {
    let scene = Scene::new(&SELLERS[2..]).await?;
    let home = scene.home("first", "")?;
    let mut life = home.start(0, None).await?;
    let copy = scene.directory.path().join("copy.framewright");
    let text = copy.to_str().context("a path of text")?;
    dying(&home, &["backup", "--out", text]).await?;
    assert!(!copy.exists(), "it has its name before it is whole");
    command(&home, &["backup", "--out", text]).await?;
    life.kill().await?;

    let home = scene.home("second", &other_database(&scene).await)?;
    dying(&home, &["restore", text]).await?;
    assert!(!home.data().join("framewright.db").exists());
    // Into a database that is not empty nothing would be restored.
    command(&home, &["restore", text]).await?;
    home.start(1, None).await?.kill().await
}
