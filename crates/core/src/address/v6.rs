//! The denied ranges of IPv6 within and around global unicast, from the IANA special-purpose registry.
//! Rows only: `address` reads them, and refuses besides whatever is not global unicast.

use std::net::Ipv6Addr;

use ipnet::{IpNet, Ipv6Net};

use super::Row;

const fn row(start: [u16; 8], len: u8, what: &'static str, source: &'static str) -> Row {
    let [a, b, c, d, e, f, g, h] = start;
    let address = Ipv6Addr::new(a, b, c, d, e, f, g, h);
    let net = IpNet::V6(Ipv6Net::new_assert(address, len));
    Row { net, what, source }
}

pub(super) const DENY: &[Row] = &[
    row(
        [0, 0, 0, 0, 0, 0, 0, 0],
        128,
        "unspecified",
        "RFC 4291, 2.5.2",
    ),
    row([0, 0, 0, 0, 0, 0, 0, 1], 128, "loopback", "RFC 4291, 2.5.3"),
    row(
        [0, 0, 0, 0, 0, 0, 0, 0],
        96,
        "IPv4 in IPv6 (compatible)",
        "RFC 4291, 2.5.5.1",
    ),
    row(
        [0, 0, 0, 0, 0, 0xffff, 0, 0],
        96,
        "IPv4 in IPv6 (mapped)",
        "RFC 4291, 2.5.5.2",
    ),
    row(
        [0, 0, 0, 0, 0xffff, 0, 0, 0],
        96,
        "IPv4 in IPv6 (translated)",
        "RFC 2765, 2.1",
    ),
    row(
        [0x64, 0xff9b, 0, 0, 0, 0, 0, 0],
        96,
        "IPv4 in IPv6 (NAT64)",
        "RFC 6052, 2.1",
    ),
    row(
        [0x64, 0xff9b, 1, 0, 0, 0, 0, 0],
        48,
        "IPv4 in IPv6 (local NAT64)",
        "RFC 8215",
    ),
    row(
        [0x100, 0, 0, 0, 0, 0, 0, 0],
        64,
        "a discard prefix",
        "RFC 6666",
    ),
    row(
        [0x100, 0, 0, 1, 0, 0, 0, 0],
        64,
        "a dummy prefix",
        "RFC 9780",
    ),
    row(
        [0x2001, 0, 0, 0, 0, 0, 0, 0],
        32,
        "IPv4 in IPv6 (Teredo)",
        "RFC 4380",
    ),
    row(
        [0x2001, 2, 0, 0, 0, 0, 0, 0],
        48,
        "for benchmarks",
        "RFC 5180",
    ),
    row(
        [0x2001, 0x10, 0, 0, 0, 0, 0, 0],
        28,
        "an ORCHID",
        "RFC 4843",
    ),
    row(
        [0x2001, 0x20, 0, 0, 0, 0, 0, 0],
        28,
        "an ORCHIDv2",
        "RFC 7343",
    ),
    row(
        [0x2001, 0x30, 0, 0, 0, 0, 0, 0],
        28,
        "a drone's identity",
        "RFC 9374",
    ),
    row(
        [0x2001, 0, 0, 0, 0, 0, 0, 0],
        23,
        "set aside for protocols",
        "RFC 2928",
    ),
    row(
        [0x2001, 0xdb8, 0, 0, 0, 0, 0, 0],
        32,
        "for documentation",
        "RFC 3849",
    ),
    row(
        [0x2002, 0, 0, 0, 0, 0, 0, 0],
        16,
        "IPv4 in IPv6 (6to4)",
        "RFC 3056",
    ),
    row(
        [0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0],
        48,
        "an AS112 sink",
        "RFC 7534",
    ),
    row(
        [0x3ffe, 0, 0, 0, 0, 0, 0, 0],
        16,
        "a returned test range (6bone)",
        "RFC 3701",
    ),
    row(
        [0x3fff, 0, 0, 0, 0, 0, 0, 0],
        20,
        "for documentation",
        "RFC 9637",
    ),
    row(
        [0x5f00, 0, 0, 0, 0, 0, 0, 0],
        16,
        "a segment-routing id",
        "RFC 9602",
    ),
    row(
        [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254],
        128,
        "a cloud's metadata service",
        "AWS EC2",
    ),
    row(
        [0xfc00, 0, 0, 0, 0, 0, 0, 0],
        7,
        "private (unique local)",
        "RFC 4193",
    ),
    row(
        [0xfe80, 0, 0, 0, 0, 0, 0, 0],
        10,
        "link-local",
        "RFC 4291, 2.5.6",
    ),
    row([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, "site-local", "RFC 3879"),
    row(
        [0xff00, 0, 0, 0, 0, 0, 0, 0],
        8,
        "multicast",
        "RFC 4291, 2.7",
    ),
];
