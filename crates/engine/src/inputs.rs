//! The media of a task: each fetched once, judged by its own bytes, kept as a blob that every
//! attempt and resend reads. What is wrong with one is told to the client with the field's name.

mod fetch;
mod judge;
mod last_frame;

use std::sync::Arc;

use framewright_core::change::Fact;
use framewright_core::clock::{Millis, SECOND};
use framewright_core::failure::{Failure, FailureCode};
use framewright_core::spec::{Parent, Role};
use framewright_core::task::{Input, Task};
use futures_util::future::try_join_all;

use crate::act::Came;
use crate::routes::Way;
use crate::shared::Shared;

/// How long our own storage or store may rest when it did not answer.
const OURS_PAUSE: Millis = 5 * SECOND;

/// Why an input is not in.
enum Trouble {
    /// The client's: the task ends with this.
    Bad(Failure),
    /// Ours: the task waits.
    Ours(String),
}

/// Brings in every input of a task.
pub(crate) async fn inputs(shared: Arc<Shared>, task: Task, epoch: i64, deaths: i64) -> Came {
    let named = task
        .spec
        .inputs
        .iter()
        .map(|named| fetch::input(&shared, &task, named, epoch));
    let got = try_join_all(named).await;
    let got = match (got, &task.spec.parent) {
        (Ok(mut inputs), Some(wanted)) => {
            let begun = beginning(&shared, &task, wanted, epoch, deaths).await;
            begun.map(|begun| {
                inputs.extend(begun);
                inputs
            })
        }
        (got, _) => got,
    };
    match got {
        Ok(inputs) => Came::Fact(Fact::InputsReady(inputs)),
        Err(Trouble::Bad(failure)) => Came::Fact(Fact::InputBad(failure)),
        Err(Trouble::Ours(detail)) => {
            tracing::error!(task.id = %task.id, detail, "could not bring in inputs yet");
            Came::Later(OURS_PAUSE)
        }
    }
}

/// What an extend goes on from: its parent, and the parent's last frame where it is joined here.
async fn beginning(
    shared: &Shared,
    task: &Task,
    wanted: &Parent,
    epoch: i64,
    deaths: i64,
) -> Result<Vec<Input>, Trouble> {
    let parent = parent(shared, task, wanted).await?;
    // A route that refuses it by now says so when it is opened.
    if shared.routes.way(&task.spec) != Ok(Way::Joined) {
        return Ok(vec![parent]);
    }
    let start = last_frame::start(shared, task, &parent, epoch, deaths).await?;
    Ok(vec![parent, start])
}

/// The output that an extend continues, as an input of its own: it stays when the parent goes.
async fn parent(shared: &Shared, task: &Task, wanted: &Parent) -> Result<Input, Trouble> {
    let found = shared.store.output(&wanted.task, wanted.position).await;
    let found = found.map_err(|error| Trouble::Ours(error.to_string()))?;
    let own = found.filter(|found| found.account == task.account);
    let output = own
        .ok_or_else(|| bad("parent_task_id", "its video is gone"))?
        .output;
    Ok(Input {
        role: Role::Parent,
        blob: output.blob,
        sha256: output.sha256,
        bytes: output.bytes,
        mime: "video/mp4".into(),
        width: output.width,
        height: output.height,
    })
}

/// The client's fault, with the field and the cause as a clause.
fn bad(field: &str, cause: &str) -> Trouble {
    Trouble::Bad(Failure::new(
        FailureCode::BadInput,
        format!("{field}: {cause}"),
    ))
}
