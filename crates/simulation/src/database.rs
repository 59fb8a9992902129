//! The way between a node and the database: slow at times, shut while the node stands still or is cut
//! off, and in bad weather calls are lost on the way there or their answers on the way back.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use framewright_core::clock::Millis;
use framewright_store::StoreError;
use framewright_store::simulation::Faults;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::time::sleep;

use crate::clock::elapsed;
use crate::gate::Gate;
use crate::trace::Trace;

/// One node's way to the database.
pub struct Database {
    /// As the trace calls the node.
    pub name: String,
    /// Shut while the node stands still.
    pub standing: Gate,
    /// Shut while it is cut off from its database alone.
    pub link: Gate,
    /// When the bad weather ends, ms.
    pub calm_at: Millis,
    /// How often a call or an answer is lost until then, 0 to 1.
    pub loss: f64,
    pub chance: Mutex<StdRng>,
    pub trace: Trace,
}

impl Database {
    /// A way on which nothing happens.
    #[must_use]
    pub fn calm(name: &str, trace: &Trace) -> Self {
        Self {
            name: name.to_owned(),
            standing: Gate::default(),
            link: Gate::default(),
            calm_at: 0,
            loss: 0.0,
            chance: Mutex::new(StdRng::seed_from_u64(0)),
            trace: trace.clone(),
        }
    }

    /// A wait of the way, and whether this call is lost on it.
    fn fate(&self) -> (Duration, bool) {
        if elapsed() >= self.calm_at {
            return (Duration::ZERO, false);
        }
        let mut chance = self.chance.lock().unwrap_or_else(PoisonError::into_inner);
        let slow = chance.random_bool(0.05);
        let wait = if slow { chance.random_range(5..800) } else { 0 };
        (Duration::from_millis(wait), chance.random_bool(self.loss))
    }

    /// The way itself, in either direction.
    fn way(&self) -> BoxFuture<'static, Result<(), StoreError>> {
        let (wait, lost) = self.fate();
        if wait.is_zero() && !lost && self.standing.is_open() && self.link.is_open() {
            return std::future::ready(Ok(())).boxed();
        }
        let (standing, link) = (self.standing.passed(), self.link.passed());
        async move {
            if !wait.is_zero() {
                sleep(wait).await;
            }
            standing.await;
            link.await;
            if lost { Err(StoreError::Busy) } else { Ok(()) }
        }
        .boxed()
    }
}

impl Faults for Database {
    fn before(&self, _names: &[&'static str]) -> BoxFuture<'static, Result<(), StoreError>> {
        self.way()
    }

    fn after(
        &self,
        names: &[&'static str],
        written: bool,
    ) -> BoxFuture<'static, Result<(), StoreError>> {
        let word = if written { "wrote" } else { "was refused" };
        self.trace
            .note(&format!("{} {word} {}", self.name, names.join(" + ")));
        self.way()
    }
}
