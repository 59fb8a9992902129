//! Requests that two readers could take for different ones, and requests that are none.

use super::{Served, read_to_close, read_until};
use tokio::io::AsyncWriteExt;

const GOOD: &str = "GET / HTTP/1.1\r\nHost: a\r\n";

/// What it is called and what is sent, after which the server must refuse with a 4xx or say nothing,
/// and close.
type Case = (&'static str, Vec<u8>);

fn post(fields: &str, body: &str) -> Vec<u8> {
    format!("POST /length HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n{body}").into_bytes()
}

fn get(field: &str) -> Vec<u8> {
    format!("{GOOD}{field}\r\n\r\n").into_bytes()
}

/// Where one reader ends the body and another goes on.
fn lengths() -> Vec<Case> {
    vec![
        (
            "both lengths",
            post(
                "Content-Length: 3\r\nTransfer-Encoding: chunked",
                "0\r\n\r\n",
            ),
        ),
        (
            "both, swapped",
            post(
                "Transfer-Encoding: chunked\r\nContent-Length: 3",
                "0\r\n\r\n",
            ),
        ),
        (
            "two lengths",
            post("Content-Length: 3\r\nContent-Length: 4", "abcd"),
        ),
        ("length with a sign", post("Content-Length: +3", "abc")),
        ("negative length", post("Content-Length: -3", "abc")),
        (
            "length over 64 bits",
            post("Content-Length: 18446744073709551616", "abc"),
        ),
        ("length that is a list", post("Content-Length: 3, 4", "abc")),
        (
            "unknown coding",
            post("Transfer-Encoding: xchunked", "0\r\n\r\n"),
        ),
        (
            "coding before chunked",
            post("Transfer-Encoding: gzip, chunked", "0\r\n\r\n"),
        ),
        (
            "chunked twice",
            post("Transfer-Encoding: chunked, chunked", "0\r\n\r\n"),
        ),
    ]
}

fn chunks() -> Vec<Case> {
    let chunked = |body: &str| post("Transfer-Encoding: chunked", body);
    vec![
        (
            "chunk size over 64 bits",
            chunked("FFFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n"),
        ),
        ("chunk size with a sign", chunked("+3\r\nabc\r\n0\r\n\r\n")),
        ("chunk without its end", chunked("3\r\nabcd\r\n0\r\n\r\n")),
        ("chunk size with 0x", chunked("0x3\r\nabc\r\n0\r\n\r\n")),
    ]
}

fn fields() -> Vec<Case> {
    vec![
        ("folded field", get("X: a\r\n b")),
        ("space before colon", get("X : a")),
        ("name with a space", get("X Y: a")),
        ("bare CR in a value", get("X: a\rb")),
        ("NUL in a value", get("X: a\0b")),
        ("no colon", get("nonsense")),
        (
            "more fields than allowed",
            get(&vec!["X: a"; 150].join("\r\n")),
        ),
        (
            "a field of 20 KB",
            get(&format!("X: {}", "a".repeat(20_000))),
        ),
        (
            "a target of 20 KB",
            format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(20_000)).into_bytes(),
        ),
    ]
}

fn first_lines() -> Vec<Case> {
    vec![
        ("no host", b"GET / HTTP/1.1\r\nX: a\r\n\r\n".to_vec()),
        ("two hosts", get("Host: b")),
        ("HTTP/3.0", b"GET / HTTP/3.0\r\nHost: a\r\n\r\n".to_vec()),
        ("HTTP/0.9", b"GET /\r\n\r\n".to_vec()),
        (
            "space in the target",
            b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n".to_vec(),
        ),
        ("no method", b" / HTTP/1.1\r\nHost: a\r\n\r\n".to_vec()),
        (
            "another protocol",
            b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n".to_vec(),
        ),
        (
            "TLS on a plain port",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec(),
        ),
    ]
}

