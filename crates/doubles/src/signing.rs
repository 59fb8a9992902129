//! Standard Webhooks as several vendors sign by them (the standard's own text): the three headers of a
//! post. Which key, and whether a post is signed at all, is each double's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Id, time and signature of a post about `job`, signed with `key` at `at_s`, in seconds.
pub(crate) fn standard_webhooks(
    key: &[u8],
    job: &str,
    at_s: i64,
    body: &str,
) -> [(String, String); 3] {
    let id = format!("msg_{job}");
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("any length is a key of HMAC");
    let mac = mac.chain_update(format!("{id}.{at_s}.{body}"));
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    [
        ("webhook-id".to_owned(), id),
        ("webhook-timestamp".to_owned(), at_s.to_string()),
        ("webhook-signature".to_owned(), format!("v1,{signature}")),
    ]
}
