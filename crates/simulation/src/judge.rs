//! Judges a finished run: what the clients were told, what the database says, what the vendors sold and
//! what the receiver heard must agree. A rule returns what broke and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use framewright_core::id::TaskId;
use framewright_store::{AccountSummary, Detail};

use crate::clients::{PRICE, Told, prompt};
use crate::node::render;
use crate::plan::Plan;
use crate::receiver::Heard;
use crate::vendor::Sale;

/// Everything that a run left behind.
pub struct History {
    pub plan: Plan,
    pub told: Told,
    /// By number of the plan: acknowledged tasks as the database shows them at the end.
    pub details: BTreeMap<usize, Detail>,
    /// Every vendor's book, by its name.
    pub sales: BTreeMap<String, Vec<Sale>>,
    pub heard: Vec<Heard>,
    pub account: AccountSummary,
    /// Entries of the account's book: hold, capture and release by task.
    pub entries: BTreeMap<(TaskId, String), i64>,
}

type Rule = fn(&History) -> Vec<String>;

const RULES: &[Rule] = &[
    nothing_acknowledged_is_lost,
    every_task_ends,
    ends_are_not_left,
    percentages_never_fall,
    slots_are_bought_once,
    finished_slots_were_bought,
    each_end_is_owed_once,
    each_end_is_told_in_one_form,
    events_rise,
    credits_are_settled,
];

/// What broke; empty for a run that kept its promises.
#[must_use]
pub fn judge(history: &History) -> Vec<String> {
    RULES.iter().flat_map(|rule| rule(history)).collect()
}

fn nothing_acknowledged_is_lost(history: &History) -> Vec<String> {
    let known = &history.details;
    let lost = history
        .told
        .acknowledged
        .iter()
        .filter(|(number, _)| !known.contains_key(number));
    let missed = history
        .told
        .missed
        .iter()
        .map(|id| format!("{id} was not there once"));
    lost.map(|(number, id)| format!("task {number} ({id}) was acknowledged and is lost"))
        .chain(missed)
        .collect()
}

fn every_task_ends(history: &History) -> Vec<String> {
    let open = history
        .details
        .iter()
        .filter(|(_, detail)| !detail.task.status.is_terminal());
    open.map(|(number, detail)| format!("task {number} is still {}", detail.task.status.word()))
        .collect()
}

fn ends_are_not_left(history: &History) -> Vec<String> {
    let changed = history.told.seen.iter().filter(|(number, seen)| {
        let end = seen.iter().position(|seen| seen.terminal);
        end.is_some_and(|end| {
            let last = history
                .details
                .get(number)
                .map(|detail| render(&detail.task));
            let bodies = seen[end..].iter().map(|seen| &seen.body).chain(&last);
            bodies.collect::<BTreeSet<_>>().len() > 1
        })
    });
    changed
        .map(|(number, seen)| format!("task {number} changed after its end: {seen:?}"))
        .collect()
}

fn percentages_never_fall(history: &History) -> Vec<String> {
    // A task that failed shows what it had come to, and no more.
    let fell = history.told.seen.iter().filter(|(_, seen)| {
        let shown = seen
            .iter()
            .filter(|seen| !seen.terminal)
            .map(|seen| seen.percentage);
        !shown.is_sorted()
    });
    fell.map(|(number, seen)| format!("the percentage of task {number} fell: {seen:?}"))
        .collect()
}

/// Jobs sold for a slot that no vendor has forgotten: one at most, whatever was lost on the way.
fn slots_are_bought_once(history: &History) -> Vec<String> {
    let mut bought: BTreeMap<(&str, u8), Vec<&str>> = BTreeMap::new();
    for sale in history
        .sales
        .values()
        .flatten()
        .filter(|sale| !sale.forgotten)
    {
        for slot in &sale.slots {
            bought
                .entry((&sale.prompt, *slot))
                .or_default()
                .push(&sale.job);
        }
    }
    let twice = bought.into_iter().filter(|(_, jobs)| jobs.len() > 1);
    twice
        .map(|((task, slot), jobs)| format!("{task} slot {slot} was bought as {jobs:?}"))
        .collect()
}

