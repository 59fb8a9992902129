//! The API over a real store in a temporary directory, without a socket: what goes in, what comes
//! out, and what is stored. Everything that needs a connection is tested with the server.

mod answers;
mod auth;
mod bad_inputs;
mod document;
mod files;
mod golden;
mod idempotency;
mod inputs;
mod stage;
mod tasks;
mod uploads;
mod wire;
