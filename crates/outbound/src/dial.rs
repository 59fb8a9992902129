//! Opening one connection to addresses that somebody has already decided on.
//!
//! Nothing here resolves a name: [`Wires::open`] takes addresses, tries them in order, compares the
//! peer of each connection with what it dialled, and speaks TLS for the host named.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use framewright_core::address::Denied;
use http::HeaderValue;
use hyper_util::client::legacy::connect::{Connected, Connection};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;

use crate::error::FetchError;
use crate::limits::{CONNECT, MAX_DIALLED};
use crate::resolve::Resolver;

/// A network: the operating system's, or a simulated one.
#[async_trait]
pub trait Dial: Send + Sync {
    /// Opens a connection, and says who is at its other end. Judges nothing and waits as long as it
    /// takes: the callers bound it.
    ///
    /// # Errors
    /// Whatever the network says; not a byte has left then.
    async fn dial(&self, address: SocketAddr) -> io::Result<(Stream, IpAddr)>;
}

/// An open connection of a [`Dial`].
pub type Stream = Box<dyn Duplex>;

/// What a connection can do; every type that can is one.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// The operating system's network.
pub(crate) struct Sockets;

#[async_trait]
impl Dial for Sockets {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one dial that everybody else is told to use; its address was judged"
    )]
    async fn dial(&self, address: SocketAddr) -> io::Result<(Stream, IpAddr)> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let peer = stream.peer_addr()?.ip();
        Ok((Box::new(stream), peer))
    }
}

/// What both clients share: a network, names, TLS, and what we call ourselves.
pub(crate) struct Wires {
    pub(crate) network: Arc<dyn Dial>,
    pub(crate) resolver: Resolver,
    pub(crate) tls: TlsConnector,
    pub(crate) user_agent: HeaderValue,
}

impl Wires {
    /// A connection to the first of `addresses` that takes one, with TLS for `host` if `https`.
    ///
    /// Not a byte of any request has left when this fails.
    pub(crate) async fn open(
        &self,
        host: &str,
        https: bool,
        addresses: &[SocketAddr],
    ) -> Result<Wire, FetchError> {
        let opening = async {
            let (stream, peer) = self.connect(addresses).await?;
            match https {
                true => self
                    .secure(host, stream)
                    .await
                    .map(|tls| (Either::Right(tls), peer)),
                false => Ok((Either::Left(stream), peer)),
            }
        };
        let opened = timeout(CONNECT, opening).await;
        let (stream, peer) =
            opened.map_err(|_| FetchError::Connect("no answer in time".into()))??;
        Ok(Wire { stream, peer })
    }

    /// Dials in order; a silent address leaves time for those behind it.
    async fn connect(&self, addresses: &[SocketAddr]) -> Result<(Stream, IpAddr), FetchError> {
        let dialled = &addresses[..addresses.len().min(MAX_DIALLED)];
        let share = CONNECT / u32::try_from(dialled.len().max(1)).unwrap_or(1);
        let mut last = FetchError::Connect("no address".into());
        for address in dialled {
            match self.connect_one(*address, share).await {
                Ok(opened) => return same_peer(opened, *address),
                Err(error) => last = FetchError::Connect(error.to_string()),
            }
        }
        Err(last)
    }

    async fn connect_one(
        &self,
        address: SocketAddr,
        share: Duration,
    ) -> io::Result<(Stream, IpAddr)> {
        timeout(share, self.network.dial(address)).await?
    }

    async fn secure(
        &self,
        host: &str,
        stream: Stream,
    ) -> Result<Box<TlsStream<Stream>>, FetchError> {
        let host = host
            .trim_matches(['[', ']'])
            .trim_end_matches('.')
            .to_owned();
        let name =
            ServerName::try_from(host).map_err(|error| FetchError::Tls(error.to_string()))?;
        let secured = self.tls.connect(name, stream).await;
        secured
            .map(Box::new)
            .map_err(|error| FetchError::Tls(error.to_string()))
    }
}

/// Holds the network to its word: the peer is the address that was judged.
fn same_peer(
    (stream, peer): (Stream, IpAddr),
    dialled: SocketAddr,
) -> Result<(Stream, IpAddr), FetchError> {
    if peer == dialled.ip() {
        return Ok((stream, peer));
    }
    Err(FetchError::Denied(Denied {
        address: peer,
        what: "not the address that was dialled",
        source_text: "the peer of the connection",
    }))
}

/// An open connection, plain or TLS.
pub(crate) struct Wire {
    stream: Either<Stream, Box<TlsStream<Stream>>>,
    peer: IpAddr,
}

impl Wire {
    /// The address at the other end.
    pub(crate) fn peer(&self) -> IpAddr {
        self.peer
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl Connection for Wire {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}
