//! HTTP/2 by hand, as far as the cases need it (RFC 9113).

use anyhow::Context;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::wire::{PATIENCE, connect};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const CONTINUATION: u8 = 9;

/// `GET http://a/`: method, scheme and path of the static table, the authority spelt out (RFC 7541,
/// appendix A).
const GET_ROOT: &[u8] = &[0x82, 0x86, 0x84, 0x41, 0x01, b'a'];

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len())
        .unwrap_or(u32::MAX)
        .to_be_bytes();
    let head = [length[1], length[2], length[3], kind, flags];
    [&head, &stream.to_be_bytes()[..], payload].concat()
}

/// A head that never ends: the server has to end the connection.
///
/// # Errors
/// When it does not.
pub(super) async fn continuation_flood(port: u16) -> anyhow::Result<()> {
    let mut stream = connect(port).await?;
    let opening = [
        PREFACE.to_vec(),
        frame(SETTINGS, 0, 0, &[]),
        frame(HEADERS, 0, 1, GET_ROOT),
    ];
    stream.write_all(&opening.concat()).await?;
    // A literal field with a value of 16 bytes, many times.
    let fields = [&[0x00, 0x01, b'x', 0x10], &[b'a'; 16][..]]
        .concat()
        .repeat(200);
    let (mut reads, mut writes) = stream.into_split();
    let flooding = async {
        while writes
            .write_all(&frame(CONTINUATION, 0, 1, &fields))
            .await
            .is_ok()
        {
            tokio::task::yield_now().await;
        }
    };
    // Whatever it says first, it closes.
    let closing = async {
        let mut piece = [0; 4096];
        while let Ok(1..) = reads.read(&mut piece).await {}
    };
    let ended = timeout(PATIENCE, async {
        tokio::select! {
            () = flooding => {}
            () = closing => {}
        }
    });
    ended.await.context("the flood was read for ever")
}
