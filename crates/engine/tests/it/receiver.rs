//! A webhook receiver: keeps what it hears, answers what it is told to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// One post, headers in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    pub head: String,
    pub body: String,
}

impl Heard {
    pub fn header(&self, name: &str) -> Option<&str> {
        let line = self
            .head
            .lines()
            .find(|line| line.starts_with(&format!("{name}:")))?;
        Some(line[name.len() + 1..].trim())
    }
}

#[derive(Default)]
struct Log {
    heard: Vec<Heard>,
    answers: VecDeque<u16>,
}

pub struct Receiver {
    pub url: String,
    log: Arc<Mutex<Log>>,
    news: watch::Sender<usize>,
    /// Ends with the receiver.
    _serving: JoinSet<()>,
}

impl Receiver {
    /// Answers these to the posts that tell of the end, then 200.
    pub async fn answering(answers: impl IntoIterator<Item = u16>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!(
            "http://{}/hook",
            listener.local_addr().expect("its address")
        );
        let log = Arc::new(Mutex::new(Log {
            heard: Vec::new(),
            answers: answers.into_iter().collect(),
        }));
        let news = watch::Sender::new(0);
        let (kept, told) = (log.clone(), news.clone());
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                hear(stream, &kept).await;
                told.send_modify(|count| *count += 1);
            }
        });
        Self {
            url,
            log,
            news,
            _serving: serving,
        }
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .heard
            .clone()
    }

    pub fn news(&self) -> watch::Receiver<usize> {
        self.news.subscribe()
    }
}

async fn hear(mut stream: TcpStream, log: &Mutex<Log>) {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    let heard = loop {
        let read = stream.read(&mut piece).await.unwrap_or(0);
        bytes.extend_from_slice(&piece[..read]);
        if let Some(heard) = whole(&bytes) {
            break heard;
        }
        if read == 0 {
            // A progress post that was dropped when its task ended.
            return;
        }
    };
    let status = {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = match heard.body.contains("finished") {
            true => log.answers.pop_front(),
            false => None,
        };
        log.heard.push(heard);
        answer.unwrap_or(200)
    };
    let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    // The sender of a post that was dropped does not listen any more.
    stream.write_all(answer.as_bytes()).await.ok();
}

fn whole(bytes: &[u8]) -> Option<Heard> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let heard = Heard {
        head: head.to_lowercase(),
        body: body.to_owned(),
    };
    let length: usize = heard.header("content-length")?.parse().ok()?;
    (body.len() >= length).then_some(heard)
}
