//! Media that the client names: fetched once, judged by its bytes, and refused with the field's name
//! before anything is sent.

use framewright_core::attempt::Class;
use framewright_core::failure::FailureCode;
use framewright_core::spec::{InputUrl, Mode, Parent, Role};
use framewright_core::task::{Need, Task};

use crate::origin::Origin;
use crate::scripted::Scripted;
use crate::world::World;

/// The head of a PNG of 640 x 480.
fn png() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR".to_vec();
    bytes.extend(640_u32.to_be_bytes());
    bytes.extend(480_u32.to_be_bytes());
    bytes.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

fn task_from_image(world: &World, url: &str) -> Task {
    let mut task = world.task();
    task.need = Need::Inputs;
    task.spec.mode = Mode::Image;
    task.spec.inputs = vec![InputUrl {
        role: Role::Start,
        field: "image_url".into(),
        url: url.to_owned(),
    }];
    task
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_is_fetched_once_and_kept_for_every_attempt() {
    let (provider, origin) = (
        Scripted::new("one", Class::A),
        Origin::serving(200, png()).await,
    );
    let world = World::with(&[&provider]).await;
    provider.finish_all(&world.video);
    let id = world.submit(task_from_image(&world, &origin.url)).await;
    let end = world.until_status(&id, "finished").await;
    let input = &end.inputs[0];
    assert_eq!(
        (input.mime.as_str(), input.width, input.height),
        ("image/png", 640, 480)
    );
    let kept = world
        .blobs()
        .local_path(&input.blob)
        .await
        .expect("it is kept");
    assert_eq!(std::fs::read(kept).expect("readable"), png());
    assert_eq!(origin.asked(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_input_ends_the_task_with_field_and_cause_and_nothing_is_sent() {
    let provider = Scripted::new("one", Class::A);
    let world = World::with(&[&provider]).await;
    let absent = Origin::serving(404, b"no".to_vec()).await;
    let page = Origin::serving(200, b"<html>not a picture</html>".to_vec()).await;
    for (origin, cause) in [
        (&absent, "its server answered 404"),
        (&page, "it is a web page"),
    ] {
        let id = world.submit(task_from_image(&world, &origin.url)).await;
        let end = world.until_status(&id, "failed").await;
        let failure = end.task.failure().expect("why");
        assert_eq!(failure.code, FailureCode::BadInput);
        let wanted = format!("image_url: {cause}");
        assert!(failure.public.starts_with(&wanted), "{}", failure.public);
        assert!(end.attempts.is_empty());
    }
    assert!(provider.arrived().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extend_names_the_parents_blob_as_its_own_input() {
    let provider = Scripted::new("one", Class::A);
    let world = World::with(&[&provider]).await;
    provider.finish_all(&world.video);
    let parent = world.submit(world.task()).await;
    let made = world.until_status(&parent, "finished").await;

    let maker = world.store.made(&parent, 1).await.expect("readable");
    let extend = |position| {
        let mut task = world.task();
        task.need = Need::Inputs;
        task.spec.mode = Mode::Extend;
        task.spec.parent = Some(Parent {
            task: parent.clone(),
            position,
            made: maker.clone(),
        });
        task
    };
    let id = world.submit(extend(1)).await;
    let end = world.until_status(&id, "finished").await;
    assert_eq!(end.inputs[0].role, Role::Parent);
    assert_eq!(end.inputs[0].blob, made.outputs[0].blob);
}
