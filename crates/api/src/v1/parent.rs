//! The output that an extend continues: whether it is there, is the caller's, and may be continued.

use framewright_core::clock::Millis;
use framewright_core::defaults::midjourney::{EXTEND_S, LONGEST_MS, LONGEST_SLACK_MS};
use framewright_core::spec::{Made, Parent};
use framewright_core::task::{Task, TaskStatus};

use super::Endpoint;
use crate::auth::Caller;
use crate::error::{ApiError, Problem};
use crate::state::App;

/// The answer to every id that names no task of this account that could be continued.
pub(super) fn unknown(endpoint: &Endpoint) -> Problem {
    let types = endpoint.continues.join(" or ");
    Problem::field(
        "parent_task_id",
        format!("parent_task_id must be the id of a finished {types} task of this account"),
    )
}

/// Checks the parent that a spec names and says how its video came to be.
///
/// # Errors
/// `Invalid` where it is not there, not finished, of another type, has fewer videos than the index
/// says, or is as long already as a video may become.
pub(super) async fn check(
    app: &App,
    caller: &Caller,
    endpoint: &Endpoint,
    parent: &Parent,
) -> Result<Made, ApiError> {
    let task = app.store.task(&caller.account.id, &parent.task).await?;
    let task = task
        .filter(|task| endpoint.continues.contains(&task.spec.task_type.as_str()))
        .ok_or_else(|| ApiError::one(unknown(endpoint)))?;
    is_finished(&task).map_err(ApiError::one)?;
    has_position(&task, parent.position).map_err(ApiError::one)?;
    let made = app.store.made(&parent.task, parent.position).await?;
    let made = made.ok_or_else(|| ApiError::one(unknown(endpoint)))?;
    may_grow(made.duration_ms).map_err(ApiError::one)?;
    Ok(made)
}

fn is_finished(task: &Task) -> Result<(), Problem> {
    let state = match task.status {
        TaskStatus::Finished { .. } => return Ok(()),
        TaskStatus::Queued | TaskStatus::Running | TaskStatus::Storing => "is not finished yet",
        TaskStatus::Failed { .. } | TaskStatus::Cancelled { .. } => "has no videos: it failed",
    };
    Err(Problem::field(
        "parent_task_id",
        format!("parent_task_id must be the id of a finished task; this one {state}"),
    ))
}

fn has_position(task: &Task, position: u8) -> Result<(), Problem> {
    match (1..=task.stored).contains(&position) {
        true => Ok(()),
        false => Err(Problem::field(
            "index",
            format!(
                "index must be 1 to {0}: the parent task has {0} videos",
                task.stored
            ),
        )),
    }
}

fn may_grow(duration_ms: Millis) -> Result<(), Problem> {
    let grown = duration_ms + Millis::from(EXTEND_S) * 1_000;
    match grown <= LONGEST_MS + LONGEST_SLACK_MS {
        true => Ok(()),
        false => Err(Problem::field(
            "parent_task_id",
            format!(
                "parent_task_id must name a video of at most {} seconds; an extend adds {EXTEND_S} \
                 and {} is the longest",
                LONGEST_MS / 1_000 - Millis::from(EXTEND_S),
                LONGEST_MS / 1_000,
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::may_grow;

    #[test]
    fn four_extends_of_a_five_second_video_are_taken_and_a_fifth_is_not() {
        for seconds in [5, 9, 13, 17] {
            assert!(may_grow(seconds * 1_000).is_ok(), "{seconds}");
        }
        let refused = may_grow(21_000).expect_err("21 s is the longest");
        assert!(refused.msg.contains("21 is the longest"), "{}", refused.msg);
    }
}
