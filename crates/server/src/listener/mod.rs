//! The accept loop. It exists because `axum::serve` has no deadline for a connection that says
//! nothing, none for HTTP/2, and no limit on connections; for a request in time it does what
//! `axum::serve` does, at the same speed.

mod body;
mod census;
mod connection;
mod framing;
mod front;
mod limits;
mod socket;
pub mod tls;
mod watch;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use ipnet::IpNet;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

pub use self::limits::Limits;
use self::{
    census::{Census, Seat},
    connection::{Shared, attend, protocol},
    front::Front,
};

/// How long to stop accepting when the process is out of file descriptors or memory: long enough
/// for some connection to close, short enough not to be noticed.
const PAUSE: Duration = Duration::from_millis(200);

/// What a listener needs besides the application.
#[derive(Default)]
pub struct Options {
    /// Deadlines and counts.
    pub limits: Limits,
    /// Plain HTTP when none.
    pub tls: Option<TlsAcceptor>,
    /// The path that the application lives under; empty for the whole host.
    pub path_prefix: String,
    /// Addresses that are not limited as one user.
    pub trusted_proxies: Vec<IpNet>,
}

/// A bound socket that has not begun to accept.
pub struct Listener {
    socket: TcpListener,
    options: Options,
}

impl Listener {
    /// Binds `address`; port 0 takes a free one.
    ///
    /// # Errors
    /// Those of the system: the address is in use, is not ours, or is not permitted.
    pub async fn bind(address: SocketAddr, options: Options) -> io::Result<Self> {
        let socket = TcpListener::bind(address).await?;
        Ok(Self { socket, options })
    }

    /// The address that it is bound to.
    ///
    /// # Errors
    /// Those of the system; none in practice for a bound socket.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves `app` until `drain` is cancelled, then finishes what is in progress for at most
    /// `grace`, and closes the rest.
    pub async fn serve(self, app: Router, drain: CancellationToken, grace: Duration) {
        let Self { socket, options } = self;
        let limits = options.limits;
        let census = Census::new(
            limits.connections,
            limits.connections_per_address,
            options.trusted_proxies,
        );
        let shared = Arc::new(Shared {
            protocol: protocol(&limits),
            front: Front::new(app, &options.path_prefix),
            limits,
        });
        let mut open = JoinSet::new();
        loop {
            let (stream, peer, seat) = tokio::select! {
                biased;
                () = drain.cancelled() => break,
                Some(_) = open.join_next() => continue,
                accepted = accept(&socket, &census) => accepted,
            };
            let (shared, tls) = (Arc::clone(&shared), options.tls.clone());
            open.spawn(seated(seat, stream, peer, shared, tls, drain.child_token()));
        }
        // Closed before the wait, so that a client is refused at once and goes elsewhere.
        drop(socket);
        let finish = async { while open.join_next().await.is_some() {} };
        if timeout(grace, finish).await.is_err() {
            tracing::warn!(
                connections = open.len(),
                "closed connections that outlived the drain"
            );
        }
    }
}

/// The next connection that may stay.
async fn accept(socket: &TcpListener, census: &Arc<Census>) -> (TcpStream, SocketAddr, Seat) {
    loop {
        let room = census.room().await;
        match socket.accept().await {
            Ok((stream, peer)) => match census.seat(peer.ip(), room) {
                Some(seat) => return (stream, peer, seat),
                None => tracing::debug!(%peer, "closed a connection: the address has its share"),
            },
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept connections, pausing");
                sleep(PAUSE).await;
            }
        }
    }
}

/// Errors that concern a connection which died in the queue, not the listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// Serves one connection, over TLS where that is configured.
async fn seated(
    _seat: Seat,
    stream: TcpStream,
    peer: SocketAddr,
    shared: Arc<Shared>,
    tls: Option<TlsAcceptor>,
    drain: CancellationToken,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%peer, %error, "cannot set TCP_NODELAY");
    }
    let Some(tls) = tls else {
        return attend(stream, peer, shared, drain).await;
    };
    match timeout(shared.limits.first_byte, tls.accept(stream)).await {
        Ok(Ok(stream)) => attend(stream, peer, shared, drain).await,
        Ok(Err(error)) => tracing::debug!(%peer, %error, "TLS handshake failed"),
        Err(_) => tracing::debug!(%peer, "TLS handshake took too long"),
    }
}
