//! A circuit for each provider: after several submits in a row without an answer, whatever their
//! tasks, it is asked for nothing new for a while, and then by one request alone. Polls of what it
//! has go on by their own waits. In memory: each node finds out for itself.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use framewright_core::clock::{MINUTE, Millis, SECOND};

/// Submits in a row without an answer that open a circuit.
const FAILURES: u32 = 5;

/// The first rest, ms; each failed probe doubles it up to the longest.
const FIRST_REST: Millis = 5 * SECOND;
const LONGEST_REST: Millis = 5 * MINUTE;

/// A probe that was not heard of for so long, ms, is given up and another one sent.
const PROBE: Millis = 2 * MINUTE;

/// While a probe is out, others look again after this, ms.
const BEHIND_PROBE: Millis = 2 * SECOND;

/// Whether a submit may be sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    Pass,
    /// Not for so many ms.
    Rest(Millis),
}

/// A circuit that moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moved {
    /// The provider rests for so many ms.
    Opened(Millis),
    Closed,
}

/// The circuits of all providers.
#[derive(Default)]
pub(crate) struct Circuits(Mutex<BTreeMap<String, Circuit>>);

#[derive(Default)]
struct Circuit {
    /// Submits in a row without an answer.
    failures: u32,
    open: Option<Open>,
}

struct Open {
    /// Uptime of the end of the rest.
    until: Millis,
    rest: Millis,
    /// Uptime of the probe that is out.
    probe: Option<Millis>,
}

impl Circuits {
    /// Asks before each submit; where the rest is over, the one that passes is the probe.
    pub fn gate(&self, provider: &str, uptime: Millis) -> Gate {
        let mut circuits = self.circuits();
        let Some(open) = circuits.get_mut(provider).and_then(|c| c.open.as_mut()) else {
            return Gate::Pass;
        };
        if uptime < open.until {
            return Gate::Rest(open.until - uptime);
        }
        if open.probe.is_some_and(|since| uptime < since + PROBE) {
            return Gate::Rest(BEHIND_PROBE);
        }
        open.probe = Some(uptime);
        Gate::Pass
    }

    /// Takes in whether a submit was answered, if only with a refusal.
    pub fn heard(&self, provider: &str, answered: bool, uptime: Millis) -> Option<Moved> {
        let mut circuits = self.circuits();
        let circuit = circuits.entry(provider.to_owned()).or_default();
        if answered {
            circuit.failures = 0;
            return circuit.open.take().map(|_| Moved::Closed);
        }
        circuit.failures = circuit.failures.saturating_add(1);
        let rest = match &circuit.open {
            None if circuit.failures < FAILURES => return None,
            None => FIRST_REST,
            // Sent before the circuit opened.
            Some(open) if open.probe.is_none() => return None,
            Some(open) => (open.rest * 2).min(LONGEST_REST),
        };
        circuit.open = Some(Open {
            until: uptime + rest,
            rest,
            probe: None,
        });
        Some(Moved::Opened(rest))
    }

    /// The providers that rest or are being probed.
    pub fn open(&self) -> Vec<String> {
        let circuits = self.circuits();
        let open = circuits
            .iter()
            .filter(|(_, circuit)| circuit.open.is_some());
        open.map(|(provider, _)| provider.clone()).collect()
    }

    fn circuits(&self) -> MutexGuard<'_, BTreeMap<String, Circuit>> {
        // No code runs under the lock that could leave a circuit half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{BEHIND_PROBE, Circuits, FAILURES, FIRST_REST, Gate, Moved, PROBE};

    /// Circuits of which that of `p` opened at uptime 0.
    fn opened() -> Circuits {
        let circuits = Circuits::default();
        for _ in 1..FAILURES {
            assert_eq!(circuits.heard("p", false, 0), None);
        }
        let moved = circuits.heard("p", false, 0);
        assert_eq!(moved, Some(Moved::Opened(FIRST_REST)));
        circuits
    }

    #[test]
    fn an_answer_in_between_keeps_the_circuit_closed_and_providers_apart() {
        let circuits = Circuits::default();
        for n in 0..3 * FAILURES {
            let provider = if n % 2 == 0 { "p" } else { "q" };
            assert_eq!(circuits.heard(provider, n % FAILURES == 0, 0), None);
        }
        assert_eq!(circuits.gate("p", 0), Gate::Pass);
    }

    #[test]
    fn one_probe_passes_after_the_rest_and_its_failure_doubles_it() {
        let circuits = opened();
        assert_eq!(circuits.gate("p", 1), Gate::Rest(FIRST_REST - 1));
        assert_eq!(circuits.gate("other", 1), Gate::Pass);
        assert_eq!(circuits.heard("p", false, 1), None, "sent before it opened");
        assert_eq!(circuits.gate("p", FIRST_REST), Gate::Pass);
        assert_eq!(circuits.gate("p", FIRST_REST), Gate::Rest(BEHIND_PROBE));
        let moved = circuits.heard("p", false, FIRST_REST);
        assert_eq!(moved, Some(Moved::Opened(2 * FIRST_REST)));
        assert_eq!(circuits.open(), ["p"]);
        assert_eq!(circuits.gate("p", 3 * FIRST_REST), Gate::Pass);
        assert_eq!(
            circuits.heard("p", true, 3 * FIRST_REST),
            Some(Moved::Closed)
        );
        assert_eq!(circuits.gate("p", 3 * FIRST_REST), Gate::Pass);
    }

    #[test]
    fn a_probe_that_never_came_back_is_followed_by_another() {
        let circuits = opened();
        assert_eq!(circuits.gate("p", FIRST_REST), Gate::Pass);
        assert_eq!(circuits.gate("p", FIRST_REST + PROBE), Gate::Pass);
    }
}
