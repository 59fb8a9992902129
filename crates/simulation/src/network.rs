//! The simulated network behind the engine's own HTTP client: connections are turmoil's, and none of
//! their bytes move while their host stands still.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use async_trait::async_trait;
use framewright_outbound::{Dial, Stream};
use futures_util::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use turmoil::net::TcpStream;

use crate::gate::Gate;

/// The network as one host has it.
pub struct Network {
    pub gate: Gate,
}

#[async_trait]
impl Dial for Network {
    async fn dial(&self, address: SocketAddr) -> io::Result<(Stream, IpAddr)> {
        self.gate.passed().await;
        let stream = TcpStream::connect(address).await?;
        self.gate.passed().await;
        let peer = stream.peer_addr()?.ip();
        let connection = Connection {
            stream,
            gate: self.gate.clone(),
            waiting: None,
        };
        Ok((Box::new(connection), peer))
    }
}

/// A connection of a host that may stand still.
struct Connection {
    stream: TcpStream,
    gate: Gate,
    /// The host stands still: until when.
    waiting: Option<BoxFuture<'static, ()>>,
}

impl Connection {
    fn poll_gate(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.waiting.is_none() && self.gate.is_open() {
            return Poll::Ready(());
        }
        let gate = &self.gate;
        let waiting = self.waiting.get_or_insert_with(|| gate.passed());
        ready!(waiting.as_mut().poll(cx));
        self.waiting = None;
        Poll::Ready(())
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.poll_gate(cx));
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_gate(cx));
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
