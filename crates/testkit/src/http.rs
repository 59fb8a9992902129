//! The HTTP client of the suites: a client of the server's, not the server's own.

use std::time::Duration;

/// A client with a deadline per request, without a proxy of the environment's.
///
/// # Panics
/// Where the system's certificates cannot be read.
#[expect(
    clippy::disallowed_methods,
    reason = "it plays the clients of the server, which have their own"
)]
#[must_use]
pub fn client() -> reqwest::Client {
    // Built beside the store, reqwest has TLS and wants its provider, used or not.
    drop(rustls::crypto::ring::default_provider().install_default());
    let builder = reqwest::Client::builder()
        .timeout(Duration::from_secs(10))
        .no_proxy();
    builder
        .build()
        .expect("a client that is set up like any other")
}
