//! Who is at the other end of a request, and how they reached us: through configured proxies, or
//! themselves. Forwarded headers of anyone else are not read.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::ConnectInfo;
use http::header::HOST;
use http::request::Parts;

use crate::parts::ApiSettings;

/// The address that limits count: the peer, or the last address before our own proxies.
pub(crate) fn address(head: &Parts, settings: &ApiSettings) -> IpAddr {
    let peer = direct(head);
    if !is_proxy(peer, settings) {
        return peer;
    }
    let forwarded = head.headers.get_all("x-forwarded-for").iter();
    let hops: Vec<&str> = forwarded
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    hops.iter()
        .rev()
        .map_while(|hop| hop.trim().parse().ok())
        .find(|hop| !is_proxy(*hop, settings))
        .unwrap_or(peer)
}

/// Scheme, host and prefix of the links of a task that this request makes, without a
/// slash at the end. None when the request names no usable host.
pub(crate) fn base_url(head: &Parts, settings: &ApiSettings) -> Option<String> {
    if let Some(url) = &settings.public_url {
        return Some(url.trim_end_matches('/').to_owned());
    }
    let proxied = is_proxy(direct(head), settings);
    let forwarded = |name| {
        let value = proxied.then(|| head.headers.get(name)).flatten()?;
        // With several proxies the first value is what the client used.
        value.to_str().ok()?.split(',').next().map(str::trim)
    };
    let host = forwarded("x-forwarded-host")
        .or_else(|| own_host(head))
        .filter(|host| is_host(host))?;
    let scheme = match forwarded("x-forwarded-proto") {
        Some("https") => "https",
        Some("http") => "http",
        _ if settings.tls => "https",
        _ => "http",
    };
    Some(format!(
        "{scheme}://{host}{}",
        settings.path_prefix.trim_end_matches('/')
    ))
}

/// Whose bytes arrive; without a listener (in a test) this machine.
fn direct(head: &Parts) -> IpAddr {
    let info = head.extensions.get::<ConnectInfo<SocketAddr>>();
    info.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |info| {
        info.0.ip().to_canonical()
    })
}

fn is_proxy(address: IpAddr, settings: &ApiSettings) -> bool {
    settings
        .trusted_proxies
        .iter()
        .any(|range| range.contains(&address))
}

/// The request's own host: of the target over HTTP/2, of the header before.
fn own_host(head: &Parts) -> Option<&str> {
    let target = head.uri.authority().map(|authority| authority.as_str());
    target.or_else(|| head.headers.get(HOST)?.to_str().ok())
}

/// Whether a text is a host with or without a port and nothing that would bend a URL.
fn is_host(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    (1..=260).contains(&text.len()) && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(peer: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = http::Request::builder().uri("/fetch");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let peer: SocketAddr = format!("{peer}:4000").parse().expect("a valid address");
        let (mut head, ()) = request.body(()).expect("a valid request").into_parts();
        head.extensions.insert(ConnectInfo(peer));
        head
    }

    fn behind_proxy() -> ApiSettings {
        ApiSettings {
            trusted_proxies: vec!["10.0.0.0/8".parse().expect("a valid range")],
            path_prefix: "/video/".into(),
            ..ApiSettings::default()
        }
    }

    #[test]
    fn only_a_configured_proxy_is_believed_about_the_client() {
        let headers = [("x-forwarded-for", "6.6.6.6, 1.2.3.4, 10.0.0.9")];
        let address = |peer| address(&head(peer, &headers), &behind_proxy()).to_string();
        assert_eq!(address("10.0.0.1"), "1.2.3.4");
        assert_eq!(address("9.9.9.9"), "9.9.9.9");
    }

    #[test]
    fn links_follow_the_public_url_the_proxy_or_the_request() {
        let settings = behind_proxy();
        let headers = [
            ("host", "a.example:8787"),
            ("x-forwarded-host", "v.example"),
            ("x-forwarded-proto", "https"),
        ];
        let base = |peer| base_url(&head(peer, &headers), &settings);
        assert_eq!(base("10.0.0.1").as_deref(), Some("https://v.example/video"));
        assert_eq!(
            base("9.9.9.9").as_deref(),
            Some("http://a.example:8787/video")
        );
        let fixed = ApiSettings {
            public_url: Some("https://p.example/".into()),
            ..settings
        };
        let base = base_url(&head("9.9.9.9", &headers), &fixed);
        assert_eq!(base.as_deref(), Some("https://p.example"));
    }

    #[test]
    fn a_host_that_would_bend_a_url_is_not_used() {
        for bad in ["a.example/x", "u@a.example", "a b", ""] {
            assert_eq!(
                base_url(&head("9.9.9.9", &[("host", bad)]), &ApiSettings::default()),
                None
            );
        }
    }
}
