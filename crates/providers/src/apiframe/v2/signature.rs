//! How APIFRAME's second API signs what it posts (source of its SDK): `x-webhook-signature:
//! sha256=<hex>`, an HMAC-SHA256 over the body as it came, keyed by the SHA-256 of the API key. No
//! time is signed, so a post can come again; it moves nothing, so that does no harm.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use crate::provider::Inbound;

const SIGNATURE: &str = "x-webhook-signature";

/// Whether the body is signed with the attempt's key. The comparison takes the same time wherever
/// the first difference lies.
pub(super) fn is_right(inbound: &Inbound<'_>) -> bool {
    let said = inbound.headers.get(SIGNATURE);
    let said = said.and_then(|value| value.to_str().ok()?.strip_prefix("sha256="));
    let Some(said) = said.and_then(|text| hex::decode(text).ok()) else {
        return false;
    };
    let key = Sha256::digest(inbound.key.secret.expose_secret());
    let mac = Hmac::<Sha256>::new_from_slice(&key);
    mac.is_ok_and(|mac| mac.chain_update(inbound.body).verify_slice(&said).is_ok())
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::{SIGNATURE, is_right};
    use crate::provider::{Inbound, ProviderKey};

    const BODY: &[u8] = br#"{"event":"completed"}"#;

    fn judged(key: &str, body: &[u8], signature: &'static str) -> bool {
        let key = ProviderKey {
            name: "default".into(),
            secret: key.into(),
            max_in_flight: 1,
        };
        let headers = HeaderMap::from_iter([(
            HeaderName::from_static(SIGNATURE),
            HeaderValue::from_static(signature),
        )]);
        is_right(&Inbound {
            headers: &headers,
            body,
            now: 0,
            key: &key,
            signing_keys: None,
            prepared: "",
        })
    }

    /// The vector of the vendor's SDK.
    const GOOD: &str = "sha256=5417f2238951f061baa77c85bde08f7518fdc3cd2bd9d731be273c65f66697e4";

    #[test]
    fn the_sdks_own_signature_is_right_and_no_other() {
        assert!(judged("afk_test", BODY, GOOD));
        assert!(!judged("afk_other", BODY, GOOD));
        assert!(!judged("afk_test", b"{\"event\":\"failed\"}", GOOD));
        for other in ["", "sha256=", "sha256=00", "sha256=zz", "5417f223"] {
            assert!(!judged("afk_test", BODY, other), "{other}");
        }
    }
}
