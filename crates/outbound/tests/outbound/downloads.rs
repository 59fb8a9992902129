//! Downloads from origins that lie, stall, flood and break off.

use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use framewright_outbound::{FetchError, GetLimits};

use crate::server::{Server, answer, pour};
use crate::{limits, outbound};

async fn get_within(limits: GetLimits, server: &Server) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    let url = server.url("/a.png?token=t#part");
    let outbound = outbound(None);
    let fetched = outbound
        .guarded()
        .get_to_sink(&url, &limits, &mut body)
        .await?;
    assert_eq!(
        (fetched.bytes, fetched.peer),
        (body.len() as u64, server.address.ip())
    );
    Ok(body)
}

async fn get(server: &Server) -> Result<Vec<u8>, FetchError> {
    get_within(limits(), server).await
}

/// An origin that does this after each request's head.
fn origin(behave: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Server {
    Server::start(move |mut stream, _| {
        behave(&mut stream);
        let _ = stream.shutdown(std::net::Shutdown::Both);
    })
}

fn say(stream: &mut TcpStream, text: &str) {
    let _ = stream.write_all(text.as_bytes());
}

/// Holds the connection open until the other side closes it.
fn wait(stream: &mut TcpStream) {
    let _ = std::io::copy(stream, &mut std::io::sink());
}

#[tokio::test]
async fn a_plain_download_arrives_whole_and_asks_for_nothing_fancy() {
    let server = Server::answering(answer("200 OK", "content-type: image/png\r\n", "pixels"));
    assert_eq!(get(&server).await.expect("an ordinary answer"), b"pixels");
    let request = &server.requests()[0];
    for line in [
        "get /a.png?token=t http/1.1\r\n",
        &format!("host: {}\r\n", server.address),
        "accept-encoding: identity\r\n",
        "user-agent: framewright/",
    ] {
        assert!(request.contains(line), "{line} in {request}");
    }
    assert!(!request.contains("cookie"), "{request}");
}

#[tokio::test]
async fn up_to_three_redirects_are_followed_and_a_fourth_is_not() {
    for (chain, outcome) in [(3, Ok(4)), (4, Err(4)), (30, Err(4))] {
        let server = Server::start(move |mut stream, request| {
            let hop: usize = request[5..]
                .split([' ', '?'])
                .next()
                .unwrap_or("")
                .parse()
                .unwrap_or(0);
            let location = format!("location: /{}\r\n", hop + 1);
            match hop < chain {
                true => say(&mut stream, &answer("302 Found", &location, "")),
                false => say(&mut stream, &answer("200 OK", "", "end")),
            }
        });
        let got = get(&server).await;
        match outcome {
            Ok(_) => assert_eq!(got.expect("within the hops"), b"end"),
            Err(_) => assert!(matches!(got, Err(FetchError::TooManyRedirects)), "{got:?}"),
        }
        let (Ok(requests) | Err(requests)) = outcome;
        assert_eq!(server.connections(), requests, "chain of {chain}");
    }
}

#[tokio::test]
async fn answers_that_are_no_download_are_told_apart() {
    for (head, wanted) in [
        (answer("302 Found", "", ""), FetchError::Status(302)),
        (answer("404 Not Found", "", "no"), FetchError::Status(404)),
        (
            answer("206 Partial Content", "", "pa"),
            FetchError::Status(206),
        ),
        (answer("500 Oops", "", ""), FetchError::Status(500)),
        ("HTTP/1.1 204 No Content\r\n\r\n".into(), FetchError::Empty),
        (answer("200 OK", "", ""), FetchError::Empty),
        (
            answer("200 OK", "content-encoding: gzip\r\n", "\u{1f}\u{8b}"),
            FetchError::Encoded,
        ),
        (
            answer("200 OK", "content-encoding: br, gzip\r\n", "x"),
            FetchError::Encoded,
        ),
    ] {
        let got = get(&Server::answering(head.clone()))
            .await
            .expect_err(&head);
        assert_eq!(got.to_string(), wanted.to_string(), "{head}");
    }
}

#[tokio::test]
async fn what_is_not_http_is_a_protocol_error() {
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x-a: b\r\n".repeat(1000));
    let long = format!("HTTP/1.1 200 OK\r\nx-a: {}\r\n\r\n", "b".repeat(1_000_000));
    for head in ["hello\r\n\r\n", "\0\0\0\0\0\0\0\0\r\n\r\n", &many, &long] {
        let got = get(&Server::answering(head)).await.expect_err("not HTTP");
        assert!(matches!(got, FetchError::Protocol(_)), "{got}");
    }
}

#[tokio::test]
async fn a_declared_length_over_the_cap_is_refused_before_the_body() {
    let server = origin(|stream| {
        say(
            stream,
            "HTTP/1.1 200 OK\r\ncontent-length: 10737418240\r\n\r\n",
        );
        wait(stream);
    });
    let got = get(&server).await;
    assert!(
        matches!(got, Err(FetchError::TooLarge { cap: 1_000_000 })),
        "{got:?}"
    );
}

#[tokio::test]
async fn an_endless_body_is_cut_at_the_cap_whether_chunked_or_not() {
    for (head, piece) in [
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
            "400\r\n",
        ),
        ("HTTP/1.1 200 OK\r\n\r\n", ""),
    ] {
        let poured = Arc::new(AtomicUsize::new(0));
        let count = poured.clone();
        let server = origin(move |stream| {
            say(stream, head);
            let block = match piece {
                "" => "a".repeat(1024),
                size => format!("{size}{}\r\n", "a".repeat(1024)),
            };
            count.store(pour(stream, block.as_bytes(), 1 << 30), Ordering::SeqCst);
        });
        let got = get(&server).await;
        assert!(matches!(got, Err(FetchError::TooLarge { .. })), "{got:?}");
        assert!(
            poured.load(Ordering::SeqCst) < 1 << 28,
            "the rest was never taken"
        );
    }
}

