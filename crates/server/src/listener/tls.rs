//! TLS for the listener, from a certificate chain and a key in PEM files. Without it a reverse
//! proxy is expected in front of anything but loopback.

use std::{path::Path, sync::Arc};

use anyhow::Context as _;
use rustls::{ServerConfig, crypto::ring};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio_rustls::TlsAcceptor;

/// Reads the files and makes the acceptor for HTTP/2 and HTTP/1.1.
///
/// # Errors
/// When a file cannot be read, holds no certificate or key, or the two do not belong together.
pub fn acceptor(cert: &Path, key: &Path) -> anyhow::Result<TlsAcceptor> {
    let chain = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("reading the certificates of {}", cert.display()))?;
    anyhow::ensure!(
        !chain.is_empty(),
        "{} holds no CERTIFICATE block",
        cert.display()
    );
    let secret = PrivateKeyDer::from_pem_file(key)
        .with_context(|| format!("reading the private key of {}", key.display()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .with_context(|| format!("{} and {} do not fit", cert.display(), key.display()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
