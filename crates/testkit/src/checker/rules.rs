//! The promises, one function each. A function returns what broke and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Breach, History, Told};
use crate::receiver::Heard;

type Rule = fn(&History) -> Vec<Breach>;

/// Every rule that is checked.
pub(super) const ALL: &[Rule] = &[
    acknowledged_tasks_are_known,
    one_key_is_one_task,
    every_task_ends,
    ends_are_not_left,
    progress_never_falls,
    every_end_is_heard,
    one_delivery_has_one_body,
    webhook_and_fetch_say_the_same,
    nothing_follows_the_end,
    finished_files_are_whole,
    each_slot_is_bought_once,
    every_purchase_is_named,
    credits_are_settled,
];

const TERMINAL: [&str; 2] = ["finished", "failed"];

fn breach(rule: &'static str, what: impl Into<String>) -> Breach {
    Breach {
        rule,
        what: what.into(),
    }
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_default()
}

fn status(body: &[u8]) -> String {
    json(body)["status"].as_str().unwrap_or_default().to_owned()
}

fn is_terminal(body: &[u8]) -> bool {
    TERMINAL.contains(&status(body).as_str())
}

/// Tasks by the client request that made them, from the answers the clients got.
fn acknowledged(history: &History) -> impl Iterator<Item = (&super::Submit, &str)> {
    history.submits.iter().flat_map(|submit| {
        submit.tries.iter().filter_map(move |told| match told {
            Told::Ok { task } => Some((submit, task.as_str())),
            Told::Fail | Told::Info => None,
        })
    })
}

fn acknowledged_tasks_are_known(history: &History) -> Vec<Breach> {
    acknowledged(history)
        .filter(|(_, task)| !history.shown.contains_key(*task))
        .map(|(_, task)| {
            breach(
                "acknowledged",
                format!("{task} was acknowledged and is lost"),
            )
        })
        .collect()
}

fn one_key_is_one_task(history: &History) -> Vec<Breach> {
    let mut tasks: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (submit, task) in acknowledged(history) {
        tasks
            .entry(&submit.idempotency_key)
            .or_default()
            .insert(task);
    }
    let several = tasks.into_iter().filter(|(_, ids)| ids.len() > 1);
    several
        .map(|(key, ids)| breach("idempotency", format!("{key} made {ids:?}")))
        .collect()
}

fn every_task_ends(history: &History) -> Vec<Breach> {
    let open = history
        .shown
        .iter()
        .filter(|(_, shown)| !is_terminal(&shown.body));
    open.map(|(task, shown)| breach("liveness", format!("{task} is {}", status(&shown.body))))
        .collect()
}

/// Once a client saw an end, it sees the same bytes for ever.
fn ends_are_not_left(history: &History) -> Vec<Breach> {
    history
        .fetched
        .iter()
        .filter_map(|(task, bodies)| {
            let ended = bodies.iter().position(|body| is_terminal(body))?;
            let last = history.shown.get(task).map(|shown| &shown.body);
            let after = bodies[ended..].iter().chain(last);
            let changed = after.into_iter().any(|body| *body != bodies[ended]);
            changed.then(|| breach("terminal", format!("{task} changed after its end")))
        })
        .collect()
}

fn progress_never_falls(history: &History) -> Vec<Breach> {
    history
        .fetched
        .iter()
        .filter(|(_, bodies)| {
            let shown: Vec<i64> = bodies.iter().filter_map(|body| percentage(body)).collect();
            !shown.is_sorted()
        })
        .map(|(task, _)| breach("progress", format!("{task} went back")))
        .collect()
}

fn percentage(body: &[u8]) -> Option<i64> {
    let percentage = &json(body)["percentage"];
    percentage
        .as_i64()
        .or_else(|| percentage.as_str()?.parse().ok())
}

