//! SIGTERM and Ctrl-C: the first asks the server to drain, the second ends the process at once.
//! What a drain does is the listener's and the engine's.

use std::{convert::Infallible, io, process};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The exit code of a process that did not wait for its drain: that of SIGTERM's default.
const IMPATIENT: i32 = 128 + 15;

/// Both signals, caught from the moment of construction.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Takes both signals over from the system's default.
    ///
    /// # Errors
    /// Those of the system.
    pub fn catch() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Cancels `drain` on the first signal and ends the process on the second. Never returns.
    pub async fn obey(mut self, drain: CancellationToken) -> Infallible {
        self.next().await;
        tracing::info!("stopping: finishing what is in progress; a second signal stops at once");
        drain.cancel();
        self.next().await;
        tracing::warn!(
            "stopped by a second signal; what was in progress goes on at the next start"
        );
        process::exit(IMPATIENT)
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
