//! Accounts and keys: found by digest, revoked for good, never stored in clear.

use framewright_store::{NewKey, Scopes};
use secrecy::{ExposeSecret as _, SecretString};

use crate::support::{World, make_account};

fn client_key(world: &World) -> NewKey {
    NewKey {
        account: world.account.clone(),
        label: "laptop".to_owned(),
        scopes: Scopes::CLIENT,
    }
}

#[tokio::test]
async fn a_key_opens_its_account_until_it_is_revoked() {
    let world = World::new().await;
    let (id, key) = world
        .store
        .create_key(&client_key(&world))
        .await
        .expect("made");
    let digest = world
        .store
        .digest(key.expose_secret())
        .expect("a key of ours");
    let found = world
        .store
        .find_key(&digest)
        .await
        .expect("read")
        .expect("there");
    assert_eq!((&found.id, &found.account.id), (&id, &world.account));
    assert_eq!((found.scopes, found.revoked), (Scopes::CLIENT, None));
    assert!(world.store.revoke_key(&id).await.expect("asked"));
    assert!(!world.store.revoke_key(&id).await.expect("asked"), "once");
    let found = world
        .store
        .find_key(&digest)
        .await
        .expect("read")
        .expect("there");
    assert_eq!(found.revoked, Some(world.now()));
}

#[tokio::test]
async fn an_imported_key_works_as_it_is_and_a_second_import_changes_nothing() {
    let world = World::new().await;
    let key = SecretString::from("29e983ca-7e86-4017-a9e3-ef6fe9cd5f2a");
    let new = client_key(&world);
    let first = world
        .store
        .import_key(&new, &key)
        .await
        .expect("asked")
        .expect("a good key");
    let again = world.store.import_key(&new, &key).await.expect("asked");
    assert_eq!(again, Some(first));
    assert_eq!(world.store.list_keys(None).await.expect("read").len(), 1);
    let short = SecretString::from("short");
    assert_eq!(
        world.store.import_key(&new, &short).await.expect("asked"),
        None
    );
    assert!(world.store.digest("short").is_none());
}

#[tokio::test]
async fn digests_outlive_a_restart_and_no_secret_is_in_the_files() {
    let world = World::new().await;
    let (_, key) = world
        .store
        .create_key(&client_key(&world))
        .await
        .expect("made");
    let mut new = world.new_task();
    let canary = "c4nary-webhook-secret";
    let webhook = new.task.webhook.as_mut().expect("it has one");
    webhook.secret = Some(canary.to_owned());
    let task = new.task.clone();
    world.store.submit(new).await.expect("taken in");
    let secrets = world
        .store
        .signing_secrets(&world.account, world.now())
        .await
        .expect("read");
    let signing = secrets[0].0.expose_secret().to_owned();

    let world = world.reopened().await;
    let digest = world.store.digest(key.expose_secret()).expect("a key");
    assert!(world.store.find_key(&digest).await.expect("read").is_some());
    let read = world
        .store
        .task(&world.account, &task.id)
        .await
        .expect("read");
    assert_eq!(read, Some(task));
    for entry in std::fs::read_dir(world.dir.path()).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            let bytes = std::fs::read(&path).expect("a file");
            for secret in [key.expose_secret(), canary, &signing] {
                let found = bytes
                    .windows(secret.len())
                    .any(|part| part == secret.as_bytes());
                assert!(!found, "{path:?} holds a secret in clear");
            }
        }
    }
}

#[tokio::test]
async fn ensuring_an_account_twice_makes_one_and_changes_nothing() {
    let world = World::new().await;
    let first = make_account(&world.store, "x", Some(5)).await;
    assert_eq!(make_account(&world.store, "x", Some(9)).await, first);
    let summary = world
        .store
        .account_summary(&first)
        .await
        .expect("read")
        .expect("there");
    assert_eq!(summary.account.credit_limit, Some(5));
    world
        .store
        .set_credit_limit(&first, None)
        .await
        .expect("set");
    world.store.set_suspended(&first, true).await.expect("set");
    let summary = world
        .store
        .account_summary(&first)
        .await
        .expect("read")
        .expect("there");
    assert_eq!((summary.available, summary.account.suspended), (None, true));
    assert_eq!(world.store.accounts().await.expect("read").len(), 2);
}
