//! HTTP in: the APIFRAME v1 wire and what this server adds to it, over a store and a few values that
//! the server hands over. It makes no video, opens no connection and spawns nothing.

mod auth;
mod body;
mod callbacks;
mod edge;
mod error;
mod events;
pub mod fields;
mod files;
mod health;
mod json;
pub mod openapi;
mod parts;
mod paths;
mod range;
mod router;
mod routes;
mod state;
mod tasks;
pub mod v1;

pub use error::Problem;
pub use files::input_link;
pub use parts::{
    ApiParts, ApiSettings, Callback, Doors, NoRoute, OnCallback, Opening, Price, Rate, Readiness,
    Route, Verdict,
};
pub use router::router;
pub use v1::render::render;
