//! Making text from outside fit for a log line: URLs without their secrets, bodies without surprises.

use url::Url;

/// The most characters of foreign text that a log line or a failure may carry.
const MAX_CHARS: usize = 200;

/// The URL without userinfo, query and fragment, cut like all foreign text.
///
/// What does not parse is not repeated at all, because no part of it can be told from a secret.
pub fn redact_url(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else {
        return "<unreadable url>".into();
    };
    if url.cannot_be_a_base() {
        return format!("<{} url>", url.scheme());
    }
    url.set_query(None);
    url.set_fragment(None);
    // Neither can fail on a URL that has a host; one without has no userinfo to hide.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    scrub(url.as_str())
}

/// At most 200 characters of foreign text, with everything that could break a line or steer a
/// terminal escaped.
pub fn scrub(text: &str) -> String {
    let mut out = String::new();
    for (at, c) in text.chars().enumerate() {
        if at == MAX_CHARS {
            out.push('…');
            break;
        }
        match c.is_control() || steers(c) {
            true => out.extend(c.escape_default()),
            false => out.push(c),
        }
    }
    out
}

/// Characters that are not controls but reorder or hide the text around them.
fn steers(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_loses_userinfo_query_and_fragment_and_keeps_the_rest() {
        for (text, shown) in [
            (
                "https://u:p@a.example:8443/x/y?sig=s#f",
                "https://a.example:8443/x/y",
            ),
            ("https://a.example/", "https://a.example/"),
            ("http://a b/?secret", "<unreadable url>"),
            ("data:text/plain,secret", "<data url>"),
        ] {
            assert_eq!(redact_url(text), shown);
        }
    }

    #[test]
    fn foreign_text_is_cut_and_cannot_steer_a_terminal() {
        assert_eq!(
            scrub("a\r\n\u{1b}[31mb\u{202e}"),
            "a\\r\\n\\u{1b}[31mb\\u{202e}"
        );
        let long = scrub(&"é".repeat(500));
        assert_eq!(long.chars().count(), MAX_CHARS + 1);
        assert!(long.ends_with('…'));
    }
}