#[tokio::test]
async fn a_body_of_exactly_the_cap_is_whole() {
    let server = Server::answering(answer("200 OK", "", &"a".repeat(1000)));
    let exact = GetLimits {
        max_bytes: 1000,
        ..limits()
    };
    assert_eq!(
        get_within(exact, &server)
            .await
            .expect("within the cap")
            .len(),
        1000
    );
    let short = GetLimits {
        max_bytes: 999,
        ..limits()
    };
    let got = get_within(short, &server).await;
    assert!(
        matches!(got, Err(FetchError::TooLarge { cap: 999 })),
        "{got:?}"
    );
}

#[tokio::test]
async fn a_body_that_breaks_off_is_truncated_and_never_whole() {
    for text in [
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n5\r\nab",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nabcde\r\n",
        "HTTP/1.1 200 OK\r\ncontent-le",
        "",
    ] {
        let got = get(&Server::answering(text)).await.expect_err(text);
        assert!(matches!(got, FetchError::Truncated(_)), "{text:?}: {got}");
    }
}

#[tokio::test]
async fn bytes_beyond_the_declared_length_are_not_taken() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhalfmore");
    assert_eq!(get(&server).await.expect("the declared part"), b"half");
}

#[tokio::test]
async fn silence_is_a_stall_before_the_head_and_within_the_body() {
    let brief = GetLimits {
        stall: Duration::from_millis(150),
        ..limits()
    };
    for text in [
        "",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf",
    ] {
        let server = origin(move |stream| {
            say(stream, text);
            wait(stream);
        });
        let got = get_within(brief, &server).await.expect_err(text);
        assert!(matches!(got, FetchError::Stalled { .. }), "{text:?}: {got}");
    }
}

#[tokio::test]
async fn a_drip_that_never_stalls_ends_at_the_deadline() {
    let brief = GetLimits {
        total: Duration::from_millis(300),
        ..limits()
    };
    let drips = [
        "HTTP/1.1 200 OK\r\ncontent-length: 999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nx-a: ",
    ];
    for head in drips {
        let server = origin(move |stream| {
            say(stream, head);
            let waiter = std::sync::Condvar::new();
            let lock = std::sync::Mutex::new(());
            while stream.write_all(b"a").is_ok() {
                let guard = lock.lock().expect("nobody else locks it");
                let _ = waiter.wait_timeout(guard, Duration::from_millis(20));
            }
        });
        let got = get_within(brief, &server).await;
        assert!(matches!(got, Err(FetchError::Deadline)), "{got:?}");
    }
}

#[tokio::test]
async fn interim_answers_without_end_are_bounded() {
    let brief = GetLimits {
        stall: Duration::from_millis(300),
        ..limits()
    };
    let server = origin(|stream| {
        pour(stream, b"HTTP/1.1 100 Continue\r\n\r\n", usize::MAX);
    });
    let got = get_within(brief, &server)
        .await
        .expect_err("no answer ever comes");
    assert!(
        matches!(got, FetchError::Stalled { .. } | FetchError::Protocol(_)),
        "{got}"
    );
}

#[tokio::test]
async fn a_closed_port_is_a_connect_error() {
    let gone = std::net::TcpListener::bind((crate::server::OPEN, 0)).expect("a free port");
    let address = gone.local_addr().expect("a bound address");
    drop(gone);
    let mut body = Vec::new();
    let url = format!("http://{address}/");
    let got = outbound(None)
        .guarded()
        .get_to_sink(&url, &limits(), &mut body)
        .await;
    assert!(matches!(got, Err(FetchError::Connect(_))), "{got:?}");
}

#[tokio::test]
async fn a_sink_that_fails_ends_the_download() {
    struct Full;
    impl framewright_outbound::Sink for Full {
        async fn write(&mut self, _piece: bytes::Bytes) -> std::io::Result<()> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
    }
    let server = Server::answering(answer("200 OK", "", "pixels"));
    let got = outbound(None)
        .guarded()
        .get_to_sink(&server.url("/"), &limits(), &mut Full)
        .await;
    assert!(matches!(got, Err(FetchError::Sink(_))), "{got:?}");
}
