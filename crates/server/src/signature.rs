//! Standard Webhooks 1.0 signatures: made for a test post, and checked by the demo's receiver as any
//! receiver should. What the engine sends it signs itself.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How far a receiver's clock and ours may be apart, in seconds: what the specification advises.
const TOLERANCE_S: i64 = 5 * 60;

/// Why a signature is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mistrust {
    #[error("the secret is not whsec_ and base64")]
    Secret,
    #[error("the timestamp is missing or too far from now")]
    Timestamp,
    #[error("no signature fits")]
    Signature,
}

/// The three values that a receiver finds in the headers.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// `webhook-id`.
    pub id: &'a str,
    /// `webhook-timestamp`, in seconds.
    pub timestamp: &'a str,
    /// `webhook-signature`: one or more, separated by spaces.
    pub signatures: &'a str,
}

fn mac(secret: &str, id: &str, timestamp: &str, body: &[u8]) -> Result<Hmac<Sha256>, Mistrust> {
    let text = secret.strip_prefix("whsec_").ok_or(Mistrust::Secret)?;
    let key = STANDARD.decode(text).map_err(|_| Mistrust::Secret)?;
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&key).map_err(|_| Mistrust::Secret)?;
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    Ok(mac)
}

/// The text of `webhook-signature` for a body.
///
/// # Errors
/// [`Mistrust::Secret`] when `secret` is not one.
pub fn sign(secret: &str, id: &str, timestamp: i64, body: &[u8]) -> Result<String, Mistrust> {
    let tag = mac(secret, id, &timestamp.to_string(), body)?
        .finalize()
        .into_bytes();
    Ok(format!("v1,{}", STANDARD.encode(tag)))
}

/// Whether `body` comes from whoever has `secret`, and was sent about `now` (in seconds).
///
/// # Errors
/// [`Mistrust`].
pub fn verify(secret: &str, signed: Signed<'_>, body: &[u8], now: i64) -> Result<(), Mistrust> {
    let sent: i64 = signed.timestamp.parse().map_err(|_| Mistrust::Timestamp)?;
    if now.abs_diff(sent) > TOLERANCE_S.unsigned_abs() {
        return Err(Mistrust::Timestamp);
    }
    let mac = mac(secret, signed.id, signed.timestamp, body)?;
    let fits = |text: &str| {
        let tag = text
            .strip_prefix("v1,")
            .and_then(|tag| STANDARD.decode(tag).ok());
        tag.is_some_and(|tag| mac.clone().verify_slice(&tag).is_ok())
    };
    match signed.signatures.split(' ').any(fits) {
        true => Ok(()),
        false => Err(Mistrust::Signature),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of the Standard Webhooks reference libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const AT: i64 = 1_614_265_330;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn checked(secret: &str, signatures: &str, body: &[u8], now: i64) -> Result<(), Mistrust> {
        let signed = Signed {
            id: ID,
            timestamp: "1614265330",
            signatures,
        };
        verify(secret, signed, body, now)
    }

    #[test]
    fn the_reference_vector_is_made_and_believed() {
        assert_eq!(sign(SECRET, ID, AT, BODY).as_deref(), Ok(SIGNATURE));
        assert_eq!(checked(SECRET, SIGNATURE, BODY, AT), Ok(()));
        let two = format!("v1,AAAA {SIGNATURE}");
        assert_eq!(checked(SECRET, &two, BODY, AT + 60), Ok(()));
    }

    #[test]
    fn anything_else_is_not() {
        let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        assert_eq!(
            checked(other, SIGNATURE, BODY, AT),
            Err(Mistrust::Signature)
        );
        assert_eq!(
            checked(SECRET, SIGNATURE, b"{}", AT),
            Err(Mistrust::Signature)
        );
        assert_eq!(checked(SECRET, "v1,", BODY, AT), Err(Mistrust::Signature));
        assert_eq!(
            checked(SECRET, SIGNATURE, BODY, AT + 301),
            Err(Mistrust::Timestamp)
        );
        assert_eq!(
            checked("secret", SIGNATURE, BODY, AT),
            Err(Mistrust::Secret)
        );
    }
}
