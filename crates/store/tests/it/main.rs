//! What the store promises, asked of `Store` alone: nothing here knows which database is behind it,
//! so that every database is asked the same. What is true of SQLite only is asked beside its code.

#![expect(
    clippy::disallowed_methods,
    reason = "races are tasks of the test's own, and one file is dated by the system"
)]

mod support;

mod accounts;
mod answers;
mod backup;
mod blobs;
mod bucket;
mod claims;
mod commits;
mod deliveries;
mod durability;
mod nodes;
mod proxy;
mod prune;
mod reads;
mod schemas;
mod servers;
mod submits;
