//! Videos that go on: by the key that has the job, or from the last frame and joined here.

use framewright_core::attempt::{AttemptStatus, Class};
use framewright_core::failure::FailureCode;
use framewright_core::id::TaskId;
use framewright_core::spec::{Mode, Parent, Role};
use framewright_core::task::{Need, Task};
use framewright_studio::decode::Limits;
use framewright_studio::probe;

use crate::scripted::Scripted;
use crate::world::{World, spec};

/// Frames of the video that every provider here makes.
const MADE: u32 = 6;

/// A task that continues the first output of `parent`, as the API would store it.
async fn extend(world: &World, parent: &TaskId, slots: u8) -> Task {
    let made = world.store.made(parent, 1).await.expect("readable");
    let mut task = world.task();
    task.need = Need::Inputs;
    task.spec = spec(slots);
    task.spec.mode = Mode::Extend;
    task.spec.duration_s = 4;
    task.spec.parent = Some(Parent {
        task: parent.clone(),
        position: 1,
        made: Some(made.expect("it is there")),
    });
    task
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extend_is_sent_with_the_key_that_has_the_job_and_names_it() {
    let provider = Scripted::with_keys("one", Class::A, &["first", "second"]);
    let world = World::with(&[&provider]).await;
    provider.finish_all(&world.video);
    for _ in 0..4 {
        let parent = world.submit(world.task()).await;
        let made = world.until_status(&parent, "finished").await;
        let id = world.submit(extend(&world, &parent, 1).await).await;
        world.until_status(&id, "finished").await;
        let job = made.attempts[0].upstream_job.clone().expect("it was taken");
        let placed = provider.prepared().pop().expect("it was asked");
        assert_eq!(placed.key, made.attempts[0].key_name);
        assert_eq!(placed.parent, Some((job.0, 0)));
        assert_eq!(
            (placed.mode, placed.inputs),
            (Mode::Extend, vec![Role::Parent])
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_maker_cannot_continue_goes_on_from_the_last_frame_and_is_joined() {
    let provider = Scripted::for_modes("one", Class::A, &[Mode::Text, Mode::Image]);
    let world = World::with(&[&provider]).await;
    provider.finish_all(&world.video);
    let parent = world.submit(world.task()).await;
    world.until_status(&parent, "finished").await;

    let id = world.submit(extend(&world, &parent, 4).await).await;
    let end = world.until_status(&id, "finished").await;
    assert_eq!(end.outputs.len(), 4);
    // One frame at the cut stands for two.
    assert!(
        end.outputs
            .iter()
            .all(|output| output.frames == 2 * MADE - 1)
    );
    for output in &end.outputs {
        let file = world
            .blobs()
            .local_path(&output.blob)
            .await
            .expect("stored");
        let decoded = probe::verify(&file, &Limits::default());
        assert_eq!(decoded.expect("every frame decodes"), output.frames);
    }
    let placed = provider.prepared().pop().expect("it was asked");
    let from_image = (Mode::Image, vec![Role::Start], None);
    assert_eq!((placed.mode, placed.inputs, placed.parent), from_image);
    let start = end.inputs.iter().find(|input| input.role == Role::Start);
    let start = start.expect("it is kept as an input");
    assert_eq!((start.width, start.height), (64, 36));

    // What was joined is joined again: its last part is not all of it.
    let again = extend(&world, &id, 1).await;
    let made = again
        .spec
        .parent
        .as_ref()
        .and_then(|parent| parent.made.as_ref());
    assert!(made.is_some_and(|made| made.joined));
    let again = world.submit(again).await;
    let end = world.until_status(&again, "finished").await;
    assert_eq!(end.outputs[0].frames, 3 * MADE - 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_join_over_which_three_processes_died_is_not_tried_again() {
    let provider = Scripted::for_modes("one", Class::A, &[Mode::Text, Mode::Image]);
    let mut world = World::with(&[&provider]).await;
    world.step = 1_000;
    provider.finish_all(&world.video);
    let parent = world.submit(world.task()).await;
    world.until_status(&parent, "finished").await;
    let task = extend(&world, &parent, 1).await;
    provider.progress_all(10);
    let id = world.submit(task).await;
    let is_running = |detail: &framewright_store::Detail| {
        let first = detail.attempts.first();
        first.is_some_and(|attempt| attempt.status == AttemptStatus::Accepted)
    };
    world.until(&id, is_running).await;
    for _ in 0..3 {
        let polls = provider.polls();
        world.until_provider(&provider, |p| p.polls() > polls).await;
        // As if the process were joining when it dies.
        let noted = world
            .store
            .note_heavy(world.engine().node(), std::slice::from_ref(&id));
        noted.await.expect("noted");
        world = world.restart().await;
    }
    provider.finish_all(&world.video);
    let end = world.until_status(&id, "failed").await;
    let failure = end.task.failure().expect("why");
    assert_eq!(failure.code, FailureCode::Quarantined, "{failure:?}");
}
