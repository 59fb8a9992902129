//! Webhook posts to receivers that are slow, endless, rude or gone.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use bytes::Bytes;
use framewright_outbound::{CallError, PostLimits, Posted, RetryAfter};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::outbound;
use crate::server::{Server, answer, pour};

fn headers() -> HeaderMap {
    let secret = HeaderName::from_static("x-webhook-secret");
    HeaderMap::from_iter([(secret, HeaderValue::from_static("open-sesame"))])
}

async fn post_within(limits: PostLimits, url: &str) -> Result<Posted, CallError> {
    let body = Bytes::from_static(b"{\"task_id\":\"1\"}");
    outbound(None)
        .guarded()
        .post(url, headers(), body, &limits)
        .await
}

async fn post(server: &Server) -> Result<Posted, CallError> {
    post_within(PostLimits::default(), &server.url("/hook?k=v")).await
}

fn brief() -> PostLimits {
    PostLimits {
        total: Duration::from_millis(300),
        ..PostLimits::default()
    }
}

fn wait(stream: &mut TcpStream) {
    let _ = std::io::copy(stream, &mut std::io::sink());
}

#[tokio::test]
async fn body_and_headers_arrive_as_given_and_the_answer_is_read() {
    let server = Server::answering(answer("200 OK", "", "thanks"));
    let posted = post(&server).await.expect("an ordinary receiver");
    assert_eq!(
        (posted.status.as_u16(), &posted.body_head[..]),
        (200, b"thanks".as_slice())
    );
    assert_eq!(posted.peer, server.address.ip());
    let request = &server.requests()[0];
    assert!(
        request.starts_with("post /hook?k=v http/1.1\r\n"),
        "{request}"
    );
    assert!(
        request.contains("x-webhook-secret: open-sesame\r\n"),
        "{request}"
    );
    assert!(
        request.ends_with("\r\n\r\n{\"task_id\":\"1\"}"),
        "{request}"
    );
}

#[tokio::test]
async fn no_redirect_is_followed_and_the_secret_stays() {
    let other = Server::answering(answer("200 OK", "", ""));
    for status in [
        "301 a",
        "302 a",
        "303 a",
        "307 a",
        "308 a",
        "302 without location",
    ] {
        let location = match status.contains("without") {
            true => String::new(),
            false => format!("location: {}\r\n", other.url("/")),
        };
        let posted = post(&Server::answering(answer(status, &location, ""))).await;
        assert!(posted.expect(status).status.is_redirection(), "{status}");
    }
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn an_answer_is_cut_at_the_read_cap_whatever_it_declares() {
    for head in [
        "HTTP/1.1 200 OK\r\ncontent-length: 10737418240\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n",
    ] {
        let server = Server::start(move |mut stream, _| {
            let _ = stream.write_all(head.as_bytes());
            pour(&mut stream, &[b'a'; 4096], 1 << 28);
        });
        let posted = post(&server).await.expect("the status came");
        assert_eq!(posted.body_head.len(), 16 * 1024);
    }
}

#[tokio::test]
async fn a_status_counts_even_when_its_body_drips_or_breaks() {
    for text in [
        "HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\nbegun",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nbegun\r\n",
    ] {
        let holding = Server::start(move |mut stream, _| {
            let _ = stream.write_all(text.as_bytes());
            wait(&mut stream);
        });
        let posted = post_within(brief(), &holding.url("/"))
            .await
            .expect("the status came");
        assert_eq!(
            (posted.status.as_u16(), &posted.body_head[..]),
            (200, b"begun".as_slice())
        );
        let posted = post(&Server::answering(text))
            .await
            .expect("the status came");
        assert_eq!(posted.status.as_u16(), 200);
    }
}

#[tokio::test]
async fn a_receiver_that_took_the_request_and_said_nothing_is_unknown() {
    let silent = Server::start(|mut stream, _| wait(&mut stream));
    let got = post_within(brief(), &silent.url("/")).await;
    assert!(matches!(got, Err(CallError::Unknown(_))), "{got:?}");
    for rude in ["", "HTTP/1.1 2", "SSH-2.0-x\r\n\r\n"] {
        let got = post(&Server::answering(rude)).await;
        assert!(
            matches!(got, Err(CallError::Unknown(_))),
            "{rude:?}: {got:?}"
        );
    }
    let flood = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x-a: b\r\n".repeat(1000));
    let got = post(&Server::answering(flood)).await;
    assert!(matches!(got, Err(CallError::Unknown(_))), "{got:?}");
}

#[tokio::test]
async fn a_receiver_that_was_never_reached_is_not_sent() {
    let gone = std::net::TcpListener::bind((crate::server::OPEN, 0)).expect("a free port");
    let address = gone.local_addr().expect("a bound address");
    drop(gone);
    for url in [
        format!("http://{address}/"),
        "http://10.0.0.1/".into(),
        "nonsense".into(),
    ] {
        let got = post_within(PostLimits::default(), &url).await;
        assert!(matches!(got, Err(CallError::NotSent(_))), "{url}: {got:?}");
    }
}

#[tokio::test]
async fn retry_after_is_handed_on() {
    let server = Server::answering(answer("429 Slow", "retry-after: 120\r\n", ""));
    let posted = post(&server).await.expect("an answer");
    assert_eq!(
        posted.retry_after,
        Some(RetryAfter::In(Duration::from_secs(120)))
    );
}

#[tokio::test]
async fn a_hundred_silent_receivers_do_not_hold_up_another() {
    let silent = Server::start(|mut stream, _| wait(&mut stream));
    let good = Server::answering(answer("200 OK", "", ""));
    let mut stuck = tokio::task::JoinSet::new();
    let clients = outbound(None);
    for _ in 0..100 {
        let (clients, url) = (clients.clone(), silent.url("/"));
        let limits = PostLimits::default();
        stuck.spawn(async move {
            clients
                .guarded()
                .post(&url, headers(), Bytes::new(), &limits)
                .await
        });
    }
    while silent.connections() < 100 {
        tokio::task::yield_now().await;
    }
    let posted = post(&good).await.expect("the others hold nothing it needs");
    assert_eq!(posted.status.as_u16(), 200);
    assert!(stuck.try_join_next().is_none(), "they are still waiting");
}