/// Terminal posts by task.
fn terminal_posts(history: &History) -> BTreeMap<String, Vec<&Heard>> {
    let mut posts: BTreeMap<String, Vec<&Heard>> = BTreeMap::new();
    for heard in history
        .heard
        .iter()
        .filter(|heard| is_terminal(&heard.body))
    {
        let task = heard.json()["task_id"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        posts.entry(task).or_default().push(heard);
    }
    posts
}

fn every_end_is_heard(history: &History) -> Vec<Breach> {
    let posts = terminal_posts(history);
    acknowledged(history)
        .filter(|(submit, task)| submit.webhook && !posts.contains_key(*task))
        .map(|(_, task)| breach("webhook", format!("the end of {task} was never posted")))
        .collect()
}

fn one_delivery_has_one_body(history: &History) -> Vec<Breach> {
    terminal_posts(history)
        .into_iter()
        .filter(|(_, posts)| {
            let ids: BTreeSet<_> = posts.iter().map(|post| post.header("webhook-id")).collect();
            let bodies: BTreeSet<_> = posts.iter().map(|post| &post.body).collect();
            ids.len() > 1 || bodies.len() > 1 || ids.contains(&None)
        })
        .map(|(task, _)| breach("webhook-id", format!("{task} was posted in several forms")))
        .collect()
}

fn webhook_and_fetch_say_the_same(history: &History) -> Vec<Breach> {
    terminal_posts(history)
        .into_iter()
        .filter(|(task, posts)| {
            let shown = history.shown.get(task).map(|shown| &shown.body);
            posts.iter().any(|post| Some(&post.body) != shown)
        })
        .map(|(task, _)| breach("one-body", format!("{task}: webhook and /fetch differ")))
        .collect()
}

fn nothing_follows_the_end(history: &History) -> Vec<Breach> {
    let mut ended: BTreeSet<String> = BTreeSet::new();
    let mut breaches = Vec::new();
    for heard in &history.heard {
        let task = heard.json()["task_id"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        if is_terminal(&heard.body) {
            ended.insert(task);
        } else if ended.contains(&task) {
            breaches.push(breach(
                "order",
                format!("{task} was posted as running after its end"),
            ));
        }
    }
    breaches
}

fn finished_files_are_whole(history: &History) -> Vec<Breach> {
    let mut breaches: Vec<Breach> = history
        .downloads
        .iter()
        .filter(|file| file.status != 200 || file.sha256 != file.etag)
        .map(|file| {
            breach(
                "files",
                format!("{} answers {} {}", file.url, file.status, file.etag),
            )
        })
        .collect();
    let had: BTreeSet<&str> = history
        .downloads
        .iter()
        .map(|file| file.url.as_str())
        .collect();
    let promised = history.shown.values().flat_map(|shown| urls(&shown.body));
    let missing = promised.filter(|url| !had.contains(url.as_str()));
    breaches.extend(missing.map(|url| breach("files", format!("{url} was not downloaded"))));
    breaches
}

/// Every result link of a /fetch body.
fn urls(body: &[u8]) -> Vec<String> {
    let body = json(body);
    let one = body["video_url"].as_str().into_iter();
    let many = body["video_urls"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    one.chain(many).map(str::to_owned).collect()
}

/// Counts the jobs that the provider sold for each slot of each task.
fn each_slot_is_bought_once(history: &History) -> Vec<Breach> {
    let sold: BTreeSet<&str> = history.purchases.iter().map(|p| p.job.as_str()).collect();
    let mut bought: BTreeMap<(&str, u8), BTreeSet<&str>> = BTreeMap::new();
    for (task, shown) in &history.shown {
        for attempt in &shown.attempts {
            let job = attempt
                .upstream_job
                .as_deref()
                .filter(|job| sold.contains(job));
            for slot in &attempt.slots {
                bought.entry((task, *slot)).or_default().extend(job);
            }
        }
    }
    let twice = bought.into_iter().filter(|(_, jobs)| jobs.len() > 1);
    twice
        .map(|((task, slot), jobs)| {
            breach(
                "bought-once",
                format!("{task} slot {slot} was bought as {jobs:?}"),
            )
        })
        .collect()
}

/// With a key honoured by the provider, every job it sold is named by an attempt.
fn every_purchase_is_named(history: &History) -> Vec<Breach> {
    let attempts = history.shown.values().flat_map(|shown| &shown.attempts);
    let named: BTreeSet<&str> = attempts.filter_map(|a| a.upstream_job.as_deref()).collect();
    let unnamed = history
        .purchases
        .iter()
        .filter(|p| !named.contains(p.job.as_str()));
    unnamed
        .map(|p| breach("named", format!("{} was bought and nobody knows it", p.job)))
        .collect()
}

fn credits_are_settled(history: &History) -> Vec<Breach> {
    let credits = history.credits;
    let whole = credits.held == credits.captured + credits.released;
    (!whole)
        .then(|| breach("credits", format!("{credits:?} once every task ended")))
        .into_iter()
        .collect()
}
