//! Which network addresses a URL named by a user or an upstream may lead to: the deny table, as data
//! (its rows stand in `v4` and `v6`), and the one function that reads it.
//!
//! It is not the whole guard: `url_rules` reads URLs, and `outbound` resolves, dials and compares.
//! The table follows the IANA special-purpose registries for IPv4 and IPv6, plus what clouds answer
//! on. For IPv6 the rule is turned round: only global unicast (`2000::/3`) minus the rows below is
//! open, so that space nobody has defined yet is closed. Every form that carries an IPv4 address
//! inside an IPv6 one is closed too, whatever it carries; on a network whose only way out is NAT64,
//! an operator has to open `64:ff9b::/96` by hand and thereby trusts the translator.

mod v4;
mod v6;

use std::net::{IpAddr, Ipv6Addr};

use ipnet::{IpNet, Ipv6Net};

use crate::crash::twin;

/// An address that a guarded request may not reach, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{address} is {what} ({source_text})")]
pub struct Denied {
    /// The address that was judged.
    pub address: IpAddr,
    /// What its range is for, to stand after "is"; for logs, not for users.
    pub what: &'static str,
    /// The document that sets the range apart.
    pub source_text: &'static str,
}

/// One row of the deny table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The range.
    pub net: IpNet,
    /// What the range is for, to stand after "is".
    pub what: &'static str,
    /// The document that sets it apart.
    pub source: &'static str,
}

/// Every denied range. Within a family the narrower stands before the wider one that holds it, so that
/// the reason is the best one.
pub fn denied_ranges() -> impl Iterator<Item = &'static Row> {
    v4::DENY.iter().chain(v6::DENY)
}

/// The only IPv6 space that IANA hands out for the public internet (RFC 4291, 2.4).
const GLOBAL_UNICAST: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Whether a guarded request may go to this address, with no exceptions applied.
///
/// # Errors
/// [`Denied`] with the row of [`denied_ranges`] that holds the address, or for IPv6 outside `2000::/3`.
pub fn judge(address: IpAddr) -> Result<(), Denied> {
    if let Some(row) = denied_ranges().find(|row| row.net.contains(&address)) {
        return Err(Denied {
            address,
            what: row.what,
            source_text: row.source,
        });
    }
    match address {
        IpAddr::V6(v6) if !GLOBAL_UNICAST.contains(&v6) => Err(Denied {
            address,
            what: "not global unicast",
            source_text: "RFC 4291, 2.4",
        }),
        _ => Ok(()),
    }
}

/// The operator's exceptions to the table and the ports that are never dialled for a user.
///
/// Empty by default. Set from `[outbound] allow`; the demo and the sandbox open loopback.
#[derive(Debug, Clone, Default)]
pub struct Allow {
    /// Ranges that are open although [`denied_ranges`] holds them. A mapped IPv6 address is not the IPv4
    /// address inside it: opening `127.8.8.8/32` opens `127.8.8.8` and no other spelling on the wire.
    pub ranges: Vec<IpNet>,
    /// Ports of this server and its database, refused on every host. 80 and 443 have no effect here:
    /// refusing them would refuse the web.
    pub own_ports: Vec<u16>,
}

/// A text that is no range of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an address range such as 10.1.2.0/24, fd00::/8 or a single address")]
pub struct BadRange;

/// Reads a range as an operator writes it: `10.1.2.0/24`, or one address.
///
/// # Errors
/// [`BadRange`], also when bits below the prefix are set: `10.1.2.3/8` is more likely a slip that
/// would open sixteen million addresses than a wish.
pub fn range(text: &str) -> Result<IpNet, BadRange> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(IpNet::from(address));
    }
    let net: IpNet = text.parse().map_err(|_| BadRange)?;
    match net == net.trunc() {
        true => Ok(net),
        false => Err(BadRange),
    }
}

