//! The pace of a collector, on a clock that is moved by hand: its future is polled by the test, so
//! nothing here waits.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::task::Poll;

use async_trait::async_trait;
use framewright_core::attempt::{Class, UpstreamJob};
use framewright_core::clock::{Clock, HOUR, Millis, SECOND};
use framewright_providers::{
    Observation, Order, Pace, Plan, PollError, PrepareError, Prepared, Provider, ProviderKey,
    Sending, SubmitError, Taken, Unsupported, Wanted,
};
use futures_util::future::BoxFuture;
use futures_util::poll;
use secrecy::SecretString;
use tokio::sync::{mpsc, oneshot};
use tokio::task::unconstrained;

use super::{AT_ONCE, Collector, Look};
use crate::metrics::Metrics;
use crate::timer::{Timer, Times};

/// Jobs that want to be looked at; more than the limit lets through in the time of a test.
const JOBS: usize = 1_000;

/// How far the clock is moved at once, ms.
const STEP: Millis = 10;

/// Times in a row that a collector is polled without a new request before it counts as waiting: it
/// may gather a look at each of them until it has as many under way as it may.
const QUIET: usize = 2 * AT_ONCE;

#[tokio::test]
async fn a_vendors_polls_per_second_are_kept_however_many_jobs_there_are() {
    let vendor = vendor(Some(20), 1);
    let polls = polls_within(&vendor, 10 * SECOND).await;
    assert_eq!(polls, 1 + 10 * 20, "one at once, then every 50 ms");
}

#[tokio::test]
async fn a_limit_counts_requests_and_not_jobs() {
    let vendor = vendor(Some(20), 10);
    assert_eq!(polls_within(&vendor, SECOND).await, 1 + 20);
}

#[tokio::test]
async fn without_a_limit_nothing_waits() {
    let vendor = vendor(None, 1);
    assert_eq!(polls_within(&vendor, 0).await, JOBS);
}

/// How many polls a vendor sees in so many ms with all jobs due at once.
async fn polls_within(vendor: &Arc<Vendor>, span: Millis) -> usize {
    let clock = Arc::new(ByHand::default());
    let collector = Collector {
        provider: vendor.clone(),
        key: "main".into(),
        times: Times::new(clock.clone(), clock.clone()),
        metrics: Arc::new(Metrics::new()),
    };
    let (sender, looks) = mpsc::channel(JOBS);
    for number in 0..JOBS {
        let job = UpstreamJob(number.to_string());
        let (answer, _) = oneshot::channel();
        let taken = sender.try_send(Look { job, answer });
        assert!(taken.is_ok(), "the channel has room");
    }
    // The test is one poll of the runtime, whose budget would make the channel seem empty.
    let mut run = pin!(unconstrained(collector.run(looks)));
    loop {
        let mut quiet = 0;
        while quiet < QUIET {
            let before = vendor.polls();
            assert!(
                poll!(&mut run).is_pending(),
                "a collector ends with its looks"
            );
            quiet = if vendor.polls() == before {
                quiet + 1
            } else {
                0
            };
        }
        if clock.uptime() >= span {
            return vendor.polls();
        }
        clock.0.fetch_add(STEP, Ordering::Relaxed);
    }
}

/// A clock that is moved by hand. Its waits look at it whenever they are polled, and wake nobody.
#[derive(Default)]
struct ByHand(Arc<AtomicI64>);

impl Clock for ByHand {
    fn now(&self) -> Millis {
        self.uptime()
    }

    fn uptime(&self) -> Millis {
        self.0.load(Ordering::Relaxed)
    }
}

impl Timer for ByHand {
    fn wait(&self, span: Millis) -> BoxFuture<'static, ()> {
        let (uptime, until) = (self.0.clone(), self.uptime() + span);
        let ended = poll_fn(move |_| match uptime.load(Ordering::Relaxed) >= until {
            true => Poll::Ready(()),
            false => Poll::Pending,
        });
        Box::pin(ended)
    }
}

/// Counts the polls it is asked for; everything runs for ever.
struct Vendor {
    pace: Pace,
    keys: [ProviderKey; 1],
    polls: AtomicUsize,
}

fn vendor(polls_per_second: Option<u32>, batch: usize) -> Arc<Vendor> {
    Arc::new(Vendor {
        pace: Pace {
            first_poll_ms: SECOND,
            poll_every_ms: SECOND,
            batch,
            polls_per_second,
            deadline_ms: HOUR,
        },
        keys: [ProviderKey {
            name: "main".into(),
            secret: SecretString::default(),
            max_in_flight: 1,
        }],
        polls: AtomicUsize::new(0),
    })
}

impl Vendor {
    fn polls(&self) -> usize {
        self.polls.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Provider for Vendor {
    fn name(&self) -> &str {
        "vendor"
    }

    fn class(&self) -> Class {
        Class::E
    }

    fn origin(&self) -> &str {
        ""
    }

    fn keys(&self) -> &[ProviderKey] {
        &self.keys
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    fn supports(&self, _wanted: &Wanted<'_>) -> Result<Plan, Unsupported> {
        unreachable!("only polled")
    }

    async fn prepare(
        &self,
        _order: &Order<'_>,
        _key: &ProviderKey,
    ) -> Result<Prepared, PrepareError> {
        unreachable!("only polled")
    }

    async fn submit(
        &self,
        _sending: &Sending<'_>,
        _key: &ProviderKey,
    ) -> Result<Taken, SubmitError> {
        unreachable!("only polled")
    }

    async fn poll(
        &self,
        jobs: &[UpstreamJob],
        _key: &ProviderKey,
    ) -> Vec<Result<Observation, PollError>> {
        self.polls.fetch_add(1, Ordering::Relaxed);
        let running = Observation::Running {
            progress: None,
            look_again: None,
        };
        vec![Ok(running); jobs.len()]
    }
}
