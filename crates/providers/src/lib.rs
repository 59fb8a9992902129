//! Upstream protocols, one file each, behind one trait. Providers do not retry, sleep, loop, log
//! bodies or know that a store exists: they turn an order into one request, and an answer into what
//! it means. When to ask, and what follows, is the engine's business.

pub mod apiframe;
pub mod aspect;
pub mod call;
pub mod draft;
pub mod fal;
pub mod kling;
pub mod legnext;
pub mod limits;
pub mod midjourney;
pub mod midjourney_proxy;
pub mod models;
pub mod multipart;
pub mod preview;
pub mod provider;
pub mod registry;
pub mod replicate;
pub mod runway;
pub mod signed;
pub mod takes;
pub mod upstream;
pub mod wan;

pub use provider::{
    Found, Inbound, Observation, Order, Pace, ParentJob, Plan, PollError, PrepareError, Prepared,
    Provider, ProviderKey, Sending, Sent, Source, SubmitError, Taken, Unsupported, Verdict, Wanted,
};
pub use registry::{
    Configured, Context, InputFiles, Make, OnUnknown, Providers, Registry, SettingsError,
};
