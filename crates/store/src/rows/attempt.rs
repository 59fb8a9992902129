//! An attempt and its row.

use framewright_core::attempt::{Attempt, AttemptStatus, Class, Spend, UpstreamJob};
use framewright_core::id::{AttemptId, TaskId};

use super::{BadCell, Cells, failure, to_json};
use crate::db::{Val, args};

/// The columns that make an [`Attempt`].
macro_rules! attempt_columns {
    () => {
        "id, seq, slots, provider, key_name, origin, upstream_model, class, status, submit_key, \
         prepared, body_hash, nonce, upstream_job, not_before, sent_at, accepted_at, deadline, \
         resolve_until, failure, certainty, cost_micros, currency, created, ended"
    };
}

pub(crate) use attempt_columns;

/// The cells of [`attempt_columns`], and the task after them.
pub(crate) fn cells(attempt: &Attempt, task: &TaskId) -> Vec<Val> {
    let (certainty, cost, currency) = spend_cells(&attempt.spend);
    args![
        &attempt.id,
        attempt.seq,
        to_json(&attempt.slots),
        &attempt.provider,
        &attempt.key_name,
        &attempt.origin,
        &attempt.upstream_model,
        attempt.class.word(),
        attempt.status.word(),
        &attempt.submit_key,
        &attempt.prepared,
        &attempt.body_hash,
        &attempt.nonce,
        attempt.upstream_job.as_ref().map(|job| &job.0),
        attempt.not_before,
        attempt.sent_at,
        attempt.accepted_at,
        attempt.deadline,
        attempt.resolve_until,
        attempt.failure.as_ref().map(failure::cell),
        certainty,
        cost,
        currency,
        attempt.created,
        attempt.ended,
        task,
    ]
}

/// What may change after an attempt was opened, then its id: everything that a resend reads is
/// frozen.
pub(crate) fn moving_cells(attempt: &Attempt) -> Vec<Val> {
    let (certainty, cost, currency) = spend_cells(&attempt.spend);
    args![
        attempt.status.word(),
        attempt.upstream_job.as_ref().map(|job| &job.0),
        attempt.not_before,
        attempt.sent_at,
        attempt.accepted_at,
        attempt.deadline,
        attempt.resolve_until,
        attempt.failure.as_ref().map(failure::cell),
        certainty,
        cost,
        currency,
        attempt.ended,
        &attempt.id,
    ]
}

/// Certainty, millionths and currency of a spend.
pub(crate) fn spend_cells(spend: &Spend) -> (&'static str, Option<i64>, Option<&str>) {
    match spend {
        Spend::Unknown => ("unknown", None, None),
        Spend::Estimated { micros, currency } => ("estimated", Some(*micros), Some(currency)),
        Spend::Known { micros, currency } => ("known", Some(*micros), Some(currency)),
    }
}

/// A spend from its word and the facts that belong to it; nothing where they do not fit.
pub(crate) fn spend_of(
    certainty: &str,
    cost: Option<i64>,
    currency: Option<String>,
) -> Option<Spend> {
    match (certainty, cost.zip(currency)) {
        ("unknown", None) => Some(Spend::Unknown),
        ("estimated", Some((micros, currency))) => Some(Spend::Estimated { micros, currency }),
        ("known", Some((micros, currency))) => Some(Spend::Known { micros, currency }),
        _ => None,
    }
}

/// Reads [`attempt_columns`].
pub(crate) fn read(cells: &mut Cells) -> Result<Attempt, BadCell> {
    Ok(Attempt {
        id: AttemptId::stored(cells.text("id")?),
        seq: cells.number("seq")?,
        slots: cells.json("slots")?,
        provider: cells.text("provider")?,
        key_name: cells.text("key_name")?,
        origin: cells.text("origin")?,
        upstream_model: cells.text("upstream_model")?,
        class: cells.word("class", Class::from_word)?,
        status: cells.word("status", AttemptStatus::from_word)?,
        submit_key: cells.text("submit_key")?,
        prepared: cells.text("prepared")?,
        body_hash: cells.text("body_hash")?,
        nonce: cells.text("nonce")?,
        upstream_job: cells.maybe_text("upstream_job")?.map(UpstreamJob),
        not_before: cells.int("not_before")?,
        sent_at: cells.maybe_int("sent_at")?,
        accepted_at: cells.maybe_int("accepted_at")?,
        deadline: cells.maybe_int("deadline")?,
        resolve_until: cells.maybe_int("resolve_until")?,
        failure: failure::read(cells, "failure")?,
        spend: read_spend(cells)?,
        created: cells.int("created")?,
        ended: cells.maybe_int("ended")?,
    })
}

fn read_spend(cells: &mut Cells) -> Result<Spend, BadCell> {
    let certainty = cells.text("certainty")?;
    let cost = cells.maybe_int("cost_micros")?;
    let currency = cells.maybe_text("currency")?;
    spend_of(&certainty, cost, currency).ok_or_else(|| {
        cells.bad(
            "certainty",
            format!("{certainty:.40?} with unfitting facts"),
        )
    })
}
