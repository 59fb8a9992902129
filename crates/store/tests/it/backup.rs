//! A copy taken in the midst of things goes into an empty database of either kind, whole or not at
//! all.

use std::path::{Path, PathBuf};

use framewright_core::clock::HOUR;
use framewright_core::task::Need;
use framewright_store::{
    BackupError, Blobs, Copied, NewKey, OpenMode, Restored, Resume, Scopes, Store, StoreOptions,
    restore, scratch,
};
use secrecy::{ExposeSecret as _, SecretString};
use tempfile::TempDir;

use crate::support::{World, options};

/// The master key of a world, wherever it has it.
fn master(world: &World) -> SecretString {
    let file = std::fs::read_to_string(world.dir.path().join("master.key"));
    file.map_or_else(|_| scratch::MASTER_KEY.into(), SecretString::from)
}

fn blobs(dir: &TempDir) -> Blobs {
    Blobs::local(&dir.path().join("blobs")).expect("a directory")
}

async fn put(blobs: &Blobs, key: &str, bytes: &[u8]) {
    let mut writer = blobs.create(key).await.expect("a new name");
    writer.write(bytes).await.expect("taken");
    writer.finish().await.expect("stored");
}

/// An empty place for a restore.
struct Empty {
    dir: TempDir,
    database: Option<SecretString>,
}

impl Empty {
    fn sqlite() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let own = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(dir.path(), own).expect("chmod");
        Self {
            dir,
            database: None,
        }
    }

    /// PostgreSQL, where the environment names one.
    async fn other() -> Self {
        Self {
            database: scratch::database("restored").await,
            ..Self::sqlite()
        }
    }

    fn options(&self, world: &World) -> StoreOptions {
        StoreOptions {
            master_key: Some(master(world)),
            ..options(&self.dir, self.database.as_ref(), &world.clock)
        }
    }

    async fn restored(&self, world: &World, from: &Path) -> Result<Restored, BackupError> {
        restore(
            self.options(world),
            from,
            &blobs(&self.dir),
            Resume::Doubted,
        )
        .await
    }

    async fn open(&self, world: &World) -> Store {
        Store::open(self.options(world)).await.expect("it opens")
    }
}

fn file(dir: &TempDir) -> PathBuf {
    dir.path().join("copy.framewright")
}

#[tokio::test]
async fn a_copy_goes_into_either_database_and_out_again() {
    let world = World::new().await;
    let finished = world.finished().await.work;
    let running = world.running(&world.leased().await).await.work.task.id;
    let queued = world.submitted().await;
    let new = NewKey {
        account: world.account.clone(),
        label: "kept".to_owned(),
        scopes: Scopes::CLIENT,
    };
    let (_, key) = world.store.create_key(&new).await.expect("a key");
    let blob = &finished.outputs[0].blob;
    put(&blobs(&world.dir), blob, &[7; 3_000_000]).await;
    let link = |store: &Store| store.links().sign("", "/files/x/1.mp4", &world.account, 1);

    let copy = file(&world.dir);
    let taken = world.store.backup(&copy, Some(&blobs(&world.dir))).await;
    let taken = taken.expect("a copy");
    assert_eq!((taken.blobs, taken.bytes, taken.missing), (1, 3_000_000, 0));
    let mut from = copy;
    for empty in [Empty::sqlite(), Empty::other().await, Empty::sqlite()] {
        let restored = empty.restored(&world, &from).await.expect("restored");
        assert_eq!(restored.copied, taken);
        let store = empty.open(&world).await;
        for id in [&finished.task.id, &running, &queued] {
            let was = world.store.detail(&world.account, id).await.expect("read");
            let is = store.detail(&world.account, id).await.expect("read");
            assert!(is.is_some() && is == was, "{is:#?} instead of {was:#?}");
        }
        assert_eq!(link(&store), link(&world.store), "links go on");
        let digest = store.digest(key.expose_secret()).expect("a key");
        let known = store.find_key(&digest).await.expect("asked");
        assert!(known.is_some(), "keys go on");
        let life = store.incarnation().expect("another life");
        assert!(life.since > world.now());
        let path = blobs(&empty.dir)
            .local_path(blob)
            .await
            .expect("it is there");
        assert_eq!(std::fs::metadata(path).expect("a file").len(), 3_000_000);

        from = file(&empty.dir);
        let again = store.backup(&from, Some(&blobs(&empty.dir))).await;
        assert_eq!(again.expect("a copy of the copy"), taken);
        // The next round reads that file: its directory must outlive this one.
        let _kept = empty.dir.keep();
    }
}

