//! How a request to Kling says whose it is: an API key as it stands, or an access key and its secret
//! as a token signed for half an hour. Not part of what is bought: a resend has a fresh token and
//! the same body.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use framewright_core::clock::{Millis, SECOND};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderValue;
use secrecy::ExposeSecret;
use serde_json::json;
use sha2::Sha256;

use crate::call::credential;
use crate::provider::ProviderKey;

/// How long a token holds, and how far into the past, for clocks that differ; seconds (documented).
const HOLDS: i64 = 1_800;
const BEFORE: i64 = 5;

/// Access key and secret key, where the credential is a pair, `<access key>:<secret key>`.
pub(super) fn pair(key: &ProviderKey) -> Option<(&str, &str)> {
    key.secret.expose_secret().split_once(':')
}

/// The value of `Authorization` at this time.
pub(super) fn header(key: &ProviderKey, now: Millis) -> HeaderValue {
    match pair(key) {
        Some((access, secret)) => bearer(&token(access, secret, now / SECOND)),
        None => credential("Bearer ", key),
    }
}

fn bearer(token: &str) -> HeaderValue {
    let value = HeaderValue::from_str(&format!("Bearer {token}"));
    let mut value = value.expect("base64 and dots are visible ASCII");
    value.set_sensitive(true);
    value
}

/// A JWT by HS256 with the three claims that Kling reads, and no others.
fn token(access: &str, secret: &str, now_s: i64) -> String {
    let head = json!({"alg": "HS256", "typ": "JWT"});
    let claims = json!({"iss": access, "exp": now_s + HOLDS, "nbf": now_s - BEFORE});
    let part = |json: serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let signed = format!("{}.{}", part(head), part(claims));
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
    let mac = mac.expect("HMAC takes keys of every length");
    let signature = mac.chain_update(&signed).finalize().into_bytes();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[cfg(test)]
mod tests {
    use super::header;
    use crate::provider::ProviderKey;

    fn said(secret: &str) -> String {
        let key = ProviderKey {
            name: "default".into(),
            secret: secret.into(),
            max_in_flight: 1,
        };
        let value = header(&key, 1_762_000_000_999);
        assert!(value.is_sensitive());
        value.to_str().expect("it is ASCII").to_owned()
    }

    #[test]
    fn a_pair_becomes_the_token_that_a_jwt_library_reads() {
        assert_eq!(
            said("test-ak:test-sk"),
            "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.\
             eyJpc3MiOiJ0ZXN0LWFrIiwiZXhwIjoxNzYyMDAxODAwLCJuYmYiOjE3NjE5OTk5OTV9.\
             4d-XYsxRxNTFKJYQMBY8rNUXbqMWleMY-6D9dk883FU"
        );
    }

    #[test]
    fn an_api_key_is_sent_as_it_stands() {
        assert_eq!(said("api-key-1"), "Bearer api-key-1");
    }
}
