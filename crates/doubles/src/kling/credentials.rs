//! Who may ask Kling, and how it signs what it posts.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use serde_json::Value;
use sha2::Sha256;

use super::refused;
use crate::signing;
use crate::wire::{self, Refusal};
use crate::world::World;

/// Lets a request in by an API key or, on the legacy wire, a token.
pub(super) fn admit(world: &World, headers: &HeaderMap, legacy: bool) -> Result<(), Refusal> {
    let no = |code, why: &str| Err(refused(401, code, why));
    let Some(credential) = wire::credential(headers, "Bearer") else {
        return no(1001, "Authorization is empty");
    };
    if credential.split('.').count() != 3 {
        return match world.knows_key(credential) {
            true => Ok(()),
            false => no(1002, "Authorization is invalid"),
        };
    }
    if !legacy {
        return no(1002, "Authorization is invalid: an API key is needed here");
    }
    let Some(access_keys) = world.knob("access_keys") else {
        return Ok(());
    };
    let now = world.knob("now_s").and_then(|now| now.as_i64());
    match claims(credential, &access_keys) {
        None => no(1002, "Authorization is invalid"),
        Some(claims) => match (claims["nbf"].as_i64(), claims["exp"].as_i64(), now) {
            (Some(from), _, Some(now)) if now < from => no(1003, "Authorization is not yet valid"),
            (_, Some(to), Some(now)) if now > to => no(1004, "Authorization has expired"),
            (_, None, _) => no(1002, "Authorization is invalid"),
            _ => Ok(()),
        },
    }
}

/// The claims of a token that was signed with the secret of its access key.
fn claims(token: &str, access_keys: &Value) -> Option<Value> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (head, claims) = signed.split_once('.')?;
    let read = |part: &str| -> Option<Value> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
    };
    let claims = read(claims)?;
    let secret = access_keys.get(claims["iss"].as_str()?)?.as_str()?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    let right = mac.chain_update(signed).verify_slice(&signature).is_ok();
    (right && read(head)?["alg"] == "HS256").then_some(claims)
}

/// Standard Webhooks headers, by the knobs `webhook_secret` and `now_s`; none without a secret.
pub(super) fn signature(world: &World, job: &str, body: &str) -> BTreeMap<String, String> {
    let text = |name: &str| Some(world.knob(name)?.as_str()?.to_owned());
    let signed = text("webhook_secret").and_then(|secret| {
        let key = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
        let now = world.knob("now_s").and_then(|now| now.as_i64());
        let now = now.unwrap_or_else(|| crate::till::now() / 1_000);
        Some(signing::standard_webhooks(&key, job, now, body))
    });
    let json = ("content-type".to_owned(), "application/json".to_owned());
    signed.into_iter().flatten().chain([json]).collect()
}
