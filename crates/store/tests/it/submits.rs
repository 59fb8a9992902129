//! Taking tasks in: on disk before the answer, once per key, never beyond credits and caps.

use framewright_core::clock::SECOND;
use framewright_core::spec::{Mode, Parent};
use framewright_core::task::Task;
use framewright_store::{Idempotency, Limits, NewTask, SubmitError, Submitted};

use crate::support::{World, make_account, new, task_of};

fn with_key(task: Task, key: &str, body_hash: &str) -> NewTask {
    NewTask {
        idempotency: Some(Idempotency {
            endpoint: "kling-imagine".to_owned(),
            key: key.to_owned(),
            body_hash: body_hash.to_owned(),
        }),
        ..new(task)
    }
}

#[tokio::test]
async fn a_submitted_task_reads_back_as_it_was_sent_and_was_synced_first() {
    let world = World::new().await;
    let task = world.task();
    let before = world.store.stats();
    world
        .store
        .submit(new(task.clone()))
        .await
        .expect("taken in");
    let after = world.store.stats();
    assert!(
        after.fsyncs > before.fsyncs,
        "an fsync lies between request and answer"
    );
    assert_eq!(
        after.rows_written - before.rows_written,
        3,
        "account, task, hold"
    );
    let read = world
        .store
        .task(&world.account, &task.id)
        .await
        .expect("read");
    assert_eq!(read, Some(task));
}

#[tokio::test]
async fn another_accounts_task_is_not_there() {
    let world = World::new().await;
    let id = world.submitted().await;
    let other = make_account(&world.store, "second", None).await;
    assert_eq!(world.store.task(&other, &id).await.expect("read"), None);
}

#[tokio::test]
async fn a_key_used_again_answers_the_first_id_and_another_body_is_refused() {
    let world = World::new().await;
    let first = world.task();
    let answer = world
        .store
        .submit(with_key(first.clone(), "k", "h1"))
        .await
        .expect("taken in");
    assert_eq!(answer, Submitted::New(first.id.clone()));
    let again = world
        .store
        .submit(with_key(world.task(), "k", "h1"))
        .await
        .expect("a replay");
    assert_eq!(again, Submitted::Replayed(first.id));
    let other = world.store.submit(with_key(world.task(), "k", "h2")).await;
    assert!(matches!(other, Err(SubmitError::KeyReused)));
    let page = world
        .store
        .list(Some(&world.account), &Default::default(), None, 10)
        .await;
    assert_eq!(page.expect("a page").tasks.len(), 1);
}

