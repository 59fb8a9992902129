//! No connection to a denied address, from any spelling, any DNS answer and any redirect.

use std::time::Duration;

use bytes::Bytes;
use framewright_core::address::Allow;
use framewright_core::url_rules::check_user_url;
use framewright_outbound::{CallError, FetchError, Outbound, PostLimits};
use http::HeaderMap;

use crate::dns::{self, Say};
use crate::server::{Server, answer};
use crate::{limits, opened, outbound};

/// One line of the file of bad URLs.
struct Case {
    url: String,
    /// Whether the text alone must be refused, or only the connection.
    by_text: bool,
}

fn cases() -> Vec<Case> {
    let lines = include_str!("data/bad_urls.jsonl").lines();
    let read = |line: &str| -> serde_json::Value { serde_json::from_str(line).expect("JSON") };
    lines
        .map(read)
        .map(|case| Case {
            url: case["url"].as_str().expect("a URL").to_owned(),
            by_text: case["expect"] == "400",
        })
        .collect()
}

/// The URL as it is and, where it names no port, at the sink's: a guard that fails must be seen.
fn aimed(url: &str, sink: u16) -> Vec<String> {
    let url = url.replace("{{sink}}", &sink.to_string());
    let Some((scheme, rest)) = url.split_once("://") else {
        return vec![url];
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    match host.ends_with(']') || !host.contains(':') {
        true => vec![url.clone(), format!("{scheme}://{host}:{sink}{path}")],
        false => vec![url],
    }
}

async fn get(outbound: &Outbound, url: &str) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    outbound
        .guarded()
        .get_to_sink(url, &limits(), &mut body)
        .await
        .map(|_| body)
}

async fn refuses_to_connect(outbound: &Outbound, url: &str) {
    let fetched = get(outbound, url).await.expect_err(url);
    let refused = |error: &FetchError| {
        matches!(
            error,
            FetchError::BadUrl(_) | FetchError::Denied(_) | FetchError::Dns(_)
        )
    };
    assert!(refused(&fetched), "{url:?}: {fetched}");
    let posted = outbound
        .guarded()
        .post(
            url,
            HeaderMap::new(),
            Bytes::from_static(b"{}"),
            &PostLimits::default(),
        )
        .await
        .expect_err(url);
    assert!(
        matches!(&posted, CallError::NotSent(cause) if refused(cause)),
        "{url:?}: {posted}"
    );
}

#[tokio::test]
async fn no_listed_url_reaches_loopback_by_any_spelling() {
    let sink = Server::sink(0);
    let outbound = outbound(Some(dns::always(&["127.0.0.1", "::1"])));
    let cases = cases();
    assert!(cases.len() >= 75, "the list is whole");
    for case in cases {
        for url in aimed(&case.url, sink.port()) {
            if case.by_text {
                assert!(check_user_url(&url, &Allow::default()).is_err(), "{url:?}");
            }
            refuses_to_connect(&outbound, &url).await;
        }
    }
    assert_eq!(sink.connections(), 0);
}

#[tokio::test]
async fn a_host_that_a_sample_elides_is_refused_for_good_whatever_dns_would_say() {
    let sink = Server::sink(0);
    let open = opened("127.0.0.0/8", Some(dns::always(&["127.0.0.1"])));
    for host in ["............xxx.png", "........"] {
        let url = format!("http://{host}:{}/", sink.port());
        let refused = get(&open, &url).await.expect_err(host);
        assert!(
            matches!(refused, FetchError::BadUrl(_)),
            "{host}: {refused}"
        );
        assert!(!refused.may_pass(), "{host}: trying again cannot help");
    }
    assert_eq!(sink.connections(), 0);
}

#[tokio::test]
async fn the_same_urls_would_reach_the_sink_if_loopback_were_open() {
    let sink = Server::sink(0);
    let open = opened("127.0.0.0/8", None);
    let spellings = [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "①②⑦.⓪.⓪.①",
        "localhost",
    ];
    for host in spellings {
        let body = get(&open, &format!("http://{host}:{}/", sink.port())).await;
        assert_eq!(body.expect(host), b"secret", "{host}");
    }
    assert_eq!(sink.connections(), spellings.len());
}

#[tokio::test]
async fn a_name_is_dialled_at_the_address_that_was_judged() {
    let origin = Server::answering(answer("200 OK", "", "public"));
    let sink = Server::sink(origin.port());
    let dns = dns::start(|_, before| {
        let address = if before.is_multiple_of(2) {
            "127.8.8.8"
        } else {
            "127.0.0.1"
        };
        Say::Addresses(vec![address.parse().expect("an address")])
    });
    let outbound = outbound(Some(dns));
    let url = format!("http://rebind.test:{}/", origin.port());
    for _ in 0..5 {
        assert_eq!(
            get(&outbound, &url).await.expect("the open address"),
            b"public"
        );
        let refused = get(&outbound, &url)
            .await
            .expect_err("the name now means loopback");
        assert!(matches!(refused, FetchError::Denied(_)), "{refused}");
    }
    assert_eq!((origin.connections(), sink.connections()), (5, 0));
}

