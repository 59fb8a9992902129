//! Which URLs a user may name: rules on the text first, then on what it parses to.
//!
//! Pure, so that the API can answer 400 at once. A pass here is not permission to connect: a name
//! may still resolve to a denied address, which `outbound` judges when it dials. The text rules come
//! before parsing because a parser repairs what it reads (backslashes, tabs, missing slashes), and
//! another program reading the same text may repair it differently.

use std::net::IpAddr;

use url::{Host, Url};

use crate::address::{Allow, Denied};

/// The longest URL a user may give, in bytes.
pub const MAX_URL_BYTES: usize = 2048;

/// The longest host name, in bytes without the final dot (RFC 1035, 2.3.4).
const MAX_HOST_BYTES: usize = 253;

/// A URL that passed every rule that needs no network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedUrl {
    url: Url,
    port: u16,
}

impl CheckedUrl {
    /// The parsed URL: `http` or `https`, with a host, without userinfo.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The port to dial: the one given, else 80 or 443.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the scheme is `https`.
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The host when it is a literal address, in whatever spelling it was written.
    pub fn literal(&self) -> Option<IpAddr> {
        self.url.host().as_ref().and_then(literal)
    }
}

/// Why a URL cannot be used. The text says what to change and goes to the caller as it is; it
/// repeats nothing that the caller wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlProblem {
    /// It is longer than [`MAX_URL_BYTES`].
    #[error("must be a URL of at most {MAX_URL_BYTES} bytes")]
    TooLong,
    /// It does not begin with `http://` or `https://` and a host.
    #[error("must be a full URL that starts with http:// or https:// and names a host")]
    NotHttp,
    /// It has a control character, white space or a backslash somewhere.
    #[error("must be a URL without spaces, control characters or backslashes; percent-encode them")]
    BadCharacter,
    /// It has `user:password@` before the host.
    #[error("must be a URL without a user name or password before the host")]
    Userinfo,
    /// No URL parser would take it: a broken address, port or host name.
    #[error("must be a valid URL; its host or port cannot be read")]
    Unreadable,
    /// Its port is below 1024 and not 80 or 443, or one of our own.
    #[error("must be a URL on port 80, 443 or one above 1023 that this server does not use itself")]
    Port,
    /// Its host is an address, or a name, that stands for something not on the public internet.
    #[error(
        "must be a URL on the public internet; private, loopback and reserved addresses are refused"
    )]
    NotPublic,
}

/// Judges a URL that a user or an upstream named by all rules that need no network.
///
/// # Errors
/// The first rule broken, as a [`UrlProblem`].
pub fn check_user_url(text: &str, allow: &Allow) -> Result<CheckedUrl, UrlProblem> {
    check_text(text)?;
    let url = Url::parse(text).map_err(|_| UrlProblem::Unreadable)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UrlProblem::Userinfo);
    }
    let port = url.port_or_known_default().ok_or(UrlProblem::NotHttp)?;
    check_host(&url.host().ok_or(UrlProblem::NotHttp)?, allow)?;
    if !allow.port(port) {
        return Err(UrlProblem::Port);
    }
    Ok(CheckedUrl { url, port })
}

/// Whether a host name, as the URL parser gives it, always means this machine (RFC 6761, 6.3).
pub fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name == "localhost" || name.ends_with(".localhost")
}

/// Whether a host name is one that a sample left out: the API's pages print theirs as
/// `https://............xxx.png`. The samples get their 200 as printed, so the check lets these
/// through; they are no names, so whoever dials refuses them without asking DNS.
pub fn is_elided(name: &str) -> bool {
    name.starts_with("..")
}

/// The rules on the text, before anything is repaired by parsing.
fn check_text(text: &str) -> Result<(), UrlProblem> {
    if text.len() > MAX_URL_BYTES {
        return Err(UrlProblem::TooLong);
    }
    if text
        .chars()
        .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
    {
        return Err(UrlProblem::BadCharacter);
    }
    let authority = authority(text).ok_or(UrlProblem::NotHttp)?;
    match authority.contains('@') {
        true => Err(UrlProblem::Userinfo),
        false => Ok(()),
    }
}

/// What stands between the scheme and the path; none when the scheme is another or nothing is there.
fn authority(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once("://")?;
    let known = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    (known && end > 0).then_some(&rest[..end])
}

fn check_host(host: &Host<&str>, allow: &Allow) -> Result<(), UrlProblem> {
    match host {
        Host::Domain(name) if is_localhost(name) => {
            // Only ever loopback, so it is decided by what the operator opened, without a resolver.
            match loopback()
                .iter()
                .any(|address| allow.judge(*address).is_ok())
            {
                true => Ok(()),
                false => Err(UrlProblem::NotPublic),
            }
        }
        Host::Domain(name) => check_name(name),
        Host::Ipv4(address) => public(allow.judge_literal((*address).into())),
        Host::Ipv6(address) => public(allow.judge_literal((*address).into())),
    }
}

