//! What a transaction is given, and what it leaves on the connection: nothing, since the next client
//! of a pooler would find it.

use crate::db::{Query, Val};
use crate::migrations::Upgrade;
use crate::scratch;

use super::{BEGIN, BEGIN_SNAPSHOT, Object, Open, Postgres, ask};

const LIMITS: &str = "SELECT current_setting('statement_timeout'), current_setting('lock_timeout'), \
    current_setting('idle_in_transaction_session_timeout'), current_setting('synchronous_commit')";

async fn limits(connection: &Object) -> Vec<String> {
    let answered = ask(connection, LIMITS, &[]).await.expect("SQL");
    let text = |val: &Val| match val {
        Val::Text(text) => text.clone(),
        other => panic!("{other:?} is no setting"),
    };
    answered.rows[0].iter().map(text).collect()
}

#[tokio::test]
async fn a_transaction_has_its_limits_and_the_session_keeps_none_of_them() {
    let Some(url) = scratch::database("limits").await else {
        return;
    };
    let postgres = Postgres::open(&url, Upgrade::Yes).await.expect("it opens");
    let connection = postgres.connection().await.expect("a connection");
    let untouched = limits(&connection).await;
    let open = Open::begin(connection, BEGIN).await.expect("begun");
    assert_eq!(limits(open.client()).await, ["30s", "5s", "5s", "on"]);
    open.end("COMMIT").await.expect("ended");
    let connection = postgres.connection().await.expect("the same connection");
    let open = Open::begin(connection, BEGIN_SNAPSHOT)
        .await
        .expect("begun");
    assert_eq!(limits(open.client()).await[..3], ["30s", "0", "1min"]);
    open.end("ROLLBACK").await.expect("ended");
    let connection = postgres.connection().await.expect("the same connection");
    assert_eq!(postgres.pool.status().size, 1);
    assert_eq!(limits(&connection).await, untouched);
    let prepared = "SELECT COUNT(*) FROM pg_prepared_statements";
    let left = ask(&connection, prepared, &[]).await.expect("SQL").rows;
    assert_eq!(left, [[Val::Int(0)]]);
}

#[tokio::test]
async fn the_servers_time_is_the_machines() {
    let Some(url) = scratch::database("time").await else {
        return;
    };
    let postgres = Postgres::open(&url, Upgrade::Yes).await.expect("it opens");
    let first = postgres.time().await.expect("a time");
    let sleep = Query::new("SELECT pg_sleep(0.05)::text", Vec::new());
    postgres.point(sleep).await.expect("slept");
    let passed = postgres.time().await.expect("a time") - first;
    assert!((50..30_000).contains(&passed), "{passed} ms");
}
