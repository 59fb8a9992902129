//! Calls to configured origins: which failures are "not sent", what is kept open, where secrets go.

use std::io::Write;
use std::time::Duration;

use framewright_outbound::{
    Answer, CallError, CallLimits, FetchError, Origin, Outbound, OutboundConfig, Request,
};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method};

use crate::dns;
use crate::limits;
use crate::server::{Server, answer};

/// Nothing is opened for users: configured origins need no permission.
fn clients() -> Outbound {
    Outbound::new(OutboundConfig::default()).expect("a valid configuration")
}

fn origin(server: &Server) -> Origin {
    Origin::of(&server.url("/")).expect("an origin")
}

async fn call(server: &Server, request: Request) -> Result<Answer, CallError> {
    clients().trusted().call(&origin(server), request).await
}

fn submit() -> Request {
    Request::post_json("/v1/videos?a=b", "{}")
        .header(AUTHORIZATION, HeaderValue::from_static("Bearer s3cret"))
}

#[tokio::test]
async fn a_call_carries_its_headers_and_body_and_reads_the_answer() {
    let server = Server::answering(answer("201 Created", "retry-after: 7\r\n", "{\"id\":1}"));
    for request in [
        submit(),
        Request {
            method: Method::GET,
            ..submit()
        },
    ] {
        let answer = call(&server, request).await.expect("an ordinary answer");
        assert_eq!(
            (answer.status.as_u16(), &answer.body[..]),
            (201, b"{\"id\":1}".as_slice())
        );
        assert!(answer.retry_after().is_some());
    }
    for (request, method) in server.requests().iter().zip(["post", "get"]) {
        assert!(
            request.starts_with(&format!("{method} /v1/videos?a=b http/1.1\r\n")),
            "{request}"
        );
        assert!(
            request.contains("authorization: bearer s3cret\r\n"),
            "{request}"
        );
        assert!(
            request.contains(&format!("host: {}\r\n", server.address)),
            "{request}"
        );
        assert!(request.ends_with("{}"), "{request}");
    }
}

#[tokio::test]
async fn what_fails_before_a_byte_left_is_not_sent() {
    let gone = std::net::TcpListener::bind((crate::server::OPEN, 0)).expect("a free port");
    let closed = format!("http://{}", gone.local_addr().expect("a bound address"));
    drop(gone);
    let plain = Server::raw(crate::server::OPEN, 0, |mut stream, _| {
        let _ = stream.write_all(b"220 not tls\r\n");
    });
    let no_tls = format!("https://{}", plain.address);
    let config = OutboundConfig {
        dns: Some(dns::always(&[])),
        ..OutboundConfig::default()
    };
    let clients = Outbound::new(config).expect("a valid configuration");
    for target in [closed.as_str(), no_tls.as_str(), "http://nowhere.test"] {
        for request in [submit(), Request::get("/")] {
            let origin = Origin::of(target).expect("an origin");
            let got = clients.trusted().call(&origin, request).await;
            assert!(
                matches!(got, Err(CallError::NotSent(_))),
                "{target}: {got:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_path_that_is_none_is_not_sent() {
    let server = Server::answering(answer("200 OK", "", ""));
    for path in [
        "",
        "v1",
        "http://elsewhere.example/",
        "@elsewhere.example/",
        "/a b",
    ] {
        let got = call(&server, Request::get(path)).await;
        assert!(
            matches!(got, Err(CallError::NotSent(_))),
            "{path:?}: {got:?}"
        );
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn what_fails_after_the_request_left_is_unknown() {
    let limits = CallLimits {
        total: Duration::from_millis(300),
        ..CallLimits::default()
    };
    for text in [
        "",
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf",
        "garbage\r\n\r\n",
    ] {
        let got = call(&Server::answering(text), submit()).await;
        assert!(
            matches!(got, Err(CallError::Unknown(_))),
            "{text:?}: {got:?}"
        );
        let holding = Server::start(move |mut stream, _| {
            let _ = stream.write_all(text.as_bytes());
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        });
        let got = call(&holding, submit().limits(limits)).await;
        assert!(
            matches!(got, Err(CallError::Unknown(_))),
            "{text:?}: {got:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_over_the_cap_is_unknown_for_both_kinds() {
    let server = Server::answering(answer("200 OK", "", &"a".repeat(5000)));
    let limits = CallLimits {
        max_bytes: 4999,
        ..CallLimits::default()
    };
    for request in [submit(), Request::get("/")] {
        let got = call(&server, request.limits(limits)).await;
        let large = matches!(
            got,
            Err(CallError::Unknown(FetchError::TooLarge { cap: 4999 }))
        );
        assert!(large, "{got:?}");
    }
}

#[tokio::test]
async fn reads_share_a_connection_and_each_submit_has_its_own() {
    let server = Server::start(|mut stream, _| {
        let _ = stream.write_all(answer("200 OK", "", "{}").as_bytes());
    });
    let clients = clients();
    let origin = origin(&server);
    for _ in 0..4 {
        clients
            .trusted()
            .call(&origin, Request::get("/"))
            .await
            .expect("an answer");
    }
    assert_eq!(server.connections(), 1, "four reads over one connection");
    for _ in 0..2 {
        clients
            .trusted()
            .call(&origin, submit())
            .await
            .expect("an answer");
    }
    assert_eq!(server.connections(), 3, "and one for each submit");
}

#[tokio::test]
async fn no_redirect_takes_a_secret_elsewhere() {
    let other = Server::answering(answer("200 OK", "", "x"));
    let location = format!("location: {}\r\n", other.url("/"));
    let server = Server::answering(answer("307 Elsewhere", &location, ""));
    for request in [submit(), Request::get("/")] {
        let answer = call(&server, request).await.expect("the redirect itself");
        assert_eq!(answer.status.as_u16(), 307);
    }
    let mut body = Vec::new();
    let got = clients()
        .trusted()
        .get_to_sink(
            &origin(&server),
            "/out.mp4",
            HeaderMap::new(),
            &limits(),
            &mut body,
        )
        .await;
    assert!(matches!(got, Err(FetchError::Status(307))), "{got:?}");
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn a_result_at_a_configured_origin_is_streamed_with_its_credentials() {
    let server = Server::answering(answer("200 OK", "content-type: video/mp4\r\n", "film"));
    let mut body = Vec::new();
    let headers = submit().headers;
    let fetched = clients()
        .trusted()
        .get_to_sink(&origin(&server), "/out.mp4", headers, &limits(), &mut body)
        .await
        .expect("an ordinary answer");
    assert_eq!((fetched.bytes, body.as_slice()), (4, b"film".as_slice()));
    assert_eq!(fetched.content_type.as_deref(), Some("video/mp4"));
    assert!(server.requests()[0].contains("authorization: bearer s3cret\r\n"));
}

#[tokio::test]
async fn a_configured_dns_server_also_gets_the_names_of_configured_origins() {
    let server = Server::answering(answer("200 OK", "", "{}"));
    let config = OutboundConfig {
        dns: Some(dns::always(&["127.8.8.8"])),
        ..Default::default()
    };
    let clients = Outbound::new(config).expect("a valid configuration");
    let origin = Origin::of(&format!("http://vendor.test:{}", server.port())).expect("an origin");
    let answer = clients
        .trusted()
        .call(&origin, Request::get("/"))
        .await
        .expect("an answer");
    assert_eq!(answer.status.as_u16(), 200);
}
