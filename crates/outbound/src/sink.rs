//! Where a download goes: the sink, and the loop that fills it within its limits.

use std::future::Future;
use std::io;
use std::net::IpAddr;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, Response};
use hyper::body::Incoming;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use crate::error::FetchError;
use crate::exchange::Exchange;
use crate::limits::GetLimits;

/// Takes the bytes of a download as they come. Every async writer is one; implement it on a type
/// of your own to hash, count or look at the first bytes on the way.
pub trait Sink: Send {
    /// Takes the next piece. An error ends the download as [`FetchError::Sink`].
    fn write(&mut self, piece: Bytes) -> impl Future<Output = io::Result<()>> + Send;
}

impl<W: AsyncWrite + Unpin + Send> Sink for W {
    async fn write(&mut self, piece: Bytes) -> io::Result<()> {
        self.write_all(&piece).await
    }
}

/// A finished download. The bytes are in the sink.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// Bytes of body, at least 1.
    pub bytes: u64,
    /// What the server called it; a hint for logs, never to be believed.
    pub content_type: Option<String>,
    /// The address that served it.
    pub peer: IpAddr,
}

/// Moves the body of a successful answer into the sink.
pub(crate) async fn fill<S: Sink>(
    exchange: &mut Exchange,
    response: Response<Incoming>,
    limits: &GetLimits,
    sink: &mut S,
) -> Result<Fetched, FetchError> {
    let (head, mut body) = response.into_parts();
    check_head(&head.headers, limits.max_bytes)?;
    let mut bytes = 0u64;
    loop {
        let piece = timeout(limits.stall, exchange.piece(&mut body)).await;
        let Some(piece) = piece.map_err(|_| FetchError::Stalled {
            after: limits.stall,
        })?
        else {
            break;
        };
        let piece = piece?;
        bytes += piece.len() as u64;
        if bytes > limits.max_bytes {
            return Err(FetchError::TooLarge {
                cap: limits.max_bytes,
            });
        }
        sink.write(piece).await.map_err(FetchError::Sink)?;
    }
    if bytes == 0 {
        return Err(FetchError::Empty);
    }
    Ok(Fetched {
        bytes,
        content_type: content_type(&head.headers),
        peer: exchange.peer(),
    })
}

/// Refuses what the head already shows to be too large or packed.
fn check_head(headers: &HeaderMap, cap: u64) -> Result<(), FetchError> {
    let plain = |value: &http::HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
    if !headers.get_all(CONTENT_ENCODING).iter().all(plain) {
        return Err(FetchError::Encoded);
    }
    let length = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    match length.is_some_and(|length: u64| length > cap) {
        true => Err(FetchError::TooLarge { cap }),
        false => Ok(()),
    }
}

fn content_type(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    Some(crate::redact::scrub(text))
}
