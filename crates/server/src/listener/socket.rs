//! A socket that reports to its connection's watch and reads request heads for the one fault that
//! hyper does not refuse. Bytes pass through untouched.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use framewright_core::crash::crash_point;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{
    framing::{HeadScan, Verdict},
    watch::Watch,
};

/// The answer to an ambiguous head, in the shape of every other 400.
const AMBIGUOUS: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n\
    connection: close\r\ncontent-length: 164\r\n\r\n\
    {\"errors\":[{\"msg\":\"a request may have Content-Length or Transfer-Encoding, not both\"}],\
    \"message\":\"a request may have Content-Length or Transfer-Encoding, not both\"}";

/// A stream under watch.
pub(super) struct Watched<S> {
    inner: S,
    watch: Arc<Watch>,
    scan: HeadScan,
    header_bytes: usize,
    /// Bytes of [`AMBIGUOUS`] already sent, once the connection is refused.
    refusing: Option<usize>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Watched<S> {
    /// Puts `inner` under `watch`. `header_bytes` is the size at which hyper refuses a head.
    pub(super) fn new(inner: S, watch: Arc<Watch>, header_bytes: usize) -> Self {
        Self {
            inner,
            watch,
            scan: HeadScan::default(),
            header_bytes,
            refusing: None,
        }
    }

    /// Writes the refusal, then looks like the end of the stream to hyper, which closes.
    fn poll_refuse(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(sent) = self.refusing
            && sent < AMBIGUOUS.len()
        {
            let wrote = ready!(Pin::new(&mut self.inner).poll_write(cx, &AMBIGUOUS[sent..]))?;
            if wrote == 0 {
                break;
            }
            self.refusing = Some(sent + wrote);
        }
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn note_write(&self, outcome: &Poll<io::Result<usize>>) {
        match outcome {
            Poll::Pending => self.watch.write_blocked(),
            Poll::Ready(_) => self.watch.write_moved(),
        }
        // The body has been taken whole before its last bytes are written: with nothing in
        // progress, what was written just now ended an answer.
        if outcome.is_ready() && self.watch.is_at_rest() {
            crash_point("K4");
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.refusing.is_some() {
            return this.poll_refuse(cx);
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.inner).poll_read(cx, buf))?;
        let bytes = &buf.filled()[before..];
        if !bytes.is_empty()
            && this.watch.bytes_arrived(bytes)
            && this.scan.push(bytes, this.header_bytes) == Verdict::Ambiguous
        {
            buf.set_filled(before);
            this.refusing = Some(0);
            return this.poll_refuse(cx);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.inner).poll_write(cx, buf);
        self.note_write(&outcome);
        outcome
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.inner).poll_write_vectored(cx, bufs);
        self.note_write(&outcome);
        outcome
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::AMBIGUOUS;

    #[test]
    fn the_refusal_is_json_of_the_length_it_names() {
        let text = std::str::from_utf8(AMBIGUOUS).expect("ASCII");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        serde_json::from_str::<serde_json::Value>(body).expect("JSON");
        assert!(
            head.contains(&format!("content-length: {}", body.len())),
            "{}",
            body.len()
        );
    }
}
