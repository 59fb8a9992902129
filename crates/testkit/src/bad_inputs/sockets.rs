//! Bytes on a socket that no HTTP client sends: the case's note says which, here stands what they
//! are. Judged by what comes back, or by the close where nothing may.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::case::Case;
use super::judge::expected;
use super::lies::bomb_member;
use super::wire::{Answer, PATIENCE, connect, exchange, parse, request};
use super::world::World;
use super::{http2, links};

const BODY: &str = r#"{"prompt":"a","generation_type":"text2video"}"#;

/// As BODY, of another length: the second reading of an ambiguous request.
const CHUNKED: &str = "2d\r\n{\"prompt\":\"a\",\"generation_type\":\"text2video\"}\r\n0\r\n\r\n";

pub(super) async fn act(world: &World, case: &Case) -> anyhow::Result<()> {
    let note = case.note.as_str();
    match note {
        _ if note.starts_with("Expect: 100-continue") => return continued(world).await,
        _ if note.starts_with("client half-closes") => return half_closed(world).await,
        _ if note.starts_with("connect, send nothing") => return silent(world).await,
        _ if note.starts_with("Range: bytes=0-,0-") => return ranges(world, &case.expect).await,
        "HTTP/2 CONTINUATION flood" => return http2::continuation_flood(world.port()).await,
        "trailers with Authorization" => return unkeyed(world, &trailed()).await,
        _ => {}
    }
    let bytes = bytes(world, note)?;
    let heard = exchange(world.port(), &bytes).await?;
    let Some(answer) = parse(&heard) else {
        // The parser of a listener may also just close.
        ensure!(heard.is_empty(), "neither an answer nor a close");
        ensure!(case.expect != "200", "closed without an answer");
        return Ok(());
    };
    if let Some(task) = answer.task() {
        world.acknowledged(task);
    }
    if note.contains("405 + Allow") {
        ensure!(answer.status == 405, "got {}", answer.text());
        ensure!(answer.header("allow").is_some(), "a 405 without Allow");
    }
    expected(&case.expect, &answer)
}

