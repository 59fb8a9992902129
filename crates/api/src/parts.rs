//! What the API is made of and what an operator may set: handed over by the server at wiring. Not
//! the parsing of a configuration file.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use framewright_core::address::Allow;
use framewright_core::clock::{Clock, Millis};
use framewright_core::defaults;
use framewright_core::spec::Spec;
use framewright_store::{Blobs, LinkKeys, Store, StoreError};
use futures_util::future::BoxFuture;
use http::HeaderMap;
use ipnet::IpNet;
use rand::RngCore;
use tokio_util::sync::CancellationToken;

/// Where a request's task goes first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The provider that the route names first: whose permits the task waits for.
    pub lane: String,
    /// The route's own price in credits; absent where the price list decides.
    pub price: Option<i64>,
}

/// No configured provider can make what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoRoute {
    /// What the client can change, as a whole sentence without a full stop.
    pub public: String,
}

/// A provider's callback as it came in.
#[derive(Clone, Debug)]
pub struct Callback {
    /// The name of the configured provider, from the path.
    pub provider: String,
    /// The secret of one attempt, from the path.
    pub nonce: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub now: Millis,
}

/// What is answered to a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was taken as a hint to look.
    Taken,
    /// No attempt waits for it, or its signature is wrong; the caller is not told which.
    Refused,
}

/// What `/ready` says.
#[derive(Clone, Debug)]
pub struct Readiness {
    /// Whether work sent here now would be carried out.
    pub ready: bool,
    /// Shown as they are, by name.
    pub details: BTreeMap<String, String>,
}

/// The value that routes a spec; pure.
pub type Route = Arc<dyn Fn(&Spec) -> Result<Opening, NoRoute> + Send + Sync>;

/// The value that judges a provider's callback and files what follows from it.
pub type OnCallback =
    Arc<dyn Fn(Callback) -> BoxFuture<'static, Result<Verdict, StoreError>> + Send + Sync>;

/// Everything the router stands on.
pub struct ApiParts {
    pub store: Store,
    pub blobs: Blobs,
    pub links: Arc<LinkKeys>,
    pub clock: Arc<dyn Clock>,
    /// For ids; seeded by the operating system outside of tests.
    pub rng: Box<dyn RngCore + Send>,
    pub route: Route,
    pub callback: OnCallback,
    /// Called after each submit, so that the engine of this process need not wait for its next look.
    pub hurry: Arc<dyn Fn() + Send + Sync>,
    pub metrics_text: Arc<dyn Fn() -> String + Send + Sync>,
    pub readiness: Arc<dyn Fn() -> Readiness + Send + Sync>,
    /// Cancelled when the process is to go: nothing new is taken from then on.
    pub drain: CancellationToken,
    pub settings: ApiSettings,
}

/// So many at once, and then so many each second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// At least 1.
    pub burst: u32,
    /// At least 1.
    pub per_second: u32,
}

/// What a task of one type costs its account, in credits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// The wire word, such as `kling-video`.
    pub task_type: String,
    /// Only for this model; absent for all.
    pub model: Option<String>,
    /// Per task.
    pub base: i64,
    /// Per second of video asked for, all slots together.
    pub per_second: i64,
}

/// Who is let in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Doors {
    /// Clients and everybody else.
    #[default]
    All,
    /// Whoever watches over the server, and providers that call back: the doors of a node that
    /// answers no client.
    Inner,
}

impl Doors {
    /// Whether a path of the table is behind one of them.
    pub(crate) fn lead_to(self, path: &str) -> bool {
        let inner = ["/health", "/ready", "/metrics"];
        self == Self::All || inner.contains(&path) || path.starts_with("/callbacks/")
    }
}

/// What an operator may set about the API.
#[derive(Clone, Debug)]
pub struct ApiSettings {
    pub doors: Doors,
    /// Scheme, host and prefix of links, without a slash at the end. Absent: each task's links have
    /// the scheme and host of its own request.
    pub public_url: Option<String>,
    /// The path that this server lives under; empty for the whole host.
    pub path_prefix: String,
    /// Whether the listener speaks TLS; decides the scheme of links where `public_url` is absent.
    pub tls: bool,
    /// Peers whose `X-Forwarded-For`, `-Proto` and `-Host` are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Largest JSON body, in bytes.
    pub json_cap: usize,
    /// Largest uploaded file, in bytes.
    pub upload_cap: usize,
    /// Whether a link to a video or upload leads on to the bucket instead of being answered with the
    /// bytes; where blobs are in a directory it is answered all the same.
    pub redirect_files: bool,
    /// Addresses that users' URLs may name although the deny table closes them, and our own ports.
    pub allow: Allow,
    /// How long an upload is kept, in milliseconds.
    pub upload_retention_ms: Millis,
    /// How long a task may wait for its first acceptance, in milliseconds.
    pub queue_deadline_ms: Millis,
    /// Most unfinished tasks of one account, where the account has no cap of its own.
    pub account_cap: i64,
    /// Most unfinished tasks of all accounts together.
    pub queue_cap: i64,
    /// Requests of one key; absent for no limit.
    pub key_rate: Option<Rate>,
    /// Failed logins from one address.
    pub failed_auth_rate: Rate,
    /// The first row that fits a spec counts; none fits: 0 credits.
    pub prices: Vec<Price>,
    /// Model names that stand for others: as sent, and as routes know it.
    pub aliases: BTreeMap<String, String>,
    /// Model names that routes bring beside the pages' own, by task type.
    pub models: BTreeMap<String, Vec<String>>,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            doors: Doors::All,
            public_url: None,
            path_prefix: String::new(),
            tls: false,
            trusted_proxies: Vec::new(),
            json_cap: 64 << 10,
            upload_cap: 10 << 20,
            redirect_files: false,
            allow: Allow::default(),
            upload_retention_ms: defaults::RETENTION,
            queue_deadline_ms: defaults::QUEUE_DEADLINE,
            account_cap: 1_000,
            queue_cap: 100_000,
            key_rate: None,
            failed_auth_rate: Rate {
                burst: 60,
                per_second: 1,
            },
            prices: Vec::new(),
            aliases: BTreeMap::new(),
            models: BTreeMap::new(),
        }
    }
}

impl ApiSettings {
    /// Credits for a video: the first price that fits, times what is asked for.
    #[must_use]
    pub fn price(&self, spec: &Spec) -> i64 {
        let fits = |price: &&Price| {
            price.task_type == spec.task_type.as_str()
                && price
                    .model
                    .as_ref()
                    .is_none_or(|model| *model == spec.model)
        };
        self.prices.iter().find(fits).map_or(0, |price| {
            let seconds = i64::from(spec.duration_s);
            price
                .base
                .saturating_add(price.per_second.saturating_mul(seconds))
        })
    }
}
