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
use framewright_core::crash::{crash_point, die, is_due};
use http::header::{HOST, USER_AGENT};
use http::uri::{PathAndQuery, Scheme};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Body;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout, timeout_at};
use tower::util::BoxCloneSyncService;

use crate::call::{Answer, Origin, Request};
use crate::dial::{Wire, Wires};
use crate::error::{CallError, FetchError};
use crate::exchange::{Exchange, by};
use crate::limits::{GetLimits, MAX_HEAD_BYTES, MAX_HEADERS, POOL_IDLE, POOL_SIZE};
use crate::sink::{Fetched, Sink, fill};

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
            let mut exchange = self.reach(&request).await?;
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
        let reaching = self.reach(&request);
        let mut exchange = by(deadline, reaching).await.map_err(CallError::NotSent)?;
        let changes = request.method() == Method::POST;
        let asking = async {
            let answer = exchange.send(origin_form(request)).await?;
            if changes {
                crash_point("K8");
            }
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
            let answer = self
                .kept
                .request(request)
                .await
                .map_err(|error| kept_error(&error))?;
            let (head, incoming) = answer.into_parts();
            let body = Limited::new(incoming, cap).collect().await;
            let body = body.map_err(|error| CallError::Unknown(body_error(&*error, cap)))?;
            Ok(Answer {
                status: head.status,
                headers: head.headers,
                body: body.to_bytes(),
            })
        };
        let answer = timeout_at(deadline, asking).await;
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

    /// A fresh connection for a request that `build` made. Nothing is sent yet.
    async fn reach(&self, request: &http::Request<Full<Bytes>>) -> Result<Exchange, FetchError> {
        let mut wire = dial(&self.wires, request.uri()).await?;
        if request.method() == Method::POST && is_due("K7") {
            send_half(&mut wire, request).await;
            die("K7");
        }
        Exchange::on(wire).await
    }
}

/// As much of a request as had left when the process died in the midst of it: for a test alone.
async fn send_half(wire: &mut Wire, request: &http::Request<Full<Bytes>>) {
    let whole = request.body().size_hint().lower();
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: half\r\ncontent-length: {whole}\r\n\r\n{{",
        request.uri().path()
    );
    drop(wire.write_all(head.as_bytes()).await);
    drop(wire.flush().await);
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

fn kept_error(error: &hyper_util::client::legacy::Error) -> CallError {
    let text = match std::error::Error::source(error) {
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
