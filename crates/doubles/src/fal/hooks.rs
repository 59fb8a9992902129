//! fal's posts to clients: what they say, and their Ed25519 signature, as its documentation has it. No
//! client of fal's ships a verifier, so the tests hold it against the key that the double publishes.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::double::Callback;
use crate::till;
use crate::world::{Shared, View, World};

/// Whose key signs: the published one, one that replaces it, one that nobody publishes.
const SEEDS: [u8; 3] = [1, 2, 3];
/// Seconds by which a stale post is too old: five minutes are allowed.
const STALE_S: i64 = 3_600;
const USER: &str = "user-of-the-double";

/// The post that says how a request ended; none before, and none where no address was given.
pub(super) fn callback(world: &World, view: &View) -> Option<Callback> {
    if view.stage.state != "COMPLETED" {
        return None;
    }
    let url = &view.purchase.note["hook"];
    let failed = view.stage.with.get("error");
    let body = json!({
        "request_id": view.job,
        "gateway_request_id": view.job,
        "status": if failed.is_some() { "ERROR" } else { "OK" },
        "error": failed,
        "payload": super::outcome(world, view),
    });
    let body = body.to_string();
    Some(Callback {
        url: url.as_str()?.to_owned(),
        headers: signed(world, &view.job, &body),
        body,
    })
}

/// The keys that a client may believe; the second one alone once the knob `rotated` is set.
pub(super) async fn keys(State(world): State<Shared>) -> Json<Value> {
    let rotated = usize::from(world.knob("rotated").is_some());
    let key = key(SEEDS[rotated]);
    let x = URL_SAFE_NO_PAD.encode(key.public_key().as_ref());
    Json(json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": "1", "x": x }] }))
}

fn key(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).expect("any 32 bytes are a seed")
}

/// As the knob `signature` has it: good, `stale`, `wrong` (a key nobody published) or `tampered`.
fn signed(world: &World, job: &str, body: &str) -> BTreeMap<String, String> {
    let manner = world.knob("signature").unwrap_or_default();
    let age = if manner == "stale" { STALE_S } else { 0 };
    let at = (till::now() / 1_000 - age).to_string();
    let over = if manner == "tampered" { "{}" } else { body };
    let digest = hex::encode(Sha256::digest(over));
    let message = [job, USER, &at, &digest].join("\n");
    let seed = match (manner == "wrong", world.knob("rotated").is_some()) {
        (true, _) => SEEDS[2],
        (false, rotated) => SEEDS[usize::from(rotated)],
    };
    let signature = hex::encode(key(seed).sign(message.as_bytes()));
    BTreeMap::from([
        ("content-type".into(), "application/json".into()),
        ("x-fal-webhook-request-id".into(), job.into()),
        ("x-fal-webhook-user-id".into(), USER.into()),
        ("x-fal-webhook-timestamp".into(), at),
        ("x-fal-webhook-signature".into(), signature),
    ])
}
