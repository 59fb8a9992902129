//! Whether a callback was signed by whoever holds a secret: Standard Webhooks, as several vendors
//! sign, and the plain HMAC over a body. Not what the callback says, and not where the secret comes
//! from. Signatures by a vendor's own key pair are its adapter's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use framewright_core::clock::{MINUTE, Millis, SECOND};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue};
use sha2::Sha256;

/// How far the signed time may be from now, either way (the standard's own advice).
const TOLERANCE: Millis = 5 * MINUTE;

/// The key of a Standard Webhooks signature.
pub struct StandardWebhooks {
    key: Vec<u8>,
}

impl StandardWebhooks {
    /// Reads `whsec_` and base64, with or without the prefix; none where it is something else or
    /// empty.
    #[must_use]
    pub fn read(secret: &str) -> Option<Self> {
        let encoded = secret.strip_prefix("whsec_").unwrap_or(secret);
        let key = STANDARD.decode(encoded).ok()?;
        (!key.is_empty()).then_some(Self { key })
    }

    /// Whether the headers hold a signature over these bytes, made less than five minutes from
    /// `now`. Of several signatures, as there are while a secret is changed, one is enough.
    #[must_use]
    pub fn signed(&self, headers: &HeaderMap, body: &[u8], now: Millis) -> bool {
        self.checked(headers, body, now).unwrap_or(false)
    }

    fn checked(&self, headers: &HeaderMap, body: &[u8], now: Millis) -> Option<bool> {
        let text = |name: &str| headers.get(name)?.to_str().ok();
        let (id, timestamp) = (text("webhook-id")?, text("webhook-timestamp")?);
        let at = timestamp.parse::<Millis>().ok()?.checked_mul(SECOND)?;
        if now.abs_diff(at) > TOLERANCE.unsigned_abs() {
            return Some(false);
        }
        let mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        let mac = mac
            .chain_update(format!("{id}.{timestamp}."))
            .chain_update(body);
        let said = text("webhook-signature")?.split(' ');
        let mut said = said.filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok());
        // The comparison takes the same time wherever the first difference lies.
        Some(said.any(|one| mac.clone().verify_slice(&one).is_ok()))
    }
}

/// Whether a header says `sha256=` and, in hex, the HMAC-SHA256 of the body. No time is signed, so
/// a post can come again.
#[must_use]
pub fn body_signed(said: Option<&HeaderValue>, body: &[u8], key: &[u8]) -> bool {
    let said = said.and_then(|value| value.to_str().ok()?.strip_prefix("sha256="));
    let Some(said) = said.and_then(|text| hex::decode(text).ok()) else {
        return false;
    };
    // The comparison takes the same time wherever the first difference lies.
    let mac = Hmac::<Sha256>::new_from_slice(key);
    mac.is_ok_and(|mac| mac.chain_update(body).verify_slice(&said).is_ok())
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};
    use sha2::{Digest, Sha256};

    use super::{StandardWebhooks, body_signed};

    const BODY: &[u8] = br#"{"id":"1","status":"succeeded"}"#;
    const GOOD: &str = "v1,7mSFA6aE+FfPKKpwbt9OssadERuugD/kdCDrd1rLbvs=";
    const AT: i64 = 1_762_000_000_000;

    fn signed(body: &[u8], signature: &'static str, now: i64) -> bool {
        let secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
        let mut headers = HeaderMap::new();
        headers.insert("webhook-id", HeaderValue::from_static("msg_1"));
        headers.insert("webhook-timestamp", HeaderValue::from_static("1762000000"));
        headers.insert("webhook-signature", HeaderValue::from_static(signature));
        let secret = StandardWebhooks::read(secret).expect("it is one");
        secret.signed(&headers, body, now)
    }

    #[test]
    fn a_signature_holds_for_its_own_bytes_and_its_own_time() {
        assert!(signed(BODY, GOOD, AT));
        assert!(signed(BODY, GOOD, AT + 300_000) && signed(BODY, GOOD, AT - 300_000));
        assert!(!signed(BODY, GOOD, AT + 300_001) && !signed(BODY, GOOD, AT - 300_001));
        assert!(!signed(br#"{"id":"2","status":"succeeded"}"#, GOOD, AT));
    }

    #[test]
    fn one_of_several_signatures_is_enough_and_others_count_for_nothing() {
        let two = "v1,AAAA v1,7mSFA6aE+FfPKKpwbt9OssadERuugD/kdCDrd1rLbvs=";
        assert!(signed(BODY, two, AT));
        for other in [
            "",
            "v1,",
            "v2,7mSFA6aE+FfPKKpwbt9OssadERuugD/kdCDrd1rLbvs=",
            "v1,AAAA",
        ] {
            assert!(!signed(BODY, other, AT), "{other}");
        }
        assert!(
            !StandardWebhooks::read("whsec_MDEy").expect("a key").signed(
                &HeaderMap::new(),
                BODY,
                AT
            )
        );
    }

    #[test]
    fn a_secret_that_is_none_is_not_read() {
        for secret in ["", "whsec_", "whsec_not base64"] {
            assert!(StandardWebhooks::read(secret).is_none(), "{secret}");
        }
    }

    #[test]
    fn a_body_is_signed_by_its_own_key_and_in_hex() {
        // The vector of APIFRAME's SDK, which signs with the SHA-256 of an API key.
        let good = "sha256=5417f2238951f061baa77c85bde08f7518fdc3cd2bd9d731be273c65f66697e4";
        let body = br#"{"event":"completed"}"#;
        let key = Sha256::digest("afk_test");
        let signed = |said: &str, body: &[u8], key: &[u8]| {
            body_signed(HeaderValue::from_str(said).ok().as_ref(), body, key)
        };
        assert!(signed(good, body, &key));
        assert!(!signed(good, b"{}", &key) && !signed(good, body, b"another"));
        for other in ["", "sha256=", "sha256=00", "sha256=zz", &good[7..]] {
            assert!(!signed(other, body, &key), "{other}");
        }
        assert!(!body_signed(None, body, &key));
    }
}