#[tokio::test]
async fn ambiguous_and_broken_requests_are_refused_and_the_connection_closed() {
    let served = Served::new().await;
    let refused = [lengths(), chunks(), fields(), first_lines()].concat();
    for (what, mut bytes) in refused {
        // A request that the server would answer, were it still listening.
        bytes.extend_from_slice(format!("{GOOD}\r\n").as_bytes());
        let answer = served.exchange(&bytes).await;
        let refused = answer.is_empty() || answer.starts_with("HTTP/1.1 4");
        assert!(refused && !answer.contains("hello"), "{what}: {answer}");
    }
}

#[tokio::test]
async fn a_refusal_of_both_lengths_is_in_the_shape_of_every_400() {
    let served = Served::new().await;
    let both = "Content-Length: 3\r\nTransfer-Encoding: chunked";
    let request = format!("POST /length HTTP/1.1\r\nHost: a\r\n{both}\r\n\r\n");
    let answer = served.exchange(request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(
        answer.contains("{\"errors\":[{\"msg\":\"a request may have"),
        "{answer}"
    );
}

#[tokio::test]
async fn both_lengths_are_found_in_a_later_request_and_in_pieces() {
    let served = Served::new().await;
    let mut stream = served.connect().await;
    stream
        .write_all(format!("{GOOD}\r\n").as_bytes())
        .await
        .expect("written");
    read_until(&mut stream, "hello").await;
    for piece in [
        "POST /length HTTP/1.1\r\nHost: a\r\nContent-",
        "Length: 3\r\n",
    ] {
        stream.write_all(piece.as_bytes()).await.expect("written");
    }
    stream
        .write_all(b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        .await
        .expect("written");
    let answer = read_to_close(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[tokio::test]
async fn unusual_but_clear_requests_are_answered() {
    let served = Served::new().await;
    let close = "Connection: close\r\n";
    for (what, bytes) in [
        (
            "absolute form",
            format!("GET http://a/ HTTP/1.1\r\nHost: a\r\n{close}\r\n"),
        ),
        ("HTTP/1.0 without host", "GET / HTTP/1.0\r\n\r\n".to_owned()),
        (
            "bare LF",
            format!("GET / HTTP/1.1\nHost: a\n{}\n", close.replace('\r', "")),
        ),
        (
            "an upgrade we do not make",
            format!("{GOOD}{close}Upgrade: h2c\r\n\r\n"),
        ),
        ("empty lines before", format!("\r\n\r\n{GOOD}{close}\r\n")),
    ] {
        let answer = served.exchange(bytes.as_bytes()).await;
        assert!(
            answer.starts_with("HTTP/1.") && answer.contains(" 200 "),
            "{what}: {answer}"
        );
        assert!(answer.ends_with("hello"), "{what}: {answer}");
    }
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let served = Served::new().await;
    let post = "POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    let last = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answer = served.exchange(format!("{post}{last}").as_bytes()).await;
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 2, "{answer}");
    assert!(answer.ends_with("hello"), "{answer}");
}

#[tokio::test]
async fn a_body_is_asked_for_when_the_client_waits_to_send_it() {
    let served = Served::new().await;
    let mut stream = served.connect().await;
    let head = "POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n";
    stream
        .write_all(format!("{head}\r\n").as_bytes())
        .await
        .expect("written");
    read_until(&mut stream, "HTTP/1.1 100 Continue").await;
    stream.write_all(b"abcde").await.expect("written");
    assert!(
        read_until(&mut stream, "\r\n\r\n5")
            .await
            .contains("200 OK")
    );
}

#[tokio::test]
async fn a_client_that_closes_its_half_is_still_answered() {
    let served = Served::new().await;
    let mut stream = served.connect().await;
    stream
        .write_all(format!("{GOOD}\r\n").as_bytes())
        .await
        .expect("written");
    stream.shutdown().await.expect("half closed");
    assert!(read_to_close(&mut stream).await.ends_with("hello"));
}
