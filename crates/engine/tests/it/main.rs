//! The engine over a real store, against a provider that does what the test tells it to, by a clock
//! that the test moves.

mod callbacks;
mod clock;
mod drain;
mod extends;
mod failover;
mod inputs;
mod late;
mod origin;
mod purchases;
mod queue;
mod receiver;
mod restarts;
mod restored;
mod rests;
mod scripted;
mod webhooks;
mod wishes;
mod world;
