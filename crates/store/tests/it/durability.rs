//! What is on disk stays: over a restart, under a lock, with the right key.

use framewright_store::{DirectoryFault, OpenError, OpenMode, Store, StoreOptions};
use secrecy::SecretString;

use crate::support::{World, options};

#[tokio::test]
async fn a_restart_keeps_everything() {
    let world = World::new().await;
    let finished = world.finished().await.work.task.id;
    let running = world.running(&world.leased().await).await.work.task.id;
    let queued = world.submitted().await;
    let mut before = Vec::new();
    for id in [&finished, &running, &queued] {
        before.push(
            world
                .store
                .detail(&world.account, id)
                .await
                .expect("read")
                .expect("there"),
        );
    }
    let link = world
        .store
        .links()
        .sign("", "/files/x/1.mp4", &world.account, world.now());
    let world = world.reopened().await;
    for (id, before) in [&finished, &running, &queued].into_iter().zip(before) {
        let after = world.store.detail(&world.account, id).await.expect("read");
        assert_eq!(after, Some(before));
    }
    let again = world
        .store
        .links()
        .sign("", "/files/x/1.mp4", &world.account, world.now());
    assert_eq!(link, again, "links are the same bytes");
}

#[tokio::test]
async fn a_second_server_on_the_directory_is_told_who_holds_it() {
    let world = World::new().await;
    match Store::open(options(&world.dir, world.database.as_ref(), &world.clock)).await {
        Err(OpenError::Directory(DirectoryFault::Held { holder, .. })) => {
            assert!(holder.contains(&std::process::id().to_string()), "{holder}");
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("two servers on one directory"),
    }
}

#[tokio::test]
async fn a_command_works_beside_the_server_and_each_sees_the_others_writes() {
    let world = World::new().await;
    let beside = StoreOptions {
        mode: OpenMode::Beside,
        ..options(&world.dir, world.database.as_ref(), &world.clock)
    };
    let beside = Store::open(beside).await.expect("beside the server");
    let id = world.submitted().await;
    beside
        .cancel(&world.account, &id)
        .await
        .expect("wished")
        .expect("there");
    let seen = world
        .store
        .task(&world.account, &id)
        .await
        .expect("read")
        .expect("there");
    assert!(seen.cancel_asked);
    assert!(
        world
            .store
            .heartbeat(&world.node, world.now())
            .await
            .expect("asked"),
        "a command declares no node dead"
    );
}

#[tokio::test]
async fn another_master_key_opens_nothing() {
    let world = World::new().await;
    let World {
        dir,
        database,
        clock,
        store,
        ..
    } = world;
    drop(store);
    let wrong = StoreOptions {
        master_key: Some(SecretString::from("11".repeat(32))),
        ..options(&dir, database.as_ref(), &clock)
    };
    assert!(matches!(
        Store::open(wrong).await,
        Err(OpenError::WrongMasterKey)
    ));
    Store::open(options(&dir, database.as_ref(), &clock))
        .await
        .expect("the right one still does");
}

#[tokio::test]
async fn a_rotated_link_key_changes_no_link_that_was_given_out() {
    let world = World::new().await;
    let expires = world.now() + 1_000_000;
    let link = |store: &Store, expires| store.links().sign("", "/f", &crate_account(), expires);
    let given_out = link(&world.store, expires);
    world
        .store
        .rotate_link_key(2_000_000)
        .await
        .expect("rotated");
    let world = world.reopened().await;
    assert_eq!(link(&world.store, expires), given_out);
    let later = link(&world.store, expires + 2_000_000);
    assert!(!later.contains("kid=k1"), "{later}");
    let query = later.split_once('?').expect("a query").1;
    let verdict = world
        .store
        .links()
        .verify("/f", query, &crate_account(), world.now());
    assert_eq!(verdict, Ok(()));
}

fn crate_account() -> framewright_core::id::AccountId {
    framewright_core::id::AccountId::stored("account")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_submits_share_their_fsyncs_and_none_is_lost() {
    let world = World::new().await;
    let before = world.store.stats();
    let race = (0..400).map(|_| {
        let (store, new) = (world.store.clone(), world.new_task());
        tokio::spawn(async move { store.submit(new).await.expect("taken in") })
    });
    for answer in race.collect::<Vec<_>>() {
        answer.await.expect("no panic");
    }
    let after = world.store.stats();
    assert_eq!(after.transactions - before.transactions, 400);
    let fsyncs = after.fsyncs - before.fsyncs;
    // PostgreSQL groups commits in its own log, which its clients cannot count.
    let most = if world.database.is_some() { 401 } else { 200 };
    assert!(
        (1..most).contains(&fsyncs),
        "{fsyncs} fsyncs for 400 submits"
    );
    let sums = world
        .store
        .account_summary(&world.account)
        .await
        .expect("read")
        .expect("there");
    assert_eq!(sums.unfinished, 400);
}
