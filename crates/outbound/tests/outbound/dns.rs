//! A DNS server on a UDP port that answers what a test tells it to.

use std::net::{IpAddr, SocketAddr, UdpSocket};

/// One record, or the refusal to say anything.
pub enum Say {
    /// These addresses, as A or AAAA as the question asks.
    Addresses(Vec<IpAddr>),
    /// Another name, with its addresses in the same answer.
    Alias(&'static str, Vec<IpAddr>),
    /// No answer at all.
    Nothing,
}

/// Starts a server that answers by name (without the final dot) and by how often it was asked for
/// an A record of that name before.
pub fn start(say: impl Fn(&str, usize) -> Say + Send + 'static) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port on loopback");
    let address = socket.local_addr().expect("a bound address");
    std::thread::spawn(move || {
        let mut asked = std::collections::HashMap::<String, usize>::new();
        let mut packet = [0; 1500];
        while let Ok((length, peer)) = socket.recv_from(&mut packet) {
            let question = Question::read(&packet[..length]);
            let times = asked.entry(question.name.clone()).or_default();
            let before = *times;
            *times += usize::from(question.wants_v4);
            if let Some(answer) = question.answer(&say(&question.name, before)) {
                let _ = socket.send_to(&answer, peer);
            }
        }
    });
    address
}

/// A server that says the same addresses for every name.
pub fn always(addresses: &[&str]) -> SocketAddr {
    let addresses: Vec<IpAddr> = addresses
        .iter()
        .map(|a| a.parse().expect("an address"))
        .collect();
    start(move |_, _| Say::Addresses(addresses.clone()))
}

struct Question {
    id: [u8; 2],
    name: String,
    wants_v4: bool,
    /// Name, type and class as they came.
    section: Vec<u8>,
}

impl Question {
    /// Reads a packet with one question, as resolvers send them.
    fn read(packet: &[u8]) -> Self {
        let mut at = 12;
        let mut labels = Vec::new();
        while packet[at] != 0 {
            let length = usize::from(packet[at]);
            labels.push(String::from_utf8_lossy(&packet[at + 1..=at + length]).to_lowercase());
            at += length + 1;
        }
        Self {
            id: [packet[0], packet[1]],
            name: labels.join("."),
            wants_v4: packet[at + 2] == 1,
            section: packet[12..at + 5].to_vec(),
        }
    }

    fn answer(&self, say: &Say) -> Option<Vec<u8>> {
        let mut records = Vec::new();
        match say {
            Say::Nothing => return None,
            Say::Addresses(addresses) => {
                records.extend(
                    addresses
                        .iter()
                        .filter_map(|a| self.record(&[0xc0, 12], *a)),
                );
            }
            Say::Alias(to, addresses) => {
                let to = wire_name(to);
                records.push(raw_record(&[0xc0, 12], 5, &to));
                records.extend(addresses.iter().filter_map(|a| self.record(&to, *a)));
            }
        }
        let count = u16::try_from(records.len())
            .expect("few records")
            .to_be_bytes();
        let mut packet = vec![
            self.id[0], self.id[1], 0x81, 0x80, 0, 1, count[0], count[1], 0, 0, 0, 0,
        ];
        packet.extend(&self.section);
        packet.extend(records.concat());
        Some(packet)
    }

    fn record(&self, name: &[u8], address: IpAddr) -> Option<Vec<u8>> {
        match address {
            IpAddr::V4(v4) if self.wants_v4 => Some(raw_record(name, 1, &v4.octets())),
            IpAddr::V6(v6) if !self.wants_v4 => Some(raw_record(name, 28, &v6.octets())),
            _ => None,
        }
    }
}

/// A record of class IN with a time to live of zero, so that every lookup asks again.
fn raw_record(name: &[u8], kind: u8, value: &[u8]) -> Vec<u8> {
    let length = u8::try_from(value.len()).expect("short values");
    let mut record = name.to_vec();
    record.extend([0, kind, 0, 1, 0, 0, 0, 0, 0, length]);
    record.extend(value);
    record
}

fn wire_name(name: &str) -> Vec<u8> {
    let mut wire = Vec::new();
    for label in name.split('.') {
        wire.push(u8::try_from(label.len()).expect("short labels"));
        wire.extend(label.as_bytes());
    }
    wire.push(0);
    wire
}
