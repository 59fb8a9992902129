//! Changes of a task's work for tests, in the shape in which the engine commits them, and the
//! requests that the pages show.

use framewright_core::attempt::{Attempt, AttemptStatus, Class};
use framewright_core::change::{Change, Event};
use framewright_core::clock::Millis;
use framewright_core::credits;
use framewright_core::failure::{Failure, FailureCode};
use framewright_core::id::{AttemptId, TaskId};
use framewright_core::task::{Output, TaskStatus};
use framewright_core::work::Work;
use serde_json::{Value, json};

use crate::stage::{EXPIRES, Stage};

/// The smallest thing that is told to be an MP4 file.
pub const MP4: &[u8] = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2 and some bytes of video";

pub const IMAGE: &str = "https://assets.example.com/a.png";

/// The change from `work` to what `edit` makes of it, with what belongs to it.
pub fn change(work: &Work, edit: impl FnOnce(&mut Work), now: Millis) -> Change {
    let mut after = work.clone();
    edit(&mut after);
    let ends = after.task.status.is_terminal() && !work.task.status.is_terminal();
    after.task.open = !after.task.status.is_terminal();
    if ends {
        after.task.expires = Some(EXPIRES);
    }
    let moved = after.task.status.word() != work.task.status.word();
    let (price, slots, stored) = (after.task.price, after.task.spec.slots, after.task.stored);
    Change {
        event: moved.then(|| Event {
            at: now,
            status: after.task.status.word(),
            progress: after.task.progress,
            attempt: None,
            code: after.task.failure().map(|failure| failure.code.word()),
        }),
        settle: ends.then(|| credits::settle(price, slots, stored)),
        delivery: None,
        give_back: false,
        after,
    }
}

/// Moves a task to `running` with this progress.
pub async fn run(stage: &Stage, id: &TaskId, progress: u8) {
    stage
        .work(id, |work| {
            work.task.status = TaskStatus::Running;
            work.task.progress = progress;
        })
        .await;
}

/// Ends a task with as many stored videos of so many milliseconds.
pub async fn finish(stage: &Stage, id: &TaskId, videos: u8, duration_ms: Millis) {
    let attempt = attempt(stage.attempt_id(), stage.stored(id).await.spec.slots);
    let mut outputs = Vec::new();
    for index in 0..videos {
        let blob = format!("test/{id}/{index}.mp4");
        let written = stage.store_video(&blob, MP4).await;
        outputs.push(output(&attempt, index, &written, duration_ms));
    }
    let now = framewright_core::clock::Clock::now(&*stage.clock);
    stage
        .work(id, |work| {
            work.attempts.push(attempt);
            work.outputs.extend(outputs);
            work.task.stored = videos;
            work.task.progress = 100;
            work.task.status = TaskStatus::Finished { at: now };
        })
        .await;
}

/// Ends a task with a failure.
pub async fn fail(stage: &Stage, id: &TaskId, public: &str) {
    let now = framewright_core::clock::Clock::now(&*stage.clock);
    let failure = Failure::new(FailureCode::BadInput, public).with_detail("not for clients");
    stage
        .work(id, |work| {
            work.task.status = TaskStatus::Failed { at: now, failure }
        })
        .await;
}

fn output(
    attempt: &Attempt,
    index: u8,
    written: &framewright_store::Written,
    duration_ms: Millis,
) -> Output {
    Output {
        position: index + 1,
        slot: index,
        attempt: attempt.id.clone(),
        job_index: index,
        blob: written.key.clone(),
        sha256: written.sha256.clone(),
        bytes: written.bytes,
        width: 1280,
        height: 720,
        frames: 120,
        duration_ms,
    }
}

fn attempt(id: AttemptId, slots: u8) -> Attempt {
    Attempt {
        submit_key: id.as_str().to_owned(),
        seq: 1,
        provider: "preview".to_owned(),
        key_name: "default".to_owned(),
        origin: "preview:".to_owned(),
        upstream_model: "preview".to_owned(),
        class: Class::A,
        status: AttemptStatus::Succeeded,
        ended: Some(0),
        ..Attempt::due(id, (0..slots).collect(), 0)
    }
}

/// A request for one video from words, with a few fields more.
pub fn kling(more: &Value) -> Value {
    let mut body = json!({ "prompt": "a cat", "generation_type": "text2video" });
    if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
        body.extend(more.clone());
    }
    body
}

/// A request for four videos from an image.
pub fn imagine() -> Value {
    json!({ "prompt": "a cat dancing", "image_url": IMAGE })
}
