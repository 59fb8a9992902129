//! The one place that starts tasks of the runtime: loops that are started again when they panic,
//! drivers that are not, and the way all of them are told to stop and waited for.
//!
//! Here and in every loop of the engine a `select!` is `biased`: which of two ready branches goes first
//! is written down, not drawn, so that a simulated run can be repeated by its seed.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use framewright_core::retry::STORE;
use futures_util::FutureExt;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::metrics::Metrics;
use crate::timer::Times;

/// Starts tasks and knows when the last of them has ended. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Supervisor {
    running: TaskTracker,
    stopping: CancellationToken,
    times: Times,
    metrics: Arc<Metrics>,
}

impl Supervisor {
    pub fn new(times: Times, metrics: Arc<Metrics>) -> Self {
        Self {
            running: TaskTracker::new(),
            stopping: CancellationToken::new(),
            times,
            metrics,
        }
    }

    /// Ends when nothing new is to be begun.
    pub async fn stopping(&self) {
        self.stopping.cancelled().await;
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping.is_cancelled()
    }

    /// Tells everybody to begin nothing new.
    pub fn stop(&self) {
        self.stopping.cancel();
    }

    /// Ends when every task has.
    pub async fn ended(&self) {
        self.running.close();
        self.running.wait().await;
    }

    /// Starts a task that handles its own end. A panic in it is counted and goes no further.
    pub fn spawn(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        let metrics = self.metrics.clone();
        // Every future keeps what it is handed by value beside what it makes of it: without the box
        // each wrapper would double the size of a driver, of which there are ten thousand.
        let work = Box::pin(work);
        self.running.spawn(async move {
            if caught(work).await.is_none() {
                metrics.panicked(name);
            }
        });
    }

    /// Keeps a loop running: made anew after a panic, with growing waits; dropped wherever it waits
    /// when everything stops.
    pub fn keep<F>(&self, name: &'static str, make: impl Fn() -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let this = self.clone();
        self.keep_to_its_end(name, move || {
            let (this, work) = (this.clone(), make());
            async move {
                tokio::select! {
                    biased;
                    () = this.stopping() => {}
                    () = work => {}
                }
            }
        });
    }

    /// As `keep`, for a loop that heeds the stop itself and finishes what it has begun.
    pub fn keep_to_its_end<F>(&self, name: &'static str, make: impl Fn() -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let this = self.clone();
        self.running.spawn(async move {
            for panics in 0.. {
                if caught(make()).await.is_some() || this.is_stopping() {
                    return;
                }
                this.metrics.panicked(name);
                this.times.wait(STORE.wait(panics, 0.5)).await;
            }
        });
    }
}

/// Runs a future; none where it panicked. The panic hook has logged it by then.
pub(crate) async fn caught<T>(work: impl Future<Output = T>) -> Option<T> {
    AssertUnwindSafe(work).catch_unwind().await.ok()
}

/// Runs work that computes or reads a file for long, off the threads that serve requests. None where
/// it panicked.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}
