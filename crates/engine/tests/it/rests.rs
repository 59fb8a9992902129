//! A provider that does not answer is left in peace, whatever the number of tasks that wait for it.

use framewright_core::attempt::Class;

use crate::scripted::{Reply, Scripted};
use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_does_not_answer_is_probed_by_one_request_at_a_time() {
    let provider = Scripted::new("one", Class::A);
    let world = World::with(&[&provider]).await;
    provider.finish_all(&world.video);
    // Enough for the circuit to open and two probes to fail.
    provider.replies(std::iter::repeat_with(|| Reply::NotSent).take(7));
    let mut tasks = Vec::new();
    for _ in 0..5 {
        tasks.push(world.submit(world.task()).await);
    }
    let resting = world.engine().resting();
    world
        .until_provider(&provider, |p| p.arrived().len() >= 5)
        .await;
    for id in &tasks {
        world.until_status(id, "finished").await;
    }
    // Five that were lost, two probes that were, and one for each task.
    assert_eq!(provider.arrived().len(), 12);
    assert!(resting().is_empty(), "it answers again");
    let metrics = world.engine().metrics_text();
    let closed = "framewright_circuits_open{provider=\"one\"} 0";
    assert!(metrics.contains(closed), "{metrics}");
}
