//! Where an attempt stands.

/// An attempt's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttemptStatus {
    /// Surely not at the provider (busy, shed, not sent): to be sent when `not_before` has come,
    /// with the same key.
    Due,
    /// Key, prepared text and body hash are on disk; the request may have left.
    Intent,
    /// The upstream job is known; being polled.
    Accepted,
    /// Done upstream; outputs on their way into storage.
    Collecting,
    /// Its task ended while the upstream job runs: still polled, for permit and spend.
    Abandoned,
    /// Terminal: its outputs are stored, or it was abandoned and the provider finished it.
    Succeeded,
    /// Terminal: refused before work, nothing bought.
    Rejected,
    /// Terminal: bought or at least taken, and nothing came of it.
    Failed,
    /// The request left and no readable answer came. Resolved by class until `resolve_until`; then
    /// left for the operator.
    Unknown,
}

impl AttemptStatus {
    pub const ALL: [Self; 9] = [
        Self::Due,
        Self::Intent,
        Self::Accepted,
        Self::Collecting,
        Self::Abandoned,
        Self::Succeeded,
        Self::Rejected,
        Self::Failed,
        Self::Unknown,
    ];

    /// The word for columns and logs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Intent => "intent",
            Self::Accepted => "accepted",
            Self::Collecting => "collecting",
            Self::Abandoned => "abandoned",
            Self::Succeeded => "succeeded",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }

    #[must_use]
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Rejected | Self::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::AttemptStatus;

    #[test]
    fn every_status_survives_its_column() {
        for status in AttemptStatus::ALL {
            assert_eq!(AttemptStatus::from_word(status.word()), Some(status));
        }
    }
}
