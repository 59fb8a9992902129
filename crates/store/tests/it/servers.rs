//! What several servers over one PostgreSQL need of it, and what its own faults do to them. Where the
//! environment names no PostgreSQL there is nothing to be asked here.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use framewright_core::clock::MINUTE;
use framewright_core::id::TaskId;
use framewright_core::task::{Need, Task};
use framewright_store::{DeliveryAsk, Store, StoreError, SubmitError, Submitted};
use futures_util::future::join_all;
use secrecy::{ExposeSecret as _, SecretString};
use tokio_postgres::{Client, NoTls};

use crate::support::{LANE, World, new, options, task_of};

/// Finished tasks that no query for work may look through.
const FINISHED: i64 = 1_000_000;

/// A world over PostgreSQL, and a client beside it that knows its tables.
async fn world() -> Option<(World, Client)> {
    let world = World::new().await;
    let client = beside(world.database.as_ref()?).await;
    Some((world, client))
}

async fn beside(database: &SecretString) -> Client {
    let connected = tokio_postgres::connect(database.expose_secret(), NoTls).await;
    let (client, connection) = connected.expect("the server answers");
    // Ends when the client is dropped, or when a test ends it.
    tokio::spawn(async move { drop(connection.await) });
    client
}

async fn number(client: &Client, sql: &str) -> i64 {
    let rows = client.query_typed(sql, &[]).await.expect("SQL");
    rows[0].get::<_, i64>(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_stores_that_start_at_once_make_one_schema_and_one_set_of_keys() {
    let Some(database) = framewright_store::scratch::database("twenty").await else {
        return;
    };
    let world = World::new().await;
    let dirs: Vec<_> = (0..20)
        .map(|_| tempfile::tempdir().expect("a directory"))
        .collect();
    let opening = dirs
        .iter()
        .map(|dir| Store::open(options(dir, Some(&database), &world.clock)));
    let stores: Vec<_> = join_all(opening).await;
    let stores: Vec<_> = stores
        .into_iter()
        .map(|store| store.expect("it opens"))
        .collect();
    let link = |store: &Store| store.links().sign("", "/files/x/1.mp4", &world.account, 1);
    assert!(stores.iter().all(|store| link(store) == link(&stores[0])));
    let client = beside(&database).await;
    assert_eq!(number(&client, "SELECT COUNT(*) FROM server_keys").await, 3);
    assert_eq!(
        number(&client, "SELECT COUNT(*) FROM meta WHERE name = 'version'").await,
        1
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_somebody_holds_is_not_waited_for_without_end() {
    let Some((world, client)) = world().await else {
        return;
    };
    let id = world.submitted().await;
    let hold = format!("BEGIN; SELECT id FROM tasks WHERE id = '{id}' FOR UPDATE");
    client.batch_execute(&hold).await.expect("held");
    let refused = world.store.cancel(&world.account, &id).await;
    assert!(matches!(refused, Err(StoreError::Busy)), "{refused:?}");
    client.batch_execute("ROLLBACK").await.expect("let go");
    let cancelled = world.store.cancel(&world.account, &id).await;
    cancelled.expect("now it can").expect("there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_loses_every_connection_again_and_again_loses_no_task() {
    let Some((world, client)) = world().await else {
        return;
    };
    let ended = Arc::new(AtomicBool::new(false));
    let killer = tokio::spawn({
        let ended = Arc::clone(&ended);
        async move {
            const KILL: &str = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity \
                WHERE datname = current_database() AND pid <> pg_backend_pid()";
            let mut killed = 0;
            while !ended.load(Ordering::SeqCst) {
                killed += number(&client, KILL).await;
                tokio::task::yield_now().await;
            }
            (client, killed)
        }
    });
    let (mut taken, mut refused) = (Vec::new(), 0);
    while taken.len() < 100 || refused < 20 {
        match world
            .store
            .submit(new(task_of(&world.account, world.now())))
            .await
        {
            Ok(Submitted::New(id)) => taken.push(id),
            Ok(Submitted::Replayed(id)) => panic!("{id} is no replay"),
            Err(SubmitError::Store(StoreError::Away(_) | StoreError::Unknown(_))) => refused += 1,
            Err(other) => panic!("{other:?} is no word of a lost connection"),
        }
    }
    ended.store(true, Ordering::SeqCst);
    let (client, killed) = killer.await.expect("it ends");
    assert!(killed > 0);
    for id in &taken {
        let task = read_again(&world, id).await;
        assert!(task.is_some(), "{id} was acknowledged and is lost");
    }
    let sums = number(&client, "SELECT unfinished FROM accounts").await;
    let tasks = number(&client, "SELECT COUNT(*) FROM tasks").await;
    assert_eq!(sums, tasks, "no transaction was written in part");
}

/// A connection that was ended while it lay in the pool is found out by whoever uses it next.
async fn read_again(world: &World, id: &TaskId) -> Option<Task> {
    for _ in 0..64 {
        match world.store.task(&world.account, id).await {
            Ok(task) => return task,
            Err(StoreError::Away(_)) => {}
            Err(other) => panic!("{other:?} is no word of a lost connection"),
        }
    }
    panic!("every connection of the pool is a lost one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_clock_is_an_hour_ahead_takes_nobody_for_dead() {
    let Some((world, _client)) = world().await else {
        return;
    };
    let dir = tempfile::tempdir().expect("a directory");
    let ahead = Store::open(options(&dir, world.database.as_ref(), &world.clock)).await;
    let ahead = ahead.expect("it opens");
    let later = world.now() + 60 * MINUTE;
    for store in [&world.store, &ahead] {
        store.judge_nodes_by_database();
    }
    let alive = world.store.heartbeat(&world.node, world.now()).await;
    assert!(alive.expect("written"));
    ahead
        .take_over_dead(later, 30_000, 100)
        .await
        .expect("looked");
    let alive = world.store.heartbeat(&world.node, world.now()).await;
    assert!(alive.expect("written"), "it is not dead");
}

/// Every look that a node does again and again, once.
async fn looks(world: &World) -> Result<(), StoreError> {
    let (store, now) = (&world.store, world.now());
    for need in [Need::Owner, Need::Inputs, Need::Permit] {
        store.claim(&world.ask(need, 100)).await?;
    }
    store.owned(&world.node).await?;
    store.nudged(&world.node).await?;
    store.overdue(now, 100).await?;
    store.permits(now).await?;
    store.take_over_dead(now, 30_000, 100).await?;
    store.heartbeat(&world.node, now).await?;
    store.census().await?;
    let ask = DeliveryAsk {
        node: world.node.clone(),
        now,
        limit: 100,
        per_receiver: 4,
    };
    store.claim_deliveries(&ask).await.map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looks_for_work_read_nothing_of_a_million_finished_tasks() {
    let Some((world, client)) = world().await else {
        return;
    };
    let model = world.finished().await.work.task.id;
    fill(&client, model.as_str()).await;
    world.submitted().await;
    world.running(&world.leased().await).await;
    let before = scanned(&client).await;
    for _ in 0..3 {
        looks(&world).await.expect("answered");
    }
    world.pass(MINUTE);
    looks(&world).await.expect("answered");
    // A backend hands in its counts when it ends.
    drop(world);
    const LEFT: &str = "SELECT COUNT(*) FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    while number(&client, LEFT).await > 0 {
        tokio::task::yield_now().await;
    }
    let read = scanned(&client).await - before;
    assert!(read < 1_000, "{read} rows were read without an index");
    let through = "SELECT COUNT(*) FROM tasks WHERE base_url = ''";
    assert_eq!(number(&client, through).await, 0);
    assert!(
        scanned(&client).await - before >= FINISHED,
        "a scan would be seen"
    );
}

/// A million copies of a finished task, under ids and times of their own.
async fn fill(client: &Client, model: &str) {
    let columns = "SELECT string_agg(CASE column_name WHEN 'id' THEN 'id || n' WHEN 'created' THEN 'created - n' \
        ELSE column_name::text END, ', ' ORDER BY ordinal_position) FROM information_schema.columns \
        WHERE table_name = 'tasks'";
    let rows = client.query_typed(columns, &[]).await.expect("SQL");
    let columns: String = rows[0].get(0);
    let copy = format!(
        "INSERT INTO tasks SELECT {columns} FROM tasks, generate_series(1, {FINISHED}) n \
         WHERE id = '{model}'; ANALYZE tasks"
    );
    client.batch_execute(&copy).await.expect("filled");
    let lane = format!("SELECT COUNT(*) FROM tasks WHERE lane = '{LANE}'");
    assert!(number(client, &lane).await > FINISHED);
}

/// Rows that sequential scans have read in the tables that grow with finished tasks.
async fn scanned(client: &Client) -> i64 {
    let force = "SELECT pg_stat_force_next_flush()::text, pg_stat_clear_snapshot()::text";
    client.query_typed(force, &[]).await.expect("SQL");
    let sql = "SELECT COALESCE(SUM(seq_tup_read), 0)::bigint FROM pg_stat_user_tables \
        WHERE relname IN ('tasks', 'attempts', 'deliveries', 'outputs', 'inputs', 'answers')";
    number(client, sql).await
}
