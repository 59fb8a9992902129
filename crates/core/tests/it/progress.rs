//! How reported progress becomes what is stored and shown.

use framewright_core::attempt::AttemptStatus;
use framewright_core::change::{Fact, Rules, Seen, apply};
use framewright_core::id::AttemptId;
use framewright_core::task::TaskStatus;
use framewright_core::work::Progress;

use crate::sample::{NOW, attempt, work};

/// What a client sees of a render that is held at frame `done` of `all`: floor(98 * done / all), in
/// steps of 10, exact for every frame count that a video has.
#[test]
fn stored_progress_is_exact_to_the_frame() {
    for all in 2..=600_u32 {
        for done in 0..all {
            let mut held = work(1);
            held.attempts
                .push(attempt("a", &[0], AttemptStatus::Accepted));
            held.task.status = TaskStatus::Running;
            let fact = Fact::Observed {
                attempt: AttemptId::stored("a"),
                seen: Seen::Running {
                    progress: Some(Progress::of(done, all)),
                },
            };
            let change = apply(&held, fact, &Rules::default(), NOW).expect("allowed");
            let shown = u32::from(change.after.task.progress);
            assert_eq!(shown, 98 * done / all / 10 * 10, "{done} of {all}");
        }
    }
}
