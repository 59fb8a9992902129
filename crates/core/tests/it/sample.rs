//! A task and an attempt to begin with. Not a builder for every need: a test changes the fields it
//! is about.

use framewright_core::attempt::{Attempt, AttemptStatus, Class, Spend, UpstreamJob};
use framewright_core::clock::HOUR;
use framewright_core::failure::{Failure, FailureCode};
use framewright_core::id::{AccountId, AttemptId, TaskId};
use framewright_core::spec::{Mode, Spec, TaskType};
use framewright_core::task::{Output, Task};
use framewright_core::work::{Answer, Work};

pub const NOW: i64 = 1_700_000_000_000;

pub fn work(slots: u8) -> Work {
    let spec = Spec {
        prompt: "a cat".into(),
        ..Spec::new(TaskType::new("kling-video"), Mode::Text).with_slots(slots)
    };
    let (id, account) = (TaskId::stored("task"), AccountId::stored("account"));
    let mut work = Work::new(Task {
        price: 10,
        version: 1,
        ..Task::queued(id, account, spec, "preview", NOW)
    });
    work.memory.route_len = 2;
    work
}

pub fn attempt(name: &str, slots: &[u8], status: AttemptStatus) -> Attempt {
    let taken = !matches!(
        status,
        AttemptStatus::Due
            | AttemptStatus::Intent
            | AttemptStatus::Unknown
            | AttemptStatus::Rejected
    );
    Attempt {
        seq: 1,
        provider: "preview".into(),
        key_name: "local".into(),
        upstream_model: "preview".into(),
        class: Class::A,
        status,
        submit_key: format!("key-{name}"),
        prepared: "{}".into(),
        body_hash: "00".into(),
        nonce: "nonce".into(),
        upstream_job: taken.then(|| UpstreamJob("job".into())),
        sent_at: Some(NOW),
        accepted_at: taken.then_some(NOW),
        deadline: taken.then_some(NOW + 2 * HOUR),
        resolve_until: (status == AttemptStatus::Unknown).then_some(NOW + HOUR),
        ..Attempt::due(AttemptId::stored(name), slots.to_vec(), NOW)
    }
}

pub fn accepted() -> Answer {
    Answer::Accepted {
        job: UpstreamJob("job".into()),
        spend: Spend::Unknown,
        deadline_ms: 2 * HOUR,
        expected_ms: Some(60_000),
    }
}

pub fn failure(code: FailureCode) -> Failure {
    Failure::new(code, "it did not work")
}

pub fn output(attempt: &AttemptId, slot: u8) -> Output {
    Output {
        position: 0,
        slot,
        attempt: attempt.clone(),
        job_index: 0,
        blob: format!("account/task/{attempt}-{slot}-1.mp4"),
        sha256: "00".into(),
        bytes: 1,
        width: 16,
        height: 16,
        frames: 1,
        duration_ms: 42,
    }
}
