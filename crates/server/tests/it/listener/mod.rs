//! The accept loop as a hostile or clumsy client meets it: bytes in, bytes or a close out.

mod deadlines;
mod drain;
mod framing;
mod http2;
mod tls;

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    http::StatusCode,
    routing::{get, post},
};
use framewright_server::listener::{Limits, Listener, Options};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

/// Long enough that only a hang runs into it.
const PATIENCE: Duration = Duration::from_secs(20);

/// A listener on a free port with a small application behind it.
struct Served {
    address: SocketAddr,
    drain: CancellationToken,
    running: JoinHandle<()>,
}

impl Served {
    async fn with(options: Options) -> Self {
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = Listener::bind(loopback, options)
            .await
            .expect("a free port");
        let address = listener.address().expect("bound");
        let drain = CancellationToken::new();
        let serving = listener.serve(application(), drain.clone(), Duration::from_millis(500));
        let running = tokio::spawn(serving);
        Self {
            address,
            drain,
            running,
        }
    }

    async fn limited(limits: Limits) -> Self {
        Self::with(Options {
            limits,
            ..Options::default()
        })
        .await
    }

    async fn new() -> Self {
        Self::with(Options::default()).await
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("connected")
    }

    /// Sends `bytes` on a connection of their own and reads until the other side closes.
    async fn exchange(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        // A server that refuses a head need not take the rest of it.
        let _ = stream.write_all(bytes).await;
        read_to_close(&mut stream).await
    }
}

/// `/` says hello, `/length` tells how much it was sent, `/late` answers after a word on `/go`.
fn application() -> Router {
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/length", post(length))
        .route(
            "/large",
            get(|| async { Body::from(Bytes::from(vec![b'a'; 64 << 20])) }),
        )
}

async fn length(
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> (StatusCode, String) {
    match body {
        Ok(bytes) => (StatusCode::OK, bytes.len().to_string()),
        Err(error) => (StatusCode::REQUEST_TIMEOUT, error.to_string()),
    }
}

/// Everything until the close; a reset counts as one.
async fn read_to_close(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let reading = async {
        let mut chunk = vec![0; 65_536];
        while let Ok(count) = stream.read(&mut chunk).await {
            if count == 0 {
                break;
            }
            bytes.extend_from_slice(&chunk[..count]);
        }
    };
    timeout(PATIENCE, reading).await.expect("the server closes");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads until `end` was seen.
async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    let reading = async {
        while !text.contains(end) {
            let mut chunk = [0; 4_096];
            let count = stream.read(&mut chunk).await.expect("readable");
            assert!(count > 0, "closed before {end:?}: {text:?}");
            text.push_str(&String::from_utf8_lossy(&chunk[..count]));
        }
    };
    timeout(PATIENCE, reading)
        .await
        .expect("the server answers");
    text
}

/// How long `doing` takes.
async fn timed<T>(doing: impl Future<Output = T>) -> (T, Duration) {
    let start = Instant::now();
    let done = doing.await;
    (done, start.elapsed())
}

/// Limits short enough to run into.
fn short() -> Limits {
    Limits {
        first_byte: Duration::from_millis(200),
        header: Duration::from_millis(200),
        idle: Duration::from_millis(800),
        body_grace: Duration::from_millis(200),
        ..Limits::default()
    }
}
