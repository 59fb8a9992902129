//! Judges a finished run: what the clients were told, what the server says now, what the receiver
//! heard and what the provider sold must agree. Pure over these four histories; it asks nobody.

mod rules;

use std::collections::BTreeMap;

use crate::receiver::Heard;
use framewright_doubles::till::Purchase;

/// What came of one client request to submit a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// 200 with this task id.
    Ok { task: String },
    /// A refusal: no task.
    Fail,
    /// No readable answer: there may be a task or not.
    Info,
}

/// One submit as its client saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submit {
    /// Sent as `Idempotency-Key`; unique to what the client wanted.
    pub idempotency_key: String,
    /// Every try of it, in order.
    pub tries: Vec<Told>,
    /// Whether it named a webhook.
    pub webhook: bool,
}

/// What the server says of one task at the end of the run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The bytes of /fetch.
    pub body: Vec<u8>,
    pub attempts: Vec<Bought>,
}

/// One attempt as the store keeps it: which slots it was for, and what it bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bought {
    pub slots: Vec<u8>,
    pub upstream_job: Option<String>,
}

/// One result file as it was downloaded at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    pub url: String,
    pub status: u16,
    /// SHA-256 of the bytes, lower-case hex.
    pub sha256: String,
    /// The `ETag` header without its quotes.
    pub etag: String,
}

/// Everything a run left behind.
#[derive(Clone, Debug, Default)]
pub struct History {
    pub submits: Vec<Submit>,
    /// Every body that a client fetched of a task, in order, for what may never go back.
    pub fetched: BTreeMap<String, Vec<Vec<u8>>>,
    /// By task id: what the server shows at the end.
    pub shown: BTreeMap<String, Shown>,
    pub downloads: Vec<Download>,
    pub heard: Vec<Heard>,
    pub purchases: Vec<Purchase>,
    /// Credits held, captured and released of the account at the end.
    pub credits: Credits,
}

/// The account's book at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Credits {
    pub held: i64,
    pub captured: i64,
    pub released: i64,
}

/// One broken promise, in words that name the task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The invariant of ARCHITECTURE.md that it breaks, such as `acknowledged`.
    pub rule: &'static str,
    pub what: String,
}

/// Every breach in a history; empty for a run that kept its promises.
#[must_use]
pub fn check(history: &History) -> Vec<Breach> {
    rules::ALL.iter().flat_map(|rule| rule(history)).collect()
}

#[cfg(test)]
mod forged;
