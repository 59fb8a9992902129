//! One real server whose machine harms it: a full disk, a read-only one, no file handles, a clock that
//! jumps; and one whose guard against addresses is off, which the suite must see. The disks need
//! root: `./prove` says loudly where it has none.

use std::path::Path;
use std::time::Duration;

use framewright_testkit::chaos::harm::{Harmed, Place};
use framewright_testkit::crash::process::Home;
use framewright_testkit::crash::{asking, power};
use framewright_testkit::receiver::Receiver;
use serde_json::json;

const TESTEE: &str = env!("CARGO_BIN_EXE_testee");
const LEDGER: &str = env!("CARGO_BIN_EXE_ledger");

const CONFIG: &str = r#"
[outbound]
allow = ["127.0.0.0/8"]

[[provider]]
name = "ledger"
kind = "ledger"
base_url = "{ledger}"
"#;

/// An armed point fires within this.
const DIES: Duration = Duration::from_secs(30);

async fn harmed(place: Place) -> Harmed {
    let started = Harmed::start(Path::new(TESTEE), Path::new(LEDGER), CONFIG, place).await;
    started.expect("the server starts there")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_submits_and_serves_the_rest_until_there_is_room_again() {
    let server = harmed(Place::SmallDisk).await;
    let first = asking::one(&server.home).await.expect("one is made");
    let mut given = vec![first.clone()];
    // `dd` says that it could not write all of it, which is what is wanted.
    let full = "dd if=/dev/zero of=\"$1/ballast\" bs=4k; true";
    server.beside(full).await.expect("the disk is filled");
    let (status, body) = server
        .until_refused(&mut given)
        .await
        .expect("one is refused");
    assert_eq!(
        (status, &body),
        (500, &json!({})),
        "after {} submits",
        given.len()
    );
    assert_eq!(server.fetch(&first).await.1["status"], "finished");
    assert!(server.video(&first).await.expect("it is served") > 0);
    let room = "rm \"$1/ballast\"";
    server.beside(room).await.expect("there is room again");
    let again = asking::one(&server.home).await.expect("without a restart");
    given.push(again);
    println!("{} tasks, refused with {status} {body}", given.len());
    server.all_end(&given).await.expect("none is lost");
    assert!(server.sold().expect("the ledger is read") <= given.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_disk_is_refused_at_the_start_and_nothing_on_it_is_lost() {
    let mut server = harmed(Place::Plain).await;
    let task = asking::one(&server.home).await.expect("one is made");
    let before = server.fetch(&task).await;
    let said = server.on_read_only().await.expect("it gives up");
    let last = said.lines().last().unwrap_or_default();
    println!("on a read-only disk it says: {last}");
    assert!(
        said.to_lowercase().contains("read-only") || said.contains("readonly"),
        "{said}"
    );
    server
        .restart()
        .await
        .expect("it starts where it can write");
    assert_eq!(server.fetch(&task).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_file_handles_it_waits_and_serves_once_there_are_some() {
    let server = harmed(Place::FewHandles).await;
    let first = asking::one(&server.home).await.expect("one is made");
    let crowd = server.crowd(200).await;
    println!("{} connections say nothing", crowd.len());
    drop(crowd);
    let after = asking::one(&server.home).await.expect("it serves again");
    assert_eq!(server.fetch(&first).await.1["status"], "finished");
    assert_ne!(first, after);
    assert!(
        !server.life.log().contains("panicked"),
        "{}",
        server.life.last_words()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_by_hours_and_years_costs_no_task_and_no_money() {
    let server = harmed(Place::LooseClock).await;
    let mut given = Vec::new();
    for by in ["+0", "+3600", "-3600", "+3650d", "-3650d", "+0"] {
        server.set_clock(by).expect("the clock is set");
        for _ in 0..3 {
            let made = asking::one(&server.home).await;
            given.push(made.unwrap_or_else(|error| panic!("at {by}: {error:#}")));
        }
    }
    let sold = server.sold().expect("the ledger is read");
    println!("{} tasks, {sold} sold", given.len());
    assert_eq!(sold, given.len());
    assert!(
        !server.life.log().contains("panicked"),
        "{}",
        server.life.last_words()
    );
}

/// Submits until an armed point ends the server, takes away what was not synced, and starts it again:
/// ids that were given, those of them that are lost, and the bytes of writes that were taken away.
async fn power_failure(twin: Option<&'static str>) -> (usize, usize, usize) {
    let mut server = harmed(Place::Plain).await;
    server.life.kill().await.expect("it ends");
    std::fs::remove_dir_all(server.home.data()).expect("its data goes");
    let trace = server.home.directory.join("trace");
    power::traced(&mut server.home, &trace);
    server.home.twin = twin;
    let mut life = server
        .home
        .start(1, Some("K3:40"))
        .await
        .expect("it starts");
    let mut given = Vec::new();
    server.until_refused(&mut given).await.expect("it dies");
    life.death(DIES).await.expect("it dies");
    let taken = power::fail(&server.home, &trace).expect("the trace is read");
    server.home.twin = None;
    server.restart().await.expect("it starts again");
    let mut lost = 0;
    for task in &given {
        lost += usize::from(server.fetch(task).await.0 != 200);
    }
    (given.len(), lost, taken)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_failure_takes_no_task_and_a_twin_that_does_not_sync_is_caught() {
    let (given, lost, taken) = power_failure(None).await;
    println!("{given} given, {lost} lost, {taken} bytes not synced");
    assert_eq!((given > 30, lost), (true, 0));
    let (given, lost, taken) = power_failure(Some("not-synced")).await;
    println!("without syncs: {given} given, {lost} lost, {taken} bytes not synced");
    assert!(lost > 0, "no loss was seen");
}

/// Whether a webhook to an address of this machine was taken, and how many posts came.
async fn post_to_loopback(twin: Option<&'static str>) -> (u16, usize) {
    let directory = tempfile::tempdir().expect("a directory");
    let sink = Receiver::start("127.0.0.1").await.expect("a sink");
    let mut home = Home::new(Path::new(TESTEE), directory.path(), "").expect("a home");
    home.twin = twin;
    let _life = home.start(0, None).await.expect("it starts");
    let wish = json!({
        "model": "wan2.5", "prompt": "a cat", "resolution": "480P", "webhook_url": sink.url("sink"),
    });
    let (status, body) = asking::post(&home, "/wan-imagine", &wish).await;
    if let Some(task) = body["task_id"].as_str() {
        asking::end(&home, task).await.expect("it ends");
        let heard = sink.until(|heard| !heard.is_empty());
        let heard = tokio::time::timeout(DIES, heard).await;
        println!("a post came: {}", heard.is_ok());
    }
    (status, sink.heard().len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guard_that_lets_literal_addresses_pass_is_caught() {
    assert_eq!(post_to_loopback(None).await, (400, 0));
    let (status, heard) = post_to_loopback(Some("literals-pass")).await;
    assert!(
        status == 200 && heard > 0,
        "the sink was not reached: {status}, {heard}"
    );
}
