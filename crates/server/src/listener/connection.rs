//! One connection, from its first byte to its close: HTTP/1.1 or HTTP/2 by hyper, under the
//! deadlines of its watch, ended early by a drain.

use std::{convert::Infallible, net::SocketAddr, pin::pin, sync::Arc};

use axum::body::Body;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

use super::{
    body::{InFlight, Paced, Tracked},
    front::Front,
    limits::Limits,
    socket::Watched,
    watch::Watch,
};

/// What every connection of a listener shares.
pub(super) struct Shared {
    pub(super) limits: Limits,
    pub(super) front: Front,
    pub(super) protocol: auto::Builder<TokioExecutor>,
}

/// hyper with our limits. Its own head timer is off: it cannot tell an idle connection from a slow
/// head, and covers neither a silent connection nor HTTP/2.
pub(super) fn protocol(limits: &Limits) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_headers(limits.headers)
        .max_buf_size(limits.header_bytes)
        .half_close(true);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams)
        .max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX))
        // Streams that the peer opens and resets at once (CVE-2023-44487), and those it makes us
        // reset: both end the connection instead of growing a queue.
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(100)
        .keep_alive_interval(limits.idle / 2)
        .keep_alive_timeout(limits.first_byte);
    builder
}

/// Serves `io` until the peer, a deadline or a drain ends it.
pub(super) async fn attend<S>(
    io: S,
    peer: SocketAddr,
    shared: Arc<Shared>,
    drain: CancellationToken,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let watch = Arc::new(Watch::new(&shared.limits));
    let io = Watched::new(io, Arc::clone(&watch), shared.limits.header_bytes);
    let service = service_fn(|request| answer(request, peer, &shared, &watch));
    let mut connection = pin!(shared.protocol.serve_connection(TokioIo::new(io), service));
    let mut expired = pin!(watch.expired());
    let mut draining = pin!(drain.cancelled());
    let mut told = false;
    loop {
        tokio::select! {
            biased;
            outcome = connection.as_mut() => {
                if let Err(error) = outcome {
                    tracing::debug!(%peer, %error, "connection ended in an error");
                }
                return;
            }
            () = expired.as_mut() => return,
            () = draining.as_mut(), if !told => {
                told = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

fn answer(
    request: hyper::Request<Incoming>,
    peer: SocketAddr,
    shared: &Shared,
    watch: &Arc<Watch>,
) -> impl Future<Output = Result<hyper::Response<Tracked>, Infallible>> + Send + 'static {
    let in_flight = InFlight::begin(watch);
    let front = shared.front.clone();
    let request = request.map(|body| Body::new(Paced::new(body, &shared.limits)));
    async move {
        let response = front.answer(request, peer).await;
        Ok(response.map(|body| Tracked::new(body, in_flight)))
    }
}
