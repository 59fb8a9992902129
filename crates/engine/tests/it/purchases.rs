//! What is bought when an answer is lost: once where the provider honours a key, once at most where
//! it does not.

use framewright_core::attempt::{AttemptStatus, Class};
use framewright_core::failure::FailureCode;

use crate::scripted::{Reply, Scripted};
use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_of_class_a_is_asked_for_again_with_the_same_key_and_bytes() {
    let provider = Scripted::new("one", Class::A);
    let world = World::with(&[&provider]).await;
    provider.replies([Reply::TakeAndLose, Reply::TakeAndLose]);
    provider.finish_all(&world.video);
    let id = world.submit(world.task()).await;
    world.until_status(&id, "finished").await;
    let arrived = provider.arrived();
    assert_eq!(arrived.len(), 3);
    assert!(
        arrived.iter().all(|sent| *sent == arrived[0]),
        "{arrived:?}"
    );
    assert_eq!(provider.bought(), 1, "bought once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_of_class_e_is_never_sent_again_and_fails_after_two_minutes() {
    let (first, second) = (
        Scripted::new("one", Class::E),
        Scripted::new("two", Class::E),
    );
    let mut world = World::with(&[&first, &second]).await;
    world.step = 2_000;
    first.replies([Reply::TakeAndLose]);
    let id = world.submit(world.task()).await;
    let lost = world
        .until(&id, |detail| {
            detail
                .attempts
                .iter()
                .any(|a| a.status == AttemptStatus::Unknown)
        })
        .await;
    let until = lost.attempts[0].resolve_until.expect("it is looked into");
    let end = world.until_status(&id, "failed").await;
    let at = end.task.status.finished_at().expect("it ended");
    assert!(at >= until, "not before its time");
    assert_eq!(
        end.task.failure().expect("why").code,
        FailureCode::OutcomeUnknown
    );
    assert_eq!(
        end.attempts[0].status,
        AttemptStatus::Unknown,
        "shown to the operator"
    );
    assert_eq!((first.arrived().len(), second.arrived().len()), (1, 0));
}
