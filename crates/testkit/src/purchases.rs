//! Purchases under crashes and faults: a real server buys of ledgers of every class, and of the
//! vendors' doubles through the shipped kinds of providers, while it is killed and they misbehave, and
//! what they sold is held against what it knows. Which cycles are run is the test's.

pub mod cycles;
pub mod judge;
pub mod settling;
pub mod vendors;
