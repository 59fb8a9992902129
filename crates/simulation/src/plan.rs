//! What a seed stands for: who takes part, what is asked for and when, and which troubles come. Drawn
//! once, before anything runs.

use framewright_core::clock::{Millis, SECOND};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

/// Nobody does anything bad after this moment of a run.
pub const CALM_AT: Millis = 90 * SECOND;

/// The vendors by name and class.
pub const VENDORS: [(&str, &str); 4] = [("a", "A"), ("b", "B"), ("d", "D"), ("e", "E")];

/// A run.
#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    pub nodes: Vec<NodePlan>,
    pub tasks: Vec<TaskPlan>,
    /// By their beginning.
    pub troubles: Vec<Trouble>,
    /// Segments lost between hosts, 0 to 1.
    pub loss: f64,
    /// The longest that a message is on its way, ms.
    pub latency_ms: u64,
}

/// A node.
#[derive(Clone, Debug)]
pub struct NodePlan {
    pub skew: Millis,
    /// Calls to the database that get lost, 0 to 1.
    pub loss: f64,
}

/// A task.
#[derive(Clone, Debug)]
pub struct TaskPlan {
    pub at: Millis,
    /// A vendor's name, or `a+e` for two in turn.
    pub route: &'static str,
    pub slots: u8,
    pub webhook: bool,
    /// When its client no longer wants it.
    pub cancel_at: Option<Millis>,
}

/// What happens to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The host dies, and is started again at the end.
    Crash(String),
    /// Nothing gets through in either direction.
    Partition(String, String),
    /// Nothing gets from the first to the second.
    OneWay(String, String),
    /// What is sent arrives at the end, all at once.
    Hold(String, String),
    /// The node does not reach its database.
    CutOff(usize),
    /// The node stands still, and does not know it.
    Standstill(usize),
}

/// One trouble.
#[derive(Clone, Debug)]
pub struct Trouble {
    pub at: Millis,
    pub until: Millis,
    pub what: What,
}

impl Plan {
    /// The plan of a seed.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let mut chance = StdRng::seed_from_u64(seed);
        let count = chance.random_range(2..=3);
        let nodes: Vec<NodePlan> = (0..count).map(|_| node(&mut chance)).collect();
        let tasks = chance.random_range(6..=12);
        let troubles = chance.random_range(3..=8);
        let mut plan = Self {
            seed,
            tasks: (0..tasks).map(|_| task(&mut chance)).collect(),
            troubles: (0..troubles)
                .map(|_| trouble(&mut chance, nodes.len()))
                .collect(),
            nodes,
            loss: *[0.0, 0.0, 0.002, 0.01].choose(&mut chance).unwrap_or(&0.0),
            latency_ms: chance.random_range(5..=400),
        };
        plan.troubles.sort_by_key(|trouble| trouble.at);
        plan
    }
}

/// The name of a node's host.
#[must_use]
pub fn node_name(number: usize) -> String {
    format!("node-{number}")
}

/// The name of a vendor's host.
#[must_use]
pub fn vendor_name(vendor: &str) -> String {
    format!("vendor-{vendor}")
}

fn node(chance: &mut StdRng) -> NodePlan {
    NodePlan {
        skew: chance.random_range(-2 * SECOND..=2 * SECOND),
        loss: *[0.0, 0.0, 0.01].choose(chance).unwrap_or(&0.0),
    }
}

fn task(chance: &mut StdRng) -> TaskPlan {
    let at = chance.random_range(SECOND..60 * SECOND);
    let unwanted = chance.random_bool(0.1);
    TaskPlan {
        at,
        route: ["a", "a", "b", "b", "d", "e", "a+e"]
            .choose(chance)
            .unwrap_or(&"a"),
        slots: if chance.random_bool(0.2) { 4 } else { 1 },
        webhook: chance.random_bool(0.7),
        cancel_at: unwanted.then(|| at + chance.random_range(0..20 * SECOND)),
    }
}

/// Lengths are around the lease of 30 s as often as far below it.
fn trouble(chance: &mut StdRng, nodes: usize) -> Trouble {
    let at = chance.random_range(2 * SECOND..75 * SECOND);
    let longest = if chance.random_bool(0.4) { 70 } else { 12 };
    let until = at + chance.random_range(SECOND..longest * SECOND);
    let node = chance.random_range(0..nodes);
    let what = match chance.random_range(0..12) {
        0..=2 => What::Crash(node_name(node)),
        3 => What::Crash(vendor_name(vendor(chance))),
        4 => What::Crash("receiver".into()),
        5 => What::Partition(node_name(node), vendor_name(vendor(chance))),
        6 => What::OneWay(vendor_name(vendor(chance)), node_name(node)),
        7 => What::OneWay(node_name(node), vendor_name(vendor(chance))),
        8 => What::Hold(node_name(node), vendor_name(vendor(chance))),
        9 => What::Partition(node_name(node), "receiver".into()),
        10 => What::CutOff(node),
        _ => What::Standstill(node),
    };
    Trouble {
        at,
        until: until.min(CALM_AT),
        what,
    }
}

fn vendor(chance: &mut StdRng) -> &'static str {
    VENDORS.choose(chance).map_or("a", |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::{CALM_AT, Plan};

    #[test]
    fn a_seed_has_one_plan_and_its_troubles_end() {
        for seed in 0..200 {
            let plan = Plan::of(seed);
            assert_eq!(format!("{plan:?}"), format!("{:?}", Plan::of(seed)));
            assert!(
                plan.troubles
                    .iter()
                    .all(|t| t.at < t.until && t.until <= CALM_AT)
            );
        }
    }
}
