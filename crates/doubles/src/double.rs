//! What one upstream is to this crate: a name, its routes, and the few facts that the common parts
//! need of it. Not a running double: that is a `World`.

use std::collections::BTreeMap;

use axum::Router;
use http::Method;

use crate::script::{Stage, Step};
use crate::world::{Shared, View, World};

/// One upstream's double.
pub struct Double {
    /// What it is called in scripts, ports files and ledgers: lower case, words joined by `_`.
    pub name: &'static str,
    /// Where the job's id stands in the answer to a submit, as a JSON pointer; `no_id` takes it away.
    pub id_at: &'static str,
    /// What a request is about, by method and path without query.
    pub step: fn(&Method, &str) -> Step,
    /// The states of a job that goes well, one a poll.
    pub usual: fn() -> Vec<Stage>,
    /// The vendor's paths. `/outputs/` belongs to the common parts, which serve the films there.
    pub router: fn() -> Router<Shared>,
    /// What it posts to a client when a job was moved, by hand or by itself; none for a vendor that
    /// never calls back.
    pub callback: Option<fn(&World, &View) -> Option<Callback>>,
}

/// A post to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    pub url: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}
