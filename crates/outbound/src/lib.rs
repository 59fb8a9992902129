//! Framewright's only HTTP client, in two manners.
//!
//! * [`Guarded`]: for URLs that users or upstreams named. Literals are judged, names are resolved
//!   here, every answer is judged, exactly the judged addresses are dialled, the peer is compared,
//!   redirects are followed by our own hand or not at all, and everything received is bounded.
//! * [`Trusted`]: for origins that the operator configured. Nothing is judged, but a request goes
//!   to the origin it was made for and nowhere else, and its error says whether bytes may have left.
//!
//! It is not a retry policy, a cache or a cookie jar, and it never asks the environment for a proxy
//! (a proxy would resolve names for us, and so undo the guard).
//!
//! It is built on hyper and not on reqwest: the guard needs its own dial, and a paid submit needs to
//! know whether a request had left, both of which are simpler one layer down.

mod call;
mod dial;
mod error;
mod exchange;
mod guarded;
mod limits;
mod redact;
mod resolve;
mod retry_after;
mod sink;
mod tls;
mod trusted;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use framewright_core::address::Allow;
use http::HeaderValue;

pub use call::{Answer, BadOrigin, Origin, Request};
pub use dial::{Dial, Duplex, Stream};
pub use error::{CallError, FetchError, SetupError};
pub use guarded::{Guarded, Posted};
pub use limits::{CallLimits, GetLimits, PostLimits};
pub use redact::{redact_url, scrub};
pub use retry_after::RetryAfter;
pub use sink::{Fetched, Sink};
pub use trusted::Trusted;

/// What the operator decides about outbound requests.
#[derive(Debug, Clone)]
pub struct OutboundConfig {
    /// Exceptions to the deny table, and our own ports, which no user may reach.
    pub allow: Allow,
    /// The DNS server that gets every lookup; by default those of `/etc/resolv.conf`.
    pub dns: Option<SocketAddr>,
    /// Sent as `User-Agent` with every request.
    pub user_agent: String,
    /// A PEM file with certificate authorities to trust beside Mozilla's.
    pub ca_file: Option<PathBuf>,
}

impl Default for OutboundConfig {
    fn default() -> Self {
        Self {
            allow: Allow::default(),
            dns: None,
            user_agent: concat!("Framewright/", env!("CARGO_PKG_VERSION")).to_owned(),
            ca_file: None,
        }
    }
}

/// Both clients over one resolver and one TLS configuration. Cheap to clone.
#[derive(Clone)]
pub struct Outbound {
    guarded: Guarded,
    trusted: Trusted,
}

impl Outbound {
    /// Builds both clients. Opens no connection.
    ///
    /// # Errors
    /// [`SetupError`] when the CA file or the user agent cannot be used.
    pub fn new(config: OutboundConfig) -> Result<Self, SetupError> {
        Self::over(Arc::new(dial::Sockets), config)
    }

    /// As [`Self::new`], over a network other than the operating system's: a simulation's.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn over(network: Arc<dyn Dial>, config: OutboundConfig) -> Result<Self, SetupError> {
        let user_agent =
            HeaderValue::from_str(&config.user_agent).map_err(|_| SetupError::UserAgent)?;
        let wires = Arc::new(dial::Wires {
            network,
            resolver: resolve::Resolver::new(config.dns)?,
            tls: tls::connector(config.ca_file.as_deref())?,
            user_agent,
        });
        Ok(Self {
            guarded: Guarded::new(wires.clone(), Arc::new(config.allow)),
            trusted: Trusted::new(wires),
        })
    }

    /// The client for URLs that users or upstreams named.
    pub fn guarded(&self) -> &Guarded {
        &self.guarded
    }

    /// The client for configured origins.
    pub fn trusted(&self) -> &Trusted {
        &self.trusted
    }
}
