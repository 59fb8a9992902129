//! The bad inputs against a real server, many at a time. `BAD_INPUTS=URL` or `=URL-004` runs only
//! those whose id begins so.

use std::path::Path;
use std::time::Instant;

use framewright_testkit::bad_inputs::act;
use framewright_testkit::bad_inputs::case::{self, Case};
use framewright_testkit::bad_inputs::report::{Tally, select};
use framewright_testkit::bad_inputs::world::World;
use futures_util::StreamExt;

/// The server's library with the ledger's kind in its registry.
const TESTEE: &str = env!("CARGO_BIN_EXE_testee");

/// Cases in progress at once: the slow ones wait, they do not work.
const AT_ONCE: usize = 64;

/// Categories whose cases wait for deadlines: these begin first.
const SLOW: [&str; 4] = ["FETCHED", "HOOKED", "SEQ", "HTTP"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_bad_input_gets_through_breaks_or_reaches_anything() {
    let only = std::env::var("BAD_INPUTS").unwrap_or_default();
    let mut selection = select(case::all().expect("a list of cases")).expect("lists that fit");
    selection.cases.retain(|case| case.id.starts_with(&only));
    selection.cases.sort_by_key(urgency);
    let world = World::start(Path::new(TESTEE)).await.expect("a server");
    let begun = Instant::now();
    let outcomes: Vec<(&Case, anyhow::Result<()>)> = futures_util::stream::iter(&selection.cases)
        .map(|case| {
            let acted = act(&world, case);
            async move { (case, acted.await) }
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let mut wrong = Vec::new();
    for (case, outcome) in &outcomes {
        if let Err(error) = outcome {
            println!("{} ({}): {error:#}", case.id, case.note);
            wrong.push(case.id.as_str());
        }
    }
    for (case, why) in &selection.not_run {
        println!("not run: {} ({}): {why}", case.id, case.note);
    }
    for (id, (answer, why)) in &selection.departures {
        println!("departs: {id} is answered {answer}: {why}");
    }
    let peak = world.peak_kib().unwrap_or_default() / 1024;
    println!("{}", Tally::of(&selection, &wrong));
    println!(
        "{} s; the server held {peak} MiB at most",
        begun.elapsed().as_secs()
    );
    world.judge_run().await.expect("a clean run");
    assert!(wrong.is_empty(), "{} cases came out wrong", wrong.len());
}

fn urgency(case: &Case) -> bool {
    let slow = SLOW.contains(&case.category.as_str());
    !(slow || case.expect == "no-connect")
}
