//! The HTTP client of the suites: a client of the server's, not the server's own.

use std::time::Duration;

/// A client with a deadline per request, without a proxy of the environment's.
///
/// # Panics
/// Never: it loads no certificates and no settings that could be wrong.
#[expect(
    clippy::disallowed_methods,
    reason = "it plays the clients of the server, which have their own"
)]
#[must_use]
pub fn client() -> reqwest::Client {
    let builder = reqwest::Client::builder()
        .timeout(Duration::from_secs(10))
        .no_proxy();
    builder
        .build()
        .expect("a client without TLS has nothing to load")
}
