//! Where a task stands, and the words for it. Who may move it is `change`'s business.

use crate::clock::Millis;
use crate::failure::Failure;

/// A task's status, with the facts that are true then and only then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskStatus {
    /// Acknowledged, nothing accepted by a provider yet. Left when an attempt is accepted, an input
    /// is bad, on cancel and at the queue deadline.
    Queued,
    /// A provider has taken at least one attempt.
    Running,
    /// Every slot is decided and what was made is on its way into storage.
    Storing,
    /// At least one output is stored. Nothing leaves it.
    Finished { at: Millis },
    /// No slot could succeed. Nothing leaves it.
    Failed { at: Millis, failure: Failure },
    /// The client's or operator's wish was carried out. Nothing leaves it.
    Cancelled { at: Millis, failure: Failure },
}

impl TaskStatus {
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        self.finished_at().is_some()
    }

    /// When it ended.
    #[must_use]
    pub fn finished_at(&self) -> Option<Millis> {
        match self {
            Self::Queued | Self::Running | Self::Storing => None,
            Self::Finished { at } | Self::Failed { at, .. } | Self::Cancelled { at, .. } => {
                Some(*at)
            }
        }
    }

    /// The word for columns, logs, events and `GET /tasks`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Storing => "storing",
            Self::Finished { .. } => "finished",
            Self::Failed { .. } => "failed",
            Self::Cancelled { .. } => "cancelled",
        }
    }
}
