//! Calls to origins that the operator configured: vendors, and the operator's own services.
//!
//! No address is judged, since an operator's GPU stands on a private one. What holds instead is
//! that a request names a path and never a host: the connection goes to the origin it is made for,
//! no redirect is followed, and so a secret in its headers reaches nobody else.
//!
//! A safe method (GET, HEAD) may use a kept connection; anything else gets a fresh one, because a
//! kept connection that the far side closes meanwhile turns a plain "not sent" into an "unknown".

use std::sync::Arc;

use bytes::Bytes;
use http::header::{HOST, USER_AGENT};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::time::{Instant, timeout};
use tower::util::BoxCloneSyncService;

use crate::dial::{Wire, Wires};
use crate::error::{CallError, FetchError};
use crate::exchange::{Exchange, by};
use crate::limits::{CallLimits, GetLimits, MAX_HEAD_BYTES, MAX_HEADERS, POOL_IDLE, POOL_SIZE};
use crate::retry_after::RetryAfter;
use crate::sink::{Fetched, Sink, fill};

/// A scheme, host and port that the operator configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    https: bool,
    authority: Authority,
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
        let port = url
            .port_or_known_default()
            .filter(|_| url.has_host())
            .ok_or(BadOrigin)?;
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

    fn uri(&self, path: PathAndQuery) -> Uri {
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

type Connector = BoxCloneSyncService<Uri, TokioIo<Wire>, FetchError>;

/// The client for configured origins. Cheap to clone.
#[derive(Clone)]
pub struct Trusted {
    wires: Arc<Wires>,
    kept: Client<Connector, Full<Bytes>>,
}

impl Trusted {
    pub(crate) fn new(wires: Arc<Wires>) -> Self {
        let dialling = wires.clone();
        let connector = tower::service_fn(move |uri: Uri| {
            let wires = dialling.clone();
            async move { dial(&wires, &uri).await.map(TokioIo::new) }
        });
        let kept = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(POOL_IDLE)
            .pool_max_idle_per_host(POOL_SIZE)
            .http1_max_headers(MAX_HEADERS)
            .http1_max_buf_size(MAX_HEAD_BYTES)
            .build(BoxCloneSyncService::new(connector));
        Self { wires, kept }
    }

    /// Sends one request and reads the whole answer.
    ///
    /// # Errors
    /// [`CallError::NotSent`] only when it is certain that not a byte of the request left. Everything
    /// else without a whole readable answer is [`CallError::Unknown`], a body over the cap included.
    pub async fn call(&self, origin: &Origin, request: Request) -> Result<Answer, CallError> {
        let deadline = Instant::now() + request.limits.total;
        match request.method.is_safe() {
            true => self.call_kept(origin, request, deadline).await,
            false => self.call_fresh(origin, request, deadline).await,
        }
    }

    /// Streams what this path of the origin serves into `sink`. No redirect is followed.
    ///
    /// # Errors
    /// [`FetchError`]; the sink may hold a part of the body.
    pub async fn get_to_sink<S: Sink>(
        &self,
        origin: &Origin,
        path: &str,
        headers: HeaderMap,
        limits: &GetLimits,
        sink: &mut S,
    ) -> Result<Fetched, FetchError> {
        let mut request = Request::get(path);
        request.headers = headers;
        let download = async {
            let request = self.build(origin, request)?;
            let mut exchange = self.reach(origin, request.uri()).await?;
            let answer = timeout(limits.stall, exchange.send(origin_form(request))).await;
            let answer = answer.map_err(|_| FetchError::Stalled {
                after: limits.stall,
            })??;
            match answer.status() {
                StatusCode::OK => fill(&mut exchange, answer, limits, sink).await,
                status => Err(FetchError::Status(status.as_u16())),
            }
        };
        by(Instant::now() + limits.total, download).await
    }

    async fn call_fresh(
        &self,
        origin: &Origin,
        request: Request,
        deadline: Instant,
    ) -> Result<Answer, CallError> {
        let cap = request.limits.max_bytes;
        let request = self.build(origin, request).map_err(CallError::NotSent)?;
        let reaching = self.reach(origin, request.uri());
        let mut exchange = by(deadline, reaching).await.map_err(CallError::NotSent)?;
        let asking = async {
            let answer = exchange.send(origin_form(request)).await?;
            let (head, mut incoming) = answer.into_parts();
            let mut body = Vec::new();
            while let Some(piece) = exchange.piece(&mut incoming).await {
                body.extend_from_slice(&piece?);
                if body.len() > cap {
                    return Err(FetchError::TooLarge { cap: cap as u64 });
                }
            }
            Ok(Answer {
                status: head.status,
                headers: head.headers,
                body: body.into(),
            })
        };
        by(deadline, asking).await.map_err(CallError::Unknown)
    }

    async fn call_kept(
        &self,
        origin: &Origin,
        request: Request,
        deadline: Instant,
    ) -> Result<Answer, CallError> {
        let cap = request.limits.max_bytes;
        let request = self.build(origin, request).map_err(CallError::NotSent)?;
        let asking = async {
            let answer = self.kept.request(request).await.map_err(kept_error)?;
            let (head, incoming) = answer.into_parts();
            let body = Limited::new(incoming, cap).collect().await;
            let body = body.map_err(|error| CallError::Unknown(body_error(&*error, cap)))?;
            Ok(Answer {
                status: head.status,
                headers: head.headers,
                body: body.to_bytes(),
            })
        };
        let answer = tokio::time::timeout_at(deadline, asking).await;
        answer.unwrap_or(Err(CallError::Unknown(FetchError::Deadline)))
    }

    fn build(
        &self,
        origin: &Origin,
        request: Request,
    ) -> Result<http::Request<Full<Bytes>>, FetchError> {
        let path = Some(request.path).filter(|path| path.starts_with('/'));
        let path = path.and_then(|path| PathAndQuery::try_from(path).ok());
        let path = path.ok_or(FetchError::BadUrl(
            framewright_core::url_rules::UrlProblem::Unreadable,
        ))?;
        let mut built = http::Request::new(Full::new(request.body));
        *built.method_mut() = request.method;
        *built.uri_mut() = origin.uri(path);
        *built.headers_mut() = request.headers;
        let host = HeaderValue::from_str(origin.authority.as_str());
        built
            .headers_mut()
            .insert(HOST, host.expect("an authority is visible ASCII"));
        built
            .headers_mut()
            .insert(USER_AGENT, self.wires.user_agent.clone());
        Ok(built)
    }

    async fn reach(&self, origin: &Origin, uri: &Uri) -> Result<Exchange, FetchError> {
        debug_assert_eq!(uri.authority(), Some(&origin.authority));
        Exchange::on(dial(&self.wires, uri).await?).await
    }
}

async fn dial(wires: &Wires, uri: &Uri) -> Result<Wire, FetchError> {
    let https = uri.scheme() == Some(&Scheme::HTTPS);
    let host = uri.host().unwrap_or_default();
    let port = uri.port_u16().unwrap_or(if https { 443 } else { 80 });
    let addresses = wires.resolver.unjudged(host, port).await?;
    wires.open(host, https, &addresses).await
}

/// The request line of a direct connection names the path alone (RFC 9112, 3.2.1).
fn origin_form(mut request: http::Request<Full<Bytes>>) -> http::Request<Full<Bytes>> {
    if let Some(path) = request.uri().path_and_query().cloned() {
        *request.uri_mut() = Uri::from(path);
    }
    request
}

fn kept_error(error: hyper_util::client::legacy::Error) -> CallError {
    let text = match std::error::Error::source(&error) {
        Some(cause) => crate::scrub(&cause.to_string()),
        None => crate::scrub(&error.to_string()),
    };
    match error.is_connect() {
        true => CallError::NotSent(FetchError::Connect(text)),
        false => CallError::Unknown(FetchError::Protocol(text)),
    }
}

fn body_error(error: &(dyn std::error::Error + 'static), cap: usize) -> FetchError {
    match error.is::<http_body_util::LengthLimitError>() {
        true => FetchError::TooLarge { cap: cap as u64 },
        false => FetchError::Truncated(crate::scrub(&error.to_string())),
    }
}
