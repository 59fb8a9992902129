//! The contract that every kind of provider over HTTP keeps, held against a double of its upstream.

mod apiframe;
mod contract;
mod fixture;
mod fixtures;
mod kling;
mod midjourney_proxy;
mod runway;
mod signed_callbacks;
mod stage;
mod wan;
