//! A task and an attempt to begin with. Not a builder for every need: a test changes the fields it
//! is about.

use framewright_core::attempt::{Attempt, AttemptStatus, Class, Spend, UpstreamJob};
use framewright_core::clock::{DAY, HOUR};
use framewright_core::failure::{Failure, FailureCode};
use framewright_core::id::{AccountId, AttemptId, TaskId};
use framewright_core::spec::{Mode, ResultShape, Spec, TaskType};
use framewright_core::task::{Need, Output, Task, TaskStatus};
use framewright_core::work::{Answer, Work};

pub const NOW: i64 = 1_700_000_000_000;

pub fn spec(slots: u8) -> Spec {
    Spec {
        task_type: TaskType::new("kling-video"),
        mode: Mode::Text,
        model: "kling-v1-6".into(),
        prompt: "a cat".into(),
        negative_prompt: None,
        aspect: None,
        lines: None,
        duration_s: 5,
        motion: None,
        tier: None,
        cfg_scale: None,
        flip: false,
        inputs: Vec::new(),
        parent: None,
        slots,
        shape: if slots == 1 {
            ResultShape::One
        } else {
            ResultShape::Many
        },
    }
}

pub fn work(slots: u8) -> Work {
    let mut work = Work::new(Task {
        id: TaskId::stored("task"),
        account: AccountId::stored("account"),
        key: None,
        spec: spec(slots),
        base_url: "http://127.0.0.1:8787".into(),
        status: TaskStatus::Queued,
        progress: 0,
        estimate: None,
        price: 10,
        webhook: None,
        stored: 0,
        lane: "preview".into(),
        need: Need::Permit,
        nudge: 0,
        nudge_seen: 0,
        cancel_asked: false,
        not_before: NOW,
        queue_deadline: NOW + DAY,
        open: true,
        created: NOW,
        expires: None,
        version: 1,
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
        id: AttemptId::stored(name),
        seq: 1,
        slots: slots.to_vec(),
        provider: "preview".into(),
        key_name: "local".into(),
        origin: String::new(),
        upstream_model: "preview".into(),
        class: Class::A,
        status,
        submit_key: format!("key-{name}"),
        prepared: "{}".into(),
        body_hash: "00".into(),
        nonce: "nonce".into(),
        upstream_job: taken.then(|| UpstreamJob("job".into())),
        not_before: NOW,
        sent_at: Some(NOW),
        accepted_at: taken.then_some(NOW),
        deadline: taken.then_some(NOW + 2 * HOUR),
        resolve_until: (status == AttemptStatus::Unknown).then_some(NOW + HOUR),
        failure: None,
        spend: Spend::Unknown,
        created: NOW,
        ended: None,
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
