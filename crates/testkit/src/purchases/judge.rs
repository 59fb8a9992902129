//! Judges what ledgers of every class sold: exactly one job for each slot where the class allows
//! that, never two anywhere, and nothing left unknown that could be asked for. Pure; what holds for
//! every run is the checker's.

use std::collections::BTreeMap;

use framewright_core::attempt::AttemptStatus;
use framewright_doubles::till::Purchase;
use framewright_store::Detail;

use super::vendors::Vendor;
use crate::checker::{Breach, History, check};

/// A ledger that plays a provider of one class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seller {
    /// The provider's name, and how its jobs are called.
    pub name: &'static str,
    /// A, B, D or E.
    pub class: &'static str,
    /// Whether a slot is bought exactly once, whatever happens; else at most once.
    pub exact: bool,
    /// Whether the server must come to know every job that was sold.
    pub names: bool,
}

/// What one ledger sold.
#[derive(Clone, Debug)]
pub struct Sold {
    pub seller: Seller,
    pub purchases: Vec<Purchase>,
}

/// Everything a run left behind.
pub struct Evidence {
    pub history: History,
    pub sold: Vec<Sold>,
    /// What each vendor's double sold.
    pub vendors: Vec<(Vendor, Vec<Purchase>)>,
    /// Every task with its attempts and outputs.
    pub details: Vec<Detail>,
}

/// Every breach; empty for a run that kept its promises.
#[must_use]
pub fn judge(evidence: &Evidence) -> Vec<Breach> {
    let mut breaches = check(&evidence.history);
    breaches.extend(bought_twice(evidence));
    breaches.extend(left_unknown(evidence));
    breaches.extend(stored_unbought(evidence));
    breaches.extend(sold_twice(evidence));
    breaches.extend(unnamed(evidence));
    breaches
}

/// The request for a slot is like no other: its prompt is its task's own.
fn by_slot(evidence: &Evidence) -> BTreeMap<&str, Vec<&Purchase>> {
    let mut slots: BTreeMap<&str, Vec<&Purchase>> = BTreeMap::new();
    for purchase in evidence.sold.iter().flat_map(|sold| &sold.purchases) {
        slots.entry(&purchase.body_hash).or_default().push(purchase);
    }
    slots
}

fn bought_twice(evidence: &Evidence) -> impl Iterator<Item = Breach> {
    let twice = by_slot(evidence).into_values().filter(|p| p.len() > 1);
    twice.map(|purchases| Breach {
        rule: "bought-twice",
        what: format!(
            "{:?} for {}",
            purchases.iter().map(|p| &p.job).collect::<Vec<_>>(),
            purchases[0].body
        ),
    })
}

/// Where an outcome can be learnt, it is.
fn left_unknown(evidence: &Evidence) -> impl Iterator<Item = Breach> {
    let exact = |provider: &str| {
        let mut sellers = evidence.sold.iter().map(|sold| sold.seller);
        sellers.any(|seller| seller.exact && seller.name == provider)
    };
    let attempts = evidence.details.iter().flat_map(|detail| &detail.attempts);
    attempts
        .filter(move |attempt| attempt.status == AttemptStatus::Unknown && exact(&attempt.provider))
        .map(|attempt| Breach {
            rule: "resolved",
            what: format!("attempt {} of {} is unknown", attempt.id, attempt.provider),
        })
}

/// A stored output comes of a job that somebody sold.
fn stored_unbought(evidence: &Evidence) -> impl Iterator<Item = Breach> {
    let slots = by_slot(evidence);
    let attempts = evidence.details.iter().flat_map(|detail| {
        let stored = |attempt: &&framewright_core::attempt::Attempt| {
            detail
                .outputs
                .iter()
                .any(|output| output.attempt == attempt.id)
        };
        detail.attempts.iter().filter(stored)
    });
    attempts
        .filter(|attempt| !is_vendors(evidence, &attempt.provider))
        .filter(move |attempt| !slots.contains_key(attempt.body_hash.as_str()))
        .map(|attempt| Breach {
            rule: "sold",
            what: format!("attempt {} has an output of a job nobody sold", attempt.id),
        })
}

fn is_vendors(evidence: &Evidence, provider: &str) -> bool {
    let mut vendors = evidence.vendors.iter();
    vendors.any(|(vendor, _)| vendor.name == provider)
}

/// A vendor's request may carry a callback's URL, so its prompt says which slot it is for.
fn sold_twice(evidence: &Evidence) -> Vec<Breach> {
    let mut seen: BTreeMap<&str, &Purchase> = BTreeMap::new();
    let mut breaches = Vec::new();
    for purchase in evidence.vendors.iter().flat_map(|(_, sold)| sold) {
        let Some(prompt) = prompt(&purchase.body) else {
            continue;
        };
        if let Some(earlier) = seen.insert(prompt, purchase) {
            breaches.push(Breach {
                rule: "bought-twice",
                what: format!("{} and {} for {prompt}", earlier.job, purchase.job),
            });
        }
    }
    breaches
}

/// The load's words for a wish, out of the request that buys it.
fn prompt(body: &str) -> Option<&str> {
    let from = &body[body.find("a cat for client-")?..];
    let end = from.find(['"', '\\', '\n']).unwrap_or(from.len());
    Some(&from[..end])
}

/// Where a vendor can be asked or tells by itself, every job that it sold is an attempt's. How an
/// adapter writes the job down is its own; the vendor's id is in it.
fn unnamed(evidence: &Evidence) -> Vec<Breach> {
    let attempts = evidence.history.shown.values().flat_map(|s| &s.attempts);
    let known: Vec<&str> = attempts.filter_map(|a| a.upstream_job.as_deref()).collect();
    let vendors = evidence.vendors.iter().filter(|(vendor, _)| vendor.names);
    vendors
        .flat_map(|(_, sold)| sold)
        .filter(|purchase| !known.iter().any(|job| job.contains(&purchase.job)))
        .map(|purchase| Breach {
            rule: "named",
            what: format!(
                "{} sold {} and nobody knows it",
                purchase.double, purchase.job
            ),
        })
        .collect()
}
