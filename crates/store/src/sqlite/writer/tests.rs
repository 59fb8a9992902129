//! What the writer does with groups, full disks and faults, over tables of its own.

use std::time::Duration;

use rusqlite::Connection;
use tempfile::TempDir;

use super::{Tx, TxError, Writer, WriterThread};
use crate::db::{Stmt, Val, args};
use crate::error::StoreError;
use crate::sqlite::open_writer;

const INSERT: &str = "INSERT INTO t (id, body) VALUES ($1, $2)";

fn database() -> (TempDir, Connection) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let connection = open_writer(&dir.path().join("x.db")).expect("it opens");
    connection
        .execute_batch(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT) STRICT; \
             CREATE TABLE child (id INTEGER PRIMARY KEY, \
                 t INTEGER REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED) STRICT;",
        )
        .expect("tables");
    (dir, connection)
}

fn one(sql: &'static str, args: Vec<Val>) -> Tx {
    Tx(vec![Stmt::new("one", sql, args)])
}

fn insert(id: i64) -> Tx {
    one(INSERT, args![id, "x"])
}

fn ids(dir: &TempDir) -> Vec<i64> {
    let reader = Connection::open(dir.path().join("x.db")).expect("it opens");
    let mut statement = reader
        .prepare("SELECT id FROM t ORDER BY id")
        .expect("a query");
    let rows = statement.query_map([], |row| row.get(0)).expect("rows");
    rows.collect::<Result<_, _>>().expect("ids")
}

/// A writer's inside without its thread, so that a test decides what a group is.
fn thread(connection: Connection) -> WriterThread {
    let (stop, _) = tokio::sync::watch::channel(None);
    WriterThread {
        connection,
        counters: Default::default(),
        stop,
    }
}

#[test]
fn a_tx_that_fails_takes_none_of_its_neighbours_with_it() {
    let (dir, connection) = database();
    let writer = thread(connection);
    let half_good = Tx(vec![
        Stmt::new("first", INSERT, args![2_i64, "x"]).rows(1),
        Stmt::new(
            "second",
            "UPDATE t SET body = 'y' WHERE id = $1",
            args![99_i64],
        )
        .rows(1),
    ]);
    let group = [
        insert(1),
        half_good,
        one("INSERT INTO nowhere VALUES (1)", args![]),
        insert(1),
        insert(3),
    ];
    let outcomes = writer.write_group(&group);
    assert!(outcomes[0].is_ok() && outcomes[4].is_ok());
    assert!(matches!(outcomes[1], Err(TxError::Unmet("second"))));
    assert!(matches!(
        outcomes[2],
        Err(TxError::Failed(StoreError::Refused(_)))
    ));
    assert!(
        matches!(outcomes[3], Err(TxError::Failed(StoreError::Refused(_)))),
        "id 1 is taken"
    );
    assert_eq!(ids(&dir), [1, 3]);
    let fsyncs = writer
        .counters
        .fsyncs
        .load(std::sync::atomic::Ordering::Relaxed);
    let rows = writer
        .counters
        .rows
        .load(std::sync::atomic::Ordering::Relaxed);
    assert_eq!(
        (fsyncs, rows),
        (1, 2),
        "one group, and only what stands is counted"
    );
}

#[test]
fn a_commit_that_fails_leaves_every_tx_of_the_group_unknown_and_the_writer_usable() {
    let (dir, connection) = database();
    let writer = thread(connection);
    let orphan = one("INSERT INTO child (id, t) VALUES (1, $1)", args![77_i64]);
    for outcome in writer.write_group(&[insert(1), orphan]) {
        assert!(matches!(outcome, Err(TxError::Unknown(_))));
    }
    assert!(ids(&dir).is_empty());
    assert!(writer.write_group(&[insert(2)])[0].is_ok());
    assert_eq!(ids(&dir), [2]);
}

#[test]
fn a_statement_that_returns_rows_can_be_the_condition() {
    let (_dir, connection) = database();
    let writer = thread(connection);
    let guarded = |id: i64| {
        Tx(vec![
            Stmt::new("guard", "SELECT id FROM t WHERE id = $1", args![id]).rows(1),
            Stmt::new("row", INSERT, args![id + 1, "x"]),
        ])
    };
    let outcomes = writer.write_group(&[guarded(1), insert(1), guarded(1)]);
    assert!(matches!(outcomes[0], Err(TxError::Unmet("guard"))));
    assert!(
        outcomes[2].is_ok(),
        "it sees what the group wrote before it"
    );
}

#[tokio::test]
async fn a_full_disk_refuses_keeps_what_it_acknowledged_and_recovers_by_itself() {
    let (dir, connection) = database();
    let writer = Writer::start(connection).expect("started");
    writer
        .write(one("PRAGMA max_page_count = 40", args![]))
        .await
        .expect("set");
    let big = "x".repeat(10_000);
    let mut written = Vec::new();
    let full = loop {
        let id = written.len() as i64;
        match writer.write(one(INSERT, args![id, big.as_str()])).await {
            Ok(_) => written.push(id),
            Err(error) => break error,
        }
        assert!(written.len() < 100, "it never fills");
    };
    assert!(matches!(full, TxError::Failed(StoreError::Full)), "{full}");
    assert_eq!(ids(&dir), written);
    writer
        .write(one("PRAGMA max_page_count = 100000", args![]))
        .await
        .expect("there is room");
    writer
        .write(one(INSERT, args![1_000_i64, big.as_str()]))
        .await
        .expect("it writes again");
}

#[tokio::test]
async fn a_fault_of_the_disk_stops_the_writer_for_good() {
    let (_dir, connection) = database();
    let writer = Writer::start(connection).expect("started");
    writer.write(insert(1)).await.expect("it writes");
    // A read-only remount answers writes with the same code.
    writer
        .write(one("PRAGMA query_only = 1", args![]))
        .await
        .expect("set");
    for _ in 0..2 {
        let verdict = writer.write(insert(2)).await;
        assert!(
            matches!(verdict, Err(TxError::Failed(StoreError::Stopped(_)))),
            "{verdict:?}"
        );
    }
    let told = tokio::time::timeout(Duration::from_secs(5), writer.stopped()).await;
    told.expect("whoever waits for the end is told");
}
