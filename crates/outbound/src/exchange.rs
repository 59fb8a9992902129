//! One HTTP/1.1 request and its answer over a connection of their own.
//!
//! The connection is driven from inside the caller's future instead of a spawned task: dropping the
//! exchange closes the socket at once, whatever the other side is doing, and no task outlives the
//! request that made it.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, timeout_at};

use crate::dial::Wire;
use crate::error::FetchError;
use crate::limits::{MAX_HEAD_BYTES, MAX_HEADERS};

/// A connection that carries one request.
pub(crate) struct Exchange {
    sender: SendRequest<Full<Bytes>>,
    connection: Pin<Box<Connection<TokioIo<Wire>, Full<Bytes>>>>,
    /// Whether the connection has ended and must not be polled again.
    ended: bool,
    peer: IpAddr,
}

impl Exchange {
    /// Prepares a connection for its request; sends nothing.
    pub(crate) async fn on(wire: Wire) -> Result<Self, FetchError> {
        let peer = wire.peer();
        let (sender, connection) = Builder::new()
            .max_headers(MAX_HEADERS)
            .max_buf_size(MAX_HEAD_BYTES)
            .handshake(TokioIo::new(wire))
            .await
            .map_err(|error| broken(&error))?;
        Ok(Self {
            sender,
            connection: Box::pin(connection),
            ended: false,
            peer,
        })
    }

    /// The address at the other end.
    pub(crate) fn peer(&self) -> IpAddr {
        self.peer
    }

    /// Sends the request and waits for the head of the answer. Any error is after the send.
    pub(crate) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, FetchError> {
        let answer = self.sender.send_request(request);
        drive(&mut self.connection, &mut self.ended, answer)
            .await
            .map_err(|error| broken(&error))
    }

    /// The next piece of a body, none at its end.
    pub(crate) async fn piece(&mut self, body: &mut Incoming) -> Option<Result<Bytes, FetchError>> {
        loop {
            let frame = drive(&mut self.connection, &mut self.ended, body.frame()).await?;
            match frame {
                Ok(frame) => match frame.into_data() {
                    Ok(bytes) => return Some(Ok(bytes)),
                    Err(_trailers) => {}
                },
                Err(error) => return Some(Err(cut_off(&error))),
            }
        }
    }
}

/// Waits for `wanted` while the connection makes it come true.
async fn drive<F: Future>(
    connection: &mut Pin<Box<Connection<TokioIo<Wire>, Full<Bytes>>>>,
    ended: &mut bool,
    wanted: F,
) -> F::Output {
    tokio::pin!(wanted);
    loop {
        tokio::select! {
            biased;
            output = &mut wanted => return output,
            // Its result reaches `wanted` through hyper's own channel.
            _ = connection.as_mut(), if !*ended => *ended = true,
        }
    }
}

/// Waits for `wanted` no longer than until `deadline`.
pub(crate) async fn by<T>(
    deadline: Instant,
    wanted: impl Future<Output = Result<T, FetchError>>,
) -> Result<T, FetchError> {
    timeout_at(deadline, wanted)
        .await
        .unwrap_or(Err(FetchError::Deadline))
}

fn broken(error: &hyper::Error) -> FetchError {
    let text = detail(error);
    match error.is_incomplete_message() {
        true => FetchError::Truncated(text),
        false => FetchError::Protocol(text),
    }
}

fn cut_off(error: &hyper::Error) -> FetchError {
    FetchError::Truncated(detail(error))
}

/// The error with its cause: hyper's own text stops at the first layer.
fn detail(error: &hyper::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => crate::scrub(&format!("{error}: {cause}")),
        None => crate::scrub(&error.to_string()),
    }
}
