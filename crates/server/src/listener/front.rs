//! What happens to every request before the API sees it: strictness that hyper leaves to us, the
//! path prefix, and the address of the peer. Who the peer is behind a proxy is the API's to read.

use std::net::SocketAddr;

use axum::{Router, body::Body, extract::ConnectInfo};
use http::{
    HeaderMap, HeaderValue, Request, Response, StatusCode, Uri, Version, header, uri::PathAndQuery,
};
use tower::Service;

/// The application behind a listener, and the path it lives under.
#[derive(Clone)]
pub(super) struct Front {
    app: Router,
    /// Without a slash at the end; empty when the application has the whole host.
    prefix: String,
}

impl Front {
    pub(super) fn new(app: Router, prefix: &str) -> Self {
        Self {
            app,
            prefix: prefix.trim_end_matches('/').to_owned(),
        }
    }

    /// Answers one request of `peer`.
    pub(super) async fn answer(
        mut self,
        mut request: Request<Body>,
        peer: SocketAddr,
    ) -> Response<Body> {
        if let Some(fault) = fault(request.version(), request.headers()) {
            return refusal(StatusCode::BAD_REQUEST, fault);
        }
        if !self.prefix.is_empty() {
            match without_prefix(request.uri(), &self.prefix) {
                Some(uri) => *request.uri_mut() = uri,
                None => {
                    let message = format!("this server answers under {}/", self.prefix);
                    return refusal(StatusCode::NOT_FOUND, &message);
                }
            }
        }
        request.extensions_mut().insert(ConnectInfo(peer));
        match self.app.call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

/// Faults that a proxy and we could read in two ways; hyper lets these pass.
fn fault(version: Version, headers: &HeaderMap) -> Option<&'static str> {
    let one = |name| {
        let mut values = headers.get_all(name).iter();
        (values.next(), values.next().is_some())
    };
    match one(header::HOST) {
        (None, _) if version == Version::HTTP_11 => return Some("Host is missing"),
        (_, true) => return Some("Host is given twice"),
        _ => {}
    }
    match one(header::TRANSFER_ENCODING) {
        (Some(coding), false) if !coding.as_bytes().eq_ignore_ascii_case(b"chunked") => {
            Some("Transfer-Encoding may only be chunked")
        }
        (_, true) => Some("Transfer-Encoding is given twice"),
        _ => None,
    }
}

/// The URI as the application knows it; `None` when it lies outside the prefix.
fn without_prefix(uri: &Uri, prefix: &str) -> Option<Uri> {
    let rest = uri.path().strip_prefix(prefix)?;
    if !(rest.is_empty() || rest.starts_with('/')) {
        return None;
    }
    let query = uri
        .query()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    let slash = if rest.is_empty() { "/" } else { "" };
    let mut parts = uri.clone().into_parts();
    let path: PathAndQuery = format!("{slash}{rest}{query}").parse().ok()?;
    parts.path_and_query = Some(path);
    Uri::from_parts(parts).ok()
}

/// An answer in the shape of every other refusal; the connection is not trusted further.
fn refusal(status: StatusCode, message: &str) -> Response<Body> {
    let body = serde_json::json!({ "errors": [{ "msg": message }], "message": message });
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    if status == StatusCode::BAD_REQUEST {
        response
            .headers_mut()
            .insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_is_taken_off_only_as_whole_segments() {
        let rest = |uri: &str| {
            without_prefix(&uri.parse().expect("a URI"), "/video").map(|uri| uri.to_string())
        };
        assert_eq!(rest("/video/fetch?a=b").as_deref(), Some("/fetch?a=b"));
        assert_eq!(rest("/video").as_deref(), Some("/"));
        assert_eq!(rest("http://h/video/x").as_deref(), Some("http://h/x"));
        assert_eq!(rest("/videos/fetch"), None);
        assert_eq!(rest("/fetch"), None);
    }

    #[test]
    fn only_one_host_and_plain_chunked_are_let_through() {
        let with = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.append(*name, HeaderValue::from_static(value));
            }
            fault(Version::HTTP_11, &headers)
        };
        assert_eq!(with(&[("host", "a")]), None);
        assert_eq!(
            with(&[("host", "a"), ("transfer-encoding", "Chunked")]),
            None
        );
        assert!(with(&[]).is_some());
        assert!(with(&[("host", "a"), ("host", "a")]).is_some());
        assert!(with(&[("host", "a"), ("transfer-encoding", "chunked, chunked")]).is_some());
        assert_eq!(fault(Version::HTTP_2, &HeaderMap::new()), None);
    }
}