impl Allow {
    /// [`judge`], after the operator's exceptions.
    ///
    /// # Errors
    /// As [`judge`].
    pub fn judge(&self, address: IpAddr) -> Result<(), Denied> {
        match self.ranges.iter().any(|range| range.contains(&address)) {
            true => Ok(()),
            false => judge(address),
        }
    }

    /// [`Self::judge`] for an address that stands in the URL itself; the broken twin lets it pass.
    ///
    /// # Errors
    /// As [`judge`].
    pub fn judge_literal(&self, address: IpAddr) -> Result<(), Denied> {
        match twin("literals-pass") {
            true => Ok(()),
            false => self.judge(address),
        }
    }

    /// Whether a guarded request may use this port: 80, 443 and those above 1023, minus our own.
    pub fn port(&self, port: u16) -> bool {
        matches!(port, 80 | 443) || (port > 1023 && !self.own_ports.contains(&port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("the tests write addresses that parse")
    }

    #[test]
    fn the_first_and_last_address_of_every_row_is_denied() {
        for row in denied_ranges() {
            for address in [row.net.network(), row.net.broadcast()] {
                assert!(judge(address).is_err(), "{address} of {}", row.net);
            }
        }
    }

    #[test]
    fn every_row_can_be_the_reason_for_some_address() {
        for (at, row) in denied_ranges().enumerate() {
            let hidden = denied_ranges()
                .take(at)
                .any(|earlier| earlier.net.contains(&row.net));
            assert!(!hidden, "{} stands behind a wider row", row.net);
        }
    }

    #[test]
    fn neighbours_of_denied_ranges_are_public() {
        for open in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "168.63.129.15",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2001:200::1",
            "2001:db7::1",
            "2001:4860:4860::8888",
            "2003::1",
            "2606:4700::1111",
            "2a00::1",
            "2c0f:fff0::1",
        ] {
            assert_eq!(judge(ip(open)), Ok(()), "{open}");
        }
    }

    #[test]
    fn what_other_deny_lists_let_through_is_denied_here() {
        for closed in [
            "224.0.0.1",
            "239.1.1.1",
            "ff02::1",
            "192.88.99.1",
            "3fff::1",
            "5f00::1",
            "2001:0:7f00:1::1",
            "::127.0.0.1",
            "::ffff:0:10.0.0.1",
            "2001:10::1",
            "fec0::1",
            "2001:20::1",
            "168.63.129.16",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "4000::1",
            "1::1",
            "fd00:ec2::254",
        ] {
            assert!(judge(ip(closed)).is_err(), "{closed}");
        }
    }

    #[test]
    fn ranges_are_read_as_operators_write_them_and_slips_are_refused() {
        let read = |text| range(text).map(|net| net.to_string());
        assert_eq!(read("127.8.8.8"), Ok("127.8.8.8/32".into()));
        assert_eq!(read("fd00::/8"), Ok("fd00::/8".into()));
        for slip in [
            "10.1.2.3/8",
            "10.0.0.0/33",
            "10.0.0",
            "localhost",
            "",
            "10.0.0.0/8 ",
        ] {
            assert_eq!(range(slip), Err(BadRange), "{slip}");
        }
    }

    #[test]
    fn the_allow_list_opens_exactly_its_ranges() {
        let allow = Allow {
            ranges: vec!["127.8.8.8/32".parse().expect("a valid range")],
            own_ports: vec![8787, 443],
        };
        assert_eq!(allow.judge(ip("127.8.8.8")), Ok(()));
        for closed in [
            "127.8.8.7",
            "127.8.8.9",
            "127.0.0.1",
            "::ffff:127.8.8.8",
            "::1",
        ] {
            assert!(allow.judge(ip(closed)).is_err(), "{closed}");
        }
        let open: Vec<u16> = [22, 80, 443, 1023, 1024, 8787]
            .into_iter()
            .filter(|p| allow.port(*p))
            .collect();
        assert_eq!(open, [80, 443, 1024]);
    }
}
