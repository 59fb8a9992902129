//! HTTP/1.1 by hand, so that nothing between the suite and the server repairs what is sent. It reads
//! answers that name their length or end with the connection; that is all our server sends.

use std::net::Ipv4Addr;
use std::time::Duration;

use anyhow::Context;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The server answers or closes within this, whatever it was sent: the listener's deadlines of the
/// suite are shorter.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// An answer that is none of the 1xx.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub status: u16,
    /// Status line and headers, in lower case.
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            (key == name).then(|| value.trim())
        })
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The id of the task that this answer promises.
    pub fn task(&self) -> Option<String> {
        (self.status == 200)
            .then(|| self.json()["task_id"].as_str().map(str::to_owned))
            .flatten()
    }

    pub fn text(&self) -> String {
        let body = String::from_utf8_lossy(&self.body);
        format!(
            "{}: {}",
            self.status,
            body.chars().take(300).collect::<String>()
        )
    }
}

/// A request of these parts that closes its connection. Host and length are added; header values go
/// out as they are, in UTF-8.
pub(super) fn request(
    method: &str,
    path: &str,
    headers: &[(String, String)],
    body: &[u8],
) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: video.example\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!(
        "Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    ));
    [head.as_bytes(), body].concat()
}

/// A fresh connection to the server under test.
///
/// # Errors
/// When it cannot be reached.
#[expect(
    clippy::disallowed_methods,
    reason = "it plays the clients of the server, some of whom speak no HTTP"
)]
pub(super) async fn connect(port: u16) -> std::io::Result<TcpStream> {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await
}

/// Sends the bytes and reads until the server closes. A server that stops reading early is no error:
/// what it said is.
///
/// # Errors
/// When it cannot be reached, or neither answers nor closes in time.
pub(super) async fn exchange(port: u16, bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let stream = connect(port).await?;
    let (mut reads, mut writes) = stream.into_split();
    let mut heard = Vec::new();
    let both = async {
        // Kept open until the answer is read: closing this half is a case of its own.
        let (sent, read) = tokio::join!(writes.write_all(bytes), read_all(&mut reads, &mut heard));
        drop((sent, read));
    };
    let done = timeout(PATIENCE, both).await;
    done.with_context(|| format!("neither closed nor done after {PATIENCE:?}"))?;
    Ok(heard)
}

/// A reset after an answer leaves the answer.
async fn read_all(reads: &mut (impl AsyncReadExt + Unpin), heard: &mut Vec<u8>) {
    let mut piece = [0; 16 * 1024];
    while let Ok(read @ 1..) = reads.read(&mut piece).await {
        heard.extend_from_slice(&piece[..read]);
    }
}

/// One request, one answer.
///
/// # Errors
/// As [`exchange`], and when nothing readable came.
pub(super) async fn ask(port: u16, bytes: &[u8]) -> anyhow::Result<Answer> {
    let heard = exchange(port, bytes).await?;
    parse(&heard).with_context(|| {
        let heard = String::from_utf8_lossy(&heard);
        format!(
            "no answer but {:?}",
            heard.chars().take(80).collect::<String>()
        )
    })
}

/// The first answer among these bytes that is none of the 1xx.
pub(super) fn parse(heard: &[u8]) -> Option<Answer> {
    let end = heard.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&heard[..end]).to_lowercase();
    let rest = &heard[end + 4..];
    let status: u16 = head.strip_prefix("http/1.")?.get(2..5)?.parse().ok()?;
    if (100..200).contains(&status) && status != 101 {
        return parse(rest);
    }
    let answer = Answer {
        status,
        head,
        body: rest.to_vec(),
    };
    let length = answer
        .header("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(rest.len());
    let body = rest.get(..length).unwrap_or(rest).to_vec();
    Some(Answer { body, ..answer })
}
