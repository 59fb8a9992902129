//! Doubles of the upstreams that Framewright buys from: servers on loopback that speak a vendor's wire,
//! keep a ledger of what they sold and do what a test scripted. They sell one film, marked for each job.
//! Not mocks of our adapters: a double is written from the vendor's own facts and proved by the
//! vendor's own client, never by our code. Dev only: nothing shipped links it.
//!
//! # In a test
//!
//! ```no_run
//! # async fn test() -> Result<(), Box<dyn std::error::Error>> {
//! let dir = tempfile::tempdir()?;
//! let doubles = framewright_doubles::Doubles::start(dir.path(), &["runway"]).await?;
//! doubles.script("runway", serde_json::json!({
//!     "sequence": ["PENDING", {"state": "RUNNING", "progress": 0.4}, "SUCCEEDED"],
//!     "faults": [{"on": "submit", "do": "answer", "status": 429, "headers": {"retry-after": "1"}}],
//! }));
//! let base = doubles.url("runway");
//! // … drive an adapter against `base` …
//! assert_eq!(doubles.purchases("runway").len(), 1);
//! # Ok(()) }
//! ```
//!
//! From another process or language: `cargo run -p testkit --bin doubles -- --ports-file FILE`, then
//! `POST {control}/{name}/script`, `GET {control}/{name}/purchases`, `GET {control}/{name}/requests`,
//! `POST {control}/{name}/jobs/{id}/advance`. With `"calls_back": true` in its script a double calls its
//! clients back by itself, also for a purchase whose answer was lost.
//!
//! # A new double
//!
//! One file, one line in `registry`; `runway` is the model.
//!
//! 1. The file opens with the facts it rests on and how sure each is: from the official SDK,
//!    documented, seen in other people's code only, unsure. What is unsure is a knob or is said.
//! 2. `pub const DOUBLE: Double`: its name, where the answer to a submit has the id, what a request is
//!    about, the states of a job that goes well, the routes, and what it posts to clients, if anything.
//! 3. A handler takes `State<Shared>` first. It checks what the vendor checks, in the vendor's order
//!    (credential, headers, body), and answers with the vendor's shapes; `wire` reads
//!    requests, and [`wire::Refusal`] ends them early.
//!    * Paid: [`world::World::buy`]. On disk when it returns; only then answer. What only the path
//!      says of a job goes with it: [`world::World::buy_noting`].
//!    * A poll: [`world::World::look`], which moves the job by one stage; a status that is no poll of
//!      its own: [`world::World::peek`]. `Stage::state` is the vendor's word, `Stage::with` what is
//!      shown beside it.
//!    * Outputs: [`world::World::link`] (served by the common parts, with the expiry of the script).
//!    * Cancel: [`world::World::turn`]; delete: [`world::World::forget`]; uploads and the like:
//!      [`world::World::note`].
//! 4. Not in a double: faults, recording, delays, dropped connections, expiring links. The common
//!    parts play them for all.
//! 5. Tests beside it: what it refuses that a naive double would take. The vendor's client, run
//!    against it, is the proof that matters.

mod apiframe_v1;
mod apiframe_v2;
pub mod callback;
mod control;
mod dashscope;
pub mod double;
mod fal;
pub mod film;
mod front;
mod kling;
mod legnext;
mod midjourney_proxy;
pub mod names;
pub mod registry;
mod replicate;
mod run;
mod runway;
pub mod script;
mod serve;
mod signing;
pub mod till;
mod tls;
pub mod wire;
pub mod world;

pub use run::{Doubles, StartError};
pub use tls::TlsError;
