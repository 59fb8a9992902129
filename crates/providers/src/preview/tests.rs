//! The provider over the real studio, with small and short renders: what a job is worth when the
//! process, the client or the same request comes again.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use async_trait::async_trait;
use framewright_core::attempt::UpstreamJob;
use framewright_core::clock::{Clock, Millis};
use framewright_core::failure::FailureCode;
use framewright_core::spec::{Mode, Parent, Spec, TaskType};
use framewright_core::work::Progress;
use framewright_outbound::{Outbound, OutboundConfig};

use super::order::{Media, RenderOrder, Shape, job_name};
use super::pool::OnFrame;
use super::{Preview, too_long};
use crate::provider::{Observation, Provider, Sending, Source};
use crate::registry::{Context, InputFiles, Registry, SettingsError};

struct NoInputs;

#[async_trait]
impl InputFiles for NoInputs {
    async fn path(&self, blob: &str) -> std::io::Result<PathBuf> {
        Ok(PathBuf::from(blob))
    }
}

struct Still;

impl Clock for Still {
    fn now(&self) -> Millis {
        0
    }

    fn uptime(&self) -> Millis {
        0
    }
}

fn context(scratch: &Path) -> Context {
    Context {
        outbound: Outbound::new(OutboundConfig::default()).expect("clients"),
        inputs: Arc::new(NoInputs),
        clock: Arc::new(Still),
        scratch: scratch.to_owned(),
        public_url: None,
    }
}

fn preview(scratch: &Path, on_frame: Option<OnFrame>) -> Preview {
    let table = "renders = 1".parse().expect("a table");
    Preview::new("preview", &table, &context(scratch), on_frame).expect("it starts")
}

fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

/// A scene of a few small frames.
fn order() -> RenderOrder {
    RenderOrder {
        shape: Shape::Scene,
        prompt: "the sea at night".into(),
        negative_prompt: String::new(),
        width: 160,
        height: 90,
        frames: 5,
        lively: false,
        flip: false,
        variant: 0,
        seed: 7,
        media: Media::default(),
        key: String::new(),
    }
}

async fn submit(preview: &Preview, key: &str) -> UpstreamJob {
    let sending = Sending {
        prepared: &order().text(),
        upstream_model: "preview",
        submit_key: key,
        callback_url: None,
    };
    let taken = preview.submit(&sending, &preview.keys()[0]).await;
    taken.expect("everything readable is taken").job
}

async fn look(preview: &Preview, job: &UpstreamJob) -> Observation {
    let mut seen = preview
        .poll(std::slice::from_ref(job), &preview.keys()[0])
        .await;
    seen.pop()
        .expect("one answer for one job")
        .expect("no trouble here")
}

/// Polls until the job runs no more; each look lets the render thread go on.
async fn end(preview: &Preview, job: &UpstreamJob) -> Observation {
    loop {
        match look(preview, job).await {
            Observation::Running { .. } => std::thread::yield_now(),
            ended => return ended,
        }
    }
}

fn file(seen: &Observation) -> PathBuf {
    match seen {
        Observation::Done { outputs, .. } => match &outputs[0] {
            Source::File(path) => path.clone(),
            other => panic!("not a file: {other:?}"),
        },
        other => panic!("not done: {other:?}"),
    }
}

/// Holds a render after a frame, until it is let go.
#[derive(Default)]
struct Gate {
    reached: Mutex<u32>,
    news: Condvar,
    open: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn at(self: &Arc<Self>, frame: u32) -> OnFrame {
        let gate = self.clone();
        Arc::new(move |done, _| {
            *gate.reached.lock().expect("no panics here") = done;
            gate.news.notify_all();
            let mut open = gate.open.lock().expect("no panics here");
            while done == frame && !*open {
                open = gate.opened.wait(open).expect("no panics here");
            }
        })
    }

    fn wait_for(&self, frame: u32) {
        let reached = self.reached.lock().expect("no panics here");
        let held = self.news.wait_while(reached, |reached| *reached < frame);
        drop(held.expect("no panics here"));
    }

    fn open(&self) {
        *self.open.lock().expect("no panics here") = true;
        self.opened.notify_all();
    }
}

