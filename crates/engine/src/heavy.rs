//! Work that decodes or encodes a task's media: as many at once as there are cores to spare, off the
//! threads that serve, and noted in the store while it runs. A task over which three processes died
//! is not tried again: whatever its media do to us, they do it once more otherwise.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use framewright_core::failure::{Failure, FailureCode};
use framewright_core::id::TaskId;
use framewright_store::StoreError;
use tokio::sync::Semaphore;

use crate::shared::Shared;

/// Processes that may die over one task's media.
const DEATHS: i64 = 3;

/// The work of this node that is heavy.
pub(crate) struct Heavy {
    turns: Arc<Semaphore>,
    /// The tasks it is done for now, once for each piece of work.
    noted: Mutex<Vec<TaskId>>,
    /// One writer at a time, so that the list that is written last is the one that holds.
    writing: tokio::sync::Mutex<()>,
}

/// Whose media, and over how many processes they have been the last thing done.
#[derive(Clone, Debug)]
pub(crate) struct Patient {
    pub task: TaskId,
    pub deaths: i64,
}

/// Why heavy work was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Undone {
    #[error("three processes died over it")]
    Quarantined,
    #[error("it panicked")]
    Panicked,
    #[error("could not note it in the store")]
    Store(#[from] StoreError),
}

/// Told when nobody waits for the work any more.
#[derive(Clone, Default)]
pub(crate) struct CalledOff(Arc<AtomicBool>);

impl CalledOff {
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Heavy {
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            turns: Arc::new(Semaphore::new((cores / 2).max(1))),
            noted: Mutex::default(),
            writing: tokio::sync::Mutex::default(),
        }
    }

    /// Does one piece of work when it is its turn.
    pub async fn work<T: Send + 'static>(
        shared: &Shared,
        patient: &Patient,
        work: impl FnOnce(&CalledOff) -> T + Send + 'static,
    ) -> Result<T, Undone> {
        if patient.deaths >= DEATHS {
            return Err(Undone::Quarantined);
        }
        let heavy = &shared.heavy;
        let turn = heavy.turns.clone().acquire_owned().await;
        let note = Note::new(heavy, &patient.task);
        heavy.write(shared).await?;
        let called_off = note.called_off.clone();
        let done = shared.blocking(move || {
            // Held by the work, which goes on a while after nobody waits for it.
            let _turn = turn;
            work(&called_off)
        });
        let done = done.await;
        drop(note);
        if let Err(error) = heavy.write(shared).await {
            tracing::warn!(%error, "could not note that heavy work ended; the next note will");
        }
        done.ok_or(Undone::Panicked)
    }

    async fn write(&self, shared: &Shared) -> Result<(), StoreError> {
        let _alone = self.writing.lock().await;
        let noted = self.noted().clone();
        shared.store.note_heavy(&shared.node, &noted).await
    }

    fn noted(&self) -> MutexGuard<'_, Vec<TaskId>> {
        // No code runs under the lock that could leave the list half changed.
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A piece of work on the list; taken off when dropped, however it ends.
struct Note<'a> {
    heavy: &'a Heavy,
    task: &'a TaskId,
    called_off: CalledOff,
}

impl<'a> Note<'a> {
    fn new(heavy: &'a Heavy, task: &'a TaskId) -> Self {
        heavy.noted().push(task.clone());
        Self {
            heavy,
            task,
            called_off: CalledOff::default(),
        }
    }
}

impl Drop for Note<'_> {
    fn drop(&mut self) {
        self.called_off.0.store(true, Ordering::Relaxed);
        let mut noted = self.heavy.noted();
        if let Some(at) = noted.iter().position(|task| task == self.task) {
            noted.swap_remove(at);
        }
    }
}

/// What the client hears of a task whose media are not touched again.
pub(crate) fn quarantined() -> Failure {
    Failure::new(
        FailureCode::Quarantined,
        "the server went down three times over this video and does not try it again",
    )
}
