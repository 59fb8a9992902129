//! The server from outside: raw sockets against the listener, and the whole application.

#![expect(
    clippy::disallowed_methods,
    reason = "a test is the stranger at the other end: it dials and spawns for itself"
)]

mod alerts;
mod app;
mod buckets;
mod listener;
mod process;
mod progress;
mod quarantine;
mod roles;
mod vendors;
mod whole;
