//! The one TLS configuration: rustls on ring, Mozilla's roots, HTTP/1.1.
//!
//! The roots are compiled in (webpki-roots) rather than read from the system, so that the single
//! binary works in an empty container and verifies the same everywhere; an operator with an
//! authority of their own names a PEM file. Sessions are remembered, which makes the thousandth
//! webhook to a receiver cheaper than the first.

use std::path::Path;
use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tokio_rustls::TlsConnector;

use crate::error::SetupError;

/// How many receivers' TLS sessions are remembered.
const SESSIONS: usize = 1024;

/// Builds the connector that every TLS connection shares.
pub(crate) fn connector(ca_file: Option<&Path>) -> Result<TlsConnector, SetupError> {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    if let Some(path) = ca_file {
        add_file(&mut roots, path).map_err(|detail| SetupError::CaFile {
            path: path.to_owned(),
            detail,
        })?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| SetupError::Tls(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = rustls::client::Resumption::in_memory_sessions(SESSIONS);
    Ok(TlsConnector::from(Arc::new(config)))
}

fn add_file(roots: &mut RootCertStore, path: &Path) -> Result<(), String> {
    let before = roots.len();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| error.to_string())? {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    match roots.len() > before {
        true => Ok(()),
        false => Err("it holds no certificate".into()),
    }
}
