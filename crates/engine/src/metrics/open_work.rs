//! What is open in the whole store, as gauges: every node that looks shows the same, so that an alert
//! takes the greatest, not the sum. Counts of the moment; nothing decides by them.

use framewright_core::clock::{Millis, SECOND};
use framewright_store::Census;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Word {
    status: String,
}

#[derive(Default)]
pub(super) struct OpenWork {
    tasks: Family<Word, Gauge>,
    oldest_task: Gauge,
    orphans: Gauge,
    unknown: Gauge,
    abandoned: Gauge,
    deliveries: Gauge,
    oldest_delivery: Gauge,
}

impl OpenWork {
    pub(super) fn register(&self, all: &mut Registry) {
        all.register(
            "open_tasks",
            "Tasks with something left to do in the store, by status; the same on every node",
            self.tasks.clone(),
        );
        let gauges = [
            (
                "oldest_unfinished_task_seconds",
                "How long ago the oldest task that has not ended was submitted; 0 where all have",
                &self.oldest_task,
            ),
            (
                "orphaned_tasks",
                "Tasks that have been due for a minute and that no node takes: none has their provider",
                &self.orphans,
            ),
            (
                "unknown_attempts",
                "Paid requests whose outcome is unknown: see `framewright attempts list --unknown`",
                &self.unknown,
            ),
            (
                "abandoned_attempts",
                "Upstream jobs that run on although their task has ended",
                &self.abandoned,
            ),
            (
                "pending_deliveries",
                "Webhooks still to be delivered",
                &self.deliveries,
            ),
            (
                "oldest_due_delivery_seconds",
                "How long the webhook that is due longest has been due; 0 where none is",
                &self.oldest_delivery,
            ),
        ];
        for (name, help, gauge) in gauges {
            all.register(name, help, gauge.clone());
        }
    }

    pub(super) fn set(&self, census: &Census, now: Millis) {
        // A status that nothing has any more must not keep its last count.
        for status in [
            "queued",
            "running",
            "storing",
            "finished",
            "failed",
            "cancelled",
        ] {
            self.count(status, 0);
        }
        for (status, count) in &census.open_tasks {
            self.count(status, *count);
        }
        let age = |since: Option<Millis>| since.map_or(0, |since| ((now - since) / SECOND).max(0));
        self.oldest_task.set(age(census.oldest_unfinished));
        self.orphans.set(census.orphaned_tasks);
        self.unknown.set(census.unknown_attempts);
        self.abandoned.set(census.abandoned_attempts);
        self.deliveries.set(census.pending_deliveries);
        self.oldest_delivery.set(age(census.oldest_due_delivery));
    }

    fn count(&self, status: &str, count: i64) {
        let status = status.to_owned();
        self.tasks.get_or_create(&Word { status }).set(count);
    }
}
