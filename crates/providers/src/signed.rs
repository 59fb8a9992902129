//! Whether a callback was signed by whoever holds a secret: Standard Webhooks, as several vendors
//! sign. Not what the callback says, and not where the secret comes from.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use framewright_core::clock::{MINUTE, Millis, SECOND};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
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

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::StandardWebhooks;

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
}
