//! TLS: a certificate from files, both protocols offered, a silent handshake cut.

use std::{fs, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use framewright_server::listener::{Options, tls};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_pki_types::ServerName;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{Served, short, timed};

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

/// A server with a fresh certificate for `localhost`, and a client configuration that trusts it.
async fn served() -> (Served, ClientConfig) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("made");
    let directory = tempfile::tempdir().expect("a directory");
    let (cert, key) = (
        directory.path().join("cert.pem"),
        directory.path().join("key.pem"),
    );
    fs::write(&cert, pem("CERTIFICATE", made.cert.der())).expect("written");
    fs::write(&key, pem("PRIVATE KEY", made.signing_key.serialized_der())).expect("written");
    let acceptor = tls::acceptor(&cert, &key).expect("a pair");
    let options = Options {
        tls: Some(acceptor),
        limits: short(),
        ..Options::default()
    };

    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).expect("a root");
    let client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    (Served::with(options).await, client)
}

async fn connect(served: &Served, client: ClientConfig) -> TlsStream<TcpStream> {
    let name = ServerName::try_from("localhost").expect("a name");
    let connector = TlsConnector::from(Arc::new(client));
    connector
        .connect(name, served.connect().await)
        .await
        .expect("a handshake")
}

#[tokio::test]
async fn a_request_over_tls_is_answered() {
    let (served, client) = served().await;
    let mut stream = connect(&served, client).await;
    stream
        .write_all(b"GET / HTTP/1.0\r\n\r\n")
        .await
        .expect("written");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .await
        .expect("closed properly");
    assert!(answer.ends_with("hello"), "{answer}");
}

#[tokio::test]
async fn http2_is_chosen_by_a_client_that_speaks_it() {
    let (served, mut client) = served().await;
    client.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let stream = connect(&served, client).await;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
}

#[tokio::test]
async fn a_handshake_that_does_not_begin_is_cut() {
    let (served, _) = served().await;
    let (answer, after) = timed(served.exchange(b"")).await;
    assert_eq!(answer, "");
    assert!(after >= short().first_byte, "{after:?}");
}

#[test]
fn files_that_do_not_fit_are_named() {
    let directory = tempfile::tempdir().expect("a directory");
    let empty = directory.path().join("empty.pem");
    fs::write(&empty, "").expect("written");
    let error = tls::acceptor(&empty, &empty)
        .err()
        .expect("no certificate")
        .to_string();
    assert!(
        error.contains("empty.pem") && error.contains("CERTIFICATE"),
        "{error}"
    );
}
