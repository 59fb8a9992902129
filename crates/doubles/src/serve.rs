//! The listening side: HTTP/1.1 on a free port of loopback, over TLS if asked, and a way for an answer to be a dropped
//! connection, which a plain server does not offer.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// Marks an answer that is not to be sent: the connection ends instead.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hangup;

#[derive(Debug, thiserror::Error)]
#[error("the double hung up")]
struct HungUp;

/// Serves until it is dropped, and every connection with it.
pub(crate) async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, router: Router) {
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    open.spawn(greeted(stream, tls.clone(), router.clone()));
                }
            }
            Some(_) = open.join_next() => {}
        }
    }
}

/// A failed handshake is the client's news, not ours.
async fn greeted(stream: TcpStream, tls: Option<TlsAcceptor>, router: Router) {
    match tls {
        None => connection(stream, router).await,
        Some(tls) => {
            if let Ok(stream) = tls.accept(stream).await {
                connection(stream, router).await;
            }
        }
    }
}

async fn connection<S>(stream: S, router: Router)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| answered(router.clone(), request));
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // A client that goes away, and our own hanging up, end it with an error that is nobody's news.
    drop(connection.await);
}

async fn answered(router: Router, request: Request<Incoming>) -> Result<Response, HungUp> {
    let Ok::<_, Infallible>(response) = router.oneshot(request.map(Body::new)).await;
    match response.extensions().get::<Hangup>() {
        Some(_) => Err(HungUp),
        None => Ok(response),
    }
}
