//! Requests to URLs that users or upstreams named: downloads and webhook posts.
//!
//! Each request has a connection of its own, dialled to addresses that were judged for this very
//! request; there is no pool through which a later request could reach what an earlier one was
//! allowed. TLS sessions are resumed, so that a receiver of many webhooks is not a handshake each.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use framewright_core::address::Allow;
use framewright_core::url_rules::{CheckedUrl, check_user_url};
use http::header::{ACCEPT, ACCEPT_ENCODING, CONNECTION, HOST, LOCATION, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::time::{Instant, timeout, timeout_at};

use crate::dial::Wires;
use crate::error::{CallError, FetchError};
use crate::exchange::{Exchange, by};
use crate::limits::{GetLimits, PostLimits};
use crate::retry_after::RetryAfter;
use crate::sink::{Fetched, Sink, fill};

/// The client for URLs that users or upstreams named. Cheap to clone.
#[derive(Clone)]
pub struct Guarded {
    wires: Arc<Wires>,
    allow: Arc<Allow>,
}

/// A receiver's answer to a post, whatever its status: 2xx is for the caller to tell from the rest.
#[derive(Debug, Clone)]
pub struct Posted {
    /// The status, redirects included: none is followed.
    pub status: StatusCode,
    /// The first bytes of the answer's body, cut at [`PostLimits::read`] or at the deadline.
    pub body_head: Bytes,
    /// The receiver's `Retry-After`, if it sent one that can be read.
    pub retry_after: Option<RetryAfter>,
    /// From the first lookup to the last byte read, in ms.
    pub duration_ms: u64,
    /// The address that answered.
    pub peer: IpAddr,
}

/// What one request of a download led to.
enum Hop {
    Done(Fetched),
    To(CheckedUrl),
}

impl Guarded {
    pub(crate) fn new(wires: Arc<Wires>, allow: Arc<Allow>) -> Self {
        Self { wires, allow }
    }

    /// Streams what `url` serves into `sink`, following redirects by hand, each judged anew.
    ///
    /// On an error the sink may hold a part of the body.
    ///
    /// # Errors
    /// [`FetchError`]; a connection was opened only to addresses that passed.
    pub async fn get_to_sink<S: Sink>(
        &self,
        url: &str,
        limits: &GetLimits,
        sink: &mut S,
    ) -> Result<Fetched, FetchError> {
        by(
            Instant::now() + limits.total,
            self.follow(url, limits, sink),
        )
        .await
    }

    /// Posts `body` to `url` once and reads the head of the answer.
    ///
    /// # Errors
    /// [`CallError::NotSent`] when not a byte of the request left, else [`CallError::Unknown`]: no
    /// status came. An answer whose body breaks off or drips past the deadline is still an answer.
    pub async fn post(
        &self,
        url: &str,
        headers: HeaderMap,
        body: Bytes,
        limits: &PostLimits,
    ) -> Result<Posted, CallError> {
        let start = Instant::now();
        let deadline = start + limits.total;
        let url = self.check(url).map_err(CallError::NotSent)?;
        let mut exchange = by(deadline, self.reach(&url))
            .await
            .map_err(CallError::NotSent)?;
        let request = self.request(Method::POST, &url, headers, body);
        let answer = by(deadline, exchange.send(request))
            .await
            .map_err(CallError::Unknown)?;
        let (head, mut answer_body) = answer.into_parts();
        Ok(Posted {
            status: head.status,
            body_head: read_head(&mut exchange, &mut answer_body, deadline, limits.read).await,
            retry_after: RetryAfter::of(&head.headers),
            duration_ms: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
            peer: exchange.peer(),
        })
    }

    async fn follow<S: Sink>(
        &self,
        url: &str,
        limits: &GetLimits,
        sink: &mut S,
    ) -> Result<Fetched, FetchError> {
        let mut at = self.check(url)?;
        for _ in 0..=limits.hops {
            match self.hop(&at, limits, sink).await? {
                Hop::Done(fetched) => return Ok(fetched),
                Hop::To(next) => at = next,
            }
        }
        Err(FetchError::TooManyRedirects)
    }

    async fn hop<S: Sink>(
        &self,
        url: &CheckedUrl,
        limits: &GetLimits,
        sink: &mut S,
    ) -> Result<Hop, FetchError> {
        let mut exchange = self.reach(url).await?;
        let request = self.request(Method::GET, url, HeaderMap::new(), Bytes::new());
        let answer = timeout(limits.stall, exchange.send(request)).await;
        let answer = answer.map_err(|_| FetchError::Stalled {
            after: limits.stall,
        })??;
        match answer.status() {
            StatusCode::OK => fill(&mut exchange, answer, limits, sink)
                .await
                .map(Hop::Done),
            status if is_redirect(status) => self.next(url, &answer).map(Hop::To),
            StatusCode::NO_CONTENT => Err(FetchError::Empty),
            status => Err(FetchError::Status(status.as_u16())),
        }
    }

    /// Where a redirect leads, judged like a URL that a user gave.
    fn next(
        &self,
        from: &CheckedUrl,
        answer: &Response<Incoming>,
    ) -> Result<CheckedUrl, FetchError> {
        let location = answer
            .headers()
            .get(LOCATION)
            .and_then(|value| value.to_str().ok());
        let joined = location.and_then(|location| from.url().join(location).ok());
        let to = joined.ok_or(FetchError::Status(answer.status().as_u16()))?;
        self.check(to.as_str())
    }

    fn check(&self, url: &str) -> Result<CheckedUrl, FetchError> {
        check_user_url(url, &self.allow).map_err(FetchError::BadUrl)
    }

    /// A connection to the URL's host by way of the guard. Nothing is sent yet.
    async fn reach(&self, url: &CheckedUrl) -> Result<Exchange, FetchError> {
        let addresses = self.wires.resolver.judged(url, &self.allow).await?;
        let host = url.url().host_str().unwrap_or_default();
        Exchange::on(self.wires.open(host, url.is_https(), &addresses).await?).await
    }

    fn request(
        &self,
        method: Method,
        url: &CheckedUrl,
        headers: HeaderMap,
        body: Bytes,
    ) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = target(url);
        let fields = request.headers_mut();
        *fields = headers;
        fields.insert(HOST, host_header(url));
        fields.insert(USER_AGENT, self.wires.user_agent.clone());
        fields.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        fields.insert(CONNECTION, HeaderValue::from_static("close"));
        fields
            .entry(ACCEPT)
            .or_insert(HeaderValue::from_static("*/*"));
        request
    }
}

/// The first `cap` bytes of a body, or what came of them before it broke or the deadline passed.
async fn read_head(
    exchange: &mut Exchange,
    body: &mut Incoming,
    deadline: Instant,
    cap: usize,
) -> Bytes {
    let mut head = Vec::new();
    while head.len() < cap {
        let Ok(Some(Ok(piece))) = timeout_at(deadline, exchange.piece(body)).await else {
            break;
        };
        let room = cap - head.len();
        head.extend_from_slice(&piece[..piece.len().min(room)]);
    }
    head.into()
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// Path and query as they go on the request line; a URL's serialisation is always a valid one.
fn target(url: &CheckedUrl) -> http::Uri {
    let url = url.url();
    let text = &url[url::Position::BeforePath..url::Position::AfterQuery];
    text.parse().unwrap_or_default()
}

fn host_header(url: &CheckedUrl) -> HeaderValue {
    let url = url.url();
    let text = &url[url::Position::BeforeHost..url::Position::AfterPort];
    HeaderValue::from_str(text).expect("a parsed host and port are visible ASCII")
}
