//! A TCP server of one behaviour, written as bytes, that counts its connections.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// The address that tests open.
pub const OPEN: Ipv4Addr = Ipv4Addr::new(127, 8, 8, 8);

/// A running server. It lives as long as the test process.
#[derive(Clone)]
pub struct Server {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves each connection on 127.8.8.8 with `behave`, after reading its first request.
    pub fn start(behave: impl Fn(TcpStream, &str) + Send + Sync + 'static) -> Self {
        Self::raw(OPEN, 0, move |mut stream, requests| {
            while let Some(request) = read_request(&mut stream) {
                requests
                    .lock()
                    .expect("no test panics holding it")
                    .push(request.clone());
                let Ok(again) = stream.try_clone() else {
                    return;
                };
                behave(again, &request);
                if request.contains("connection: close") {
                    return;
                }
            }
        })
    }

    /// Answers every request with these bytes and closes.
    pub fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::start(move |mut stream, _| {
            let _ = stream.write_all(&answer);
            let _ = stream.shutdown(std::net::Shutdown::Both);
        })
    }

    /// A server that must not be reached: on loopback, at the port of an allowed one.
    pub fn sink(port: u16) -> Self {
        Self::raw(Ipv4Addr::LOCALHOST, port, |mut stream, _| {
            let _request = read_request(&mut stream);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret");
        })
    }

    /// Hands each connection to `behave` as it is.
    pub fn raw(
        ip: Ipv4Addr,
        port: u16,
        behave: impl Fn(TcpStream, &Mutex<Vec<String>>) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((ip, port)).expect("a free port on loopback");
        let address = listener.local_addr().expect("a bound address");
        let connections = Arc::new(AtomicUsize::new(0));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let server = Self {
            address,
            connections: connections.clone(),
            requests: requests.clone(),
        };
        let behave = Arc::new(behave);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                connections.fetch_add(1, Ordering::SeqCst);
                let (behave, requests) = (behave.clone(), requests.clone());
                std::thread::spawn(move || behave(stream, &requests));
            }
        });
        server
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// How many connections were accepted so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The requests read so far, heads in lower case, bodies as they came.
    pub fn requests(&self) -> Vec<String> {
        self.requests
            .lock()
            .expect("no test panics holding it")
            .clone()
    }
}

/// Reads one request; none when the peer is gone.
fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let length = head
        .split("content-length: ")
        .nth(1)
        .and_then(|rest| rest.lines().next());
    let length = length
        .and_then(|length| length.trim().parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(head + &String::from_utf8_lossy(&body))
}

/// A whole answer with this status line and body.
pub fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n{body}")
}

/// Writes until the other side has had enough; what it took, in bytes.
pub fn pour(stream: &mut TcpStream, piece: &[u8], most: usize) -> usize {
    let mut poured = 0;
    while poured < most && stream.write_all(piece).is_ok() {
        poured += piece.len();
    }
    poured
}
