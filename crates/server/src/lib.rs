//! The server as a library: configuration, wiring, listener, command line and demo. It decides
//! nothing about tasks; it hands the parts to each other and keeps them running.

pub mod app;
mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod listener;
pub mod signals;
pub mod signature;
pub mod telemetry;

pub use cli::run;
/// What the shipped binary allocates with.
pub use mimalloc::MiMalloc as Allocator;
