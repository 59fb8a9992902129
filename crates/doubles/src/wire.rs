//! Reading requests, refusing them, and media addresses as vendors judge them. No shapes of answers:
//! those are each vendor's own.

use std::net::IpAddr;

use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use serde_json::{Map, Value};

use crate::world::Broken;

/// The answer that ends a request early. In a box, since handlers carry it in their results.
#[derive(Debug)]
pub struct Refusal(Box<Response>);

impl From<Response> for Refusal {
    fn from(response: Response) -> Self {
        Self(Box::new(response))
    }
}

impl From<Broken> for Refusal {
    fn from(broken: Broken) -> Self {
        broken.into_response().into()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// A header as text.
#[must_use]
pub fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The credential in `Authorization: <scheme> <credential>`.
#[must_use]
pub fn credential<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let (said, credential) = header(headers, "authorization")?.split_once(' ')?;
    (said.eq_ignore_ascii_case(scheme) && !credential.is_empty()).then_some(credential)
}

/// A body that is a JSON object.
#[must_use]
pub fn object(body: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(body).ok()
}

/// A text member.
#[must_use]
pub fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name)?.as_str()
}

/// Whether a vendor in the internet could fetch this: https, a host name, not an address.
#[must_use]
pub fn is_public_https(address: &str) -> bool {
    let Some(rest) = address.strip_prefix("https://") else {
        return false;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name.contains('.') && name.parse::<IpAddr>().is_err()
}

/// The length in bytes of what a `data:` URI with base64 holds.
#[must_use]
pub fn data_uri_bytes(address: &str) -> Option<usize> {
    let (_, base64) = address.strip_prefix("data:")?.split_once(";base64,")?;
    Some(base64.trim_end_matches('=').len() * 3 / 4)
}

#[cfg(test)]
mod tests {
    use super::is_public_https;

    #[test]
    fn only_names_over_https_are_public() {
        assert!(is_public_https("https://cdn.example.com/a.png"));
        for address in [
            "http://cdn.example.com/a.png",
            "https://127.0.0.1/a.png",
            "https://localhost:8080/a.png",
        ] {
            assert!(!is_public_https(address), "{address}");
        }
    }
}
