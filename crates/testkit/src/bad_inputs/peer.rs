//! A listener of one behaviour, as origin of an image or receiver of a webhook: it counts who comes,
//! keeps what they said, and how much of an answer they took.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::bail;
use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// Between two of an endless row of `100 Continue`.
const CONTINUE_EVERY: Duration = Duration::from_millis(10);

/// What a peer does with each request.
#[derive(Clone)]
pub(super) enum Manner {
    /// These bytes, then the end.
    Says(Bytes),
    /// A head, then this piece so many times.
    Pours {
        head: &'static str,
        piece: Bytes,
        times: usize,
    },
    /// `100 Continue` for as long as the client listens.
    Continues,
    /// TLS with a certificate that is not for its host.
    OtherHost(TlsAcceptor),
    /// Nobody listens.
    Refuses,
}

struct Seen {
    manner: Manner,
    connections: AtomicUsize,
    requests: Mutex<Vec<String>>,
    poured: AtomicU64,
    news: Notify,
}

impl Seen {
    fn keep(&self, request: String) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.push(request);
    }
}

/// A running peer; it stops when dropped.
pub(super) struct Peer {
    pub address: SocketAddr,
    seen: Arc<Seen>,
    _listening: Option<JoinSet<()>>,
}

impl Peer {
    /// Listens on a free port of `ip`.
    ///
    /// # Errors
    /// When it cannot be bound.
    pub async fn start(ip: impl Into<IpAddr>, manner: Manner) -> std::io::Result<Self> {
        let listener = TcpListener::bind((ip.into(), 0)).await?;
        let address = listener.local_addr()?;
        let seen = Arc::new(Seen {
            manner,
            connections: AtomicUsize::default(),
            requests: Mutex::default(),
            poured: AtomicU64::default(),
            news: Notify::new(),
        });
        let listening = match seen.manner {
            Manner::Refuses => None,
            _ => Some(serving(listen(listener, Arc::clone(&seen)))),
        };
        Ok(Self {
            address,
            seen,
            _listening: listening,
        })
    }

    /// The URL of `path` here, as far as it needs no name.
    pub fn url(&self, path: &str) -> String {
        match self.seen.manner {
            Manner::OtherHost(_) => format!("https://elsewhere.test:{}{path}", self.address.port()),
            _ => format!("http://{}{path}", self.address),
        }
    }

    /// How many connections were accepted so far.
    pub fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    /// The requests so far, heads in lower case.
    pub fn requests(&self) -> Vec<String> {
        let requests = self.seen.requests.lock();
        requests.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many bytes of its pieces were taken, the buffers of the two sockets included.
    pub fn poured(&self) -> u64 {
        self.seen.poured.load(Ordering::SeqCst)
    }

    /// Waits for so many connections.
    ///
    /// # Errors
    /// When they do not come in time.
    pub async fn until_connected(&self, times: usize, within: Duration) -> anyhow::Result<()> {
        let enough = async {
            loop {
                let news = self.seen.news.notified();
                if self.connections() >= times {
                    return;
                }
                news.await;
            }
        };
        if tokio::time::timeout(within, enough).await.is_err() {
            bail!(
                "{} of {times} connections within {within:?}",
                self.connections()
            );
        }
        Ok(())
    }
}

/// Runs a service of this suite for as long as the set lives.
pub(super) fn serving(service: impl Future<Output = ()> + Send + 'static) -> JoinSet<()> {
    let mut set = JoinSet::new();
    set.spawn(service);
    set
}

async fn listen(listener: TcpListener, seen: Arc<Seen>) {
    let mut under_way = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        seen.connections.fetch_add(1, Ordering::SeqCst);
        seen.news.notify_waiters();
        let seen = Arc::clone(&seen);
        // How a client leaves is not this side's to judge.
        under_way.spawn(async move { attend(stream, &seen).await.unwrap_or_default() });
    }
}

async fn attend(mut stream: TcpStream, seen: &Seen) -> std::io::Result<()> {
    match &seen.manner {
        Manner::OtherHost(acceptor) => {
            let mut stream = acceptor.accept(stream).await?;
            answer(&mut stream, seen).await
        }
        _ => answer(&mut stream, seen).await,
    }
}

async fn answer(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    seen: &Seen,
) -> std::io::Result<()> {
    let request = read_request(stream).await?;
    seen.keep(request);
    match &seen.manner {
        Manner::Says(bytes) => stream.write_all(bytes).await?,
        Manner::Pours { head, piece, times } => {
            stream.write_all(head.as_bytes()).await?;
            for _ in 0..*times {
                stream.write_all(piece).await?;
                seen.poured.fetch_add(piece.len() as u64, Ordering::SeqCst);
            }
        }
        Manner::Continues => {
            let mut pace = tokio::time::interval(CONTINUE_EVERY);
            loop {
                pace.tick().await;
                stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
            }
        }
        Manner::OtherHost(_) | Manner::Refuses => {}
    }
    stream.shutdown().await
}

/// Reads a whole request, so that closing afterwards resets nothing; returns its head.
async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(head)
}
