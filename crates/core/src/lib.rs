//! The domain of Framewright as values, and all of its rules: what a task is, what may happen to
//! it, and what follows. No IO, no async, no SQL, no JSON: time and chance are passed in.

pub mod address;
pub mod attempt;
pub mod change;
pub mod clock;
pub mod crash;
pub mod credits;
pub mod defaults;
pub mod delivery;
pub mod failure;
pub mod id;
pub mod media;
pub mod retry;
pub mod spec;
pub mod step;
pub mod task;
pub mod url_rules;
pub mod work;
