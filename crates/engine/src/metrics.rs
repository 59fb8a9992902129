//! What the engine counts, for `/metrics`. Names and meanings are documented by their help texts;
//! no label holds an id, a URL or anything of a client's.

mod open_work;

use std::sync::atomic::AtomicU64;

use framewright_core::clock::Millis;
use framewright_store::Census;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use open_work::OpenWork;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Status {
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Where {
    place: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    provider: String,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Named {
    provider: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    result: &'static str,
}

/// Bounds of the lags that are told apart, in seconds.
const LAGS: [f64; 10] = [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0];

/// The engine's counters.
pub struct Metrics {
    registry: Registry,
    tasks: Family<Status, Counter>,
    panics: Family<Where, Counter>,
    submits: Family<Call, Counter>,
    polls: Family<Call, Counter>,
    resubmits: Family<Named, Counter>,
    callbacks: Family<Call, Counter>,
    deliveries: Family<Outcome, Counter>,
    circuits: Family<Named, Gauge>,
    driving: Gauge,
    leases_lost: Counter,
    store_faults: Counter,
    illegal_facts: Counter,
    bytes_stored: Counter<u64, AtomicU64>,
    poll_lag: Histogram,
    open_work: OpenWork,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    #[must_use]
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("framewright"),
            tasks: Family::default(),
            panics: Family::default(),
            submits: Family::default(),
            polls: Family::default(),
            resubmits: Family::default(),
            callbacks: Family::default(),
            deliveries: Family::default(),
            circuits: Family::default(),
            driving: Gauge::default(),
            leases_lost: Counter::default(),
            store_faults: Counter::default(),
            illegal_facts: Counter::default(),
            bytes_stored: Counter::default(),
            poll_lag: Histogram::new(LAGS),
            open_work: OpenWork::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let all = &mut self.registry;
        all.register(
            "tasks_moved",
            "Tasks by the status they moved to",
            self.tasks.clone(),
        );
        all.register(
            "panics_caught",
            "Panics of this process that were caught, by where",
            self.panics.clone(),
        );
        all.register(
            "submits",
            "Submits by provider and what came of them",
            self.submits.clone(),
        );
        all.register(
            "polls",
            "Polls by provider and what came of them",
            self.polls.clone(),
        );
        all.register(
            "resubmits",
            "Requests sent anew although the one before may have been bought, by provider",
            self.resubmits.clone(),
        );
        all.register(
            "callbacks",
            "Callbacks by provider and what became of them; no provider where none was found",
            self.callbacks.clone(),
        );
        all.register(
            "deliveries",
            "Webhook tries by what came of them",
            self.deliveries.clone(),
        );
        all.register(
            "circuits_open",
            "1 for a provider that is asked for nothing new, since it does not answer submits",
            self.circuits.clone(),
        );
        all.register(
            "tasks_driven",
            "Tasks that this node owns now",
            self.driving.clone(),
        );
        all.register(
            "leases_lost",
            "Commits refused by the fence",
            self.leases_lost.clone(),
        );
        all.register(
            "store_faults",
            "Store calls that failed",
            self.store_faults.clone(),
        );
        all.register(
            "illegal_facts",
            "Facts that core refused: faults",
            self.illegal_facts.clone(),
        );
        all.register(
            "bytes_stored",
            "Bytes of outputs stored",
            self.bytes_stored.clone(),
        );
        all.register(
            "poll_lag_seconds",
            "From when a job was due to be looked at until the look was answered",
            self.poll_lag.clone(),
        );
        self.open_work.register(all);
    }

    /// Shows as 0 what an alert waits for: a counter that first appears as 1 has not increased.
    pub(crate) fn expect<'a>(&self, providers: impl Iterator<Item = &'a str>) {
        for result in ["delivered", "again", "dead"] {
            drop(self.deliveries.get_or_create(&Outcome { result }));
        }
        for provider in providers {
            self.circuit(provider, false);
        }
    }

    /// What is open in the whole store, as seen at `now`.
    pub(crate) fn open(&self, census: &Census, now: Millis) {
        self.open_work.set(census, now);
    }

    /// Everything in the text format of Prometheus.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string fails only where a label's own encoding does, and ours are words.
        if encode(&mut text, &self.registry).is_err() {
            text.push_str("# encoding failed\n");
        }
        text
    }

    pub(crate) fn moved(&self, status: &'static str) {
        self.tasks.get_or_create(&Status { status }).inc();
    }

    pub(crate) fn panicked(&self, place: &'static str) {
        self.panics.get_or_create(&Where { place }).inc();
    }

    pub(crate) fn submitted(&self, provider: &str, result: &'static str) {
        self.submits.get_or_create(&call(provider, result)).inc();
    }

    pub(crate) fn resubmitted(&self, provider: &str) {
        let provider = provider.to_owned();
        self.resubmits.get_or_create(&Named { provider }).inc();
    }

    pub(crate) fn polled(&self, provider: &str, result: &'static str) {
        self.polls.get_or_create(&call(provider, result)).inc();
    }

    /// A look was answered so many ms after it was due.
    pub(crate) fn looked_after(&self, lag: Millis) {
        let lag = u32::try_from(lag.max(0)).unwrap_or(u32::MAX);
        self.poll_lag.observe(f64::from(lag) / 1_000.0);
    }

    pub(crate) fn called_back(&self, provider: &str, result: &'static str) {
        self.callbacks.get_or_create(&call(provider, result)).inc();
    }

    pub(crate) fn delivered(&self, result: &'static str) {
        self.deliveries.get_or_create(&Outcome { result }).inc();
    }

    pub(crate) fn circuit(&self, provider: &str, open: bool) {
        let provider = provider.to_owned();
        let circuit = self.circuits.get_or_create(&Named { provider });
        circuit.set(i64::from(open));
    }

    pub(crate) fn driving(&self, count: usize) {
        self.driving.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    pub(crate) fn lease_lost(&self) {
        self.leases_lost.inc();
    }

    pub(crate) fn store_fault(&self) {
        self.store_faults.inc();
    }

    pub(crate) fn illegal_fact(&self) {
        self.illegal_facts.inc();
    }

    pub(crate) fn stored(&self, bytes: u64) {
        self.bytes_stored.inc_by(bytes);
    }
}

fn call(provider: &str, result: &'static str) -> Call {
    Call {
        provider: provider.to_owned(),
        result,
    }
}

#[cfg(test)]
mod tests {
    use super::Metrics;

    #[test]
    fn the_text_holds_what_was_counted() {
        let metrics = Metrics::new();
        metrics.moved("finished");
        metrics.submitted("preview", "accepted");
        let text = metrics.text();
        assert!(
            text.contains("framewright_tasks_moved_total{status=\"finished\"} 1"),
            "{text}"
        );
        assert!(text.ends_with("# EOF\n"), "{text}");
    }
}
