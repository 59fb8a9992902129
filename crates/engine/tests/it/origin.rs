//! An origin of media: serves one file for every path, and counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

pub struct Origin {
    pub url: String,
    asked: Arc<AtomicUsize>,
    /// Ends with the origin.
    _serving: JoinSet<()>,
}

impl Origin {
    pub async fn serving(status: u16, body: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!(
            "http://{}/file",
            listener.local_addr().expect("its address")
        );
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                answer(stream, status, &body).await;
            }
        });
        Self {
            url,
            asked,
            _serving: serving,
        }
    }

    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

async fn answer(mut stream: TcpStream, status: u16, body: &[u8]) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await.unwrap_or(0) == 0 {
            return;
        }
        head.push(byte[0]);
    }
    let length = body.len();
    let start =
        format!("HTTP/1.1 {status} x\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    // A client that has seen enough may be gone.
    let _gone =
        stream.write_all(start.as_bytes()).await.is_err() || stream.write_all(body).await.is_err();
}
