//! Who drives what on this node: the drivers by task, how many are about to take a permit, and the
//! way to wake one. Not the truth about ownership: that is the store's row.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use framewright_core::id::TaskId;
use framewright_core::task::Need;
use tokio::sync::Notify;

/// The drivers of this node.
#[derive(Default)]
pub(crate) struct Board {
    seats: Mutex<HashMap<TaskId, Seat>>,
    freed: Notify,
}

struct Seat {
    wake: Arc<Notify>,
    lane: String,
    need: Need,
    /// Claimed for a permit that it has not asked for yet.
    opening: bool,
}

/// A driver's place on the board; given up when dropped, however the driver ends.
pub(crate) struct Held {
    board: Arc<Board>,
    task: TaskId,
    pub wake: Arc<Notify>,
}

impl Board {
    /// Takes a place for a task; none where a driver of this node has it already.
    pub fn take(self: &Arc<Self>, task: &TaskId, lane: &str, need: Need) -> Option<Held> {
        let mut seats = self.seats();
        if seats.contains_key(task) {
            return None;
        }
        let wake = Arc::new(Notify::new());
        let seat = Seat {
            wake: wake.clone(),
            lane: lane.to_owned(),
            need,
            opening: need == Need::Permit,
        };
        seats.insert(task.clone(), seat);
        Some(Held {
            board: self.clone(),
            task: task.clone(),
            wake,
        })
    }

    /// Takes a place for a task as soon as the driver that has it has left: one that has just given
    /// the task back, or one that does not know yet that its lease is an old one.
    pub async fn wait_for(self: &Arc<Self>, task: &TaskId, lane: &str, need: Need) -> Held {
        loop {
            let mut freed = std::pin::pin!(self.freed.notified());
            // Before the look, so that a place given up in between is not missed.
            freed.as_mut().enable();
            if let Some(held) = self.take(task, lane, need) {
                return held;
            }
            self.wake(task);
            freed.await;
        }
    }

    pub fn has(&self, task: &TaskId) -> bool {
        self.seats().contains_key(task)
    }

    /// Tells the driver of this task, if it is here, that somebody wrote a wish.
    pub fn wake(&self, task: &TaskId) {
        if let Some(seat) = self.seats().get(task) {
            seat.wake.notify_one();
        }
    }

    pub fn count(&self) -> usize {
        self.seats().len()
    }

    /// Tasks that fetch their inputs.
    pub fn intakes(&self) -> usize {
        let seats = self.seats();
        seats
            .values()
            .filter(|seat| seat.need == Need::Inputs)
            .count()
    }

    /// Tasks claimed for a permit of this lane that have not asked for it yet.
    pub fn opening(&self, lane: &str) -> usize {
        let seats = self.seats();
        seats
            .values()
            .filter(|seat| seat.opening && seat.lane == lane)
            .count()
    }

    fn seats(&self) -> MutexGuard<'_, HashMap<TaskId, Seat>> {
        // No code runs under the lock that could leave the map half changed.
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// The permit was asked for: from now on the store counts it, or its refusal was seen.
    pub fn opened(&self) {
        if let Some(seat) = self.board.seats().get_mut(&self.task) {
            seat.opening = false;
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.board.seats().remove(&self.task);
        self.board.freed.notify_waiters();
    }
}
