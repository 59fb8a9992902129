//! Several engines over one database, with vendors of the classes A, B, D and E, a webhook receiver and
//! clients around them, in simulated time and on a simulated network (turmoil), all in one thread. A
//! seed says who takes part and what goes wrong; a run is judged by the promises of ARCHITECTURE.md, and
//! two runs of one seed leave the same trace.
//!
//! What runs is the product: engine, store with its SQL, outbound client with hyper, the adapter of the
//! testkit's ledger. What stands in is what they were given from outside: the clock, chance, the
//! network ([`framewright_outbound::Dial`]), the way to the database
//! ([`framewright_store::simulation::Faults`]) and the storage of blobs. Not a test of the API or of
//! SQLite's durability: those are the crash suite's, over real processes.
//!
//! `simulate --seeds 300` runs many; `simulate --seed 17` repeats one and prints its trace.

pub mod clients;
pub mod clock;
pub mod database;
pub mod gate;
pub mod http;
pub mod judge;
pub mod network;
pub mod node;
pub mod plan;
pub mod receiver;
pub mod run;
pub mod shelf;
pub mod trace;
pub mod vendor;
