//! What a step is while it runs, and what comes of it: the only values that pass between a driver
//! and the parts that await the world.

use framewright_core::change::Fact;
use framewright_core::clock::Millis;
use framewright_core::id::AttemptId;
use framewright_core::task::Output;
use framewright_providers::{Observation, PollError, Source};

/// What is being done for a task. No two of the same run at once, and no two for one attempt but a
/// cancel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    Inputs,
    Open,
    Send(AttemptId),
    Find(AttemptId),
    Poll(AttemptId),
    Collect(AttemptId),
    Cancel(AttemptId),
}

impl Doing {
    /// The attempt that it keeps busy.
    pub fn attempt(&self) -> Option<&AttemptId> {
        match self {
            Self::Send(id) | Self::Find(id) | Self::Poll(id) | Self::Collect(id) => Some(id),
            Self::Inputs | Self::Open | Self::Cancel(_) => None,
        }
    }

    pub fn is_send(&self) -> bool {
        matches!(self, Self::Send(_))
    }
}

/// A step that ended.
pub(crate) struct Done {
    pub doing: Doing,
    /// None where it panicked.
    pub came: Option<Came>,
}

/// What came of a step.
pub(crate) enum Came {
    /// Something happened.
    Fact(Fact),
    /// A poll, and what it showed or why it did not.
    Looked(Result<Observation, PollError>),
    /// Storing went as far as it could.
    Stored { got: Bundle, end: Stored },
    /// Nothing was learnt; to be begun again after so many ms.
    Later(Millis),
    /// Done, and nothing follows.
    Nothing,
}

/// The outputs of one attempt on their way into storage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bundle {
    pub sources: Vec<Source>,
    /// Those that are stored already, by their place among the sources.
    pub stored: Vec<Output>,
}

/// How a storing ended.
pub(crate) enum Stored {
    /// With a fact.
    Fact(Fact),
    /// Some sources are dead; new ones are to be asked for.
    Dead,
    /// Our own storage did not take it; to be tried again after so many ms.
    Later(Millis),
}
