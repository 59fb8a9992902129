//! Stopping: what is in progress ends well, what is idle is closed, what is new is refused.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{PATIENCE, Served, read_to_close, read_until};

#[tokio::test]
async fn a_request_in_progress_is_answered_and_then_the_listener_is_gone() {
    let served = Served::new().await;
    let mut busy = served.connect().await;
    let head = b"POST /length HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n";
    busy.write_all(head).await.expect("written");
    busy.write_all(b"\r\n").await.expect("written");
    read_until(&mut busy, "100 Continue").await;
    let mut idle = served.connect().await;
    idle.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .expect("written");
    read_until(&mut idle, "hello").await;

    served.drain.cancel();
    assert_eq!(
        read_to_close(&mut idle).await,
        "",
        "an idle connection is closed"
    );
    busy.write_all(b"abc").await.expect("written");
    let answer = read_to_close(&mut busy).await;
    assert!(
        answer.contains("200 OK") && answer.ends_with('3'),
        "{answer}"
    );
    served.running.await.expect("the listener ends");
    assert!(TcpStream::connect(served.address).await.is_err());
}

#[tokio::test]
async fn what_does_not_end_within_the_grace_is_closed() {
    let served = Served::new().await;
    let mut stuck = served.connect().await;
    stuck
        .write_all(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .expect("written");
    read_until(&mut stuck, "\r\n\r\n").await;
    served.drain.cancel();
    timeout(PATIENCE, served.running)
        .await
        .expect("in time")
        .expect("the listener ends");
    let mut rest = Vec::new();
    let reading = timeout(Duration::from_secs(10), stuck.read_to_end(&mut rest)).await;
    reading.expect("closed").unwrap_or_default();
    assert!(rest.len() < 64 << 20, "the answer was not finished");
}