/// The addresses that `localhost` stands for.
pub fn loopback() -> [IpAddr; 2] {
    [
        std::net::Ipv4Addr::LOCALHOST.into(),
        std::net::Ipv6Addr::LOCALHOST.into(),
    ]
}

fn check_name(name: &str) -> Result<(), UrlProblem> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let labels_fit = name.split('.').all(|label| (1..=63).contains(&label.len()));
    match (labels_fit || is_elided(name)) && name.len() <= MAX_HOST_BYTES {
        true => Ok(()),
        false => Err(UrlProblem::Unreadable),
    }
}

fn public(verdict: Result<(), Denied>) -> Result<(), UrlProblem> {
    verdict.map_err(|_| UrlProblem::NotPublic)
}

fn literal(host: &Host<&str>) -> Option<IpAddr> {
    match host {
        Host::Domain(_) => None,
        Host::Ipv4(address) => Some((*address).into()),
        Host::Ipv6(address) => Some((*address).into()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn problem(text: &str) -> Option<UrlProblem> {
        check_user_url(text, &Allow::default()).err()
    }

    #[test]
    fn ordinary_urls_pass_and_say_their_port() {
        for (text, port) in [
            ("https://assets.example.com/a.png", 443),
            ("HTTP://assets.example.com", 80),
            ("http://assets.example.com#@127.0.0.1/", 80),
            ("https://assets.example.com:8443/a?b=c@d#e", 8443),
            ("https://bücher.example/ü", 443),
            ("https://1.1.1.1/", 443),
            ("http://[2606:4700::1111]/", 80),
            ("https://example.com./x", 443),
        ] {
            let checked = check_user_url(text, &Allow::default()).map(|url| url.port());
            assert_eq!(checked, Ok(port), "{text}");
        }
    }

    #[test]
    fn each_rule_has_its_own_answer() {
        for (text, wanted) in [
            ("file:///etc/passwd", UrlProblem::NotHttp),
            ("http:///x", UrlProblem::NotHttp),
            ("a.png", UrlProblem::NotHttp),
            ("http:/\\127.0.0.1", UrlProblem::BadCharacter),
            ("http://exa\tmple.com/", UrlProblem::BadCharacter),
            ("http://a.example/\u{85}", UrlProblem::BadCharacter),
            ("http://@a.example/", UrlProblem::Userinfo),
            ("http://a.example%2f@127.0.0.1/", UrlProblem::Userinfo),
            ("http://4294967296/", UrlProblem::Unreadable),
            ("http://[::1", UrlProblem::Unreadable),
            ("http://a..example/", UrlProblem::Unreadable),
            ("http://a.example:22/", UrlProblem::Port),
            ("http://127.1/", UrlProblem::NotPublic),
            ("http://LOCALHOST./", UrlProblem::NotPublic),
        ] {
            assert_eq!(problem(text), Some(wanted), "{text:?}");
        }
        assert_eq!(
            problem(&format!("https://a.example/{}", "a".repeat(2048))),
            Some(UrlProblem::TooLong)
        );
    }

    #[test]
    fn a_host_that_a_sample_elides_passes_and_other_empty_labels_do_not() {
        for text in [
            "https://............xxx.png",
            "https://........",
            "https://.../x.mp4",
        ] {
            assert_eq!(problem(text), None, "{text}");
            let url = Url::parse(text).expect("it passed");
            assert!(url.host_str().is_some_and(is_elided), "{text}");
        }
        for text in [
            "http://a..example/",
            "http://.example/",
            "http://a.example../",
            "http://./",
        ] {
            assert_eq!(problem(text), Some(UrlProblem::Unreadable), "{text}");
        }
        let long = format!("https://..{}", "a.".repeat(127));
        assert_eq!(problem(&long), Some(UrlProblem::Unreadable));
    }

    #[test]
    fn an_opened_range_opens_its_literals_and_localhost_only() {
        let allow = |range: &str| Allow {
            ranges: vec![range.parse().expect("a valid range")],
            own_ports: vec![8787],
        };
        let loopback = allow("127.0.0.0/8");
        for open in [
            "http://127.0.0.1:9000/",
            "http://0x7f.1:9000/",
            "http://localhost:9000/",
        ] {
            assert!(check_user_url(open, &loopback).is_ok(), "{open}");
        }
        for closed in [
            "http://127.0.0.1:8787/",
            "http://10.0.0.1/",
            "http://[::1]/",
        ] {
            assert!(check_user_url(closed, &loopback).is_err(), "{closed}");
        }
        assert!(check_user_url("http://localhost:9000/", &allow("127.8.8.8/32")).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_check_panic(text in "\\PC{0,80}") {
            let _ = check_user_url(&text, &Allow::default());
        }

        #[test]
        fn no_host_text_gives_a_denied_literal(
            scheme in "https?", host in "[0-9a-fA-Fx:.%\\[\\]①②。]{1,40}"
        ) {
            if let Ok(checked) = check_user_url(&format!("{scheme}://{host}/"), &Allow::default())
                && let Some(address) = checked.literal()
            {
                prop_assert!(crate::address::judge(address).is_ok());
            }
        }
    }
}
