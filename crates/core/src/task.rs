//! One client request for video, from accept to its end: what the client was promised. Not the work
//! on it (that is `attempt`), and not who holds it (that is the store's lease).

pub mod status;

use crate::clock::Millis;
use crate::defaults::QUEUE_DEADLINE;
use crate::failure::Failure;
use crate::id::{AccountId, KeyId, TaskId};
use crate::spec::Spec;

pub use status::TaskStatus;

/// What the next claimer has to bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    /// Inputs to be fetched: set at submit where there are any.
    Inputs,
    /// A permit at its provider: set once the inputs are in; nobody owns the task meanwhile.
    Permit,
    /// Nothing but an owner: attempts are live, or a wish (cancel) is to be carried out.
    Owner,
}

impl Need {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Inputs => "inputs",
            Self::Permit => "permit",
            Self::Owner => "owner",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Inputs, Self::Permit, Self::Owner]
            .into_iter()
            .find(|need| need.word() == word)
    }
}

/// Where the client wants to hear of the task.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    pub url: String,
    /// Sent back verbatim as `x-webhook-secret`; visible ASCII, at most 1,024 bytes.
    pub secret: Option<String>,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook")
            .field("url", &"…")
            .field("secret", &"…")
            .finish()
    }
}

/// What the estimate is computed from, for providers that report no progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// When the first attempt was accepted.
    pub accepted_at: Millis,
    /// How long such a video is expected to take, frozen at acceptance; above 0.
    pub expected_ms: Millis,
}

/// A task as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    pub id: TaskId,
    pub account: AccountId,
    /// The API key it came with; absent for tasks of the operator.
    pub key: Option<KeyId>,
    pub spec: Spec,
    /// Scheme, host and prefix of every link of this task, frozen at submit, no trailing slash.
    pub base_url: String,
    pub status: TaskStatus,
    /// 0 to 100, as stored; never falls. `shown_progress` adds the estimate.
    pub progress: u8,
    pub estimate: Option<Estimate>,
    /// Credits held at submit.
    pub price: i64,
    pub webhook: Option<Webhook>,
    /// Outputs of a finished task, positions 1 to `stored`.
    pub stored: u8,
    /// The provider that its route names first: whose permits it waits for.
    pub lane: String,
    pub need: Need,
    /// Wishes (cancel, callback, operator) so far, and how many of them the owner has seen.
    pub nudge: i64,
    pub nudge_seen: i64,
    /// Set by a cancel, never taken back.
    pub cancel_asked: bool,
    /// Not to be claimed before.
    pub not_before: Millis,
    pub queue_deadline: Millis,
    /// Not terminal, or an attempt is still to be watched: claim and takeover select on it.
    pub open: bool,
    pub created: Millis,
    /// When its rows and files may go; set at the end.
    pub expires: Option<Millis>,
    /// Commits so far; the number of the latest event.
    pub version: i64,
}

/// The longest that an estimate claims: the rest is for a provider's word.
const ESTIMATE_CAP: f64 = 95.0;

impl Task {
    /// A task as it is first stored: due at once, with nothing done, free of charge, without a key of
    /// its own, a webhook or a base for links. `lane` is the provider that its route names first.
    #[must_use]
    pub fn queued(
        id: TaskId,
        account: AccountId,
        spec: Spec,
        lane: impl Into<String>,
        now: Millis,
    ) -> Self {
        let has_inputs = !spec.inputs.is_empty() || spec.parent.is_some();
        Self {
            id,
            account,
            key: None,
            spec,
            base_url: String::new(),
            status: TaskStatus::Queued,
            progress: 0,
            estimate: None,
            price: 0,
            webhook: None,
            stored: 0,
            lane: lane.into(),
            need: if has_inputs {
                Need::Inputs
            } else {
                Need::Permit
            },
            nudge: 0,
            nudge_seen: 0,
            cancel_asked: false,
            not_before: now,
            queue_deadline: now + QUEUE_DEADLINE,
            open: true,
            created: now,
            expires: None,
            version: 0,
        }
    }

    /// What a client is shown: the stored progress, or the estimate where that is further.
    /// 0 to 99 while it runs, 100 when finished.
    #[must_use]
    pub fn shown_progress(&self, now: Millis) -> u8 {
        match self.status {
            TaskStatus::Finished { .. } => 100,
            TaskStatus::Storing => 99,
            _ => self.progress.max(self.estimated(now)).min(99),
        }
    }

    /// Rises fast, then slower, and never passes the cap: 63 % of it when the expected time is over.
    fn estimated(&self, now: Millis) -> u8 {
        let Some(estimate) = self.estimate else {
            return 0;
        };
        if self.status != TaskStatus::Running {
            return 0;
        }
        let spent = (now - estimate.accepted_at).max(0) as f64;
        let share = 1.0 - (-1.6 * spent / estimate.expected_ms.max(1) as f64).exp();
        (ESTIMATE_CAP * share) as u8
    }

    /// The failure of a task that failed or was cancelled.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        match &self.status {
            TaskStatus::Failed { failure, .. } | TaskStatus::Cancelled { failure, .. } => {
                Some(failure)
            }
            _ => None,
        }
    }
}

/// Media fetched for a task, checked and kept as a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    pub role: crate::spec::Role,
    /// Name in blob storage.
    pub blob: String,
    /// Lower-case hex.
    pub sha256: String,
    pub bytes: u64,
    /// From the bytes themselves, such as `image/png`.
    pub mime: String,
    /// Pixels as shown (after orientation); 0 for audio.
    pub width: u32,
    pub height: u32,
}

/// One produced video of a task, stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// 1 to n in `video_urls`; 0 until the task is terminal.
    pub position: u8,
    /// Which of the slots it fills, from 0.
    pub slot: u8,
    pub attempt: crate::id::AttemptId,
    /// Its place in the provider's answer, from 0.
    pub job_index: u8,
    pub blob: String,
    pub sha256: String,
    pub bytes: u64,
    pub width: u32,
    pub height: u32,
    pub frames: u32,
    pub duration_ms: Millis,
}
