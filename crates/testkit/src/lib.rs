//! What the tests of Framewright stand on: a provider with a ledger of purchases, a webhook
//! receiver, a process harness and the checker that judges a run. Dev only: nothing shipped links
//! it.

pub mod bad_inputs;
pub mod chaos;
pub mod checker;
pub mod clock;
pub mod crash;
pub mod floors;
pub mod http;
pub mod ledger;
pub mod purchases;
pub mod receiver;
pub mod zombie;
