//! The server as a library: configuration, wiring, listener, command line and demo. It decides
//! nothing about tasks; it hands the parts to each other and keeps them running.

pub mod clock;
pub mod config;
pub mod listener;
pub mod signals;
pub mod telemetry;
