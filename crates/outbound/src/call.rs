//! What a call to a configured origin is made of: the origin, the request and its answer.
//!
//! A request names a path and never a host, so that whoever builds it cannot send it elsewhere.

use bytes::Bytes;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};

use crate::limits::CallLimits;
use crate::retry_after::RetryAfter;

/// A scheme, host and port that the operator configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub(crate) https: bool,
    pub(crate) authority: Authority,
}

/// A text that is not an origin. Says what to write instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be http:// or https:// with a host and nothing before it, such as https://api.example.com"
)]
pub struct BadOrigin;

impl Origin {
    /// The origin of a configured URL; its path, query and fragment are left out.
    ///
    /// # Errors
    /// [`BadOrigin`] for another scheme, a missing host, or userinfo.
    pub fn of(url: &str) -> Result<Self, BadOrigin> {
        let url = url::Url::parse(url).map_err(|_| BadOrigin)?;
        let plain = url.username().is_empty() && url.password().is_none();
        if !plain || !matches!(url.scheme(), "http" | "https") {
            return Err(BadOrigin);
        }
        let authority = &url[url::Position::BeforeHost..url::Position::AfterPort];
        let authority = authority.parse().map_err(|_| BadOrigin)?;
        Ok(Self {
            https: url.scheme() == "https",
            authority,
        })
    }

    /// The absolute URI of a path of this origin.
    pub(crate) fn uri(&self, path: PathAndQuery) -> Uri {
        let scheme = if self.https {
            Scheme::HTTPS
        } else {
            Scheme::HTTP
        };
        Uri::builder()
            .scheme(scheme)
            .authority(self.authority.clone())
            .path_and_query(path)
            .build()
            .expect("a scheme, an authority and a path make a URI")
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority)
    }
}

/// One request to a configured origin.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query, beginning with `/`.
    pub path: String,
    /// Headers, secrets among them; `Host` and `User-Agent` are set by the client.
    pub headers: HeaderMap,
    /// The body, empty for none.
    pub body: Bytes,
    /// Its bounds.
    pub limits: CallLimits,
}

impl Request {
    /// A request without a body, within the default limits.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            limits: CallLimits::default(),
        }
    }

    /// A GET of this path and query.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// A POST of JSON bytes to this path and query.
    pub fn post_json(path: impl Into<String>, body: impl Into<Bytes>) -> Self {
        let json = HeaderValue::from_static("application/json");
        let mut request = Self::new(Method::POST, path).header(http::header::CONTENT_TYPE, json);
        request.body = body.into();
        request
    }

    /// With this header, in place of one of the same name.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Within these limits.
    pub fn limits(mut self, limits: CallLimits) -> Self {
        self.limits = limits;
        self
    }
}

/// What an origin answered, whatever the status.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status; redirects are not followed.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body, no larger than [`CallLimits::max_bytes`].
    pub body: Bytes,
}

impl Answer {
    /// The origin's `Retry-After`, if it sent one that can be read.
    pub fn retry_after(&self) -> Option<RetryAfter> {
        RetryAfter::of(&self.headers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port_and_nothing_else() {
        for (text, origin) in [
            ("https://api.example.com/v1?x#y", "https://api.example.com"),
            ("http://10.1.2.3:8000", "http://10.1.2.3:8000"),
            ("HTTPS://API.example.com:443/", "https://api.example.com"),
            ("http://[fd00::1]:9000/", "http://[fd00::1]:9000"),
        ] {
            assert_eq!(
                Origin::of(text).map(|o| o.to_string()),
                Ok(origin.to_owned())
            );
        }
        for text in [
            "api.example.com",
            "ftp://a.example",
            "https://key@a.example",
            "http://",
            "",
        ] {
            assert_eq!(Origin::of(text), Err(BadOrigin), "{text}");
        }
    }
}
