//! The JSON of the extensions: tasks, attempts, outputs and deliveries as an account may see them.
//! Not the v1 body. No prompt, no URL of the client, no cost, nothing of an operator's key. Times are
//! milliseconds since the Unix epoch.

use framewright_core::attempt::Attempt as StoredAttempt;
use framewright_core::clock::Millis;
use framewright_core::failure::Failure as StoredFailure;
use framewright_core::task::{Input as StoredInput, Output as StoredOutput, Task};
use framewright_store::{self as store, EventRow, LinkKeys};
use serde::Serialize;

use crate::files::output_stem;
use crate::v1::render::output_link;

/// One page of tasks, and the cursor of the next.
#[derive(Serialize)]
pub(crate) struct Page<'a> {
    tasks: Vec<Summary<'a>>,
    next: Option<String>,
}

impl<'a> Page<'a> {
    pub(crate) fn of(page: &'a store::Page, now: Millis) -> Self {
        Self {
            tasks: page
                .tasks
                .iter()
                .map(|task| Summary::of(task, now))
                .collect(),
            next: page.next.as_ref().map(store::Cursor::encode),
        }
    }
}

/// Everything about one task.
#[derive(Serialize)]
pub(crate) struct Detail<'a> {
    #[serde(flatten)]
    summary: Summary<'a>,
    inputs: Vec<Input<'a>>,
    attempts: Vec<Attempt<'a>>,
    outputs: Vec<Output<'a>>,
    /// Made after the task had ended: never part of the v1 body.
    late_outputs: Vec<Output<'a>>,
    deliveries: Vec<Delivery<'a>>,
    events: Vec<Event<'a>>,
}

impl<'a> Detail<'a> {
    pub(crate) fn of(detail: &'a store::Detail, links: &LinkKeys, now: Millis) -> Self {
        let task = &detail.task;
        let linked = |output: &'a StoredOutput| Output::of(output, task, links);
        Self {
            summary: Summary::of(task, now),
            inputs: detail.inputs.iter().map(Input::of).collect(),
            attempts: detail.attempts.iter().map(Attempt::of).collect(),
            outputs: detail.outputs.iter().map(linked).collect(),
            late_outputs: detail.late_outputs.iter().map(linked).collect(),
            deliveries: detail.deliveries.iter().map(Delivery::of).collect(),
            events: detail.events.iter().map(Event::of).collect(),
        }
    }
}

/// A task in a list.
#[derive(Serialize)]
pub(crate) struct Summary<'a> {
    task_id: &'a str,
    task_type: &'a str,
    status: &'static str,
    progress: u8,
    created_at: Millis,
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure<'a>>,
}

impl<'a> Summary<'a> {
    pub(crate) fn of(task: &'a Task, now: Millis) -> Self {
        Self {
            task_id: task.id.as_str(),
            task_type: task.spec.task_type.as_str(),
            status: task.status.word(),
            progress: task.shown_progress(now),
            created_at: task.created,
            finished_at: task.status.finished_at(),
            expires_at: task.expires,
            failure: task.failure().map(Failure::of),
        }
    }
}

#[derive(Serialize)]
pub(crate) struct Failure<'a> {
    code: &'static str,
    message: &'a str,
}

impl<'a> Failure<'a> {
    fn of(failure: &'a StoredFailure) -> Self {
        Self {
            code: failure.code.word(),
            message: &failure.public,
        }
    }
}

#[derive(Serialize)]
pub(crate) struct Input<'a> {
    role: &'static str,
    mime: &'a str,
    bytes: u64,
    sha256: &'a str,
    width: u32,
    height: u32,
}

impl<'a> Input<'a> {
    pub(crate) fn of(input: &'a StoredInput) -> Self {
        Self {
            role: input.role.word(),
            mime: &input.mime,
            bytes: input.bytes,
            sha256: &input.sha256,
            width: input.width,
            height: input.height,
        }
    }
}

#[derive(Serialize)]
pub(crate) struct Attempt<'a> {
    seq: u32,
    provider: &'a str,
    upstream_model: &'a str,
    status: &'static str,
    slots: &'a [u8],
    created_at: Millis,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted_at: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure<'a>>,
}

impl<'a> Attempt<'a> {
    pub(crate) fn of(attempt: &'a StoredAttempt) -> Self {
        Self {
            seq: attempt.seq,
            provider: &attempt.provider,
            upstream_model: &attempt.upstream_model,
            status: attempt.status.word(),
            slots: &attempt.slots,
            created_at: attempt.created,
            accepted_at: attempt.accepted_at,
            ended_at: attempt.ended,
            failure: attempt.failure.as_ref().map(Failure::of),
        }
    }
}

/// A line of the timeline.
#[derive(Serialize)]
pub(crate) struct Event<'a> {
    seq: i64,
    at: Millis,
    status: &'a str,
    progress: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
}

impl<'a> Event<'a> {
    pub(crate) fn of(row: &'a EventRow) -> Self {
        Self {
            seq: row.seq,
            at: row.at,
            status: &row.status,
            progress: row.progress,
            code: row.code.as_deref(),
        }
    }
}

#[derive(Serialize)]
pub(crate) struct Output<'a> {
    slot: u8,
    url: String,
    bytes: u64,
    sha256: &'a str,
    width: u32,
    height: u32,
    frames: u32,
    duration_ms: Millis,
}

impl<'a> Output<'a> {
    fn of(output: &'a StoredOutput, task: &Task, links: &LinkKeys) -> Self {
        Self {
            slot: output.slot,
            url: output_link(task, links, &output_stem(output)),
            bytes: output.bytes,
            sha256: &output.sha256,
            width: output.width,
            height: output.height,
            frames: output.frames,
            duration_ms: output.duration_ms,
        }
    }
}

/// A webhook owed. Its `id` is the `webhook-id` of every try.
#[derive(Serialize)]
pub(crate) struct Delivery<'a> {
    id: &'a str,
    status: &'a str,
    due_at: Millis,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    attempts: Vec<Try<'a>>,
}

impl<'a> Delivery<'a> {
    fn of(delivery: &'a store::DeliveryDetail) -> Self {
        Self {
            id: delivery.id.as_str(),
            status: &delivery.status,
            due_at: delivery.due,
            why: delivery.why.as_deref(),
            attempts: delivery.tries.iter().map(Try::of).collect(),
        }
    }
}

/// One HTTP try of a delivery.
#[derive(Serialize)]
pub(crate) struct Try<'a> {
    at: Millis,
    duration_ms: Millis,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_status: Option<u16>,
    /// The first bytes of what the receiver said.
    response_head: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

impl<'a> Try<'a> {
    fn of(one: &'a store::TryDetail) -> Self {
        Self {
            at: one.at,
            duration_ms: one.duration_ms,
            http_status: one.status,
            response_head: &one.response_head,
            error: one.error.as_deref(),
        }
    }
}
