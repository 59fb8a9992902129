//! Databases that other releases made: an older one is brought up to date with all that is in it, a
//! newer one is worked beside where it allows that, and left alone where it does not. The fixtures are
//! what a release wrote, kept as it was.

use std::path::Path;

use framewright_store::{Blobs, OpenError, Resume, Store, restore, scratch};
use secrecy::{ExposeSecret as _, SecretString};
use tempfile::TempDir;
use tokio_postgres::NoTls;

use crate::support::{World, options};

const SQLITE_1: &str = include_str!("../fixtures/schema-1.sqlite.sql");
const POSTGRES_1: &str = include_str!("../fixtures/schema-1.postgres.sql");

/// A backup that the release with schema 1 made, of one finished, one running and one queued task.
const BACKUP_1: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/fixtures/schema-1.framewright"
);

/// Runs statements in a database beside the store, whichever it is.
async fn run(dir: &TempDir, database: Option<&SecretString>, sql: &str) {
    let Some(url) = database else {
        let file = dir.path().join("framewright.db");
        let connection = rusqlite::Connection::open(file).expect("a file");
        return connection.execute_batch(sql).expect("SQL");
    };
    let connected = tokio_postgres::connect(url.expose_secret(), NoTls).await;
    let (client, connection) = connected.expect("the server answers");
    let served = tokio::spawn(connection);
    client.batch_execute(sql).await.expect("SQL");
    drop(client);
    served.await.expect("no panic").expect("it ends well");
}

/// Every column of every table with its type, in order.
async fn columns(dir: &TempDir, database: Option<&SecretString>) -> Vec<String> {
    let Some(url) = database else {
        let file = dir.path().join("framewright.db");
        let connection = rusqlite::Connection::open(file).expect("a file");
        let sql = "SELECT m.name || '.' || c.name || ' ' || c.type || c.\"notnull\" \
            FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' \
            UNION ALL SELECT m.sql FROM sqlite_master m WHERE m.type = 'index' AND m.sql IS NOT NULL \
            ORDER BY 1";
        let mut statement = connection.prepare(sql).expect("SQL");
        let rows = statement.query_map([], |row| row.get(0)).expect("rows");
        return rows.collect::<Result<_, _>>().expect("text");
    };
    let connected = tokio_postgres::connect(url.expose_secret(), NoTls).await;
    let (client, connection) = connected.expect("the server answers");
    tokio::spawn(connection);
    let sql = "SELECT table_name || '.' || column_name || ' ' || data_type || is_nullable \
        FROM information_schema.columns WHERE table_schema = 'public' \
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1";
    let rows = client.query_typed(sql, &[]).await.expect("SQL");
    rows.iter().map(|row| row.get(0)).collect()
}

/// The place of a world whose store is closed.
async fn left(world: World) -> (TempDir, Option<SecretString>, World) {
    let fresh = World::new().await;
    drop(world.store);
    (world.dir, world.database, fresh)
}

#[tokio::test]
async fn the_first_schema_is_brought_to_what_a_fresh_database_has() {
    let fresh = World::new().await;
    let dir = tempfile::tempdir().expect("a directory");
    let own = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(dir.path(), own).expect("chmod");
    let database = scratch::database("schema1").await;
    let first = match &database {
        Some(_) => POSTGRES_1,
        None => SQLITE_1,
    };
    run(&dir, database.as_ref(), first).await;
    let old = Store::open(options(&dir, database.as_ref(), &fresh.clock)).await;
    let old = World {
        store: old.expect("it is brought up to date"),
        account: fresh.account.clone(),
        node: fresh.node.clone(),
        clock: fresh.clock.clone(),
        dir,
        database,
    };
    let all = columns(&old.dir, old.database.as_ref()).await;
    assert_eq!(all, columns(&fresh.dir, fresh.database.as_ref()).await);
    assert!(all.iter().any(|column| column.starts_with("tasks.epoch ")));
}

#[tokio::test]
async fn a_newer_schema_that_allows_this_binary_is_worked_beside() {
    let world = World::new().await;
    let newer = "ALTER TABLE tasks ADD COLUMN of_a_later_release TEXT; \
        ALTER TABLE attempts ADD COLUMN of_a_later_release TEXT; \
        UPDATE meta SET value = '1000' WHERE name = 'version'";
    run(&world.dir, world.database.as_ref(), newer).await;
    let world = world.reopened().await;
    let id = world.finished().await.work.task.id;
    let detail = world.store.detail(&world.account, &id).await.expect("read");
    assert_eq!(detail.expect("there").outputs.len(), 1);
}

#[tokio::test]
async fn a_schema_that_wants_a_newer_binary_is_left_alone() {
    let world = World::new().await;
    let newer = "UPDATE meta SET value = '1000' WHERE name IN ('version', 'oldest_binary')";
    run(&world.dir, world.database.as_ref(), newer).await;
    let (dir, database, fresh) = left(world).await;
    let refused = Store::open(options(&dir, database.as_ref(), &fresh.clock)).await;
    match refused.map(drop) {
        Err(OpenError::Database { why, .. }) => {
            assert!(
                why.contains("newer version") && why.contains("1000"),
                "{why}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_backup_of_the_first_schema_can_still_be_restored() {
    let world = World::new().await;
    let dir = tempfile::tempdir().expect("a directory");
    let database = scratch::database("backup1").await;
    let options = || framewright_store::StoreOptions {
        master_key: Some(scratch::MASTER_KEY.into()),
        ..options(&dir, database.as_ref(), &world.clock)
    };
    let own = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(dir.path(), own).expect("chmod");
    let blobs = Blobs::local(&dir.path().join("blobs")).expect("a directory");
    let restored = restore(options(), Path::new(BACKUP_1), &blobs, Resume::Doubted).await;
    assert!(!restored.expect("restored").with_blobs);
    let store = Store::open(options()).await.expect("it opens");
    let page = store
        .list(None, &framewright_store::Filter::default(), None, 10)
        .await;
    let tasks = page.expect("a list").tasks;
    let mut statuses: Vec<_> = tasks.iter().map(|task| task.status.word()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, ["finished", "queued", "running"]);
    for task in tasks {
        let detail = store.detail(&task.account, &task.id).await.expect("read");
        assert_eq!(detail.expect("there").task.spec.prompt, "the sea");
    }
}

/// Not a test: what makes the fixture of a release, once, before its schema is changed.
#[tokio::test]
#[ignore = "writes a fixture; run it with FRAMEWRIGHT_FIXTURE=<file> over PostgreSQL"]
async fn a_fixture_is_written() {
    let file = std::env::var("FRAMEWRIGHT_FIXTURE").expect("the file to write");
    let world = World::new().await;
    world.finished().await;
    world.running(&world.leased().await).await;
    world.submitted().await;
    let taken = world.store.backup(Path::new(&file), None).await;
    assert!(taken.expect("a backup").rows > 10);
}
