//! The headers of a webhook: Standard Webhooks 1.0 beside the v1 API's own secret. Signs; sends
//! nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use framewright_core::clock::{Millis, SECOND};
use framewright_store::SigningSecret;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret;
use sha2::Sha256;

const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");
const SECRET: HeaderName = HeaderName::from_static("x-webhook-secret");

/// What is signed.
pub(crate) struct Post<'a> {
    /// The same on every try; without a dot.
    pub id: &'a str,
    pub at: Millis,
    pub body: &'a [u8],
    /// The client's own, sent back verbatim.
    pub secret: Option<&'a str>,
}

impl Post<'_> {
    /// The headers, signed with each of the account's valid secrets.
    pub fn headers(&self, secrets: &[SigningSecret]) -> HeaderMap {
        let timestamp = self.at.div_euclid(SECOND);
        let sign = |secret: &SigningSecret| self.sign(&key(secret), timestamp);
        let signatures: Vec<_> = secrets.iter().map(sign).collect();
        let fields = [
            (ID, Some(self.id.to_owned())),
            (TIMESTAMP, Some(timestamp.to_string())),
            (SIGNATURE, Some(signatures.join(" "))),
            (SECRET, self.secret.map(str::to_owned)),
        ];
        let json = HeaderValue::from_static("application/json");
        let mut headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, json)]);
        for (name, value) in fields {
            // Each is visible ASCII: ours by making, the client's by the check at submit.
            if let Some(value) = value.and_then(|text| HeaderValue::from_str(&text).ok()) {
                headers.insert(name, value);
            }
        }
        headers
    }

    fn sign(&self, key: &[u8], timestamp: i64) -> String {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key)
            .expect("HMAC takes keys of every length");
        mac.update(format!("{}.{timestamp}.", self.id).as_bytes());
        mac.update(self.body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

/// The bytes behind `whsec_` and base64; a secret of another form signs as it stands.
fn key(secret: &SigningSecret) -> Vec<u8> {
    let text = secret.0.expose_secret();
    let encoded = text.strip_prefix("whsec_").unwrap_or(text);
    STANDARD
        .decode(encoded)
        .unwrap_or_else(|_| text.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::Post;
    use framewright_store::SigningSecret;

    const POST: Post<'static> = Post {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        at: 1_614_265_330_000,
        body: br#"{"test": 2432232314}"#,
        secret: Some("mine"),
    };

    fn secret(text: &str) -> SigningSecret {
        SigningSecret(text.to_owned().into())
    }

    /// The vector of the Standard Webhooks reference libraries.
    #[test]
    fn the_signature_is_that_of_the_published_vector() {
        let headers = POST.headers(&[secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]);
        assert_eq!(
            headers["webhook-signature"],
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
        assert_eq!(headers["webhook-id"], POST.id);
        assert_eq!(headers["webhook-timestamp"], "1614265330");
        assert_eq!(headers["x-webhook-secret"], "mine");
    }

    #[test]
    fn during_a_rotation_both_secrets_sign() {
        let headers = POST.headers(&[secret("whsec_b25l"), secret("whsec_dHdv")]);
        let text = headers["webhook-signature"]
            .to_str()
            .expect("base64 is ASCII");
        assert_eq!(text.split(' ').count(), 2);
    }
}
