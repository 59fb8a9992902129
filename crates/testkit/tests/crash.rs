//! The crash suite: the real server dies at every named point and at random moments, under load, and
//! the checker judges what it left. Every failure names its seed; `CRASH_SEED=…` repeats it.

use std::path::Path;
use std::process::Command;

use framewright_testkit::checker::{Breach, check};
use framewright_testkit::crash::cycles::{Death, Run, run};
use framewright_testkit::crash::load::{Load, Wishes};
use framewright_testkit::crash::upkeep;
use rand::Rng;

/// The server's library with the ledger's kind in its registry, built with crash points.
const TESTEE: &str = env!("CARGO_BIN_EXE_testee");
const LEDGER: &str = env!("CARGO_BIN_EXE_ledger");
const ZOMBIE: &str = env!("CARGO_BIN_EXE_zombie");

/// Everything that a submit, its work, its files and its webhook pass through, a checkpoint (K22) and
/// a group commit (K23). K21 is a drain; K19 and K20, retention and migrations, have tests of theirs.
const POINTS: [&str; 20] = [
    "K1", "K2", "K3", "K4", "K5", "K6", "K7", "K8", "K9", "K10", "K11", "K12", "K13", "K14", "K15",
    "K16", "K17", "K18", "K22", "K23",
];

const LEDGER_CONFIG: &str = r#"
[outbound]
allow = ["127.0.0.0/8"]

[webhooks]
per_receiver = 64

[[provider]]
name = "ledger"
kind = "ledger"
base_url = "{ledger}"
"#;

const PREVIEW_CONFIG: &str = r#"
[outbound]
allow = ["127.0.0.0/8"]
"#;

#[expect(
    clippy::disallowed_methods,
    reason = "a first seed has to come from somewhere; it is printed"
)]
fn seed() -> u64 {
    let given = std::env::var("CRASH_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| rand::rng().random());
    println!("CRASH_SEED={seed}");
    seed
}

/// Each point twice, in an order that mixes them, two drains that are cut short, then `random` deaths
/// at random moments.
fn deaths(random: usize) -> Vec<Death> {
    let points = POINTS.into_iter().map(Death::Point);
    let backwards = POINTS.into_iter().rev().map(Death::Point);
    points
        .chain(backwards)
        .chain(std::iter::repeat_n(Death::Drain, 2))
        .chain(std::iter::repeat_n(Death::Random, random))
        .collect()
}

/// The rules that a run broke.
async fn breaches(run_of: &Run<'_>) -> Vec<Breach> {
    let seed = run_of.seed;
    let history = match run(run_of).await {
        Ok(history) => history,
        Err(error) => panic!("CRASH_SEED={seed}: {error:?}"),
    };
    let breaches = check(&history);
    println!(
        "{} tasks over {} lives, {} purchases, {} posts heard, {} files: {} breaches",
        history.shown.len(),
        run_of.deaths.len() + 1,
        history.purchases.len(),
        history.heard.len(),
        history.downloads.len(),
        breaches.len(),
    );
    breaches
}

async fn judge(run_of: Run<'_>) {
    let found = breaches(&run_of).await;
    assert!(found.is_empty(), "CRASH_SEED={}: {found:#?}", run_of.seed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_bought_twice_or_left_unsaid_whatever_it_dies_of() {
    judge(Run {
        server: Path::new(TESTEE),
        ledger: Some(Path::new(LEDGER)),
        config: LEDGER_CONFIG,
        deaths: &deaths(12),
        // Below this, the first life could end before the clients have enough tasks there.
        hits: 30..=70,
        load: Load {
            clients: 12,
            at_once: 8,
            wishes: Wishes::Mixed,
        },
        answers: 150..=1_000,
        seed: seed(),
        twin: None,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_death_in_a_migration_leaves_the_old_schema_or_the_new() {
    let died = upkeep::migrations(Path::new(TESTEE), PREVIEW_CONFIG).await;
    let died = died.expect("every life after such a death is ready");
    println!("died in {died} migrations");
    assert!(died > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_death_in_retention_leaves_files_that_are_swept_and_no_row_without_its_file() {
    let left = upkeep::retention(Path::new(TESTEE), Path::new(LEDGER), LEDGER_CONFIG).await;
    let left = left.expect("it comes to its end");
    println!("{left:?}");
    assert_eq!(left.in_the_end, (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_shipped_binary_and_its_preview_survive_as_well() {
    let Some(shipped) = std::env::var_os("FRAMEWRIGHT_BINARY") else {
        println!("!! SHIPPED BINARY NOT TESTED: set FRAMEWRIGHT_BINARY to the release binary");
        return;
    };
    judge(Run {
        server: Path::new(&shipped),
        ledger: None,
        config: PREVIEW_CONFIG,
        deaths: &[const { Death::Random }; 5],
        hits: 1..=1,
        load: Load {
            clients: 4,
            at_once: 2,
            wishes: Wishes::Small,
        },
        answers: 50..=800,
        seed: seed(),
        twin: None,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_owed_outside_its_tx_is_caught() {
    let broken = Run {
        server: Path::new(TESTEE),
        ledger: Some(Path::new(LEDGER)),
        config: LEDGER_CONFIG,
        deaths: &[const { Death::Point("K16") }; 2],
        hits: 30..=40,
        load: Load {
            clients: 12,
            at_once: 8,
            wishes: Wishes::Mixed,
        },
        answers: 1..=1,
        seed: seed(),
        twin: Some("webhook-outside-tx"),
    };
    let rules: Vec<_> = breaches(&broken)
        .await
        .into_iter()
        .map(|breach| breach.rule)
        .collect();
    assert!(rules.contains(&"webhook"), "the checker saw only {rules:?}");
}

/// What the checker finds after a node that lost its lease went on.
fn zombie(twin: &str) -> String {
    let played = Command::new(ZOMBIE)
        .env("TWIN", twin)
        .output()
        .expect("the zombie runs");
    assert!(
        played.status.success(),
        "{}",
        String::from_utf8_lossy(&played.stderr)
    );
    String::from_utf8_lossy(&played.stdout).into_owned()
}

#[test]
fn a_commit_without_its_fence_is_caught_and_the_fence_holds() {
    assert_eq!(zombie(""), "");
    let broken = zombie("no-fence");
    assert!(
        broken.contains("terminal") && broken.contains("credits"),
        "{broken}"
    );
}
