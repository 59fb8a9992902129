//! Whether a callback was signed by fal: Ed25519 over the request's id, the user's id, the time and
//! the SHA-256 of the body, by any of its published keys (documented). Not what the callback says.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use framewright_core::clock::{MINUTE, Millis, SECOND};
use http::HeaderMap;
use ring::signature::{ED25519, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// How far the signed time may be from now, either way (documented).
const TOLERANCE: Millis = 5 * MINUTE;

/// A JSON Web Key Set, as far as it concerns us (RFC 7517, RFC 8037). Each key is read by itself, so
/// that one which is none of ours, or is broken, does not hide the others.
#[derive(Deserialize)]
struct Keys {
    keys: Vec<Value>,
}

/// Whether the headers hold a signature over these bytes by one of the keys of `jwks`, made less than
/// five minutes from `now`.
pub(super) fn signed(headers: &HeaderMap, body: &[u8], jwks: &[u8], now: Millis) -> bool {
    checked(headers, body, jwks, now).unwrap_or(false)
}

fn checked(headers: &HeaderMap, body: &[u8], jwks: &[u8], now: Millis) -> Option<bool> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let request = text("x-fal-webhook-request-id")?;
    let user = text("x-fal-webhook-user-id")?;
    let timestamp = text("x-fal-webhook-timestamp")?;
    let signature = hex::decode(text("x-fal-webhook-signature")?).ok()?;
    let at = timestamp.parse::<Millis>().ok()?.checked_mul(SECOND)?;
    if now.abs_diff(at) > TOLERANCE.unsigned_abs() {
        return Some(false);
    }
    let digest = hex::encode(Sha256::digest(body));
    let message = format!("{request}\n{user}\n{timestamp}\n{digest}");
    let keys: Keys = serde_json::from_slice(jwks).ok()?;
    let holds = |key: &Value| {
        // The public key, base64url without padding.
        let key = key["x"].as_str().map(|x| URL_SAFE_NO_PAD.decode(x));
        let Some(Ok(key)) = key else { return false };
        let key = UnparsedPublicKey::new(&ED25519, key);
        key.verify(message.as_bytes(), &signature).is_ok()
    };
    Some(keys.keys.iter().any(holds))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::signed;

    const KEYS: &str = r#"{"keys":[{"kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
        {"kty":"OKP","crv":"Ed25519","x":"A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"}]}"#;
    const BODY: &[u8] = br#"{"request_id":"r1","status":"OK","payload":{}}"#;
    const SIGNATURE: &str = "5736bb211b5de7690f1f2024d45b8a309e39aef836d378b7a289e462027d95db\
        9724bf9ab65811de7ae4f9c8258ace83bc8bdda9bcf020e4f246a069d26bcb02";
    const AT: i64 = 1_762_000_000_000;

    fn headers() -> HeaderMap {
        let pairs = [
            ("x-fal-webhook-request-id", "r1"),
            ("x-fal-webhook-user-id", "u1"),
            ("x-fal-webhook-timestamp", "1762000000"),
            ("x-fal-webhook-signature", SIGNATURE),
        ];
        pairs
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .into_iter()
            .collect()
    }

    #[test]
    fn any_published_key_may_have_signed_these_bytes_at_that_time() {
        assert!(signed(&headers(), BODY, KEYS.as_bytes(), AT));
        assert!(signed(&headers(), BODY, KEYS.as_bytes(), AT + 300_000));
        assert!(!signed(&headers(), BODY, KEYS.as_bytes(), AT + 300_001));
        assert!(!signed(&headers(), b"{}", KEYS.as_bytes(), AT));
    }

    #[test]
    fn a_broken_key_does_not_hide_the_others() {
        for broken in [r#"{"kty":"OKP","x":7}"#, r#"{"x":"!"}"#, "null", "[]"] {
            let keys = KEYS.replacen("{\"kty\"", &format!("{broken},{{\"kty\""), 1);
            assert!(signed(&headers(), BODY, keys.as_bytes(), AT), "{keys}");
        }
    }

    #[test]
    fn without_the_key_or_a_header_nothing_holds() {
        for keys in ["", "{}", r#"{"keys":[]}"#, r#"{"keys":[{"x":"AAAA"}]}"#] {
            assert!(!signed(&headers(), BODY, keys.as_bytes(), AT), "{keys}");
        }
        for name in headers().keys() {
            let mut less = headers();
            less.remove(name);
            assert!(!signed(&less, BODY, KEYS.as_bytes(), AT), "{name}");
        }
    }
}
