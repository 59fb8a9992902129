//! Slow clients: each wait has an end, and none of them ends a client that is merely unhurried.

use std::time::Duration;

use framewright_server::listener::Limits;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{interval, timeout},
};

use super::{PATIENCE, Served, read_to_close, read_until, short, timed};

const HELLO: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let served = Served::limited(short()).await;
    let (answer, after) = timed(served.exchange(b"")).await;
    assert_eq!(answer, "");
    assert!(after >= short().first_byte, "{after:?}");
}

#[tokio::test]
async fn a_head_that_drips_is_cut_at_its_deadline() {
    let served = Served::limited(short()).await;
    let stream = served.connect().await;
    let (mut reading, mut writing) = stream.into_split();
    let drip = tokio::spawn(async move {
        let mut pace = interval(Duration::from_millis(20));
        // One byte at a time for a minute, or until the server has had enough.
        for _ in 0..3_000 {
            pace.tick().await;
            if writing.write_all(b"a").await.is_err() {
                return;
            }
        }
    });
    let mut answer = Vec::new();
    // Ends by EOF or by a reset, both of which are a close.
    let closed = timeout(PATIENCE, reading.read_to_end(&mut answer)).await;
    closed.expect("the server closes").unwrap_or_default();
    drip.abort();
    assert!(!String::from_utf8_lossy(&answer).contains(" 200 "));
}

#[tokio::test]
async fn a_quiet_connection_outlives_the_head_deadline_but_not_the_idle_one() {
    let served = Served::limited(short()).await;
    let mut stream = served.connect().await;
    stream.write_all(HELLO).await.expect("written");
    read_until(&mut stream, "hello").await;
    let (rest, after) = timed(read_to_close(&mut stream)).await;
    assert_eq!(rest, "");
    // The end of the answer and our reading of it are not the same moment; hence the margin.
    assert!(
        after > short().header * 2 && after > short().idle / 2,
        "{after:?}"
    );
}

#[tokio::test]
async fn a_body_that_stalls_fails_its_request() {
    let served = Served::limited(short()).await;
    let mut stream = served.connect().await;
    let head = b"POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc";
    stream.write_all(head).await.expect("written");
    let answer = read_until(&mut stream, "\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

#[tokio::test]
async fn a_body_at_a_fair_pace_may_take_longer_than_the_grace() {
    let limits = Limits {
        body_pace: 1_000,
        ..short()
    };
    let served = Served::limited(limits).await;
    let mut stream = served.connect().await;
    let head = b"POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n\r\n";
    stream.write_all(head).await.expect("written");
    let mut pace = interval(Duration::from_millis(50));
    for _ in 0..10 {
        pace.tick().await;
        stream.write_all(&[b'a'; 200]).await.expect("written");
    }
    assert!(
        read_until(&mut stream, "\r\n\r\n2000")
            .await
            .contains("200 OK")
    );
}

#[tokio::test]
async fn a_reader_that_takes_nothing_is_let_go() {
    let served = Served::limited(short()).await;
    let mut stream = served.connect().await;
    stream
        .write_all(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .expect("written");
    read_until(&mut stream, "\r\n\r\n").await;
    // Written to until the server has gone; a request more is nothing it would answer now.
    let gone = async {
        let mut pace = interval(Duration::from_millis(20));
        while stream.write_all(b"X").await.is_ok() {
            pace.tick().await;
        }
    };
    timeout(PATIENCE, gone)
        .await
        .expect("the server resets the connection");
}

#[tokio::test]
async fn an_address_has_no_more_than_its_share_of_connections() {
    let limits = Limits {
        connections_per_address: 2,
        ..Limits::default()
    };
    let served = Served::limited(limits).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = served.connect().await;
        stream.write_all(HELLO).await.expect("written");
        read_until(&mut stream, "hello").await;
        held.push(stream);
    }
    assert_eq!(
        served.exchange(b"").await,
        "",
        "the third is closed at once"
    );
    drop(held);
    let again = async {
        // The server notices the close of the others in its own time.
        while !served
            .exchange(b"GET / HTTP/1.0\r\n\r\n")
            .await
            .ends_with("hello")
        {}
    };
    timeout(PATIENCE, again).await.expect("room again");
}