#[tokio::test]
async fn one_denied_answer_refuses_the_whole_name() {
    let origin = Server::answering(answer("200 OK", "", "public"));
    let sink = Server::sink(origin.port());
    let mixes: [&[&str]; 5] = [
        &["127.8.8.8", "127.0.0.1"],
        &["127.0.0.1", "127.8.8.8"],
        &["127.8.8.8", "::1"],
        &["127.8.8.8", "::ffff:127.0.0.1"],
        &["127.8.8.8", "fd00:ec2::254"],
    ];
    for mix in mixes {
        let outbound = outbound(Some(dns::always(mix)));
        let refused = get(&outbound, &format!("http://mixed.test:{}/", origin.port())).await;
        assert!(
            matches!(refused, Err(FetchError::Denied(_))),
            "{mix:?}: {refused:?}"
        );
    }
    assert_eq!((origin.connections(), sink.connections()), (0, 0));
}

#[tokio::test]
async fn an_alias_of_localhost_is_judged_by_its_address() {
    let sink = Server::sink(0);
    let local = || vec!["127.0.0.1".parse().expect("an address")];
    let dns = dns::start(move |_, _| Say::Alias("localhost", local()));
    let refused = get(
        &outbound(Some(dns)),
        &format!("http://cname.test:{}/", sink.port()),
    )
    .await;
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(sink.connections(), 0);
}

#[tokio::test]
async fn a_name_with_more_answers_than_the_cap_is_refused() {
    let origin = Server::answering(answer("200 OK", "", "public"));
    let url = format!("http://many.test:{}/", origin.port());
    let many = vec!["127.8.8.8"; 33];
    let refused = get(&outbound(Some(dns::always(&many))), &url).await;
    assert!(matches!(refused, Err(FetchError::Dns(_))), "{refused:?}");
    assert_eq!(origin.connections(), 0);
    let body = get(&outbound(Some(dns::always(&many[..32]))), &url).await;
    assert_eq!(body.expect("as many as allowed"), b"public");
}

/// The clock is paused: it jumps to the resolver's deadline as soon as nothing else can happen.
#[tokio::test(start_paused = true)]
async fn a_silent_dns_server_ends_in_a_dns_error_within_its_deadline() {
    let dns = dns::start(|_, _| Say::Nothing);
    let start = tokio::time::Instant::now();
    let refused = get(&outbound(Some(dns)), "http://slow.test/").await;
    assert!(
        matches!(refused, Err(FetchError::Dns(_) | FetchError::Deadline)),
        "{refused:?}"
    );
    assert!(
        start.elapsed() <= Duration::from_secs(6),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn a_name_without_addresses_is_refused_with_the_same_words_as_a_private_one() {
    let nowhere = get(&outbound(Some(dns::always(&[]))), "http://none.test/").await;
    let private = get(
        &outbound(Some(dns::always(&["10.0.0.1"]))),
        "http://in.test/",
    )
    .await;
    let text = |result: Result<_, FetchError>| result.expect_err("refused").public_text();
    assert_eq!(text(nowhere), text(private));
}

#[tokio::test]
async fn a_redirect_is_judged_like_a_new_url() {
    let sink = Server::sink(0);
    let port = sink.port();
    let outbound = outbound(Some(dns::always(&["127.0.0.1"])));
    for location in [
        format!("http://127.0.0.1:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("http://inside.test:{port}/"),
        format!("//0x7f.1:{port}/"),
        format!("http://a@127.8.8.8:{port}/"),
        "file:///etc/passwd".to_owned(),
        "gopher://127.8.8.8/".to_owned(),
    ] {
        let headers = format!("location: {location}\r\n");
        let origin = Server::answering(answer("302 Found", &headers, ""));
        let refused = get(&outbound, &origin.url("/")).await.expect_err(&location);
        let right = matches!(refused, FetchError::BadUrl(_) | FetchError::Denied(_));
        assert!(right && origin.connections() == 1, "{location}: {refused}");
    }
    assert_eq!(sink.connections(), 0);
}

#[tokio::test]
async fn our_own_ports_are_closed_on_every_host() {
    let origin = Server::answering(answer("200 OK", "", "public"));
    let allow = Allow {
        ranges: vec!["127.0.0.0/8".parse().expect("a range")],
        own_ports: vec![origin.port()],
    };
    let config = framewright_outbound::OutboundConfig {
        allow,
        ..Default::default()
    };
    let outbound = Outbound::new(config).expect("a valid configuration");
    refuses_to_connect(&outbound, &origin.url("/")).await;
    assert_eq!(origin.connections(), 0);
}
