//! The clients against real sockets: origins and receivers that misbehave in every way we know, a DNS
//! server that lies, and a sink on loopback that must never see a connection.
//!
//! Allowed servers stand on 127.8.8.8, the one address the tests open; the sink stands on 127.0.0.1
//! at the same port. Servers are plain threads, so that their faults are exactly what is written.

mod calls;
mod dns;
mod downloads;
mod guard;
mod hooks;
mod server;
mod tls;

use std::net::SocketAddr;
use std::time::Duration;

use framewright_core::address::Allow;
use framewright_outbound::{GetLimits, Outbound, OutboundConfig};

/// The clients with 127.8.8.8 open, asking this DNS server.
fn outbound(dns: Option<SocketAddr>) -> Outbound {
    opened("127.8.8.8/32", dns)
}

fn opened(range: &str, dns: Option<SocketAddr>) -> Outbound {
    let allow = Allow {
        ranges: vec![range.parse().expect("a range")],
        own_ports: Vec::new(),
    };
    let config = OutboundConfig {
        allow,
        dns,
        ..OutboundConfig::default()
    };
    Outbound::new(config).expect("a valid configuration")
}

/// 1 MB, and times that a test can wait for.
fn limits() -> GetLimits {
    GetLimits {
        max_bytes: 1_000_000,
        total: Duration::from_secs(5),
        stall: Duration::from_secs(2),
        hops: 3,
    }
}

/// What the engine needs of every call: a future that a thread pool may move.
#[tokio::test]
async fn every_request_is_a_future_that_may_change_threads() {
    fn movable<T: Send>(_: &T) {}
    let clients = outbound(None);
    let mut body = Vec::new();
    movable(
        &clients
            .guarded()
            .get_to_sink("http://a.example/", &limits(), &mut body),
    );
    let origin = framewright_outbound::Origin::of("http://a.example").expect("an origin");
    movable(
        &clients
            .trusted()
            .call(&origin, framewright_outbound::Request::get("/")),
    );
}