#[tokio::test]
async fn leases_of_the_former_life_hold_nothing_and_every_task_can_be_claimed() {
    let world = World::new().await;
    let lease = world.running(&world.leased().await).await;
    let copy = file(&world.dir);
    world.store.backup(&copy, None).await.expect("a copy");
    let empty = Empty::other().await;
    empty.restored(&world, &copy).await.expect("restored");
    let store = empty.open(&world).await;
    store
        .register_node(&world.node, world.now())
        .await
        .expect("registered");
    let claimed = store
        .claim(&world.ask(Need::Owner, 10))
        .await
        .expect("claimed");
    let mine = &claimed[0];
    assert_eq!(mine.work.task.id, lease.work.task.id);
    assert!(
        mine.epoch > lease.epoch + 1_000,
        "names of the lost time are not used again"
    );
    let life = store.incarnation().expect("another life");
    assert!(life.doubts(&mine.work.task, std::iter::empty()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_taken_while_others_write_is_of_one_moment() {
    let world = World::new().await;
    let (store, account) = (world.store.clone(), world.account.clone());
    let tasks: Vec<_> = (0..400).map(|_| world.new_task()).collect();
    let (begun, mut seen) = tokio::sync::watch::channel(0);
    let writing = tokio::spawn(async move {
        for task in tasks {
            store.submit(task).await.expect("taken in");
            begun.send_modify(|count| *count += 1);
        }
    });
    seen.wait_for(|count| *count >= 20)
        .await
        .expect("it writes");
    let copy = file(&world.dir);
    world.store.backup(&copy, None).await.expect("a copy");
    writing.await.expect("it ends");
    let empty = Empty::sqlite();
    empty.restored(&world, &copy).await.expect("restored");
    let store = empty.open(&world).await;
    // Task, its count and its hold are one transaction.
    let summary = store.account_summary(&account).await;
    let summary = summary.expect("read").expect("there");
    let open = store.census().await.expect("counted").open_tasks;
    assert_eq!(open, [("queued".to_owned(), summary.unfinished)]);
    assert!(summary.unfinished >= 20);
    assert_eq!(summary.held, summary.unfinished * 10);
}

#[tokio::test]
async fn a_file_that_is_not_whole_puts_nothing_anywhere() {
    let world = World::new().await;
    let blob = world.finished().await.work.outputs[0].blob.clone();
    put(&blobs(&world.dir), &blob, b"bytes of a video").await;
    let copy = file(&world.dir);
    let taken = world.store.backup(&copy, Some(&blobs(&world.dir))).await;
    taken.expect("a copy");
    let whole = std::fs::read(&copy).expect("readable");
    let empty = Empty::other().await;
    let damaged = |bytes: Vec<u8>| {
        std::fs::write(&copy, bytes).expect("written");
        empty.restored(&world, &copy)
    };
    for cut in [0, 1, whole.len() / 3, whole.len() - 1] {
        let refused = damaged(whole[..cut].to_vec()).await;
        assert!(
            matches!(refused, Err(BackupError::Damaged(_))),
            "{refused:?} after {cut}"
        );
    }
    for at in (40..whole.len()).step_by(97) {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        damaged(changed).await.expect_err("one bit is another");
    }
    let left = std::fs::read_dir(empty.dir.path()).expect("a directory");
    let left: Vec<_> = left
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert!(
        !left.iter().any(|name| name == "framewright.db"),
        "{left:?}"
    );
    damaged(whole).await.expect("the whole one still is");
}

#[tokio::test]
async fn what_would_be_overwritten_or_unreadable_is_refused() {
    let world = World::new().await;
    world.submitted().await;
    let copy = file(&world.dir);
    let first = world.store.backup(&copy, None).await.expect("a copy");
    assert!(first.rows > 5 && first.blobs == 0);
    let second = world.store.backup(&copy, None).await;
    assert!(
        matches!(second, Err(BackupError::Exists { .. })),
        "{second:?}"
    );

    let empty = Empty::other().await;
    let wrong = StoreOptions {
        master_key: Some(SecretString::from("11".repeat(32))),
        ..empty.options(&world)
    };
    let refused = restore(wrong, &copy, &blobs(&empty.dir), Resume::Doubted).await;
    assert!(
        matches!(refused, Err(BackupError::WrongMasterKey)),
        "{refused:?}"
    );
    let none: Copied = empty
        .restored(&world, &copy)
        .await
        .expect("restored")
        .copied;
    assert_eq!(none, first);
    let again = empty.restored(&world, &copy).await;
    assert!(
        matches!(again, Err(BackupError::NotEmpty { .. })),
        "{again:?}"
    );
}

#[tokio::test]
async fn a_database_put_back_by_other_means_can_be_marked() {
    let world = World::new().await;
    let id = world.submitted().await;
    assert_eq!(world.store.incarnation(), None);
    world
        .store
        .mark_restored(Resume::Queued)
        .await
        .expect("marked");
    let world = world.reopened().await;
    let life = world.store.incarnation().expect("another life");
    let task = world.store.task(&world.account, &id).await;
    let task = task.expect("read").expect("there");
    assert!(
        !life.doubts(&task, std::iter::empty()),
        "as the operator said"
    );
    assert!(
        life.doubts(&task, std::iter::once(task.created)),
        "it was begun"
    );
    world.pass(HOUR);
    let later = world.submitted().await;
    let later = world.store.task(&world.account, &later).await;
    let later = later.expect("read").expect("there");
    let strict = framewright_store::Incarnation {
        resume: Resume::Doubted,
        ..life
    };
    assert!(strict.doubts(&task, std::iter::empty()));
    assert!(
        !strict.doubts(&later, std::iter::empty()),
        "made in this life"
    );
    let beside = StoreOptions {
        mode: OpenMode::Beside,
        ..options(&world.dir, world.database.as_ref(), &world.clock)
    };
    let beside = Store::open(beside).await.expect("beside");
    assert_eq!(beside.incarnation(), Some(life), "the same life for all");
}