/// An output is that of a job that was sold for its slot.
fn finished_slots_were_bought(history: &History) -> Vec<String> {
    let mut breaches = Vec::new();
    for (number, detail) in &history.details {
        let sold: BTreeSet<(&str, u8)> = history
            .sales
            .values()
            .flatten()
            .filter(|sale| sale.prompt == prompt(*number))
            .flat_map(|sale| sale.slots.iter().map(|slot| (sale.job.as_str(), *slot)))
            .collect();
        for output in &detail.outputs {
            let attempt = detail
                .attempts
                .iter()
                .find(|attempt| attempt.id == output.attempt);
            let job = attempt.and_then(|attempt| attempt.upstream_job.as_ref());
            if !job.is_some_and(|job| sold.contains(&(job.0.as_str(), output.slot))) {
                breaches.push(format!(
                    "task {number} shows an output that nobody sold: {job:?}"
                ));
            }
        }
    }
    breaches
}

fn each_end_is_owed_once(history: &History) -> Vec<String> {
    let wrong = history.details.iter().filter(|(_, detail)| {
        let owed = detail.task.webhook.is_some() && detail.task.status.is_terminal();
        detail.deliveries.len() != usize::from(owed)
            || detail
                .deliveries
                .iter()
                .any(|owed| owed.status == "pending" && owed.tries.is_empty())
    });
    wrong
        .map(|(number, detail)| format!("task {number} owes {:?}", detail.deliveries))
        .collect()
}

/// One id and one body on every try, and what was delivered was heard; progress posts have no end in
/// them and are owed to nobody.
fn each_end_is_told_in_one_form(history: &History) -> Vec<String> {
    let mut breaches = Vec::new();
    for (number, detail) in &history.details {
        let end = render(&detail.task);
        let path = format!("/{number}");
        let posts = history.heard.iter().filter(|heard| heard.path == path);
        let ids: BTreeSet<_> = detail
            .deliveries
            .iter()
            .map(|owed| owed.id.as_str())
            .collect();
        let told: Vec<_> = posts
            .filter(|post| ids.contains(post.id.as_str()))
            .collect();
        if told.iter().any(|post| post.body != end) {
            breaches.push(format!(
                "the end of task {number} was told in other words than {end}"
            ));
        }
        let delivered = detail
            .deliveries
            .iter()
            .any(|owed| owed.status == "delivered");
        if delivered && told.is_empty() {
            breaches.push(format!("the end of task {number} was delivered to nobody"));
        }
    }
    breaches
}

fn events_rise(history: &History) -> Vec<String> {
    let wrong = history.details.iter().filter(|(_, detail)| {
        let ends = ["finished", "failed", "cancelled"];
        let after_end = detail
            .events
            .iter()
            .skip_while(|event| !ends.contains(&event.status.as_str()));
        let left = after_end
            .map(|event| event.status.as_str())
            .collect::<BTreeSet<_>>()
            .len()
            > 1;
        let progress = detail.events.iter().map(|event| event.progress);
        left || !progress.is_sorted()
    });
    wrong
        .map(|(number, detail)| format!("task {number} went back: {:?}", detail.events))
        .collect()
}

fn credits_are_settled(history: &History) -> Vec<String> {
    let mut breaches = Vec::new();
    let of = |id: &TaskId, entry: &str| {
        let key = (id.clone(), entry.to_owned());
        history.entries.get(&key).copied().unwrap_or(0)
    };
    let mut used = 0;
    for (number, detail) in &history.details {
        let id = &detail.task.id;
        let (held, captured, released) = (of(id, "hold"), of(id, "capture"), of(id, "release"));
        used += captured;
        if held != captured + released || captured != PRICE * i64::from(detail.task.stored) {
            breaches.push(format!(
                "task {number} with {} outputs: held {held}, captured {captured}, released {released}",
                detail.task.stored
            ));
        }
    }
    let account = &history.account;
    if account.held != 0 || account.used != used {
        breaches.push(format!(
            "the account holds {} and has used {}; its tasks captured {used}",
            account.held, account.used
        ));
    }
    breaches
}
