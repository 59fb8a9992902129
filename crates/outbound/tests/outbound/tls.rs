//! Certificates: the right one, another host's, and nobody's.

use std::io::{Read, Write};
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use framewright_core::address::Allow;
use framewright_outbound::{FetchError, Outbound, OutboundConfig, SetupError};
use rustls_pki_types::PrivatePkcs8KeyDer;

use crate::server::Server;
use crate::{dns, limits};

/// A server with a fresh certificate for this name, and the certificate as PEM.
fn server_for(name: &str) -> (Server, String) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).expect("a certificate");
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .expect("a key that fits its certificate");
    let config = Arc::new(config);
    let server = Server::raw(Ipv4Addr::new(127, 8, 8, 8), 0, move |stream, _| {
        let session = rustls::ServerConnection::new(config.clone()).expect("a session");
        let mut stream = rustls::StreamOwned::new(session, stream);
        let mut request = [0; 4096];
        if stream.read(&mut request).is_ok() {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfilm");
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    (server, made.cert.pem())
}

fn clients(ca_file: Option<&Path>) -> Result<Outbound, SetupError> {
    Outbound::new(OutboundConfig {
        allow: Allow {
            ranges: vec!["127.8.8.8/32".parse().expect("a range")],
            own_ports: vec![],
        },
        dns: Some(dns::always(&["127.8.8.8"])),
        ca_file: ca_file.map(Path::to_owned),
        ..OutboundConfig::default()
    })
}

async fn get(clients: &Outbound, host: &str, server: &Server) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    let url = format!("https://{host}:{}/", server.port());
    clients
        .guarded()
        .get_to_sink(&url, &limits(), &mut body)
        .await
        .map(|_| body)
}

#[tokio::test]
async fn a_certificate_has_to_be_for_the_host_and_from_a_known_authority() {
    let (server, pem) = server_for("good.test");
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), pem).expect("a writable file");
    let knowing = clients(Some(file.path())).expect("a valid CA file");

    assert_eq!(
        get(&knowing, "good.test", &server)
            .await
            .expect("its own name"),
        b"film"
    );
    let wrong_host = get(&knowing, "other.test", &server).await;
    assert!(
        matches!(wrong_host, Err(FetchError::Tls(_))),
        "{wrong_host:?}"
    );
    let unknown = get(&clients(None).expect("no file"), "good.test", &server).await;
    assert!(matches!(unknown, Err(FetchError::Tls(_))), "{unknown:?}");
}

#[test]
fn a_ca_file_without_certificates_is_refused_by_name() {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), "nothing here").expect("a writable file");
    for path in [file.path(), Path::new("/does/not/exist.pem")] {
        let refused = clients(Some(path))
            .err()
            .expect("no certificate")
            .to_string();
        assert!(refused.contains(&path.display().to_string()), "{refused}");
    }
}
