//! The purchases suite: the real server is killed at every point that a paid submit passes through,
//! and its upstreams lose, garble and refuse; then what they sold is counted. Every failure names its
//! seed; `CRASH_SEED=…` repeats it, `PURCHASE_CYCLES=…` says how many cycles.

use std::path::Path;

use framewright_testkit::checker::Breach;
use framewright_testkit::crash::load::{Load, Wishes};
use framewright_testkit::ledger::faults::Fault;
use framewright_testkit::purchases::cycles::{Cycle, Run, run};
use framewright_testkit::purchases::judge::{Seller, judge};
use framewright_testkit::purchases::settling::settle;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

const TESTEE: &str = env!("CARGO_BIN_EXE_testee");
const DOUBLES: &str = env!("CARGO_BIN_EXE_doubles");
const LEDGER: &str = env!("CARGO_BIN_EXE_ledger");

/// Cycles where nothing else is said.
const CYCLES: usize = 40;

const A: Seller = Seller {
    name: "a",
    class: "A",
    exact: true,
    names: true,
};
const B: Seller = Seller {
    name: "b",
    class: "B",
    exact: true,
    names: true,
};
const D: Seller = Seller {
    name: "d",
    class: "D",
    exact: false,
    names: true,
};
const E: Seller = Seller {
    name: "e",
    class: "E",
    exact: false,
    names: false,
};

/// The ledgers, and the vendors by the names of their providers.
const EVERY: Wishes = Wishes::Named(&[
    "a",
    "runway",
    "b",
    "kling",
    "wan",
    "d",
    "fal",
    "replicate",
    "e",
    "apiframe-v1",
    "apiframe-v2",
]);

/// Where a paid submit and what follows it can be killed, and how its upstreams can fail.
const ALL: [Cycle; 20] = [
    Cycle::Kill("K6"),
    Cycle::Fault(Fault::ResetAfter),
    Cycle::Kill("K7"),
    Cycle::Fault(Fault::ResetBefore),
    Cycle::Kill("K8"),
    Cycle::Fault(Fault::ErrorAfter),
    Cycle::Kill("K9"),
    Cycle::Fault(Fault::Garbage),
    Cycle::Kill("K10"),
    Cycle::Fault(Fault::Slow),
    Cycle::Kill("K11"),
    Cycle::Fault(Fault::Storm),
    Cycle::Kill("K12"),
    Cycle::Fault(Fault::Busy),
    Cycle::Fault(Fault::BusySilent),
    Cycle::Fault(Fault::Revoked),
    Cycle::Fault(Fault::OutOfMoney),
    Cycle::Fault(Fault::Forgotten),
    Cycle::Fault(Fault::DeadLink),
    Cycle::Fault(Fault::Truncated),
];

#[expect(
    clippy::disallowed_methods,
    reason = "a first seed has to come from somewhere; it is printed"
)]
fn seed() -> u64 {
    let given = std::env::var("CRASH_SEED").ok();
    let seed = given.and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| rand::rng().random());
    println!("CRASH_SEED={seed}");
    seed
}

/// So many cycles: all of them in turn, in an order of the seed's.
fn cycles(seed: u64) -> Vec<Cycle> {
    let asked = std::env::var("PURCHASE_CYCLES").ok();
    let count = asked.map_or(CYCLES, |count| {
        count.parse().expect("PURCHASE_CYCLES is a number")
    });
    let mut rng = StdRng::seed_from_u64(seed);
    let rounds = std::iter::repeat_with(|| {
        let mut round = ALL;
        round.shuffle(&mut rng);
        round
    });
    rounds.flatten().take(count).collect()
}

async fn breaches(run_of: &Run<'_>) -> Vec<Breach> {
    let evidence = match run(run_of).await {
        Ok(evidence) => evidence,
        Err(error) => panic!("CRASH_SEED={}: {error:?}", run_of.seed),
    };
    let mut idle = Vec::new();
    for sold in &evidence.sold {
        let count = sold.purchases.len();
        println!("{} sold {count} jobs", sold.seller.name);
        idle.extend((count == 0).then_some(sold.seller.name));
    }
    for (vendor, sold) in &evidence.vendors {
        println!("{} sold {} jobs", vendor.name, sold.len());
        idle.extend(sold.is_empty().then_some(vendor.name));
    }
    assert!(idle.is_empty(), "nothing was bought of {idle:?}");
    println!(
        "{} tasks over {} lives",
        evidence.details.len(),
        run_of.cycles.len() + 1
    );
    judge(&evidence)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_slot_is_bought_once_where_it_can_be_and_never_twice() {
    let seed = seed();
    let run_of = Run {
        server: Path::new(TESTEE),
        ledger: Path::new(LEDGER),
        doubles: Some(Path::new(DOUBLES)),
        sellers: &[A, B, D, E],
        cycles: &cycles(seed),
        load: Load {
            clients: 8,
            at_once: 4,
            wishes: EVERY,
        },
        seed,
        twin: None,
    };
    let found = breaches(&run_of).await;
    assert!(found.is_empty(), "CRASH_SEED={seed}: {found:#?}");
}

/// The rules that a server broke which is this twin; the sound one for none.
async fn broken(
    twin: Option<&'static str>,
    seller: &'static [Seller],
    cycles: &[Cycle],
) -> Vec<&'static str> {
    let only: Wishes = match seller[0].name {
        "a" => Wishes::Named(&["a"]),
        _ => Wishes::Named(&["e"]),
    };
    let run_of = Run {
        server: Path::new(TESTEE),
        ledger: Path::new(LEDGER),
        doubles: None,
        sellers: seller,
        cycles,
        load: Load {
            clients: 1,
            at_once: 1,
            wishes: only,
        },
        seed: seed(),
        twin,
    };
    let found = breaches(&run_of).await;
    found.into_iter().map(|breach| breach.rule).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resend_without_its_key_is_caught() {
    let lost = [Cycle::Fault(Fault::ResetAfter); 2];
    let rules = broken(Some("resend-without-key"), &[A], &lost).await;
    assert!(rules.contains(&"bought-twice"), "the judge saw {rules:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_thrown_away_is_caught_and_a_filed_one_outlives_its_reader() {
    const NAMED: &[Seller] = &[Seller { names: true, ..E }];
    let read = [Cycle::Kill("K9"); 3];
    assert_eq!(broken(None, NAMED, &read).await, [""; 0]);
    let rules = broken(Some("answer-thrown-away"), NAMED, &read).await;
    assert!(rules.contains(&"named"), "the judge saw {rules:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_settles_what_was_lost_and_its_output_is_kept_beside_the_answer() {
    let settled = settle(Path::new(TESTEE), Path::new(LEDGER), &E).await;
    let seen = settled.expect("it comes to its end");
    assert_eq!((seen.unknown.0.len(), seen.unknown.1.len()), (1, 0));
    assert_eq!(seen.unknown.0[0]["class"], "E");
    assert_eq!(seen.fetched.0, seen.fetched.1, "the client's answer stays");
    assert_eq!(seen.detail["status"], "failed");
    assert_eq!(seen.detail["outputs"], serde_json::json!([]));
    assert_eq!(seen.detail["attempts"][0]["status"], "succeeded");
    let late = &seen.detail["late_outputs"][0];
    assert_eq!(seen.file, 200);
    assert_eq!((&late["width"], &late["frames"]), (&64.into(), &24.into()));
}
