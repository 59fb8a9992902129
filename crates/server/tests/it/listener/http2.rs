//! HTTP/2 with prior knowledge, frame by frame, and the floods that servers fell to.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{PATIENCE, Served, read_to_close, short, timed};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// `GET http://a/`: method, scheme and path from the static table, the authority spelt out
/// (RFC 7541, appendix A).
const GET_ROOT: &[u8] = &[0x82, 0x86, 0x84, 0x41, 0x01, b'a'];

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    let mut bytes = vec![length[1], length[2], length[3], kind, flags];
    bytes.extend_from_slice(&stream.to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

/// The next frame: its kind and payload; `None` at the end of the connection.
async fn next(stream: &mut TcpStream) -> Option<(u8, Vec<u8>)> {
    let mut head = [0; 9];
    timeout(PATIENCE, stream.read_exact(&mut head))
        .await
        .expect("an answer or a close")
        .ok()?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; length as usize];
    stream.read_exact(&mut payload).await.ok()?;
    Some((head[3], payload))
}

async fn opened(served: &Served) -> TcpStream {
    let mut stream = served.connect().await;
    stream.write_all(PREFACE).await.expect("written");
    stream
        .write_all(&frame(SETTINGS, 0, 0, &[]))
        .await
        .expect("written");
    stream
}

/// Whether the server says GOAWAY, or just goes.
async fn goes_away(stream: &mut TcpStream) -> bool {
    while let Some((kind, _)) = next(stream).await {
        if kind == GOAWAY {
            return true;
        }
        if kind == HEADERS {
            return false;
        }
    }
    true
}

#[tokio::test]
async fn a_request_over_http2_is_answered() {
    let served = Served::new().await;
    let mut stream = opened(&served).await;
    let request = frame(HEADERS, END_STREAM | END_HEADERS, 1, GET_ROOT);
    stream.write_all(&request).await.expect("written");
    loop {
        let (kind, payload) = next(&mut stream).await.expect("an answer");
        if kind == HEADERS {
            assert_eq!(payload[0], 0x88, "`:status: 200` of the static table");
            return;
        }
    }
}

#[tokio::test]
async fn an_http2_connection_without_requests_is_closed() {
    let served = Served::limited(short()).await;
    let mut stream = opened(&served).await;
    let (_, after) = timed(read_to_close(&mut stream)).await;
    assert!(after >= short().idle / 2, "{after:?}");
}

#[tokio::test]
async fn streams_that_are_opened_and_reset_at_once_end_the_connection() {
    let served = Served::new().await;
    let mut stream = opened(&served).await;
    let mut flood = Vec::new();
    for number in 0..2_000 {
        let id = number * 2 + 1;
        flood.extend(frame(HEADERS, END_HEADERS, id, GET_ROOT));
        flood.extend(frame(RST_STREAM, 0, id, &8_u32.to_be_bytes()));
    }
    let _ = stream.write_all(&flood).await;
    assert!(goes_away(&mut stream).await);
}

#[tokio::test]
async fn a_head_without_end_ends_the_connection() {
    let served = Served::new().await;
    let mut stream = opened(&served).await;
    let mut flood = frame(HEADERS, END_STREAM, 1, GET_ROOT);
    // Literal fields of 1 KB each, none of them the last.
    let mut field = vec![0x00, 0x01, b'x', 0x7f, 0xff, 0x06];
    field.extend_from_slice(&[b'a'; 127 + 0x7f + (6 << 7)]);
    for _ in 0..200 {
        flood.extend(frame(CONTINUATION, 0, 1, &field));
    }
    let _ = stream.write_all(&flood).await;
    assert!(goes_away(&mut stream).await);
}
