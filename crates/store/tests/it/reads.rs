//! What clients see: pages, fetch-many, files, cancel and delete.

use std::collections::BTreeSet;

use framewright_core::clock::{DAY, MINUTE};
use framewright_core::id::TaskId;
use framewright_core::task::{Need, TaskStatus};
use framewright_store::{Cursor, Deleted, Filter};

use crate::support::{World, make_account};

#[tokio::test]
async fn pages_walk_every_task_once_newest_first_while_new_ones_arrive() {
    let world = World::new().await;
    let mut sent = Vec::new();
    for number in 0..7 {
        sent.push(world.submitted().await);
        // Several in the same millisecond: the id decides.
        world.pass(number % 2);
    }
    let mut seen = Vec::new();
    let mut cursor: Option<Cursor> = None;
    loop {
        let account = Some(&world.account);
        let page = world
            .store
            .list(account, &Filter::default(), cursor.as_ref(), 3)
            .await;
        let page = page.expect("a page");
        assert!(page.tasks.len() <= 3);
        seen.extend(page.tasks.into_iter().map(|task| task.id));
        world.pass(MINUTE);
        world.submitted().await;
        match page.next {
            Some(next) => cursor = Cursor::decode(&next.encode()),
            None => break,
        }
    }
    sent.reverse();
    assert_eq!(seen, sent);
}

#[tokio::test]
async fn filters_keep_only_what_fits_them_all() {
    let world = World::new().await;
    let finished = world.finished().await.work.task.id;
    world.pass(MINUTE);
    let mut other = world.new_task();
    other.task.spec.task_type = framewright_core::spec::TaskType::new("wan-video");
    let wan = other.task.id.clone();
    world.store.submit(other).await.expect("taken in");
    let found = |filter: Filter| {
        let (store, account) = (world.store.clone(), world.account.clone());
        async move {
            let page = store
                .list(Some(&account), &filter, None, 10)
                .await
                .expect("a page");
            page.tasks
                .into_iter()
                .map(|task| task.id)
                .collect::<Vec<_>>()
        }
    };
    let by_status = |words: &[&str]| Filter {
        statuses: words.iter().map(|word| (*word).to_owned()).collect(),
        ..Filter::default()
    };
    assert_eq!(
        found(by_status(&["finished", "failed"])).await,
        std::slice::from_ref(&finished)
    );
    assert_eq!(
        found(by_status(&["queued", "running"])).await,
        std::slice::from_ref(&wan)
    );
    let by_type = Filter {
        task_type: Some("wan-video".to_owned()),
        ..Filter::default()
    };
    assert_eq!(found(by_type).await, std::slice::from_ref(&wan));
    let since = Filter {
        created_after: Some(world.now()),
        ..Filter::default()
    };
    assert_eq!(found(since).await, [wan]);
    let before = Filter {
        created_before: Some(world.now()),
        ..Filter::default()
    };
    assert_eq!(found(before).await, [finished]);
}

#[tokio::test]
async fn the_operator_sees_every_account_and_a_client_its_own() {
    let world = World::new().await;
    let other = make_account(&world.store, "second", None).await;
    world.submitted().await;
    let theirs = crate::support::new(crate::support::task_of(&other, world.now()));
    world.store.submit(theirs).await.expect("taken in");
    let count = |account| {
        let store = world.store.clone();
        async move {
            let page = store
                .list(account, &Filter::default(), None, 10)
                .await
                .expect("a page");
            page.tasks.len()
        }
    };
    assert_eq!(count(None).await, 2);
    let first = world
        .store
        .list(None, &Filter::default(), None, 1)
        .await
        .expect("a page");
    let next = first.next.expect("one more");
    let rest = world
        .store
        .list(None, &Filter::default(), Some(&next), 9)
        .await
        .expect("a page");
    assert_eq!((rest.tasks.len(), &rest.next), (1, &None));
    assert_ne!(rest.tasks[0].id, first.tasks[0].id);
    assert_eq!(count(Some(&other)).await, 1);
}

#[tokio::test]
async fn many_ids_are_answered_with_those_that_are_there() {
    let world = World::new().await;
    let first = world.submitted().await;
    let second = world.submitted().await;
    let ids = [
        second.clone(),
        TaskId::stored("x"),
        first.clone(),
        first.clone(),
    ];
    let found = world.store.tasks(&world.account, &ids).await.expect("read");
    let found: Vec<_> = found.into_iter().map(|task| task.id).collect();
    let distinct: BTreeSet<_> = found.iter().cloned().collect();
    assert_eq!(found.len(), 2, "each once");
    assert_eq!(distinct, BTreeSet::from([first, second]));
}

#[tokio::test]
async fn an_output_is_served_by_its_position_until_its_task_expires() {
    let world = World::new().await;
    let task = world.finished().await.work.task;
    let served = world
        .store
        .output(&task.id, 1)
        .await
        .expect("read")
        .expect("there");
    assert_eq!(served.account, world.account);
    assert_eq!(Some(served.expires), task.expires);
    assert_eq!(world.store.output(&task.id, 0).await.expect("read"), None);
    assert_eq!(world.store.output(&task.id, 2).await.expect("read"), None);
    world.pass(7 * DAY);
    assert_eq!(world.store.output(&task.id, 1).await.expect("read"), None);
    assert_eq!(
        world
            .store
            .task(&world.account, &task.id)
            .await
            .expect("read"),
        None
    );
}

