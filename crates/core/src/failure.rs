//! Why something failed: a stable code for machines, a public sentence for the client, a private
//! detail for the operator. Not an error of this program's own functions.

/// The closed list of reasons. The text of each is stable: it is stored, counted and documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailureCode {
    /// An input could not be had, or is not what its field takes.
    BadInput,
    /// No configured provider can make this video.
    NoRoute,
    /// The provider refused the request before doing any work.
    Rejected,
    /// The provider refused the prompt or an input for what it shows.
    Content,
    /// The provider does not accept our key.
    Unauthorized,
    /// The operator's balance at the provider is used up.
    OutOfMoney,
    /// The provider stayed busy or out of reach until the queue deadline.
    Busy,
    /// The provider took the job and could not make the video.
    UpstreamFailed,
    /// The provider forgot a job it had taken.
    UpstreamGone,
    /// The request left and no readable answer came; it may have been bought.
    OutcomeUnknown,
    /// The task waited longer than its queue deadline.
    QueueDeadline,
    /// The provider did not finish before the attempt's deadline.
    AttemptDeadline,
    /// The video was made but could not be brought into storage.
    StoringFailed,
    /// The client or the operator cancelled the task.
    Cancelled,
    /// The work brought the process down three times.
    Quarantined,
}

impl FailureCode {
    const ALL: [(Self, &'static str); 15] = [
        (Self::BadInput, "bad_input"),
        (Self::NoRoute, "no_route"),
        (Self::Rejected, "rejected"),
        (Self::Content, "content_refused"),
        (Self::Unauthorized, "provider_unauthorized"),
        (Self::OutOfMoney, "provider_out_of_money"),
        (Self::Busy, "provider_busy"),
        (Self::UpstreamFailed, "upstream_failed"),
        (Self::UpstreamGone, "upstream_gone"),
        (Self::OutcomeUnknown, "upstream_outcome_unknown"),
        (Self::QueueDeadline, "queue_deadline"),
        (Self::AttemptDeadline, "attempt_deadline"),
        (Self::StoringFailed, "storing_failed"),
        (Self::Cancelled, "cancelled"),
        (Self::Quarantined, "quarantined"),
    ];

    /// The stable word for columns, metrics and documents.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(code, _)| *code == self)
            .map_or("unknown", |(_, word)| word)
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, w)| *w == word)
            .map(|(code, _)| *code)
    }

    /// Whether another provider may be asked for the same slot: only where nothing was bought and
    /// the fault lies with this provider, not with the request's media or its author.
    #[must_use]
    pub fn allows_failover(self) -> bool {
        matches!(
            self,
            Self::Rejected | Self::Unauthorized | Self::OutOfMoney | Self::Busy
        )
    }
}

/// One failure with both of its faces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub code: FailureCode,
    /// For the client: what happened and, where it helps, what to change. No upstream text that was
    /// not scrubbed.
    pub public: String,
    /// For the operator; never on the wire.
    pub detail: String,
}

impl Failure {
    #[must_use]
    pub fn new(code: FailureCode, public: impl Into<String>) -> Self {
        Self {
            code,
            public: public.into(),
            detail: String::new(),
        }
    }

    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::FailureCode;

    #[test]
    fn every_code_survives_its_column() {
        for (code, word) in FailureCode::ALL {
            assert_eq!(FailureCode::from_word(word), Some(code));
            assert_eq!(code.word(), word);
        }
    }
}
