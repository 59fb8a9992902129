//! The denied ranges of IPv4, from the IANA special-purpose registry and the clouds' own manuals. Rows
//! only: `address` reads them.

use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};

use super::Row;

const fn row(start: [u8; 4], len: u8, what: &'static str, source: &'static str) -> Row {
    let [a, b, c, d] = start;
    let net = IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), len));
    Row { net, what, source }
}

pub(super) const DENY: &[Row] = &[
    row([0, 0, 0, 0], 8, "this network", "RFC 1122, 3.2.1.3"),
    row([10, 0, 0, 0], 8, "private", "RFC 1918"),
    row(
        [100, 100, 100, 200],
        32,
        "a cloud's metadata service",
        "Alibaba Cloud ECS metadata",
    ),
    row([100, 64, 0, 0], 10, "carrier-grade NAT", "RFC 6598"),
    row([127, 0, 0, 0], 8, "loopback", "RFC 1122, 3.2.1.3"),
    row(
        [168, 63, 129, 16],
        32,
        "a cloud's host agent",
        "Azure virtual public IP",
    ),
    row(
        [169, 254, 169, 254],
        32,
        "a cloud's metadata service",
        "AWS, Azure, Google Cloud",
    ),
    row(
        [169, 254, 170, 2],
        32,
        "a cloud's credential service",
        "AWS ECS task metadata",
    ),
    row([169, 254, 0, 0], 16, "link-local", "RFC 3927"),
    row([172, 16, 0, 0], 12, "private", "RFC 1918"),
    row(
        [192, 0, 0, 192],
        32,
        "a cloud's metadata service",
        "Oracle Cloud classic",
    ),
    row([192, 0, 0, 0], 24, "set aside for protocols", "RFC 6890"),
    row([192, 0, 2, 0], 24, "for documentation", "RFC 5737"),
    row([192, 31, 196, 0], 24, "an AS112 sink", "RFC 7535"),
    row([192, 52, 193, 0], 24, "for multicast tunnels", "RFC 7450"),
    row([192, 88, 99, 0], 24, "a 6to4 relay", "RFC 7526"),
    row([192, 168, 0, 0], 16, "private", "RFC 1918"),
    row([192, 175, 48, 0], 24, "an AS112 sink", "RFC 7534"),
    row([198, 18, 0, 0], 15, "for benchmarks", "RFC 2544"),
    row([198, 51, 100, 0], 24, "for documentation", "RFC 5737"),
    row([203, 0, 113, 0], 24, "for documentation", "RFC 5737"),
    row([224, 0, 0, 0], 4, "multicast", "RFC 5771"),
    row([255, 255, 255, 255], 32, "broadcast", "RFC 919"),
    row([240, 0, 0, 0], 4, "reserved", "RFC 1112, 4"),
];
