//! A TCP port of loopback that leads to the database's socket, until it falls silent: connections stay
//! open and nothing comes through, as over a network that lost its way. It never closes by itself.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Bytes moved at once.
const PIECE: usize = 16 * 1024;

/// The wire; it ends when dropped.
pub struct Wire {
    port: u16,
    whole: Arc<watch::Sender<bool>>,
    _carrying: JoinSet<()>,
}

impl Wire {
    /// A wire to this socket.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn open(socket: &Path) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let whole = Arc::new(watch::Sender::new(true));
        let mut carrying = JoinSet::new();
        carrying.spawn(serve(listener, socket.to_owned(), whole.subscribe()));
        Ok(Self {
            port,
            whole,
            _carrying: carrying,
        })
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Nothing comes through from now on.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// Whatever waits comes through.
    pub fn mend(&self) {
        self.whole.send_replace(true);
    }
}

async fn serve(listener: TcpListener, socket: PathBuf, whole: watch::Receiver<bool>) {
    let mut pairs = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        let (socket, whole) = (socket.clone(), whole.clone());
        pairs.spawn(async move {
            // A connection that breaks is one that its ends see broken.
            carry(near, &socket, whole).await.unwrap_or_default();
        });
    }
}

async fn carry(
    near: TcpStream,
    socket: &Path,
    whole: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let far = UnixStream::connect(socket).await?;
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    tokio::select! {
        done = one_way(near_in, far_out, whole.clone()) => done,
        done = one_way(far_in, near_out, whole) => done,
    }
}

async fn one_way(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut whole: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let length = from.read(&mut piece).await?;
        // The sender lives as long as the wire.
        whole
            .wait_for(|whole| *whole)
            .await
            .map_err(std::io::Error::other)?;
        if length == 0 {
            return Ok(());
        }
        to.write_all(&piece[..length]).await?;
    }
}
