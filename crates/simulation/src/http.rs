//! HTTP served by a host of the simulation: hyper over turmoil's sockets, one answer for a request.

use std::io;
use std::net::Ipv4Addr;

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use turmoil::net::TcpListener;

/// Every host serves here.
pub const PORT: u16 = 80;

/// A request that came in whole.
pub struct Asked {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Asked {
    /// A header's text; empty where there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or("")
    }
}

/// What comes back.
pub enum Answer {
    Whole(StatusCode, Bytes),
    /// 200, so many bytes promised, these given, then the connection ends.
    Cut(Bytes, usize),
    /// The connection ends without an answer.
    Nothing,
}

impl Answer {
    /// A status without a body.
    #[must_use]
    pub fn status(status: StatusCode) -> Self {
        Self::Whole(status, Bytes::new())
    }
}

type Parts = stream::Iter<std::vec::IntoIter<io::Result<Frame<Bytes>>>>;

/// Serves until its host goes.
///
/// # Errors
/// When the host's port is taken or its network is gone.
pub async fn serve<F, R>(answer: F) -> io::Result<()>
where
    F: Fn(Asked) -> R + Clone + 'static,
    R: Future<Output = Answer> + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, PORT)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        let answer = answer.clone();
        // Ends with the host: turmoil drops all that a host runs when it goes.
        tokio::task::spawn_local(async move {
            let service = service_fn(move |request| exchange(request, answer.clone()));
            let serving = http1::Builder::new()
                .auto_date_header(false)
                .serve_connection(TokioIo::new(stream), service);
            // A connection that breaks off is what faults are for.
            drop(serving.await);
        });
    }
}

async fn exchange<F, R>(
    request: Request<Incoming>,
    answer: F,
) -> io::Result<Response<StreamBody<Parts>>>
where
    F: Fn(Asked) -> R,
    R: Future<Output = Answer>,
{
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let asked = Asked {
        method: head.method,
        uri: head.uri,
        headers: head.headers,
        body,
    };
    match answer(asked).await {
        Answer::Whole(status, body) => {
            let length = body.len();
            respond(status, length, vec![Ok(Frame::data(body))])
        }
        Answer::Cut(part, length) => {
            let end = Err(io::Error::other("a fault of the run"));
            respond(StatusCode::OK, length, vec![Ok(Frame::data(part)), end])
        }
        Answer::Nothing => Err(io::Error::other("a fault of the run")),
    }
}

fn respond(
    status: StatusCode,
    length: usize,
    parts: Vec<io::Result<Frame<Bytes>>>,
) -> io::Result<Response<StreamBody<Parts>>> {
    let response = Response::builder()
        .status(status)
        .header(header::CONTENT_LENGTH, length);
    response
        .body(StreamBody::new(stream::iter(parts)))
        .map_err(io::Error::other)
}
