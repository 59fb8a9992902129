//! What the FETCHED and HOOKED cases call a behaviour, as a [`Manner`]. The same list for origins and
//! for receivers: both are servers of strangers.

use std::io::Write;
use std::sync::Arc;

use anyhow::bail;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

use super::peer::Manner;

/// One member of a bomb, unpacked.
const MEMBER: usize = 64 << 20;

/// Where a lie may lead.
pub(super) struct Leads<'a> {
    /// The port on loopback where nobody may arrive.
    pub sink: u16,
    /// A URL on another host that may be reached.
    pub elsewhere: &'a str,
}

/// The behaviour that a note names after its colon.
///
/// # Errors
/// For one that is not in this list.
pub(super) fn manner(note: &str, leads: &Leads<'_>) -> anyhow::Result<Manner> {
    let (_, what) = note.split_once("answers: ").unwrap_or_default();
    let says = |head: String, body: &str| Manner::Says(Bytes::from(whole(&head, body)));
    Ok(match what {
        "302 to http://127.0.0.1:{{sink}}/" => says(
            format!("302 Found\r\nLocation: http://127.0.0.1:{}/", leads.sink),
            "",
        ),
        // Each hop answers so again: longer than any chain that may be followed.
        "302 chain of 30" => says("302 Found\r\nLocation: /again".into(), ""),
        "302 without Location" => says("302 Found".into(), ""),
        "308 with body to another host (secret header must not follow)" => says(
            format!("308 Permanent Redirect\r\nLocation: {}", leads.elsewhere),
            "moved",
        ),
        "200 with 10 GiB body (declared)" => Manner::Pours {
            head: "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 10737418240\r\n\r\n",
            piece: Bytes::from(vec![0; 64 << 10]),
            times: (10 << 30) / (64 << 10),
        },
        "200 gzip bomb 10 MB -> 10 GB" => Manner::Pours {
            head: "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Encoding: gzip\r\n\
                Connection: close\r\n\r\n",
            piece: bomb_member()?,
            times: (10 << 30) / MEMBER,
        },
        "200 text/html for a .png" => says(
            "200 OK\r\nContent-Type: text/html".into(),
            "<!doctype html><title>no picture</title>",
        ),
        "200 SVG with external entity" => {
            says("200 OK\r\nContent-Type: image/svg+xml".into(), &svg(leads))
        }
        "204" => Manner::Says(Bytes::from_static(b"HTTP/1.1 204 No Content\r\n\r\n")),
        "1,000 response headers" => {
            let many: String = (0..1_000).map(|n| format!("\r\nX-{n}: a")).collect();
            says(format!("200 OK{many}"), "")
        }
        "TLS: wrong host" => Manner::OtherHost(other_host()?),
        "connection refused" => Manner::Refuses,
        "100 Continue forever" => Manner::Continues,
        other => bail!("no behaviour {other:?}"),
    })
}

/// A whole answer: status and headers, and a body of the length it says.
pub(super) fn whole(head: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

fn svg(leads: &Leads<'_>) -> String {
    format!(
        "<?xml version=\"1.0\"?><!DOCTYPE svg [<!ENTITY x SYSTEM \"http://127.0.0.1:{}/\">]>\
        <svg xmlns=\"http://www.w3.org/2000/svg\"><text>&x;</text></svg>",
        leads.sink
    )
}

/// 64 MiB of zeros as one gzip member of 64 KB; members in a row are one gzip file (RFC 1952, 2.2).
///
/// # Errors
/// None that memory does not have.
pub(super) fn bomb_member() -> std::io::Result<Bytes> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    let zeros = vec![0; 1 << 20];
    for _ in 0..MEMBER >> 20 {
        packed.write_all(&zeros)?;
    }
    Ok(packed.finish()?.into())
}

fn other_host() -> anyhow::Result<TlsAcceptor> {
    let made = rcgen::generate_simple_self_signed(["another.test".to_owned()])?;
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
