//! Looking at upstream jobs: one collector per provider and key gathers the looks that are due at
//! the same time into as few requests as the upstream allows, no faster than it allows. What a look
//! means is core's business.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use framewright_core::attempt::UpstreamJob;
use framewright_core::clock::{Millis, SECOND};
use framewright_core::crash::crash_point;
use framewright_providers::{Observation, PollError, Provider};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{mpsc, oneshot};

use crate::metrics::Metrics;
use crate::supervisor::{Supervisor, caught};
use crate::timer::Times;

/// Looks that may wait for their request, per provider and key; a driver waits where there are more.
const WAITING: usize = 4_096;

/// Requests under way at once, per provider and key.
const AT_ONCE: usize = 16;

type Seen = Result<Observation, PollError>;

struct Look {
    job: UpstreamJob,
    answer: oneshot::Sender<Seen>,
}

/// Provider, origin and key: what one request may ask for together.
type Place = (String, String, String);

/// The collectors, made when they are first needed.
pub(crate) struct Pollers {
    collectors: Mutex<HashMap<Place, mpsc::Sender<Look>>>,
    supervisor: Supervisor,
    times: Times,
    metrics: Arc<Metrics>,
}

impl Pollers {
    pub fn new(supervisor: Supervisor, times: Times, metrics: Arc<Metrics>) -> Self {
        Self {
            collectors: Mutex::default(),
            supervisor,
            times,
            metrics,
        }
    }

    /// Looks at one job with the next request that goes out.
    pub async fn look(&self, provider: &Arc<dyn Provider>, key: &str, job: UpstreamJob) -> Seen {
        let (answer, seen) = oneshot::channel();
        let look = Look { job, answer };
        let collector = self.collector(provider, key);
        let taken = collector.send(look).await.is_ok();
        let seen = if taken { seen.await.ok() } else { None };
        seen.unwrap_or_else(|| Err(PollError::NoAnswer("the poll was dropped".into())))
    }

    fn collector(&self, provider: &Arc<dyn Provider>, key: &str) -> mpsc::Sender<Look> {
        let place = (
            provider.name().to_owned(),
            provider.origin().to_owned(),
            key.to_owned(),
        );
        // An entry is inserted whole or not at all.
        let mut all = self
            .collectors
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let collector = all
            .entry(place)
            .or_insert_with(|| self.begin(provider, key));
        if collector.is_closed() {
            *collector = self.begin(provider, key);
        }
        collector.clone()
    }

    fn begin(&self, provider: &Arc<dyn Provider>, key: &str) -> mpsc::Sender<Look> {
        let (sender, looks) = mpsc::channel(WAITING);
        let collector = Collector {
            provider: provider.clone(),
            key: key.to_owned(),
            times: self.times.clone(),
            metrics: self.metrics.clone(),
        };
        let stopping = self.supervisor.clone();
        self.supervisor.spawn("poll", async move {
            tokio::select! {
                biased;
                () = stopping.stopping() => {}
                () = collector.run(looks) => {}
            }
        });
        sender
    }
}

struct Collector {
    provider: Arc<dyn Provider>,
    key: String,
    times: Times,
    metrics: Arc<Metrics>,
}

impl Collector {
    async fn run(&self, mut looks: mpsc::Receiver<Look>) {
        let mut under_way = FuturesUnordered::new();
        let mut free_at = self.times.uptime();
        loop {
            let room = under_way.len() < AT_ONCE;
            tokio::select! {
                biased;
                Some(()) = under_way.next(), if !under_way.is_empty() => {}
                first = self.next(free_at, &mut looks), if room => {
                    let Some(first) = first else { return };
                    // Let the drivers that woke at the same tick hand in theirs.
                    tokio::task::yield_now().await;
                    under_way.push(self.request(self.batch(first, &mut looks)));
                    free_at = self.times.uptime() + self.gap();
                }
            }
        }
    }

    /// The first look of the next request, once the provider's limit has room for one. Takes nothing
    /// where it is dropped before its end.
    async fn next(&self, free_at: Millis, looks: &mut mpsc::Receiver<Look>) -> Option<Look> {
        self.times.wait(free_at - self.times.uptime()).await;
        looks.recv().await
    }

    /// From one request to the next, ms: evenly, since no vendor says how it counts a burst.
    fn gap(&self) -> Millis {
        let most = self.provider.pace().polls_per_second.map(Millis::from);
        most.map_or(0, |most| (SECOND + most - 1) / most.max(1))
    }

    fn batch(&self, first: Look, looks: &mut mpsc::Receiver<Look>) -> Vec<Look> {
        let most = self.provider.pace().batch.max(1);
        let mut batch = vec![first];
        while batch.len() < most {
            match looks.try_recv() {
                Ok(look) => batch.push(look),
                Err(_) => break,
            }
        }
        batch
    }

    async fn request(&self, batch: Vec<Look>) {
        let jobs: Vec<_> = batch.iter().map(|look| look.job.clone()).collect();
        let mut seen = self.ask(&jobs).await.into_iter();
        crash_point("K11");
        for look in batch {
            let answer = seen.next();
            let answer = answer.unwrap_or_else(|| Err(no_answer("fewer answers than jobs")));
            self.metrics.polled(self.provider.name(), word(&answer));
            // The driver may have gone meanwhile: then nobody asks any more.
            drop(look.answer.send(answer));
        }
    }

    async fn ask(&self, jobs: &[UpstreamJob]) -> Vec<Seen> {
        let key = self.provider.keys().iter().find(|key| key.name == self.key);
        let Some(key) = key else {
            return vec![Err(PollError::Unauthorized); jobs.len()];
        };
        let seen = caught(self.provider.poll(jobs, key)).await;
        seen.unwrap_or_else(|| {
            self.metrics.panicked("poll");
            vec![Err(no_answer("the provider's code panicked")); jobs.len()]
        })
    }
}

fn no_answer(why: &str) -> PollError {
    PollError::NoAnswer(why.to_owned())
}

fn word(seen: &Seen) -> &'static str {
    match seen {
        Ok(Observation::Running { .. }) => "running",
        Ok(Observation::Done { .. }) => "done",
        Ok(Observation::Failed { .. }) => "failed",
        Ok(Observation::Gone) => "gone",
        Err(PollError::Unauthorized) => "unauthorized",
        Err(PollError::Busy { .. }) => "busy",
        Err(PollError::NoAnswer(_)) => "no_answer",
    }
}

#[cfg(test)]
mod tests;
