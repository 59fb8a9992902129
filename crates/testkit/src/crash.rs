//! A real server, killed and restarted under load, and what it left behind gathered for the checker.
//! The judging is the checker's; which points are armed is the test's.

pub mod asking;
pub mod cycles;
pub mod gather;
pub mod load;
pub mod power;
pub mod process;
pub mod upkeep;
