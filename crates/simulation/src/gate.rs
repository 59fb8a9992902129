//! A door in front of what a host does to the world outside: shut, the host stands still for everybody
//! else, as a process that is stopped does, or one that is cut off from its database.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::Notify;

/// Open at first. Cheap to clone. Those who wait go through in the order in which they came.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<Door>);

#[derive(Debug, Default)]
struct Door {
    shut: AtomicBool,
    opened: Notify,
}

impl Gate {
    pub fn shut(&self) {
        self.0.shut.store(true, Ordering::SeqCst);
    }

    pub fn open(&self) {
        self.0.shut.store(false, Ordering::SeqCst);
        self.0.opened.notify_waiters();
    }

    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.0.shut.load(Ordering::SeqCst)
    }

    /// Ends when the gate is open.
    #[must_use]
    pub fn passed(&self) -> BoxFuture<'static, ()> {
        let this = self.clone();
        async move {
            while !this.is_open() {
                this.0.opened.notified().await;
            }
        }
        .boxed()
    }
}