#[tokio::test]
async fn a_replay_is_answered_whatever_the_caps_and_credits_are_by_then() {
    let world = World::new().await;
    let poor = make_account(&world.store, "poor", Some(10)).await;
    let first = task_of(&poor, world.now());
    world
        .store
        .submit(with_key(first.clone(), "k", "h"))
        .await
        .expect("the last credits");
    let again = with_key(task_of(&poor, world.now()), "k", "h");
    let answer = world.store.submit(again.clone()).await.expect("a replay");
    assert_eq!(answer, Submitted::Replayed(first.id.clone()));
    let full = NewTask {
        limits: Limits {
            account_unfinished: 1,
            queue: 1,
        },
        ..again
    };
    let answer = world
        .store
        .submit(full)
        .await
        .expect("a replay in spite of the full queue");
    assert_eq!(answer, Submitted::Replayed(first.id));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_submits_with_one_key_make_one_task() {
    let world = World::new().await;
    let race = (0..50).map(|_| {
        let (store, new) = (world.store.clone(), with_key(world.task(), "k", "h"));
        tokio::spawn(async move { store.submit(new).await.expect("new or replayed") })
    });
    let mut made = 0;
    let mut ids = std::collections::BTreeSet::new();
    for answer in race.collect::<Vec<_>>() {
        ids.insert(match answer.await.expect("no panic") {
            Submitted::New(id) => {
                made += 1;
                id
            }
            Submitted::Replayed(id) => id,
        });
    }
    assert_eq!((made, ids.len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_last_credits_are_spent_once() {
    let world = World::new().await;
    let poor = make_account(&world.store, "poor", Some(15)).await;
    let race = (0..20).map(|_| {
        let (store, new) = (world.store.clone(), new(task_of(&poor, world.now())));
        tokio::spawn(async move { store.submit(new).await })
    });
    let mut taken = 0;
    for answer in race.collect::<Vec<_>>() {
        match answer.await.expect("no panic") {
            Ok(_) => taken += 1,
            Err(SubmitError::NoCredits { needed, available }) => {
                assert_eq!((needed, available), (10, 5));
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(taken, 1);
    let sums = world
        .store
        .account_summary(&poor)
        .await
        .expect("read")
        .expect("there");
    assert_eq!(
        (sums.held, sums.available, sums.unfinished),
        (10, Some(5), 1)
    );
}

#[tokio::test]
async fn an_account_at_its_cap_and_a_full_queue_are_told_when_to_come_again() {
    let world = World::new().await;
    let capped = |account_unfinished, queue| NewTask {
        limits: Limits {
            account_unfinished,
            queue,
        },
        ..world.new_task()
    };
    world.store.submit(capped(1, 10)).await.expect("the first");
    let second = world.store.submit(capped(1, 10)).await;
    assert!(matches!(second, Err(SubmitError::AccountFull { retry_after }) if retry_after > 0));
    let full = world.store.submit(capped(10, 1)).await;
    assert!(matches!(full, Err(SubmitError::QueueFull { retry_after }) if retry_after > 0));
}

#[tokio::test]
async fn the_accounts_own_cap_goes_before_the_servers() {
    let world = World::new().await;
    let new_account = framewright_store::NewAccount {
        name: "capped".to_owned(),
        email: String::new(),
        plan: String::new(),
        credit_limit: None,
        caps: framewright_store::Caps {
            unfinished: Some(1),
            requests_per_minute: None,
        },
    };
    let account = world
        .store
        .ensure_account(&new_account)
        .await
        .expect("made")
        .id;
    world
        .store
        .submit(new(task_of(&account, world.now())))
        .await
        .expect("the first");
    let second = world
        .store
        .submit(new(task_of(&account, world.now())))
        .await;
    assert!(matches!(second, Err(SubmitError::AccountFull { .. })));
}

#[tokio::test]
async fn a_queue_that_emptied_is_seen_at_once_though_its_count_is_cached() {
    let world = World::new().await;
    let tight = |world: &World| NewTask {
        limits: Limits {
            account_unfinished: 10,
            queue: 1,
        },
        ..world.new_task()
    };
    world.finished().await;
    world
        .store
        .submit(tight(&world))
        .await
        .expect("nothing waits");
    let full = world.store.submit(tight(&world)).await;
    assert!(matches!(full, Err(SubmitError::QueueFull { .. })));
    world.pass(3 * SECOND);
    assert!(
        world.store.submit(tight(&world)).await.is_err(),
        "still one unfinished"
    );
}

#[tokio::test]
async fn an_extend_needs_its_parent_finished_there_and_ones_own() {
    let world = World::new().await;
    let child_of = |parent: &framewright_core::id::TaskId, position, account| {
        let mut task = task_of(account, world.now());
        task.spec.mode = Mode::Extend;
        task.spec.parent = Some(Parent {
            made: None,
            task: parent.clone(),
            position,
        });
        new(task)
    };
    let queued = world.submitted().await;
    let parent = world.finished().await.work.task.id;
    let submit = |new| world.store.submit(new);
    let other = make_account(&world.store, "second", None).await;
    for refused in [
        child_of(&queued, 1, &world.account),
        child_of(&parent, 2, &world.account),
        child_of(&parent, 1, &other),
    ] {
        assert!(matches!(
            submit(refused).await,
            Err(SubmitError::ParentGone)
        ));
    }
    submit(child_of(&parent, 1, &world.account))
        .await
        .expect("a good child");
    let held = world
        .store
        .account_summary(&other)
        .await
        .expect("read")
        .expect("there")
        .held;
    assert_eq!(held, 0, "a refused submit holds nothing");
}
