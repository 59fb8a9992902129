//! One submit to one provider for a set of slots; it may cost money. Not a retry counter: a resend
//! of the same attempt carries the same key and bytes.

pub mod status;

use crate::clock::Millis;
use crate::failure::Failure;
use crate::id::AttemptId;

pub use status::AttemptStatus;

/// What a provider offers against a lost answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Honours a client key: a resend of the same key and bytes buys nothing new.
    A,
    /// Takes an id of ours that can be queried.
    B,
    /// Lists its jobs with something of ours in them.
    C,
    /// Calls back to a URL of ours.
    D,
    /// Offers nothing.
    E,
}

impl Class {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::E => "E",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::A, Self::B, Self::C, Self::D, Self::E]
            .into_iter()
            .find(|class| class.word() == word)
    }
}

/// The provider's handle for work it accepted: opaque to everyone else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UpstreamJob(pub String);

/// What an attempt cost the operator at the vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spend {
    /// Nothing is known yet, or ever.
    Unknown,
    /// By the operator's own price list.
    Estimated { micros: i64, currency: String },
    /// By the provider's word.
    Known { micros: i64, currency: String },
}

/// An attempt as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub id: AttemptId,
    /// 1, 2, … within the task.
    pub seq: u32,
    /// Which slots it is for, from 0; never empty.
    pub slots: Vec<u8>,
    pub provider: String,
    pub key_name: String,
    /// Scheme, host and port its requests go to, frozen.
    pub origin: String,
    pub upstream_model: String,
    pub class: Class,
    pub status: AttemptStatus,
    /// Sent as the client key or id where the class has one; the same on every resend.
    pub submit_key: String,
    /// What `prepare` made, small text: every resend reads this and nothing else.
    pub prepared: String,
    /// SHA-256 of the request body, lower-case hex.
    pub body_hash: String,
    /// In the callback URL.
    pub nonce: String,
    pub upstream_job: Option<UpstreamJob>,
    /// Not to be sent again before (busy, shed, not sent).
    pub not_before: Millis,
    /// When the first byte may first have left.
    pub sent_at: Option<Millis>,
    pub accepted_at: Option<Millis>,
    /// When the provider's time is up, counted from acceptance.
    pub deadline: Option<Millis>,
    /// Until when an unknown outcome is looked into.
    pub resolve_until: Option<Millis>,
    pub failure: Option<Failure>,
    pub spend: Spend,
    pub created: Millis,
    pub ended: Option<Millis>,
}

impl Attempt {
    /// An attempt with nothing in it but what it is for: due at once, no provider named.
    #[must_use]
    pub fn due(id: AttemptId, slots: Vec<u8>, now: Millis) -> Self {
        Self {
            id,
            seq: 0,
            slots,
            provider: String::new(),
            key_name: String::new(),
            origin: String::new(),
            upstream_model: String::new(),
            class: Class::E,
            status: AttemptStatus::Due,
            submit_key: String::new(),
            prepared: String::new(),
            body_hash: String::new(),
            nonce: String::new(),
            upstream_job: None,
            not_before: now,
            sent_at: None,
            accepted_at: None,
            deadline: None,
            resolve_until: None,
            failure: None,
            spend: Spend::Unknown,
            created: now,
            ended: None,
        }
    }
}
