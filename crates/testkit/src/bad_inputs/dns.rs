//! The DNS server that the server under test is told to ask: what each name leads to is the lie that
//! a case needs. One question per packet, A and AAAA, a time to live of zero.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::UdpSocket;
use tokio::task::JoinSet;

use super::peer::serving;

/// The one address that the server under test may dial.
pub(super) const OPEN: Ipv4Addr = Ipv4Addr::new(127, 8, 8, 8);

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Types of records, RFC 1035, 3.2.2 and RFC 3596.
const A: u8 = 1;
const CNAME: u8 = 5;
const AAAA: u8 = 28;

/// What is answered to a question.
enum Says {
    Address(IpAddr),
    /// Another name, with its address in the same answer.
    Alias(&'static [u8], IpAddr),
    Silence,
}

/// What `name` leads to when asked for the `times`th time (0 at first). Hosts of the pages' samples
/// lead to the open address; all others, as private names would, to where the sink listens.
fn says(name: &str, times: usize) -> Says {
    let mapped = IpAddr::V6(Ipv4Addr::LOCALHOST.to_ipv6_mapped());
    match name {
        _ if name.ends_with("example.com") || name == "elsewhere.test" => {
            Says::Address(OPEN.into())
        }
        "rebind.test" if times == 0 => Says::Address(OPEN.into()),
        "cname.test" => Says::Alias(b"\x09localhost\x00", LOOPBACK),
        "wild.test" => Says::Address(mapped),
        "slow.test" => Says::Silence,
        _ => Says::Address(LOOPBACK),
    }
}

/// Answers for as long as the handle lives.
///
/// # Errors
/// When no port can be bound.
pub(super) async fn start() -> std::io::Result<(SocketAddr, JoinSet<()>)> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = socket.local_addr()?;
    let answering = serving(async move {
        let mut asked = HashMap::<String, usize>::new();
        let mut packet = [0; 1500];
        while let Ok((length, peer)) = socket.recv_from(&mut packet).await {
            let Some(question) = Question::read(&packet[..length]) else {
                continue;
            };
            let times = asked.entry(question.name.clone()).or_default();
            let says = says(&question.name, *times);
            *times += usize::from(question.kind == A);
            if let Some(answer) = question.answer(&says) {
                // A peer that is gone does not wait for it.
                socket.send_to(&answer, peer).await.unwrap_or_default();
            }
        }
    });
    Ok((address, answering))
}

struct Question {
    id: [u8; 2],
    /// In lower case, without the final dot.
    name: String,
    kind: u8,
    /// Name, type and class as they came.
    section: Vec<u8>,
}

impl Question {
    /// Reads a packet with one question, as resolvers send them.
    fn read(packet: &[u8]) -> Option<Self> {
        let (mut at, mut labels) = (12, Vec::new());
        loop {
            let length = usize::from(*packet.get(at)?);
            if length == 0 {
                break;
            }
            let label = packet.get(at + 1..=at + length)?;
            labels.push(String::from_utf8_lossy(label).to_lowercase());
            at += length + 1;
        }
        Some(Self {
            id: [packet[0], packet[1]],
            name: labels.join("."),
            kind: *packet.get(at + 2)?,
            section: packet.get(12..at + 5)?.to_vec(),
        })
    }

    fn answer(&self, says: &Says) -> Option<Vec<u8>> {
        // The compressed name of the question, RFC 1035, 4.1.4.
        const ASKED: &[u8] = &[0xc0, 12];
        let records: Vec<Vec<u8>> = match says {
            Says::Silence => return None,
            Says::Address(address) => self.address(ASKED, *address).into_iter().collect(),
            Says::Alias(to, address) => [record(ASKED, CNAME, to)]
                .into_iter()
                .chain(self.address(to, *address))
                .collect(),
        };
        let count = u8::try_from(records.len()).unwrap_or(u8::MAX);
        let head = [
            self.id[0], self.id[1], 0x81, 0x80, 0, 1, 0, count, 0, 0, 0, 0,
        ];
        Some([&head, &self.section[..], &records.concat()].concat())
    }

    fn address(&self, name: &[u8], address: IpAddr) -> Option<Vec<u8>> {
        match (address, self.kind) {
            (IpAddr::V4(v4), A) => Some(record(name, A, &v4.octets())),
            (IpAddr::V6(v6), AAAA) => Some(record(name, AAAA, &Ipv6Addr::octets(&v6))),
            _ => None,
        }
    }
}

fn record(name: &[u8], kind: u8, value: &[u8]) -> Vec<u8> {
    let length = u8::try_from(value.len()).unwrap_or(u8::MAX);
    [name, &[0, kind, 0, 1, 0, 0, 0, 0, 0, length], value].concat()
}
