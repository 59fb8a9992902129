//! The render threads: a queue, first come first served, and what is known of each job. Knows files
//! and progress; what is drawn is `render`'s business.

mod marker;

use std::collections::{HashMap, VecDeque};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use framewright_core::failure::{Failure, FailureCode};
use framewright_studio::error::StudioError;

use self::marker::Marker;
use super::order::RenderOrder;
use super::render::{Files, render};

/// Called after every frame with `(frames done, frames in all)`, on the render thread: a test that
/// does not return holds the render there.
pub type OnFrame = Arc<dyn Fn(u32, u32) + Send + Sync>;

/// What is known of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    Queued,
    Rendering { done: u32, frames: u32 },
    Done(PathBuf),
    Failed(Failure),
}

/// A render to be made.
pub(super) struct Ordered {
    pub name: String,
    pub order: RenderOrder,
    pub files: Files,
}

#[derive(Default)]
struct Desk {
    queue: VecDeque<Ordered>,
    jobs: HashMap<String, State>,
    /// Jobs whose render is to stop.
    unwanted: Vec<String>,
    stopping: bool,
}

/// The threads and their desk. Dropping it stops them as a stop in good order.
pub(super) struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    desk: Mutex<Desk>,
    work: Condvar,
    /// Holds `<name>.mp4`, its `.part`, and the markers.
    scratch: PathBuf,
    on_frame: Option<OnFrame>,
}

impl Pool {
    /// Starts `threads` render threads over a directory that exists.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        threads: usize,
        scratch: PathBuf,
        on_frame: Option<OnFrame>,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            desk: Mutex::default(),
            work: Condvar::new(),
            scratch,
            on_frame,
        });
        for number in 0..threads.max(1) {
            let shared = shared.clone();
            std::thread::Builder::new()
                .name(format!("preview-{number}"))
                .spawn(move || shared.render_until_stopped())?;
        }
        Ok(Self { shared })
    }

    /// What is known of a job; a file that an earlier process finished counts.
    pub fn state(&self, name: &str) -> Option<State> {
        if let Some(state) = self.shared.desk().jobs.get(name) {
            return Some(state.clone());
        }
        let file = self.shared.file(name);
        file.is_file().then_some(State::Done(file))
    }

    /// Queues a render, unless the job is known already.
    pub fn order(&self, ordered: Ordered) {
        let mut desk = self.shared.desk();
        if !desk.jobs.contains_key(&ordered.name) {
            desk.jobs.insert(ordered.name.clone(), State::Queued);
            desk.queue.push_back(ordered);
            self.shared.work.notify_one();
        }
    }

    /// Takes a job off the queue or stops its render; a finished one stays finished. Also of a job
    /// that was not heard of: it is not begun again.
    pub fn cancel(&self, name: &str) {
        let mut desk = self.shared.desk();
        desk.queue.retain(|ordered| ordered.name != name);
        match desk.jobs.get(name) {
            Some(State::Done(_) | State::Failed(_)) => {}
            Some(State::Rendering { .. }) => desk.unwanted.push(name.to_owned()),
            Some(State::Queued) | None => {
                desk.jobs
                    .insert(name.to_owned(), State::Failed(cancelled()));
            }
        }
    }

    /// Forgets a job and its file.
    pub fn forget(&self, name: &str) {
        let mut desk = self.shared.desk();
        if !matches!(
            desk.jobs.get(name),
            Some(State::Rendering { .. } | State::Queued)
        ) {
            desk.jobs.remove(name);
            drop(desk);
            remove(&self.shared.file(name));
        }
    }

    /// Ends every render in good order: it is begun anew by the next process, and its death does
    /// not count.
    pub fn stop(&self) {
        let mut desk = self.shared.desk();
        desk.stopping = true;
        desk.queue.clear();
        self.shared.work.notify_all();
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        // Renders run outside the lock, and nothing under it can panic half way.
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.scratch.join(format!("{name}.mp4"))
    }

    fn render_until_stopped(&self) {
        while let Some(ordered) = self.next() {
            let state = self.make(&ordered);
            let mut desk = self.desk();
            desk.unwanted.retain(|name| *name != ordered.name);
            match state {
                Some(state) => desk.jobs.insert(ordered.name, state),
                None => desk.jobs.remove(&ordered.name),
            };
        }
    }

    /// The next of the queue; waits for it. None when the pool stops.
    fn next(&self) -> Option<Ordered> {
        let mut desk = self.desk();
        loop {
            if desk.stopping {
                return None;
            }
            if let Some(ordered) = desk.queue.pop_front() {
                let frames = ordered.order.frames;
                let begun = State::Rendering { done: 0, frames };
                desk.jobs.insert(ordered.name.clone(), begun);
                return Some(ordered);
            }
            desk = self.work.wait(desk).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Makes one render; none where the pool stopped it.
    fn make(&self, ordered: &Ordered) -> Option<State> {
        let marker = match Marker::put(&self.scratch, &ordered.name) {
            Ok(marker) => marker,
            Err(marker::Refused::TooManyDeaths) => return Some(State::Failed(quarantined())),
            Err(marker::Refused::Io(error)) => return Some(State::Failed(disk(&error))),
        };
        let out = self.file(&ordered.name);
        let drawn = catch_unwind(AssertUnwindSafe(|| {
            render(&ordered.order, &ordered.files, &out, &mut |done, frames| {
                self.on_frame(&ordered.name, done, frames)
            })
        }));
        // Whatever came of it, the process lived: only deaths count.
        marker.take_away();
        let panicked = || {
            Err(StudioError::Impossible {
                why: "a render panicked".into(),
            })
        };
        match drawn.unwrap_or_else(|_| panicked()) {
            Ok(_) => Some(State::Done(out)),
            Err(StudioError::Cancelled) if self.desk().stopping => None,
            Err(error) => Some(State::Failed(failure(&error))),
        }
    }

    fn on_frame(&self, name: &str, done: u32, frames: u32) -> ControlFlow<()> {
        {
            let mut desk = self.desk();
            desk.jobs
                .insert(name.to_owned(), State::Rendering { done, frames });
        }
        if let Some(on_frame) = &self.on_frame {
            on_frame(done, frames);
        }
        let desk = self.desk();
        match desk.stopping || desk.unwanted.iter().any(|unwanted| unwanted == name) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

fn cancelled() -> Failure {
    Failure::new(FailureCode::Cancelled, "the render was cancelled")
}

fn quarantined() -> Failure {
    Failure::new(
        FailureCode::Quarantined,
        "the server went down three times while it made this video; it is not tried again",
    )
}

fn disk(error: &std::io::Error) -> Failure {
    Failure::new(
        FailureCode::UpstreamFailed,
        "the server could not write the video",
    )
    .with_detail(error.to_string())
}

/// The studio's words are fit for whoever sent the file; what lies beneath them is not.
fn failure(error: &StudioError) -> Failure {
    if matches!(error, StudioError::Cancelled) {
        return cancelled();
    }
    let detail = std::error::Error::source(error).map(ToString::to_string);
    Failure::new(
        FailureCode::UpstreamFailed,
        format!("the video could not be made: {error}"),
    )
    .with_detail(detail.unwrap_or_default())
}

/// What is left behind goes with the next start's sweep.
fn remove(file: &Path) {
    if let Err(error) = std::fs::remove_file(file)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "could not remove a render from scratch");
    }
}
