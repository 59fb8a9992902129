//! A certificate for `localhost`, made anew at each start, for clients that refuse plain HTTP. Nobody
//! trusts it who was not handed it.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use tokio_rustls::TlsAcceptor;

/// What serves with the certificate, and the certificate itself.
pub(crate) struct Tls {
    pub(crate) acceptor: TlsAcceptor,
    /// In PEM, for a client's list of those it trusts.
    pub(crate) certificate: String,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("make a certificate")]
    Make(#[from] rcgen::Error),
    #[error("serve with the certificate made")]
    Serve(#[from] rustls::Error),
}

pub(crate) fn make() -> Result<Tls, TlsError> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let chain = vec![made.cert.der().clone()];
    let key = made.signing_key.serialized_der().to_vec();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(key);
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key.into())?;
    Ok(Tls {
        acceptor: TlsAcceptor::from(Arc::new(config)),
        certificate: made.cert.pem(),
    })
}