#[tokio::test]
async fn a_cancel_wish_reaches_the_owner_once_and_an_unowned_task_is_due_for_it() {
    let world = World::new().await;
    let owned = world.leased().await;
    let id = owned.work.task.id.clone();
    let shown = world
        .store
        .cancel(&world.account, &id)
        .await
        .expect("wished")
        .expect("there");
    assert_eq!(shown.status, TaskStatus::Queued, "the owner carries it out");
    assert_eq!(
        world.store.nudged(&world.node).await.expect("read"),
        std::slice::from_ref(&id)
    );
    let nudge = world
        .store
        .reload(&owned)
        .await
        .expect("ours")
        .work
        .task
        .nudge;
    world
        .store
        .cancel(&world.account, &id)
        .await
        .expect("wished again");
    let reloaded = world.store.reload(&owned).await.expect("ours");
    assert_eq!(reloaded.work.task.nudge, nudge, "one wish");

    let waiting = world.submitted().await;
    world
        .store
        .cancel(&world.account, &waiting)
        .await
        .expect("wished");
    let due = world
        .store
        .claim(&world.ask(Need::Owner, 9))
        .await
        .expect("claimed");
    assert_eq!(due[0].work.task.id, waiting);
}

#[tokio::test]
async fn a_cancel_leaves_a_terminal_task_and_anothers_task_alone() {
    let world = World::new().await;
    let task = world.finished().await.work.task;
    let shown = world
        .store
        .cancel(&world.account, &task.id)
        .await
        .expect("asked");
    assert_eq!(shown, Some(task.clone()));
    let other = make_account(&world.store, "second", None).await;
    let open = world.submitted().await;
    assert_eq!(
        world.store.cancel(&other, &open).await.expect("asked"),
        None
    );
    let untouched = world
        .store
        .task(&world.account, &open)
        .await
        .expect("read")
        .expect("there");
    assert!(!untouched.cancel_asked);
}

#[tokio::test]
async fn only_a_terminal_task_of_ones_own_is_deleted_and_then_it_is_gone_everywhere() {
    let world = World::new().await;
    let open = world.submitted().await;
    let done = world.finished().await.work.task.id;
    let other = make_account(&world.store, "second", None).await;
    let now = world.now();
    let delete = |account, id| world.store.delete(account, id, now);
    assert_eq!(
        delete(&world.account, &open).await.expect("asked"),
        Deleted::Open
    );
    assert_eq!(
        delete(&other, &done).await.expect("asked"),
        Deleted::Unknown
    );
    assert_eq!(
        delete(&world.account, &done).await.expect("asked"),
        Deleted::Gone
    );
    assert_eq!(
        delete(&world.account, &done).await.expect("asked"),
        Deleted::Unknown
    );
    assert_eq!(
        world.store.task(&world.account, &done).await.expect("read"),
        None
    );
    assert_eq!(world.store.output(&done, 1).await.expect("read"), None);
    assert_eq!(
        world
            .store
            .detail(&world.account, &done)
            .await
            .expect("read"),
        None
    );
    let page = world
        .store
        .list(Some(&world.account), &Filter::default(), None, 9)
        .await;
    assert_eq!(page.expect("a page").tasks.len(), 1);
    assert!(
        world
            .store
            .operator_task(&done)
            .await
            .expect("read")
            .is_some()
    );
}

#[tokio::test]
async fn events_resume_behind_the_number_a_client_has_seen() {
    let world = World::new().await;
    let id = world.finished().await.work.task.id;
    let events = |after| {
        let (store, account, id) = (world.store.clone(), world.account.clone(), id.clone());
        async move {
            store
                .events(&account, &id, after)
                .await
                .expect("read")
                .expect("there")
        }
    };
    let all = events(-1).await;
    let words: Vec<_> = all.iter().map(|event| event.status.as_str()).collect();
    assert_eq!(words, ["queued", "running", "storing", "finished"]);
    let rest = events(all[1].seq).await;
    assert_eq!(rest, all[2..]);
}

#[tokio::test]
async fn the_census_counts_what_is_open() {
    let world = World::new().await;
    world.finished().await;
    let oldest = world.now();
    world.running(&world.leased().await).await;
    world.pass(MINUTE);
    world.submitted().await;
    world.submitted().await;
    let census = world.store.census().await.expect("counted");
    let open = [("queued".to_owned(), 2), ("running".to_owned(), 1)];
    assert_eq!(census.open_tasks, open);
    assert_eq!(census.oldest_unfinished, Some(oldest));
    assert_eq!((census.pending_deliveries, census.unknown_attempts), (1, 0));
    assert_eq!(census.orphaned_tasks, 0);
    let left = world.store.retire_node(&world.node, world.now()).await;
    left.expect("its running task is free");
    world.pass(2 * MINUTE);
    let census = world.store.census().await.expect("counted");
    // Those that wait for a permit are nobody's orphans.
    assert_eq!(census.orphaned_tasks, 1);
}