/// A good request as text, to be bent.
fn good(world: &World) -> String {
    let headers = world.json_headers(world.key());
    let bytes = request("POST", "/kling-imagine", &headers, BODY.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

fn bytes(world: &World, note: &str) -> anyhow::Result<Vec<u8>> {
    let good = good(world);
    let line = |method: &str, target: &str| {
        let first = format!("{method} {target} HTTP/1.1");
        good.replacen("POST /kling-imagine HTTP/1.1", &first, 1)
    };
    let post = |target: &str| line("POST", target);
    let length = format!("Content-Length: {}", BODY.len());
    let framed = |framing: &str| good.replacen(&length, framing, 1);
    let chunked = |framing: &str, body: &str| framed(framing).replacen(BODY, body, 1);
    let target = "/kling-imagine";
    let text = match note {
        _ if note.starts_with("GET on a POST route") => line("GET", target),
        "PATCH" => line("PATCH", target),
        "TRACE" => line("TRACE", target),
        "method of 10 KiB" => line(&"M".repeat(10 << 10), target),
        "HTTP/1.1 without Host" => good.replacen("Host: video.example\r\n", "", 1),
        "absolute-form target" => post("http://video.example/kling-imagine"),
        "path with %00" => post("/kling-imagine%00"),
        "/kling-imagine/ (trailing slash)" => post("/kling-imagine/"),
        "/kling-imagine%20" => post("/kling-imagine%20"),
        "two different Content-Lengths" => framed(&format!("{length}\r\nContent-Length: 2")),
        "Content-Length 18446744073709551616" => framed("Content-Length: 18446744073709551616"),
        "Transfer-Encoding: chunked, chunked" => {
            chunked("Transfer-Encoding: chunked, chunked", CHUNKED)
        }
        "chunk size FFFFFFFFFFFFFFFF" => chunked(
            "Transfer-Encoding: chunked",
            "FFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n",
        ),
        "header name with space" => framed(&format!("{length}\r\nX Y: a")),
        "bare LF line ends" => good.replace("\r\n", "\n"),
        "h2c upgrade" => framed(&format!(
            "{length}\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__"
        ))
        .replacen(
            "Connection: close",
            "Connection: Upgrade, HTTP2-Settings",
            1,
        ),
        "SSH banner on the HTTP port" => "SSH-2.0-OpenSSH_9.6\r\n".into(),
        "gzip bomb 1 MB -> 1 GB body" => return bomb(&framed("Content-Encoding: gzip")),
        other => bail!("no bytes for {other:?}"),
    };
    Ok(text.into_bytes())
}

/// 1 GiB of zeros in 1 MB, under the head of a good request.
fn bomb(request: &str) -> anyhow::Result<Vec<u8>> {
    let (head, _) = request.split_once("\r\n\r\n").context("no head")?;
    let body = bomb_member()?.repeat(16);
    let head = format!("{head}\r\nContent-Length: {}\r\n\r\n", body.len());
    Ok([head.as_bytes(), &body].concat())
}

/// A request whose key comes only after its body.
fn trailed() -> Vec<u8> {
    let key = crate::crash::process::KEY;
    let body = CHUNKED.replacen(
        "0\r\n\r\n",
        &format!("0\r\nAuthorization: {key}\r\n\r\n"),
        1,
    );
    format!(
        "POST /kling-imagine HTTP/1.1\r\nHost: video.example\r\nContent-Type: application/json\r\n\
        Transfer-Encoding: chunked\r\nTrailer: Authorization\r\nConnection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

/// What comes after the body authenticates nobody.
async fn unkeyed(world: &World, bytes: &[u8]) -> anyhow::Result<()> {
    let heard = exchange(world.port(), bytes).await?;
    expected("401", &parse(&heard).context("no answer")?)
}

async fn rest(stream: &mut TcpStream) -> anyhow::Result<Vec<u8>> {
    let mut heard = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut heard)).await;
    read.context("it neither answered nor closed")??;
    Ok(heard)
}

fn taken(world: &World, heard: &[u8]) -> anyhow::Result<Answer> {
    let answer = parse(heard).context("no answer")?;
    expected("200", &answer)?;
    world.acknowledged(answer.task().context("no task")?);
    Ok(answer)
}

/// The server asks for a body that the client announces, and then takes it.
async fn continued(world: &World) -> anyhow::Result<()> {
    let good = good(world).replacen(
        "Connection: close",
        "Connection: close\r\nExpect: 100-continue",
        1,
    );
    let head = good.strip_suffix(BODY).context("no body")?;
    let mut stream = connect(world.port()).await?;
    stream.write_all(head.as_bytes()).await?;
    let mut asked = [0; 25];
    let read = tokio::time::timeout(PATIENCE, stream.read_exact(&mut asked)).await;
    read.context("the body was not asked for")??;
    ensure!(
        asked.starts_with(b"HTTP/1.1 100 "),
        "not asked for the body"
    );
    stream.write_all(BODY.as_bytes()).await?;
    taken(world, &rest(&mut stream).await?)?;
    Ok(())
}

async fn half_closed(world: &World) -> anyhow::Result<()> {
    let mut stream = connect(world.port()).await?;
    stream.write_all(good(world).as_bytes()).await?;
    stream.shutdown().await?;
    taken(world, &rest(&mut stream).await?)?;
    Ok(())
}

/// Closed by the server, at the latest after 30 s; an answer, if there is one, is a 408.
async fn silent(world: &World) -> anyhow::Result<()> {
    let mut stream = connect(world.port()).await?;
    let heard = tokio::time::timeout(Duration::from_secs(30), rest(&mut stream)).await??;
    match parse(&heard) {
        None => Ok(()),
        Some(answer) => expected("408", &answer),
    }
}

async fn ranges(world: &World, expect: &str) -> anyhow::Result<()> {
    let many = vec!["0-"; 1_000].join(",");
    let header = [("Range".to_owned(), format!("bytes={many}"))];
    expected(expect, &links::good(world, &header).await?)
}