#[tokio::test]
async fn the_same_key_is_the_same_job_and_the_same_order_the_same_file() {
    let scratch = scratch();
    let frames = Arc::new(AtomicU32::new(0));
    let counted = frames.clone();
    let count: OnFrame = Arc::new(move |_, _| {
        counted.fetch_add(1, Ordering::SeqCst);
    });
    let preview = preview(scratch.path(), Some(count));
    let first = submit(&preview, "key").await;
    let again = submit(&preview, "key").await;
    assert_eq!(first, again);
    let bytes = std::fs::read(file(&end(&preview, &first).await)).expect("it is there");
    assert_eq!(frames.load(Ordering::SeqCst), 5, "drawn once");

    let other = submit(&preview, "another key").await;
    assert_ne!(first, other);
    let same = std::fs::read(file(&end(&preview, &other).await)).expect("it is there");
    assert_eq!(bytes, same);

    preview.settled(&first).await;
    assert!(
        !scratch
            .path()
            .join(format!("preview/{}.mp4", job_name(&first.0)))
            .exists()
    );
}

#[tokio::test]
async fn progress_is_the_frames_done_of_the_frames_in_all() {
    let scratch = scratch();
    let gate = Arc::new(Gate::default());
    let preview = preview(scratch.path(), Some(gate.at(3)));
    let job = submit(&preview, "key").await;
    let waiting = submit(&preview, "second").await;
    gate.wait_for(3);
    let running = |progress| Observation::Running {
        progress: Some(progress),
        look_again: None,
    };
    assert_eq!(look(&preview, &job).await, running(Progress::of(3, 5)));
    assert_eq!(look(&preview, &waiting).await, running(Progress::NONE));
    gate.open();
    file(&end(&preview, &job).await);
}

#[tokio::test]
async fn a_cancel_stops_a_render_and_takes_a_waiting_one_off_the_queue() {
    let scratch = scratch();
    let gate = Arc::new(Gate::default());
    let preview = preview(scratch.path(), Some(gate.at(2)));
    let drawn = submit(&preview, "key").await;
    let waiting = submit(&preview, "second").await;
    gate.wait_for(2);
    for job in [&drawn, &waiting] {
        preview
            .cancel(job, &preview.keys()[0])
            .await
            .expect("it can");
    }
    gate.open();
    for job in [&drawn, &waiting] {
        let ended = end(&preview, job).await;
        assert!(
            matches!(&ended, Observation::Failed { failure, .. }
                if failure.code == FailureCode::Cancelled),
            "{ended:?}"
        );
    }
    let left = std::fs::read_dir(scratch.path().join("preview")).expect("it is there");
    assert_eq!(left.count(), 0, "no file is left of either");
}

#[tokio::test]
async fn the_next_process_draws_a_lost_render_again_from_its_job() {
    let scratch = scratch();
    let gate = Arc::new(Gate::default());
    let job = {
        let preview = preview(scratch.path(), Some(gate.at(2)));
        let job = submit(&preview, "key").await;
        gate.wait_for(2);
        preview.stop().await;
        gate.open();
        job
    };
    let next = preview(scratch.path(), None);
    file(&end(&next, &job).await);
}

#[tokio::test]
async fn a_render_at_which_the_process_died_three_times_is_not_begun_again() {
    let scratch = scratch();
    let preview = preview(scratch.path(), None);
    let mut ordered = order();
    ordered.key = "key".into();
    let marker = format!("preview/{}.started", job_name(&ordered.text()));
    std::fs::write(scratch.path().join(marker), "...").expect("a small write");
    let job = submit(&preview, "key").await;
    let ended = end(&preview, &job).await;
    assert!(
        matches!(&ended, Observation::Failed { failure, .. }
            if failure.code == FailureCode::Quarantined),
        "{ended:?}"
    );
}

#[tokio::test]
async fn a_job_that_is_no_order_of_ours_is_gone() {
    let scratch = scratch();
    let preview = preview(scratch.path(), None);
    let job = UpstreamJob("someone else's".into());
    assert_eq!(look(&preview, &job).await, Observation::Gone);
}

#[test]
fn an_unknown_setting_is_refused_by_name() {
    let scratch = scratch();
    let table = "treads = 2".parse().expect("a table");
    let made = Registry::shipped().make("preview", "mine", &table, &context(scratch.path()));
    let Err(SettingsError::Setting { provider, why }) = made else {
        panic!("it is refused");
    };
    assert_eq!(provider, "mine");
    assert!(why.contains("`treads`"), "{why}");
}

#[test]
fn extends_end_at_twenty_one_seconds() {
    let spec = Spec {
        duration_s: 4,
        parent: Some(Parent {
            made: None,
            task: framewright_core::id::TaskId::stored("t"),
            position: 1,
        }),
        ..Spec::new(TaskType::new("imagine-video-extend"), Mode::Extend).with_slots(4)
    };
    assert_eq!(too_long(&spec, 17_000), None);
    let refusal = too_long(&spec, 21_000).expect("25 s are too long");
    assert!(refusal.contains("21 s"), "{refusal}");
}
