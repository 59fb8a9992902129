//! A proxy before a bucket that fails as buckets do: it answers in the bucket's stead, or hands a
//! request on and loses the answer. One request a connection, one after the other.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use url::Url;

/// What befalls a request.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// Answered with this status and code of an S3 error.
    Says(u16, &'static str),
    /// Carried out, and the connection closed in place of the answer.
    Loses,
}

/// How many of the requests that begin so it befalls.
#[derive(Clone, Copy, Debug)]
struct Rule {
    line: &'static str,
    fault: Fault,
    left: usize,
}

/// The proxy; its thread ends with the test's process.
pub struct Proxy {
    pub url: Url,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: String,
    rule: Mutex<Option<Rule>>,
    seen: Mutex<Vec<String>>,
    changed: tokio::sync::Notify,
}

impl Proxy {
    /// Before the server at this address.
    pub fn before(upstream: &Url) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let upstream = upstream.socket_addrs(|| None).expect("an address")[0].to_string();
        let shared = Arc::new(Shared {
            upstream,
            rule: Mutex::default(),
            seen: Mutex::default(),
            changed: tokio::sync::Notify::new(),
        });
        let url = format!("http://127.0.0.1:{port}").parse().expect("a URL");
        std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || serve(&listener, &shared)
        });
        Self { url, shared }
    }

    /// From now on, the next `times` requests whose first line contains `line` go wrong.
    pub fn fault(&self, line: &'static str, fault: Fault, times: usize) {
        let left = times;
        *self.shared.rule.lock().expect("whole") = Some(Rule { line, fault, left });
    }

    /// How many requests came whose first line contains all of these.
    pub fn count(&self, parts: &[&str]) -> usize {
        let seen = self.shared.seen.lock().expect("whole");
        let has = |line: &&String| parts.iter().all(|part| line.contains(part));
        seen.iter().filter(has).count()
    }

    /// Waits for a request whose first line contains all of these.
    pub async fn seen(&self, parts: &[&str]) {
        loop {
            let changed = self.shared.changed.notified();
            if self.count(parts) > 0 {
                return;
            }
            changed.await;
        }
    }
}

fn serve(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        let shared = Arc::clone(shared);
        // A client that goes away in the middle is the client's affair.
        std::thread::spawn(move || drop(exchange(&stream.expect("a connection"), &shared)));
    }
}

fn exchange(mut client: &TcpStream, shared: &Shared) -> std::io::Result<()> {
    let request = request(client)?;
    let end = request.iter().position(|byte| *byte == b'\r').unwrap_or(0);
    let line = String::from_utf8_lossy(&request[..end]).into_owned();
    match befalls(shared, &line) {
        Some(Fault::Says(status, code)) => {
            let body = format!("<Error><Code>{code}</Code><Message>as told</Message></Error>");
            write!(
                client,
                "HTTP/1.1 {status} Told\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            )?;
        }
        Some(Fault::Loses) => drop(answer(shared, &request)?),
        None => client.write_all(&answer(shared, &request)?)?,
    }
    shared.seen.lock().expect("whole").push(line);
    shared.changed.notify_waiters();
    client.shutdown(Shutdown::Both)
}

fn befalls(shared: &Shared, line: &str) -> Option<Fault> {
    let mut rule = shared.rule.lock().expect("whole");
    let rule = rule
        .as_mut()
        .filter(|rule| rule.left > 0 && line.contains(rule.line))?;
    rule.left -= 1;
    Some(rule.fault)
}

/// A whole request, asking for a connection of its own.
fn request(client: &TcpStream) -> std::io::Result<Vec<u8>> {
    let mut reader = BufReader::new(client);
    let (mut head, mut length) = (Vec::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
        head.extend_from_slice(line.as_bytes());
    }
    head.extend_from_slice(b"connection: close\r\n\r\n");
    let start = head.len();
    head.resize(start + length, 0);
    reader.read_exact(&mut head[start..])?;
    Ok(head)
}

fn answer(shared: &Shared, request: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut upstream = TcpStream::connect(&shared.upstream)?;
    upstream.write_all(request)?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer)?;
    Ok(answer)
}
